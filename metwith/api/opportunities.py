"""`/opportunities`: the list, one, new, changed, into the trash, and the meetings that concern one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from ninja import Query, Router

from metwith.api import errors, shapes
from metwith.api.auth import ApiRequest
from metwith.api.calendar import meetings
from metwith.api.listing import listing, one
from metwith.api.notes import on_record, write_note
from metwith.api.schemas import (
    CalendarAsk,
    MeetingsOut,
    NoteOut,
    NotesOut,
    NoteText,
    OpportunitiesAsk,
    OpportunitiesOut,
    OpportunityChange,
    OpportunityNew,
    OpportunityOut,
    Paging,
)
from metwith.lib import clock
from metwith.records import actions, queries
from metwith.records.queries import RecordFilter

if TYPE_CHECKING:
    from metwith.records.models import Opportunity

router = Router(tags=["opportunities"])


@router.get("", response={200: OpportunitiesOut, **errors.STRANGER_OR_INVALID}, summary="Opportunities")
def opportunities(request: ApiRequest, query: Query[OpportunitiesAsk]) -> HttpResponse:
    """What is in the trash is left out."""
    asked = RecordFilter(q=query.q, tag=query.tag)
    rows = queries.opportunity_rows(request.auth.workspace_id, asked)
    return listing(request.auth, rows, query, shapes.opportunity)


@router.post("", response={201: OpportunityOut, **errors.STRANGER_OR_INVALID}, summary="A new opportunity")
def create(request: ApiRequest, body: OpportunityNew) -> HttpResponse:
    """It shows the meetings of its company and of its point of contact."""
    made = actions.create_opportunity(request.auth, now=clock.now(), **body.dict(exclude_unset=True))
    return JsonResponse(one(request.auth, _find(request, made.pk), shapes.opportunity), status=201)


@router.get("/{int:opportunity_id}", response={200: OpportunityOut, **errors.STRANGER_OR_MISSING}, summary="One opportunity")
def opportunity(request: ApiRequest, opportunity_id: int) -> HttpResponse:
    """Not from the trash."""
    return JsonResponse(one(request.auth, _find(request, opportunity_id), shapes.opportunity))


@router.patch("/{int:opportunity_id}", response={200: OpportunityOut, **errors.ANY}, summary="Change an opportunity")
def change(request: ApiRequest, opportunity_id: int, body: OpportunityChange) -> HttpResponse:
    """What is left out stays as it is."""
    _find(request, opportunity_id)
    actions.update_opportunity(request.auth, opportunity_id, now=clock.now(), **body.dict(exclude_unset=True))
    return JsonResponse(one(request.auth, _find(request, opportunity_id), shapes.opportunity))


@router.delete("/{int:opportunity_id}", response={204: None, **errors.STRANGER_OR_MISSING}, summary="Put an opportunity into the trash")
def trash(request: ApiRequest, opportunity_id: int) -> HttpResponse:
    """The opportunity can be restored on the site."""
    _find(request, opportunity_id)
    actions.trash(request.auth, "opportunity", opportunity_id, now=clock.now())
    return HttpResponse(status=204)


@router.get("/{int:opportunity_id}/calendar", response={200: MeetingsOut, **errors.ANY}, summary="The meetings that concern an opportunity")
def calendar(request: ApiRequest, opportunity_id: int, query: Query[CalendarAsk]) -> HttpResponse:
    """Those of its company and its point of contact, each once, as you may see them."""
    return meetings(request.auth, "opportunity", opportunity_id, query)


@router.get("/{int:opportunity_id}/notes", response={200: NotesOut, **errors.ANY}, summary="The notes on an opportunity")
def notes(request: ApiRequest, opportunity_id: int, query: Query[Paging]) -> HttpResponse:
    """Newest first; with your own that are left of meetings that were deleted in the calendar."""
    return on_record(request.auth, "opportunity", opportunity_id, query)


@router.post("/{int:opportunity_id}/notes", response={201: NoteOut, **errors.ANY}, summary="Write a note on an opportunity")
def write(request: ApiRequest, opportunity_id: int, body: NoteText) -> HttpResponse:
    """For everybody in the workspace."""
    return write_note(request.auth, "opportunity", opportunity_id, body)


def _find(request: ApiRequest, opportunity_id: int) -> Opportunity:
    return errors.alive(queries.opportunity(request.auth.workspace_id, opportunity_id))
