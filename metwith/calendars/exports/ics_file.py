"""Meetings as an iCalendar file (RFC 5545). Pure. What a meeting does not show is not in it.

No METHOD, and no RSVP: nothing here asks a calendar program to answer or to tell anybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from metwith.calendars.status_text import and_others

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from metwith.calendars.read_models import Meeting, Participant

LONGEST = 75
"""Octets of a line (section 3.1)."""
UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
KEY = re.compile(r"\d{8}(T\d{6}Z)?")


@dataclass(frozen=True, slots=True)
class ExportedMeeting:
    """A meeting as the file tells it: its times, with these names and words."""

    meeting: Meeting
    uid: str
    key: str = ""
    """Which occurrence of a series `uid` it is; empty for a single one."""
    title: str = ""
    description: str = ""
    location: str = ""
    people: tuple[Participant, ...] = ()
    """Named as iCalendar's own participants, for other programs to read. A file that people open in their calendar has none, so that no
    program writes to them when somebody moves or deletes the meeting there."""
    busy: bool = True
    """It takes up the time of whoever has it in their calendar."""


def calendar_lines(events: Iterable[ExportedMeeting], now: datetime, header: Sequence[tuple[str, str]] = ()) -> Iterator[str]:
    """A file, an event at a time. `header`: further properties of the calendar, each with its parameters, and its value as plain text."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Metwith//Metwith//EN", "CALSCALE:GREGORIAN"]
    yield _lines([*head, *(f"{name}:{_text(value)}" for name, value in header)])
    for told in events:
        yield _lines(_event(told, now))
    yield _lines(["END:VCALENDAR"])


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _event(exported: ExportedMeeting, now: datetime) -> Iterator[str]:
    meeting = exported.meeting
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(exported.uid)}"
    yield f"DTSTAMP:{_utc(now)}"
    if KEY.fullmatch(exported.key):
        yield f"RECURRENCE-ID:{exported.key}" if "T" in exported.key else f"RECURRENCE-ID;VALUE=DATE:{exported.key}"
    if meeting.start_date and meeting.end_date:
        yield f"DTSTART;VALUE=DATE:{_day(meeting.start_date)}"
        yield f"DTEND;VALUE=DATE:{_day(meeting.end_date)}"
    else:
        yield f"DTSTART:{_utc(meeting.starts_at)}"
        # An end at the start is not allowed (section 3.8.2.2); without one it is meant.
        if meeting.ends_at > meeting.starts_at:
            yield f"DTEND:{_utc(meeting.ends_at)}"
    if meeting.cancelled:
        yield "STATUS:CANCELLED"
    if not exported.busy:
        yield "TRANSP:TRANSPARENT"
    for name, value in (("SUMMARY", exported.title), ("DESCRIPTION", exported.description), ("LOCATION", exported.location)):
        if value:
            yield f"{name}:{_text(value)}"
    for person in exported.people:
        yield _person(person)
    if exported.people and meeting.others:
        yield f"COMMENT:{_text(and_others(meeting.others))}"
    yield "END:VEVENT"


def _person(person: Participant) -> str:
    name = UNPRINTED.sub("", person.name).replace('"', "'").replace("\n", " ").replace("\t", " ")
    named = f';CN="{name}"' if name else ""
    address = UNPRINTED.sub("", person.address)
    if person.organizer:
        return f"ORGANIZER{named}:mailto:{address}"
    return f"ATTENDEE{named};PARTSTAT={person.response.upper()}:mailto:{address}"


def _text(value: str) -> str:
    """Section 3.3.11."""
    plain = UNPRINTED.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _utc(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return f"{_day(at.date())}T{at:%H%M%S}Z"


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")


def _fold(line: str) -> str:
    """Long lines in pieces, never within a character."""
    raw = line.encode()
    if len(raw) <= LONGEST:
        return line
    pieces, start, room = [], 0, LONGEST
    while start < len(raw):
        end = start + room
        # A byte 10xxxxxx goes on with the character before it (UTF-8).
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[start:end].decode())
        start, room = end, LONGEST - 1
    return "\r\n ".join(pieces)
