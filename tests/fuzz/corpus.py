"""What the fuzzer begins with: every payload of the tests, and the words of the formats."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CALENDARS = Path(__file__).parent.parent / "calendars"
LONGEST = 8_000
_EVENT = re.compile(rb"BEGIN:VEVENT\r?\n(.*?)END:VEVENT", re.DOTALL)
WORDS = (
    "BEGIN:", "END:", "VEVENT", "VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VALARM", "DTSTART", "DTEND", "DURATION:P", "RRULE:FREQ=",
    "YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY", ";UNTIL=", ";COUNT=", ";INTERVAL=", ";BYDAY=", ";BYMONTH=",
    ";BYMONTHDAY=", ";BYYEARDAY=", ";BYWEEKNO=", ";BYSETPOS=", ";BYHOUR=", ";BYMINUTE=", ";BYSECOND=", ";WKST=", ";SKIP=BACKWARD",
    ";SKIP=FORWARD", "RSCALE=", "EXRULE:", "RDATE", "EXDATE", ";VALUE=DATE", ";VALUE=PERIOD", ";TZID=", "RECURRENCE-ID", ";RANGE=THISANDFUTURE",
    "TZOFFSETFROM:", "TZOFFSETTO:", "CLASS:", "X-CALENDARSERVER-ACCESS:", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "METHOD:", "REPLY", "ADD",
    "ATTENDEE", "ORGANIZER", "mailto:", ";ENCODING=QUOTED-PRINTABLE", "99991231T235959Z", "16010101T000000", "24991231", "T240000", "-2400",
    "Europe/Berlin", "GMT+05:00", "recurringEventId", "originalStartTime", "iCalUID", "dateTime", "timeZone", "recurrence", "seriesMaster",
    "exceptionOccurrences", "cancelledOccurrences", "patternedRecurrence", "isAllDay", "originalStart",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    """Inputs of `targets.run`."""
    for path in sorted(CALENDARS.rglob("*.ics")):
        data = path.read_bytes()
        if len(data) <= LONGEST:
            yield b"F" + data
            if blocks := _EVENT.findall(data):
                yield b"I" + blocks[0]
    for kind in ("google", "microsoft"):
        for path in sorted((CALENDARS / "providers" / kind / "payloads").glob("*.json")):
            found = list(_events(json.loads(path.read_text())))
            data = json.dumps(found).encode()
            if found and len(data) <= LONGEST:
                yield (b"G" if kind == "google" else b"M") + data


def _events(value: Any) -> Iterator[dict[str, Any]]:
    """The events in a recorded answer, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from _events(one)
    elif isinstance(value, dict):
        if "start" in value or "status" in value:
            yield value
        else:
            yield from _events(list(value.values()))


def dictionary() -> str:
    """The words as libFuzzer reads them."""
    return "\n".join(f'"{word}"' for word in WORDS) + "\n"
