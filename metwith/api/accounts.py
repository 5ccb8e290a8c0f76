"""`/accounts`: how the connections are doing, and a sync at once."""

from __future__ import annotations

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import Router

from metwith.api import errors, shapes
from metwith.api.auth import ApiRequest
from metwith.api.schemas import AccountsOut, QueuedOut
from metwith.calendars.account_status import account_overview
from metwith.calendars.actions.choose import sync_now
from metwith.lib import clock

router = Router(tags=["accounts"])


@router.get("", response={200: AccountsOut, **errors.STRANGER}, summary="Accounts and how their calendars are doing")
def accounts(request: ApiRequest) -> HttpResponse:
    """Your own; as an admin those of the whole workspace. Credentials are never shown."""
    found = account_overview(request.auth, now=clock.now(), everybody=True)
    return JsonResponse({"items": [shapes.account(view) for view in found], "next": None})


@router.post(
    "/{int:account_id}/sync", response={202: QueuedOut, **errors.STRANGER_OR_MISSING, **errors.CONFLICT}, summary="Sync an account now"
)
def sync(request: ApiRequest, account_id: int) -> HttpResponse:
    """Queues a sync of each of its calendars that is switched on; one that waits already is not queued twice."""
    now = clock.now()
    found = account_overview(request.auth, now=now, everybody=True, account_id=account_id)
    if not found:
        raise Http404
    if found[0].disconnected:
        raise errors.Conflict(_("This account is disconnected. Connect it again to sync it."))
    return JsonResponse({"queued": sync_now(request.auth, account_id=account_id, now=now)}, status=202)
