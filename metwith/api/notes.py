"""`/notes`: changing and deleting one's own; and what the addresses of the three kinds of records have in common about notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from ninja import Router

from metwith.api import errors, shapes
from metwith.api.auth import ApiRequest
from metwith.api.schemas import NoteOut, NoteText, Problem
from metwith.lib import clock
from metwith.notes import actions, queries

if TYPE_CHECKING:
    from metwith.api.schemas import Paging
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member

router = Router(tags=["notes"])
ANOTHERS = {403: Problem}


@router.patch("/{int:note_id}", response={200: NoteOut, **errors.ANY, **ANOTHERS}, summary="Change a note")
def change(request: ApiRequest, note_id: int, body: NoteText) -> HttpResponse:
    """Your own only."""
    return JsonResponse(shapes.note(actions.edit_note(request.auth, note_id, body.text, now=clock.now())))


@router.delete("/{int:note_id}", response={204: None, **errors.STRANGER_OR_MISSING, **ANOTHERS}, summary="Delete a note")
def remove(request: ApiRequest, note_id: int) -> HttpResponse:
    """For good: your own, or as an admin one that a former member left."""
    actions.delete_note(request.auth, note_id)
    return HttpResponse(status=204)


def on_record(viewer: Member, kind: Kind, record_id: int, query: Paging) -> HttpResponse:
    """A page of a record's notes."""
    found = queries.notes_on_record(viewer, kind, record_id, cursor=query.cursor, limit=query.limit)
    return JsonResponse(shapes.page(found, shapes.note))


def write_note(member: Member, kind: Kind, record_id: int, body: NoteText) -> HttpResponse:
    """A new one on a record."""
    return JsonResponse(shapes.note(actions.write_on_record(member, kind, record_id, body.text, now=clock.now())), status=201)
