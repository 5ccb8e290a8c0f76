"""Records as CSV files: those that are here, and a sample to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from metwith.records import csv_export
from metwith.records.imports.samples import sample_file
from metwith.web.records.kinds import KINDS
from metwith.web.site.files import to_take_along
from metwith.workspaces import audit
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.records.kinds import Kind
    from metwith.web.site.members import MemberRequest

CSV = "text/csv; charset=utf-8"


@require_GET
def export(request: MemberRequest, kind: Kind) -> HttpResponse:
    """All records of a kind that are not in the trash, with the import's own headers."""
    answer = to_take_along(csv_export.export(request.member.workspace_id, kind), f"{KINDS[kind].plural}.csv", CSV)
    audit.note(request.member, Action.EXPORTED, kind=kind)
    return answer


@require_safe
def sample(request: MemberRequest, kind: Kind) -> HttpResponse:  # noqa: ARG001  the same for everybody of a language
    """Two rows to write over. With a mark at its beginning, by which Excel knows UTF-8."""
    lines = list(sample_file(kind))
    name = {"person": _("people"), "company": _("companies"), "opportunity": _("opportunities")}[kind]
    return to_take_along(["\ufeff", *lines], f"{name}.csv", CSV)
