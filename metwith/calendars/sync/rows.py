"""Values to rows and back. No queries."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from metwith.calendars.rules import sieve
from metwith.calendars.rules.precedence import RankedCopy, Source, organizer_of, sequence, source
from metwith.calendars.rules.precedence import merged_attendees as taking_part
from metwith.calendars.vocabulary import Fallback, Moment, Occurrence, RemoteAttendee, RemoteEvent
from metwith.lib.addresses import domain_of, reversed_domain

if TYPE_CHECKING:
    from metwith.calendars.models import Calendar, Entry, Span
    from metwith.rules.identity import WorkspaceIdentities

SPAN = ("starts_at", "ends_at", "start_date", "end_date", "zone", "cancelled")
CONTENT = (
    "digest", "sequence", "remote_updated_at", "organizer", "title", "description", "location", "join_url", "web_url",
    "attachments", "fallbacks", "attendees", "more", "sieve", *SPAN,
)  # fmt: skip
"""What an update of an Entry writes."""
EVENT = ("id", "workspace_id", "ical_uid", "key", "organizer_key", *SPAN)
ENTRY = ("workspace_id", "calendar_id", "event_id", "remote_id", "sharing", *CONTENT)
ATTENDEE = ("workspace_id", "event_id", "address", "reversed_domain", "name", "response", "role", "organizer")
"""The columns of a row, in the order of the functions below."""
LARGEST = 2_000_000_000

type Row = tuple[Any, ...]


def stored_span(start: Moment, end: Moment, zone: str, *, cancelled: bool) -> Row:
    """The columns of SPAN. The instants of an all-day event are its dates in UTC: only a place in a sorted list."""
    if isinstance(start, datetime):
        assert isinstance(end, datetime)
        return start.astimezone(UTC), end.astimezone(UTC), None, None, zone, cancelled
    return midnight_utc(start), midnight_utc(end), start, end, zone, cancelled


def midnight_utc(day: date) -> datetime:
    """A date's place in a list of instants."""
    return datetime.combine(day, time(), UTC)


def moments(row: Span) -> tuple[Moment, Moment]:
    """Start and end as the vocabulary has them."""
    if row.start_date is not None and row.end_date is not None:
        return row.start_date, row.end_date
    return row.starts_at, row.ends_at


def stored_event(event_id: int, workspace_id: int, occurrence: Occurrence, organizer_key: str) -> Row:
    """The columns of EVENT."""
    said = occurrence.event
    return (
        event_id,
        workspace_id,
        said.uid,
        occurrence.key,
        organizer_key,
        *stored_span(occurrence.start, occurrence.end, said.zone, cancelled=said.cancelled),
    )


def content(occurrence: Occurrence, digest: bytes) -> Row:
    """The columns of CONTENT."""
    said = occurrence.event
    return (
        digest,
        min(max(said.sequence, 0), LARGEST),
        said.updated,
        organizer_of(said.attendees),
        said.title,
        said.description,
        said.location,
        said.join_url,
        said.web_url,
        list(said.attachments),
        " ".join(said.fallbacks),
        json.dumps([[a.address, a.name, a.response, a.role, a.kind, a.organizer] for a in said.attendees], ensure_ascii=False),
        said.more,
        sieve.made_of({a.address for a in said.attendees}),
        *stored_span(occurrence.start, occurrence.end, said.zone, cancelled=said.cancelled),
    )


def ranked_occurrence(occurrence: Occurrence) -> RankedCopy:
    """An occurrence, as rules/precedence.py judges it where it has no other beside it, before it has an Entry's row."""
    said = occurrence.event
    start, end = occurrence.start, occurrence.end
    organizer = organizer_of(said.attendees)
    return RankedCopy(
        0, Source.READ, organizer, False, None, said.updated, start, end, said.zone, said.cancelled, said.attendees, more=said.more
    )


def stored_attendees(attendees: list[list[Any]]) -> tuple[RemoteAttendee, ...]:
    """The attendees of an Entry's row."""
    return tuple(map(RemoteAttendee.of, attendees))


def copy(row: Entry, who: WorkspaceIdentities) -> RankedCopy:
    """An Entry's row, as rules/precedence.py judges it. `row.calendar.account` must be loaded."""
    start, end = moments(row)
    account = row.calendar.account
    people = stored_attendees(row.attendees)
    organizer = organizer_of(people) if row.organizer is None else row.organizer
    return RankedCopy(
        row.pk,
        source(account.provider, row.calendar.kind, is_read=is_read(row.calendar)),
        organizer,
        organizer in who.verified_of(account.member_id),
        sequence(account.provider, row.sequence),
        row.remote_updated_at,
        start,
        end,
        row.zone,
        row.cancelled,
        people,
        who.known_of(account.member_id),
        account.member_id,
        row.apart,
        row.more,
    )


def people_of(row: Entry) -> tuple[RemoteAttendee, ...]:
    """Who takes part by this copy alone."""
    start, end = moments(row)
    people = stored_attendees(row.attendees)
    return taking_part([RankedCopy(0, Source.READ, organizer_of(people), False, None, None, start, end, row.zone, row.cancelled, people)])


def is_read(calendar: Calendar) -> bool:
    """Whether it is still read. `calendar.account` must be loaded."""
    return calendar.enabled and not calendar.paused and calendar.account.disconnected_at is None


def remote(row: Entry, uid: str) -> RemoteEvent:
    """What rules/keep.py asks about, from a stored entry: it was public and a meeting, or it would not be here."""
    start, end = moments(row)
    return RemoteEvent(
        id=row.remote_id, uid=uid, start=start, end=end, title=row.title, attendees=stored_attendees(row.attendees), more=row.more
    )


def in_full(row: Entry, uid: str) -> RemoteEvent:
    """All that a stored entry says, as it came in."""
    return replace(
        remote(row, uid),
        zone=row.zone,
        sequence=row.sequence,
        updated=row.remote_updated_at,
        cancelled=row.cancelled,
        description=row.description,
        location=row.location,
        join_url=row.join_url,
        web_url=row.web_url,
        attachments=tuple(row.attachments),
        fallbacks=tuple(map(Fallback, row.fallbacks.split())),
    )


def attendee(workspace_id: int, event_id: int, participant: RemoteAttendee) -> Row:
    """The columns of ATTENDEE."""
    domain = reversed_domain(domain_of(participant.address))
    return (
        workspace_id,
        event_id,
        participant.address,
        domain,
        participant.name,
        participant.response,
        participant.role,
        participant.organizer,
    )
