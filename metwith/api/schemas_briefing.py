"""What `GET /meetings/{id}/briefing` answers, for the OpenAPI description."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from metwith.api.schemas import KnownByOut, MeetingOut, Named, NoteOut


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
