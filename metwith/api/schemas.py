"""What goes in and out, for reading input and for the OpenAPI description. Answers themselves are written by `shapes.py`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer

LARGEST_ID = 2**63 - 1
MOST = 50
"""Addresses of a person, domains of a company."""


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("it holds a NUL character, which cannot be stored")
    return text


def _no_truth(value: object) -> object:
    # `true` is a number to Python.
    if isinstance(value, bool):
        raise ValueError("a number is expected")  # noqa: TRY004  pydantic turns only ValueError into an answer
    return value


Text = Annotated[str, AfterValidator(_storable)]
Line = Annotated[Text, Field(max_length=300)]
Search = Annotated[Text, Field(max_length=300)]
Cursor = Annotated[Text, Field(max_length=2000)]
Id = Annotated[int, BeforeValidator(_no_truth), Field(ge=1, le=LARGEST_ID)]
Amount = Annotated[Decimal, BeforeValidator(_no_truth), Field(ge=0, max_digits=14, decimal_places=2), PlainSerializer(str)]
Limit = Annotated[int, Field(ge=1, le=200)]
Stage = Literal["new", "qualified", "proposal", "negotiation", "won", "lost"]


class Problem(Schema):
    """Why something was refused."""

    class Refusal(Schema):
        """A code for programs, a message for people, and the input that it is about."""

        code: str
        message: str
        field: str | None = None

    error: Refusal


# --- asked -------------------------------------------------------------------------------------------------------------------------


class Paging(Schema):
    """A part of a list."""

    cursor: Cursor = Field("", description="`next` of the page before; empty for the first.")
    limit: Limit = Field(50, description="How many at most.")


class RecordsAsk(Paging):
    """Which records, in what order."""

    order: Literal["name", "-name", "last_met", "-last_met", "next", "-next", "meetings", "-meetings"] = Field(
        "name",
        description="Without `-`: A to Z, earliest, soonest, fewest; a `-` turns it round. Who was never met stands last both ways.",
    )
    not_met_for: Annotated[int, Field(ge=1, le=36500)] | None = Field(None, description="Days: not met since, or never.")
    never_met: bool = Field(default=False, description="Only those who were never met.")
    planned: bool | None = Field(None, description="Those with a meeting to come, or those without.")
    known_by: Annotated[Text, Field(max_length=20)] = Field("", description="A member’s id: whom they met. `nobody`: no member did.")
    tag: Annotated[Text, Field(max_length=50)] = Field("", description="One tag, in any letter case.")


class PeopleAsk(RecordsAsk):
    """Which people."""

    q: Search = Field("", description="Words in names and addresses.")
    email: Search = Field("", description="One whole address, in any letter case.")
    from_calendar: bool | None = Field(None, description="Those that a calendar made, or the others.")


class CompaniesAsk(RecordsAsk):
    """Which companies."""

    q: Search = Field("", description="Words in names and domains.")
    domain: Search = Field("", description="One whole domain.")
    from_calendar: bool | None = Field(None, description="Those that a calendar made, or the others.")


class OpportunitiesAsk(RecordsAsk):
    """Which opportunities."""

    q: Search = Field("", description="Words in names, and in the names of their companies.")


class CalendarAsk(Schema):
    """Which of a record's meetings."""

    when: Literal["upcoming", "past", "all"] = Field(
        "all", description="`upcoming`: what has not ended, nearest first. `past` and `all`: newest first."
    )
    start: dt.date | None = Field(None, alias="from", description="First day, in your time zone.")
    end: dt.date | None = Field(None, alias="to", description="Last day, included, in your time zone.")
    cursor: Cursor = Field("", description="`next` of the page before; empty for the first.")
    limit: Limit = Field(25, description="How many at most.")


class AllMeetingsAsk(CalendarAsk):
    """Which of all meetings."""

    q: Annotated[Text, Field(max_length=200)] = Field("", description="A part of a title, of those that you may see.")
    mine: bool = Field(
        False,
        description="`true`: what is in your calendars or names you by a verified address, also on no record. "
        "`false`: what stands on any record of the workspace.",
    )


class AuditAsk(Paging):
    """Which lines of the audit log."""

    member: Annotated[int, Field(ge=0, le=LARGEST_ID)] | None = Field(None, description="Whose; 0 for the operator's commands.")
    action: Annotated[Text, Field(max_length=20)] = Field("", description="One kind of deed, for example `level`.")
    start: dt.date | None = Field(None, alias="from", description="First day, in your time zone.")
    end: dt.date | None = Field(None, alias="to", description="Last day, included, in your time zone.")


