"""Values to rows and back. No queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from metwith.calendars.models import Attendee as AttendeeRow
from metwith.calendars.models import Entry, Event, Span
from metwith.calendars.rules.speak import Copy
from metwith.calendars.vocabulary import Attendee, AttendeeKind, Moment, Occurrence, RemoteEvent, Response, Role
from metwith.lib.addresses import domain_of, reversed_domain

SPAN = ["starts_at", "ends_at", "start_date", "end_date", "zone", "cancelled"]
CONTENT = [
    "digest", "sequence", "remote_updated_at", "organized", "title", "description", "location", "join_url", "web_url",
    "attachments", "attendees", *SPAN,
]  # fmt: skip
"""What an update of an Entry writes."""


def span(start: Moment, end: Moment, zone: str, *, cancelled: bool) -> dict[str, Any]:
    """The columns of a Span. The instants of an all-day event are its dates in UTC: only a place in a sorted list."""
    if isinstance(start, datetime):
        assert isinstance(end, datetime)
        when: dict[str, Any] = {"starts_at": start.astimezone(UTC), "ends_at": end.astimezone(UTC), "start_date": None, "end_date": None}
    else:
        when = {"starts_at": midnight(start), "ends_at": midnight(end), "start_date": start, "end_date": end}
    return when | {"zone": zone, "cancelled": cancelled}


def midnight(day: date) -> datetime:
    """A date's place in a list of instants."""
    return datetime.combine(day, time(), UTC)


def moments(row: Span) -> tuple[Moment, Moment]:
    """Start and end as the vocabulary has them."""
    if row.start_date is not None and row.end_date is not None:
        return row.start_date, row.end_date
    return row.starts_at, row.ends_at


def entry(workspace_id: int, calendar_id: int, event_id: int, owner: frozenset[str], occurrence: Occurrence, digest: bytes) -> Entry:
    """The row of an occurrence. `owner` are the calendar owner's addresses: they tell whether this copy is the organizer's."""
    said = occurrence.event
    return Entry(
        workspace_id=workspace_id,
        calendar_id=calendar_id,
        event_id=event_id,
        remote_id=said.id,
        digest=digest,
        sequence=min(max(said.sequence, 0), 2_000_000_000),
        remote_updated_at=said.updated,
        organized=any(a.organizer and a.address in owner for a in said.attendees),
        title=said.title,
        description=said.description,
        location=said.location,
        join_url=said.join_url,
        web_url=said.web_url,
        attachments=list(said.attachments),
        attendees=[[a.address, a.name, a.response, a.role, a.kind, a.organizer] for a in said.attendees],
        **span(occurrence.start, occurrence.end, said.zone, cancelled=said.cancelled),
    )


def attendees(found: list[list[Any]]) -> tuple[Attendee, ...]:
    """The attendees of an Entry's row."""
    return tuple(Attendee(a, name, Response(answer), Role(role), AttendeeKind(kind), organizer=org) for a, name, answer, role, kind, org in found)


def copy(row: Entry, owner_address: str) -> Copy:
    """An Entry's row, as rules/speak.py judges it."""
    start, end = moments(row)
    return Copy(
        row.pk, row.sequence, row.organized, row.remote_updated_at, start, end, row.zone, row.cancelled, attendees(row.attendees), owner_address
    )


def remote(row: Entry, uid: str) -> RemoteEvent:
    """What rules/keep.py asks about, from a stored entry: it was public and a meeting, or it would not be here."""
    start, end = moments(row)
    return RemoteEvent(id=row.remote_id, uid=uid, start=start, end=end, attendees=attendees(row.attendees))


def event(workspace_id: int, uid: str, key: str, spoken: Copy) -> Event:
    """A new Event with the times of the copy that speaks for it."""
    when = span(spoken.start, spoken.end, spoken.zone, cancelled=spoken.cancelled)
    return Event(workspace_id=workspace_id, ical_uid=uid, key=key, **when)


def attendee(workspace_id: int, event_id: int, said: Attendee) -> AttendeeRow:
    """A participant's row."""
    return AttendeeRow(
        workspace_id=workspace_id,
        event_id=event_id,
        address=said.address,
        reversed_domain=reversed_domain(domain_of(said.address)),
        name=said.name,
        response=said.response,
        role=said.role,
        organizer=said.organizer,
    )
