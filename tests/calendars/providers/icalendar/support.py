"""Reads a captured payload by the name of its case."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from metwith.calendars.providers.icalendar.parse import events
from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import RemoteEvent, Unreadable

PAYLOADS = Path(__file__).parent / "payloads"
LATER = datetime(2028, 1, 1, tzinfo=UTC)


def payload(case: str) -> bytes:
    return (PAYLOADS / f"{case}.ics").read_bytes()


def read(case: str, *, zone: str = "Asia/Tokyo") -> list[RemoteEvent | Unreadable]:
    return list(events("r", payload(case), zone=zone))


def whole(case: str, *, zone: str = "Asia/Tokyo") -> list[RemoteEvent]:
    """The events of a payload in which everything can be read."""
    return readable(payload(case), zone=zone)


def readable(data: bytes, *, zone: str = "Asia/Tokyo") -> list[RemoteEvent]:
    """The events of some bytes in which everything can be read."""
    found = events("r", data, zone=zone)
    assert not any(isinstance(event, Unreadable) for event in found)
    return [event for event in found if isinstance(event, RemoteEvent)]


def one(case: str, *, zone: str = "Asia/Tokyo") -> RemoteEvent:
    (event,) = whole(case, zone=zone)
    return event


def starts(case: str, *, zone: str = "Asia/Tokyo") -> list[str]:
    """Month, day and time in UTC of every occurrence that is not cancelled; month and day for all-day ones."""
    found = []
    for event in whole(case, zone=zone):
        for occurrence in occurrences(event, until=LATER):
            timed = isinstance(occurrence.start, datetime)
            if not occurrence.event.cancelled:
                found.append(occurrence.start.strftime("%m-%d %H:%M" if timed else "%m-%d"))
    return found


def calendar(*lines: str) -> bytes:
    """A calendar with one event of these lines."""
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()
