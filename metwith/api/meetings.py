"""`/meetings`: why a meeting is here, and why you see of it what you see."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from ninja import Router

from metwith.api import errors, shapes
from metwith.api.auth import ApiRequest
from metwith.api.schemas_why import WhyOut
from metwith.calendars.transparency.explain import why as explain

router = Router(tags=["meetings"])


@router.get("/{int:meeting_id}/why", response={200: WhyOut, **errors.STRANGER_OR_MISSING}, summary="Why a meeting is here")
def why(request: ApiRequest, meeting_id: int) -> HttpResponse:
    """Which calendars hold it, for whom it was kept, whose times it has, what decides what you see, and what put it on each record."""
    return JsonResponse(shapes.why(explain(request.auth, meeting_id)))
