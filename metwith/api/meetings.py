"""`/meetings`: all of them, why one is here, why you see of it what you see, and the notes on it."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from ninja import Query, Router

from metwith.api import errors, shapes
from metwith.api.auth import ApiRequest
from metwith.api.calendar import all_meetings
from metwith.api.schemas import AllMeetingsAsk, AllMeetingsOut, NoteOut, NotesOut, NoteText, Paging
from metwith.api.schemas_briefing import BriefingOut
from metwith.api.schemas_why import WhyOut
from metwith.calendars.transparency.explain import why as explain
from metwith.lib import clock
from metwith.notes import actions, queries
from metwith.overview import recount
from metwith.overview.briefing import briefing

router = Router(tags=["meetings"])


@router.get("", response={200: AllMeetingsOut, **errors.STRANGER_OR_INVALID}, summary="All meetings")
def meetings(request: ApiRequest, query: Query[AllMeetingsAsk]) -> HttpResponse:
    """What stands on any record of the workspace, each meeting once; with `mine` what is yours, also on no record."""
    return all_meetings(request.auth, query)


@router.get("/{int:meeting_id}/why", response={200: WhyOut, **errors.STRANGER_OR_MISSING}, summary="Why a meeting is here")
def why(request: ApiRequest, meeting_id: int) -> HttpResponse:
    """Which calendars hold it, for whom it was kept, whose times it has, what decides what you see, and what put it on each record."""
    return JsonResponse(shapes.why(explain(request.auth, meeting_id)))


@router.get("/{int:meeting_id}/briefing", response={200: BriefingOut, **errors.STRANGER_OR_MISSING}, summary="Who comes to a meeting")
def read_briefing(request: ApiRequest, meeting_id: int) -> HttpResponse:
    """Each outsider with what their record tells: last met with whom, how often, open opportunities, and the notes that you may see."""
    now, world = clock.now(), recount.world_of(request.auth.workspace_id)
    return JsonResponse(shapes.briefing(briefing(request.auth, world, meeting_id, now), world))


@router.get("/{int:meeting_id}/notes", response={200: NotesOut, **errors.ANY}, summary="The notes on a meeting")
def notes(request: ApiRequest, meeting_id: int, query: Query[Paging]) -> HttpResponse:
    """Newest first: your own, and those on copies whose title you may see."""
    return JsonResponse(
        shapes.page(queries.notes_on_meeting(request.auth, meeting_id, cursor=query.cursor, limit=query.limit), shapes.note)
    )


@router.post("/{int:meeting_id}/notes", response={201: NoteOut, **errors.ANY}, summary="Write a note on a meeting")
def write(request: ApiRequest, meeting_id: int, body: NoteText) -> HttpResponse:
    """It belongs to the copy that you are shown: whoever may see that copy's title sees it."""
    made = actions.write_on_meeting(request.auth, meeting_id, body.text, now=clock.now())
    return JsonResponse(shapes.note(made), status=201)
