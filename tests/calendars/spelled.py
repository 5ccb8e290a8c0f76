"""Events of every kind that may not come in, in every spelling of every provider, each with a mark of its own in all it says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from metwith.calendars.vocabulary import AttendeeKind, Recurrence, RemoteAttendee, RemoteEvent, Visibility
from metwith.lib.addresses import fold
from metwith.practice import google_events
from metwith.practice.graph import events
from metwith.practice.practice import AtGoogle, AtMicrosoft
from tests.calendars.desk import exception
from tests.calendars.providers.google.world import ident

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from metwith.practice.practice import Practice

OWNER = "alice@lumen.example"
FIRST = datetime(2026, 7, 1, 8, tzinfo=UTC)
BLOCKED_WHO, BLOCKED_WORD = ("shut.test", "enemy@else.test"), "salary talk"

GOOGLE = [{"visibility": word} for word in ("private", "confidential", "PRIVATE", "secret", "")] + [
    {"eventType": word} for word in ("birthday", "focusTime", "outOfOffice", "workingLocation", "hologram")
]
MICROSOFT = [{"sensitivity": word} for word in ("private", "personal", "confidential", "Normal", "secret", None)]
ICALENDAR = [
    "CLASS:PRIVATE", "CLASS:private", "class:Private", "CLASS: PRIVATE ", 'CLASS:"PRIVATE"', "CLASS:CONFIDENTIAL", "CLASS:CONFIDENT\r\n IAL",
    "CLASS;X-WHY=none:PRIVATE", "CLASS:X-BOARD", "CLASS:RESTRICTED", "CLASS:", "CLASS:PUBLIC\r\nCLASS:PRIVATE",
]  # fmt: skip
"""Whatever is not plainly public (RFC 5545, section 3.8.1.3; providers' own words)."""


@dataclass
class Marks:
    """Unlike any other text of this machine, also of an earlier run."""

    run: str = field(default_factory=lambda: uuid4().hex[:10])
    numbers: Iterator[int] = field(default_factory=count)
    made: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Kind → marks."""

    def new(self, kind: str) -> str:
        mark = f"mark{self.run}x{next(self.numbers):05d}z"
        self.made[kind].append(mark)
        return mark


def event(mark: str, *guests: RemoteAttendee, title: str = "Talk", **facts: Any) -> RemoteEvent:
    """A meeting that says its mark wherever it can say anything."""
    start = FIRST + timedelta(hours=int(mark[-6:-1]) % 4000)
    found = RemoteEvent(
        id=mark,
        uid=f"{mark}@else.test",
        start=start,
        end=start + timedelta(hours=1),
        title=f"{title} {mark} Größe",
        description=f"Agenda\n- {mark}\n" + "and so on " * (mark.endswith("7z") * 400),
        location=f"Room {mark}",
        attendees=(RemoteAttendee(OWNER, organizer=True), *guests),
    )
    return replace(found, **facts)


def guest(mark: str, domain: str = "acme.test", **facts: Any) -> RemoteAttendee:
    return RemoteAttendee(fold(f"{mark}@{domain}"), f"Guest {mark}", **facts)


def never(marks: Marks) -> Iterable[RemoteEvent]:
    """One of each kind that any provider has."""
    yield event(mark := marks.new("internal"), guest(mark, "lumen.example"))
    yield event(mark := marks.new("internal"), guest(mark, "lab.lumen.example"))
    yield event(mark := marks.new("alone"))
    yield event(mark := marks.new("room"), guest(mark, "rooms.test", kind=AttendeeKind.ROOM))
    yield event(mark := marks.new("blocked"), guest(mark, "shut.test"))
    yield event(mark := marks.new("blocked"), guest(mark, "deep.shut.test"), RemoteAttendee("anna@acme.test"))
    yield event(mark := marks.new("blocked"), guest(mark), RemoteAttendee("enemy@else.test"))
    yield event(mark := marks.new("blocked"), guest(mark), title="Salary  Talk:")


class Place:
    """Where events are written, as the calendar's owner would. `put` takes what a provider has besides as `spelled`."""

    def put(self, found: RemoteEvent, spelled: Any = None) -> None:
        raise NotImplementedError

    def delete(self, found: RemoteEvent) -> None:
        raise NotImplementedError

    spellings: Iterable[Any] = ()


class InGoogle(Place):
    spellings = GOOGLE

    def __init__(self, practice: Practice) -> None:
        assert isinstance(practice.place, AtGoogle)
        self.app = practice.place.app

    def put(self, found: RemoteEvent, spelled: Any = None) -> None:
        for payload in google_events.of_event(found, ident(found.id)):
            self.app.put(OWNER, {**payload, **(spelled or {})})

    def delete(self, found: RemoteEvent) -> None:
        self.app.delete(OWNER, ident(found.id))


class InMicrosoft(Place):
    spellings = MICROSOFT

    def __init__(self, practice: Practice) -> None:
        assert isinstance(practice.place, AtMicrosoft)
        self.box = practice.place.boxes[OWNER]

    def put(self, found: RemoteEvent, spelled: Any = None) -> None:
        events.write(self.box, next(iter(self.box.calendars)), found.id, found)
        if spelled is not None:
            self.box.patch(found.id, **spelled)

    def delete(self, found: RemoteEvent) -> None:
        self.box.delete(found.id)


class InFeed(Place):
    """An iCalendar file. `publish` is given its bytes at `flush`."""

    spellings = ICALENDAR

    def __init__(self, publish: Callable[..., object]) -> None:
        self.publish = publish
        self.held: dict[str, list[str]] = {}

    def put(self, found: RemoteEvent, spelled: Any = None) -> None:
        line = spelled or ("CLASS:PRIVATE" if found.visibility is Visibility.PRIVATE else "")
        self.held[found.id] = [text for part in (found, *found.exceptions) for text in self._lines(part, line if part is found else "")]

    def delete(self, found: RemoteEvent) -> None:
        del self.held[found.id]

    def _lines(self, found: RemoteEvent, line: str) -> list[str]:
        private = "CLASS:PRIVATE" if found.visibility is Visibility.PRIVATE else ""
        lines = ["BEGIN:VEVENT", f"UID:{found.uid}", f"SUMMARY:{found.title}", f"LOCATION:{found.location}", line or private]
        lines += ["DTSTAMP:20260601T000000Z", f"DTSTART:{_stamp(found.start)}", f"DTEND:{_stamp(found.end)}"]
        lines += ["DESCRIPTION:" + found.description.replace("\n", "\\n")]
        lines += [f"RECURRENCE-ID:{_stamp(found.original_start)}"] if found.original_start else []
        lines += [f"RRULE:{rule}" for rule in (found.recurrence or Recurrence()).rules]
        for who in found.attendees:
            lines.append(
                f"{'ORGANIZER' if who.organizer else 'ATTENDEE'};CN={who.name};CUTYPE={who.kind.value.upper()}:mailto:{who.address}"
            )
        return [*filter(None, lines), "END:VEVENT"]

    def flush(self) -> None:
        lines = [line for lines in self.held.values() for line in lines]
        text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *lines, "END:VCALENDAR", ""])
        self.publish(text.encode())


def _stamp(moment: Any) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def fill(place: Place, marks: Marks, times: int) -> None:
    """Everything that may never come in, `times` over; and series that may, each with an occurrence that may not."""
    for _ in range(times):
        for found in never(marks):
            place.put(found)
        for spelled in place.spellings:
            mark = marks.new("private")
            place.put(event(mark, guest(mark)), spelled)
        mark, hidden = marks.new("kept"), marks.new("private occurrence")
        series = event(mark, guest(mark), recurrence=Recurrence(rules=("FREQ=DAILY;COUNT=3",)))
        alone = event(hidden, guest(hidden), uid=series.uid)
        changed = {"title": alone.title, "description": alone.description, "location": alone.location, "attendees": alone.attendees}
        place.put(replace(series, exceptions=(exception(series, series.start, visibility=Visibility.PRIVATE, **changed),)))
