"""`/people`: the list, one, new, changed, into the trash, and the meetings with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
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
    Paging,
    PeopleAsk,
    PeopleOut,
    PersonChange,
    PersonNew,
    PersonOut,
)
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.records import actions, fields, queries
from metwith.records.models import Person
from metwith.records.queries import RecordFilter

if TYPE_CHECKING:
    from metwith.records.actions import PersonFields

router = Router(tags=["people"])


@router.get("", response={200: PeopleOut, **errors.STRANGER_OR_INVALID}, summary="People")
def people(request: ApiRequest, query: Query[PeopleAsk]) -> HttpResponse:
    """What is in the trash is left out."""
    asked = RecordFilter(q=query.q, email=query.email, from_calendar=query.from_calendar, tag=query.tag)
    rows = queries.people_rows(request.auth.workspace_id, asked)
    return listing(request.auth, rows, query, shapes.person)


@router.post("", response={201: PersonOut, **errors.STRANGER_OR_INVALID}, summary="A new person")
def create(request: ApiRequest, body: PersonNew) -> HttpResponse:
    """Meetings with the addresses, past ones included, appear on the person by themselves."""
    with transaction.atomic():
        made = _written(request, body, None)
    return JsonResponse(made, status=201)


@router.get("/{int:person_id}", response={200: PersonOut, **errors.STRANGER_OR_MISSING}, summary="One person")
def person(request: ApiRequest, person_id: int) -> HttpResponse:
    """Not from the trash."""
    return JsonResponse(one(request.auth, _find(request, person_id), shapes.person))


@router.patch("/{int:person_id}", response={200: PersonOut, **errors.ANY}, summary="Change a person")
def change(request: ApiRequest, person_id: int, body: PersonChange) -> HttpResponse:
    """What is left out stays as it is. Meetings are linked again by themselves."""
    with transaction.atomic():
        # Locked, because half of the addresses may be given and the other half kept.
        Person.objects.of(request.auth.workspace_id).select_for_update(no_key=True).filter(pk=person_id).first()
        changed = _written(request, body, _find(request, person_id))
    return JsonResponse(changed)


@router.delete("/{int:person_id}", response={204: None, **errors.STRANGER_OR_MISSING}, summary="Put a person into the trash")
def trash(request: ApiRequest, person_id: int) -> HttpResponse:
    """The person can be restored on the site."""
    _find(request, person_id)
    actions.trash(request.auth, "person", person_id, now=clock.now())
    return HttpResponse(status=204)


@router.get("/{int:person_id}/calendar", response={200: MeetingsOut, **errors.ANY}, summary="The meetings with a person")
def calendar(request: ApiRequest, person_id: int, query: Query[CalendarAsk]) -> HttpResponse:
    """As you may see them: what the owner of a calendar does not share with you is null."""
    return meetings(request.auth, "person", person_id, query)


@router.get("/{int:person_id}/notes", response={200: NotesOut, **errors.ANY}, summary="The notes on a person")
def notes(request: ApiRequest, person_id: int, query: Query[Paging]) -> HttpResponse:
    """Newest first; with your own that are left of meetings that were deleted in the calendar."""
    return on_record(request.auth, "person", person_id, query)


@router.post("/{int:person_id}/notes", response={201: NoteOut, **errors.ANY}, summary="Write a note on a person")
def write(request: ApiRequest, person_id: int, body: NoteText) -> HttpResponse:
    """For everybody in the workspace."""
    return write_note(request.auth, "person", person_id, body)


def _find(request: ApiRequest, person_id: int) -> Person:
    return errors.alive(queries.person(request.auth.workspace_id, person_id))


def _written(request: ApiRequest, body: PersonChange, known: Person | None) -> shapes.Shape:
    said = body.dict(exclude_unset=True)
    wanted: PersonFields = {name: said[name] for name in said.keys() - {"email", "additional_emails"}}  # type: ignore[assignment]
    if said.keys() & {"email", "additional_emails"}:
        wanted["addresses"] = _addresses(body, said, [row.address for row in known.addresses.all()] if known else [])
    member, now = request.auth, clock.now()
    try:
        row = actions.update_person(member, known.pk, now=now, **wanted) if known else actions.create_person(member, now=now, **wanted)
    except Invalid as error:
        raise Invalid(error.field.replace("addresses", "additional_emails"), error.message) from error
    return one(member, queries.person(member.workspace_id, row.pk), shapes.person)


def _addresses(body: PersonChange, item: shapes.Shape, current: list[str]) -> list[str]:
    """All addresses, the primary first. Of the two fields the one that is left out stays as it is."""
    primary = [body.email or ""] if "email" in item else current[:1]
    others = body.additional_emails if "additional_emails" in item else current[1:]
    fields.address_list(primary, "email")
    if "email" in item and "additional_emails" not in item:
        # An additional address may be made the primary one.
        folded = {address.folded for address in fields.address_list(primary, "email")}
        others = [address for address in others if fields.address_list([address])[0].folded not in folded]
    return [*primary, *others]
