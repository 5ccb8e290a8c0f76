"""Meetings as an iCalendar file (RFC 5545). Pure. What a meeting does not show is not in it."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from metwith.calendars.shown import Meeting, Participant

LONGEST = 75
"""Octets of a line (section 3.1)."""
UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
KEY = re.compile(r"\d{8}(T\d{6}Z)?")


def calendar(meetings: Iterable[tuple[Meeting, str]], now: datetime) -> str:
    """A file; each meeting with its key within its series, empty for a single one."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Metwith//Metwith//EN", "CALSCALE:GREGORIAN"]
    for meeting, key in meetings:
        lines += _event(meeting, key, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _event(meeting: Meeting, key: str, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(meeting.ical_uid)}"
    yield f"DTSTAMP:{_utc(now)}"
    if KEY.fullmatch(key):
        yield f"RECURRENCE-ID:{key}" if "T" in key else f"RECURRENCE-ID;VALUE=DATE:{key}"
    if meeting.start_date and meeting.end_date:
        yield f"DTSTART;VALUE=DATE:{_day(meeting.start_date)}"
        yield f"DTEND;VALUE=DATE:{_day(meeting.end_date)}"
    else:
        yield f"DTSTART:{_utc(meeting.starts_at)}"
        yield f"DTEND:{_utc(meeting.ends_at)}"
    if meeting.cancelled:
        yield "STATUS:CANCELLED"
    for name, value in (("SUMMARY", meeting.title), ("DESCRIPTION", meeting.description), ("LOCATION", meeting.location)):
        if value:
            yield f"{name}:{_text(value)}"
    for person in meeting.participants:
        yield _person(person)
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
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _fold(line: str) -> str:
    """Long lines in pieces, never within a character."""
    pieces, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > LONGEST:
            pieces.append(" ")
            size = 1
        pieces[-1] += character
        size += width
    return "\r\n".join(pieces)
