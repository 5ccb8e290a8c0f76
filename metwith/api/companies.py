"""`/companies`: the list, one, new, changed, into the trash, and the meetings with one."""

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
    CompaniesAsk,
    CompaniesOut,
    CompanyChange,
    CompanyNew,
    CompanyOut,
    MeetingsOut,
    NoteOut,
    NotesOut,
    NoteText,
    Paging,
)
from metwith.lib import clock
from metwith.records import actions, queries
from metwith.records.queries import RecordFilter

if TYPE_CHECKING:
    from metwith.records.models import Company

router = Router(tags=["companies"])


@router.get("", response={200: CompaniesOut, **errors.STRANGER_OR_INVALID}, summary="Companies")
def companies(request: ApiRequest, query: Query[CompaniesAsk]) -> HttpResponse:
    """What is in the trash is left out."""
    asked = RecordFilter(q=query.q, domain=query.domain, from_calendar=query.from_calendar, tag=query.tag)
    rows = queries.company_rows(request.auth.workspace_id, asked)
    return listing(request.auth, rows, query, shapes.company)


@router.post("", response={201: CompanyOut, **errors.STRANGER_OR_INVALID}, summary="A new company")
def create(request: ApiRequest, body: CompanyNew) -> HttpResponse:
    """Meetings with its domains and its people, past ones included, appear on the company by themselves."""
    made = actions.create_company(request.auth, now=clock.now(), **body.dict(exclude_unset=True))
    return JsonResponse(one(request.auth, _find(request, made.pk), shapes.company), status=201)


@router.get("/{int:company_id}", response={200: CompanyOut, **errors.STRANGER_OR_MISSING}, summary="One company")
def company(request: ApiRequest, company_id: int) -> HttpResponse:
    """Not from the trash."""
    return JsonResponse(one(request.auth, _find(request, company_id), shapes.company))


@router.patch("/{int:company_id}", response={200: CompanyOut, **errors.ANY}, summary="Change a company")
def change(request: ApiRequest, company_id: int, body: CompanyChange) -> HttpResponse:
    """What is left out stays as it is; `domains` are all of them. Meetings are linked again by themselves."""
    _find(request, company_id)
    actions.update_company(request.auth, company_id, now=clock.now(), **body.dict(exclude_unset=True))
    return JsonResponse(one(request.auth, _find(request, company_id), shapes.company))


@router.delete("/{int:company_id}", response={204: None, **errors.STRANGER_OR_MISSING}, summary="Put a company into the trash")
def trash(request: ApiRequest, company_id: int) -> HttpResponse:
    """The company can be restored on the site."""
    _find(request, company_id)
    actions.trash(request.auth, "company", company_id, now=clock.now())
    return HttpResponse(status=204)


@router.get("/{int:company_id}/calendar", response={200: MeetingsOut, **errors.ANY}, summary="The meetings with a company")
def calendar(request: ApiRequest, company_id: int, query: Query[CalendarAsk]) -> HttpResponse:
    """As you may see them: what the owner of a calendar does not share with you is null."""
    return meetings(request.auth, "company", company_id, query)


@router.get("/{int:company_id}/notes", response={200: NotesOut, **errors.ANY}, summary="The notes on a company")
def notes(request: ApiRequest, company_id: int, query: Query[Paging]) -> HttpResponse:
    """Newest first; with your own that are left of meetings that were deleted in the calendar."""
    return on_record(request.auth, "company", company_id, query)


@router.post("/{int:company_id}/notes", response={201: NoteOut, **errors.ANY}, summary="Write a note on a company")
def write(request: ApiRequest, company_id: int, body: NoteText) -> HttpResponse:
    """For everybody in the workspace."""
    return write_note(request.auth, "company", company_id, body)


def _find(request: ApiRequest, company_id: int) -> Company:
    return errors.alive(queries.company(request.auth.workspace_id, company_id))
