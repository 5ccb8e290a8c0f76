"""`/audit`: who did what that touches others' privacy."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from ninja import Query, Router

from metwith.api import errors, shapes
from metwith.api.auth import ApiRequest
from metwith.api.schemas import AuditAsk, AuditOut
from metwith.workspaces import audit_log

router = Router(tags=["audit"])


@router.get("", response={200: AuditOut, **errors.STRANGER_OR_INVALID}, summary="The audit log, newest first")
def audit(request: ApiRequest, query: Query[AuditAsk]) -> HttpResponse:
    """Your own lines; as an admin those of the whole workspace. Ids, levels, kinds and numbers only, never content."""
    asked = audit_log.AuditFilter(query.member, query.action, query.start, query.end)
    page = audit_log.audit_page(audit_log.lines(request.auth, asked), query.cursor, query.limit)
    names = audit_log.names_in_log(request.auth.workspace_id)
    return JsonResponse({"items": [shapes.audit_line(line, names) for line in page.items], "next": page.next})