# --- given -------------------------------------------------------------------------------------------------------------------------


class Given(Schema):
    """A body. What is left out stays as it is; a name that we do not know is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid")


Tags = Annotated[list[Annotated[Text, Field(max_length=50)]], Field(max_length=30, description="All of them; no comma in one.")]
Phone = Annotated[Text, Field(max_length=50)]


class RecordChange(Given):
    """What can be said of every record."""

    name: Line = Field(default="", min_length=1)
    owner_id: Id | None = Field(None, description="A member of the workspace who looks after it.")
    tags: Tags = []


class PersonChange(RecordChange):
    """What can be said of a person."""

    email: Line | None = Field(None, description="The primary address. Null takes it away; the first of the others takes its place.")
    additional_emails: list[Line] = Field(default=[], max_length=MOST)
    job_title: Annotated[Text, Field(max_length=200)] = ""
    phone: Phone = ""
    company_id: Id | None = None


class PersonNew(PersonChange):
    """A new person."""

    name: Line = Field(min_length=1)


class CompanyChange(RecordChange):
    """What can be said of a company."""

    phone: Phone = ""
    domains: list[Line] = Field(default=[], max_length=MOST, description="All of them, subdomains included; never free-mail domains.")


class CompanyNew(CompanyChange):
    """A new company."""

    name: Line = Field(min_length=1)


class OpportunityChange(RecordChange):
    """What can be said of an opportunity."""

    stage: Stage = "new"
    amount: Amount | None = None
    currency: Annotated[Text, Field(max_length=3)] = Field(default="", description="ISO 4217, for example EUR; empty for none.")
    close_date: dt.date | None = None
    company_id: Id | None = None
    contact_id: Id | None = Field(None, description="The person who is the point of contact.")


class OpportunityNew(OpportunityChange):
    """A new opportunity."""

    name: Line = Field(min_length=1)


class NoteText(Given):
    """A note."""

    text: str = Field(description="Plain text, 1 to 20,000 characters.")


# --- answered ----------------------------------------------------------------------------------------------------------------------


class Named(Schema):
    """A record that another one refers to."""

    id: int
    name: str


class KnownByOut(Schema):
    """A member who met the record."""

    member_id: int
    name: str
    meetings: int
    last_met_at: str


class OwnerOut(Schema):
    """The member, present or former, who looks after a record."""

    id: int
    name: str


class RecordOut(Schema):
    """What a record’s meetings come to, and what every record has. The same for whoever asks."""

    last_met_at: str | None = Field(description="ISO 8601 in UTC; of an all-day meeting the date.")
    next_at: str | None = Field(description="The same of the next one.")
    meetings_12m: int = Field(description="This month and the eleven before it, in the workspace’s time zone.")
    known_by: list[KnownByOut] = Field(description="Members who met the record, by number of meetings.")
    tags: list[str]
    owner: OwnerOut | None


class PersonOut(RecordOut):
    """A person."""

    id: int
    name: str
    email: str | None
    """The primary address."""
    additional_emails: list[str]
    job_title: str
    phone: str
    company: Named | None
    from_calendar: bool = Field(description="Made from a meeting's participant, not by somebody.")
    created_at: dt.datetime
    updated_at: dt.datetime


class CompanyOut(RecordOut):
    """A company."""

    id: int
    name: str
    domains: list[str]
    phone: str
    from_calendar: bool = Field(description="Made from a meeting's participant, not by somebody.")
    created_at: dt.datetime
    updated_at: dt.datetime


class OpportunityOut(RecordOut):
    """An opportunity."""

    id: int
    name: str
    stage: Stage
    amount: Annotated[str | None, Field(description="A decimal number as text, so that nothing is rounded on the way.")]
    currency: str
    close_date: dt.date | None
    company: Named | None
    contact: Named | None
    created_at: dt.datetime
    updated_at: dt.datetime


class ParticipantOut(Schema):
    """Somebody who takes part."""

    address: str
    name: str
    response: Literal["accepted", "tentative", "declined", "needs-action"]
    organizer: bool
    person_id: int | None
    member: bool = Field(description="A member of your workspace.")


class MeetingOut(Schema):
    """A meeting as you may see it: what its level hides is null."""

    id: int
    ical_uid: str | None = Field(description="The calendar's own name for it (RFC 5545). Null below the level everything.")
    start: str = Field(description="ISO 8601 in UTC; of an all-day meeting its first day.")
    end: str = Field(description="Exclusive: ISO 8601 in UTC; of an all-day meeting the day after the last one.")
    all_day: bool
    duration_minutes: int
    cancelled: bool
    level: Literal["metadata", "subject", "everything"]
    title: str | None
    description: str | None = Field(description="As the calendar has it: may hold HTML. Sanitise it before you show it.")
    location: str | None
    join_url: str | None
    participants: list[ParticipantOut]
    more_participants: int = Field(description="How many take part besides these: of a meeting with very many at most 500 are kept.")
    not_updated_since: dt.datetime | None = Field(
        description="When all accounts that have it were disconnected and kept their meetings; else null."
    )


class NoteOut(Schema):
    """A note, as its viewer may see it."""

    class Author(Schema):
        """Who wrote it."""

        id: int | None = Field(description="Null: they are no member any more.")
        name: str

    class Place(Schema):
        """A record on which it stands."""

        kind: Literal["person", "company", "opportunity"]
        id: int
        name: str

    id: int
    text: str = Field(description="Plain text: escape it before you show it.")
    author: Author
    created_at: dt.datetime
    edited_at: dt.datetime | None
    meeting_id: int | None = Field(description="The meeting that it is on; null for a note on a record.")
    records: list[Place] = Field(description="The records that it is on; empty for a note on a meeting.")
    only_you: bool = Field(description="Left of a meeting that was deleted in the calendar: nobody but you sees it.")
    day: dt.date | None = Field(description="When that meeting was.")


class CalendarOut(Schema):
    """One calendar of an account."""

    id: int
    name: str = Field(description="For its owner only, else empty.")
    primary: bool
    enabled: bool
    paused: bool
    sharing: Literal["metadata", "subject", "everything"] | None = Field(description="A level of its own; null: as the account.")
    state: str
    last_success_at: dt.datetime | None
    next_sync_at: dt.datetime | None
    error: str | None
    read: int | None = Field(description="Entries read so far; for its owner only, else null.")
    new_people: Literal["off", "organised", "on"] = Field(description="Of whose meetings unknown outsiders become people.")
    kept: int
    dropped: dict[str, int] = Field(description="Why things did not come in, and how many; for its owner only, else empty.")


class AccountOut(Schema):
    """A connection to a calendar provider."""

    id: int
    provider: str
    address: str
    sharing: Literal["metadata", "subject", "everything"] = Field(
        description="What colleagues see of it, at most what the workspace allows."
    )
    disconnected_at: dt.datetime | None = Field(description="Since when it is not read any more; its meetings were kept.")
    state: str
    last_success_at: dt.datetime | None
    next_sync_at: dt.datetime | None
    error: str | None
    calendars: list[CalendarOut]


class RecordsOut(Schema):
    """What every page of records says of its list."""

    next: str | None
    total: int = Field(description="Exact up to 10,000; 10,001 means more.")
    figures_pending: bool = Field(description="Many figures are being counted: where they are asked for, those records stand last for now.")


class PeopleOut(RecordsOut):
    """A page of people."""

    items: list[PersonOut]


class CompaniesOut(RecordsOut):
    """A page of companies."""

    items: list[CompanyOut]


class OpportunitiesOut(RecordsOut):
    """A page of opportunities."""

    items: list[OpportunityOut]


class OnRecord(Schema):
    """A record that a meeting is on."""

    kind: Literal["person", "company", "opportunity"]
    id: int
    name: str


class PlacedMeetingOut(MeetingOut):
    """The same with the records that it is on."""

    records: list[OnRecord]


class AllMeetingsOut(Schema):
    """A page of meetings, each with its records."""

    items: list[PlacedMeetingOut]
    next: str | None


class MeetingsOut(Schema):
    """A page of meetings."""

    items: list[MeetingOut]
    next: str | None


class NotesOut(Schema):
    """A page of notes."""

    items: list[NoteOut]
    next: str | None


class AccountsOut(Schema):
    """All accounts that you may see: there are few."""

    items: list[AccountOut]
    next: None = None


class AuditLineOut(Schema):
    """Somebody did something."""

    id: int
    at: dt.datetime
    member_id: int | None = Field(description="Null: the operator, by a command.")
    who: str = Field(description="Their name now, or then if they left.")
    action: str
    facts: dict[str, str | int | bool] = Field(description="Ids, levels, kinds and numbers; never content.")


class AuditOut(Schema):
    """A page of the audit log."""

    items: list[AuditLineOut]
    next: str | None


class QueuedOut(Schema):
    """How many syncs were asked for."""

    queued: int
