"""What `GET /meetings/{id}/briefing` answers: for the OpenAPI description, and how it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ninja import Schema
from pydantic import Field

from metwith.api import shapes
from metwith.api.schemas import KnownByOut, MeetingOut, Named, NoteOut

if TYPE_CHECKING:
    from metwith.overview.briefing import BriefedGuest, Briefing
    from metwith.overview.recount import World


class BriefedPersonOut(Schema):
    """The person on record."""

    id: int
    name: str
    job_title: str
    company: Named | None
    last_met_at: str | None = Field(description="ISO 8601 in UTC; of an all-day meeting the date.")
    last_met_with: list[str] = Field(description="Who of us was there.")
    meetings_12m: int
    known_by: list[KnownByOut]
    open_opportunities: list[Named] = Field(description="Of which they are the point of contact, or their company is. At most five.")
    notes: list[NoteOut] = Field(description="On their record and on the last meeting with them, the newest first. At most three.")


class BriefedGuestOut(Schema):
    """An outsider who comes."""

    address: str
    name: str
    response: Literal["accepted", "tentative", "declined", "needs-action"]
    person: BriefedPersonOut | None = Field(description="Null: they are on no record.")


class CompanyNotesOut(Schema):
    """The newest notes on a guest's company."""

    company: Named
    notes: list[NoteOut]


class BriefingOut(Schema):
    """Who comes to a meeting."""

    meeting: MeetingOut
    guests: list[BriefedGuestOut] = Field(description="At most 20, those on record first.")
    more_guests: int
    company_notes: list[CompanyNotesOut]


def briefing_shape(briefed: Briefing, world: World) -> shapes.Shape:
    """As BriefingOut has it."""
    return {
        "meeting": shapes.meeting(briefed.meeting),
        "guests": [_guest(guest, world) for guest in briefed.guests],
        "more_guests": briefed.further,
        "company_notes": [
            {"company": {"id": company.pk, "name": company.name}, "notes": [shapes.note(note) for note in notes]}
            for company, notes in briefed.company_notes
        ],
    }


def _guest(guest: BriefedGuest, world: World) -> shapes.Shape:
    one = guest.participant
    return {"address": one.address, "name": one.name, "response": one.response, "person": _person(guest, world)}


def _person(guest: BriefedGuest, world: World) -> shapes.Shape | None:
    if guest.listed is None:
        return None
    told = shapes.person(guest.listed.record)
    figures = shapes.figures(guest.listed, world.names, world.present)
    last = guest.listed.figures.last
    return {
        **{name: told[name] for name in ("id", "name", "job_title", "company")},
        **{name: figures[name] for name in ("last_met_at", "meetings_12m", "known_by")},
        "last_met_with": [world.names.get(pk, "") for pk in last.members] if last else [],
        "open_opportunities": [{"id": deal.pk, "name": deal.name} for deal in guest.opportunities],
        "notes": [shapes.note(note) for note in guest.notes],
    }
