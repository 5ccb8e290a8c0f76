"""Bytes → calendars and their blocks, without reading what the blocks say (RFC 5545, sections 3.1 and 3.4).

One broken event never costs its neighbours: lines are mended first, then cut at BEGIN and END, and each block is read for
itself by `event.py`. Blocks stay bytes until then, so that a large feed is held once and not as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from metwith.calendars.providers.icalendar import content_lines, quirks
from metwith.calendars.vocabulary import OWN_MARK

_MARK = re.compile(rb"\n[ \t]*(BEGIN|END)[ \t]*:[ \t]*([A-Za-z0-9-]+)[ \t]*(?=\n|\Z)", re.IGNORECASE)
"""A whole line. `Begin: 9 am` is a line of some text."""
_WITHIN = frozenset({b"VALARM", b"PARTICIPANT", b"VLOCATION", b"VRESOURCE"})
"""What an event may hold (RFC 5545, section 3.6.6; RFC 9073, section 7). Everything else that begins in one is its text."""
_ALWAYS = re.compile(rb"\n[ \t]*(?:" + b"|".join(name.encode() for name in content_lines.ALWAYS) + rb")[ \t]*[;:][^\n]*", re.IGNORECASE)
_OF_ITS_OWN = re.compile(rb"\n[ \t]*(?:UID|DTSTART)[ \t]*[;:]", re.IGNORECASE)
DEEPEST = 20
"""No calendar nests deeper than four; what does is not followed, since each level costs whoever is within it."""
_HEADER = frozenset(
    {
        "METHOD",
        "NAME",
        "COLOR",
        "REFRESH-INTERVAL",
        "X-APPLE-CALENDAR-COLOR",
        "X-CALENDARSERVER-ACCESS",
        OWN_MARK,
        "X-PUBLISHED-TTL",
        "X-WR-CALNAME",
        "X-WR-TIMEZONE",
    }
)


@dataclass(frozen=True, slots=True)
class CalendarText:
    """One VCALENDAR."""

    header: dict[str, str] = field(default_factory=dict)
    """Values of METHOD, NAME, COLOR, REFRESH-INTERVAL, their X- forms and our own mark, names in upper case."""
    zones: tuple[bytes, ...] = ()
    """The VTIMEZONE blocks, BEGIN and END included."""
    blocks: tuple[bytes, ...] = ()
    """The VEVENT blocks: unfolded lines, each after a line feed, without BEGIN and END and without what is nested (alarms)."""


@dataclass(frozen=True, slots=True)
class File:
    """What some bytes hold."""

    calendars: tuple[CalendarText, ...] = ()
    whole: bool = False
    """Every BEGIN:VCALENDAR has its END, and there is one. False for a body cut short, a web page, nothing."""


def split(data: bytes) -> File:
    """Cut a resource or a feed. Never raises: what is no iCalendar gives no calendars and is not whole."""
    walk = _Walk()
    text = quirks.mended_lines(data)
    position = 0
    marks = list(_MARK.finditer(text))
    for number, mark in enumerate(marks):
        walk.text(text[position : mark.start()])
        following = marks[number + 1] if number + 1 < len(marks) else None
        walk.mark(mark, following)
        position = mark.end()
    return walk.finish()


type _Mark = re.Match[bytes]


class _Walk:
    """Keeps what is open, outermost first. An event cut off by the end of the file is left out.

    In an event only what may be in one is cut out of it, and only when it ends; whatever else looks like a component is its text, and
    hides nothing. What makes an event private counts wherever it stands.
    """

    def __init__(self) -> None:
        self.calendars: list[CalendarText] = []
        self.open: list[tuple[bytes, list[bytes]]] = []
        self.header: dict[str, str] = {}
        self.zones: list[bytes] = []
        self.blocks: list[list[bytes]] = []
        self.behind: list[bytes] | None = None
        """What stands behind the last event, in the calendar around it."""
        self.goes_on = False
        """The event that is open began in one that had not ended."""
        self.whole = True

    def text(self, piece: bytes) -> None:
        if self.open and piece:
            self.open[-1][1].append(piece)
            if self.behind is not None and self.open[-1][0] not in _WITHIN:
                self.behind.append(piece)

    def mark(self, mark: _Mark, following: _Mark | None) -> None:
        """One BEGIN or END, and the one that comes after it."""
        begins, name, line = mark[1].upper() == b"BEGIN", mark[2].upper(), mark[0]
        if self._in_event() and self._is_text(name, following, begins=begins):
            return
        if begins:
            self.begin(name, line)
        else:
            self.end(name, line)

    def _in_event(self) -> bool:
        return any(name == b"VEVENT" for name, _ in self.open)

    def _is_text(self, name: bytes, following: _Mark | None, *, begins: bool) -> bool:
        """Of an event, whether a mark in it is some text's: what it cannot hold, and a calendar or an event that would end in the middle of it."""
        if name in _WITHIN:
            return begins and len(self.open) >= DEEPEST
        if name == b"VEVENT":
            return False
        ends_next = following is not None and following[1].upper() == b"END" and following[2].upper() == b"VEVENT"
        return name not in {b"VCALENDAR", b"VTIMEZONE", b"VTODO", b"VJOURNAL", b"VFREEBUSY"} or ends_next

    def begin(self, name: bytes, line: bytes) -> None:
        if len(self.open) >= DEEPEST:
            self.whole = False
            return
        if name == b"VCALENDAR" and self.open:
            self.whole = False
            self.end(b"VCALENDAR", b"")
        if name == b"VEVENT":
            self.goes_on = self._in_event()
        if name in {b"VEVENT", b"VTIMEZONE"}:
            # They do not nest: one that is still open has lost its end.
            self.end(b"VEVENT", b"")
            self.end(b"VTIMEZONE", b"\nEND:VTIMEZONE")
        self.open.append((name, [line] if self._in_zone(name) else []))
        self.behind = self.behind if name in _WITHIN else None

    def end(self, name: bytes, line: bytes) -> None:
        """Close a component, and what was left open in it. An END without its BEGIN is nothing, but that an event went on up to it."""
        if not any(other == name for other, _ in self.open):
            self._went_on(name)
            return
        while True:
            other, pieces = self.open.pop()
            if self._in_zone(other):
                pieces.append(line if other == name else b"\nEND:" + other)
            content = b"".join(pieces)
            if other in _WITHIN and self._in_event():
                # What begins in an event and never ends is a line of a text: it hides nothing.
                self.open[-1][1].append(content if other != name else b"".join(_ALWAYS.findall(content)))
            else:
                self._close(other, content)
            if other == name:
                return

    def _went_on(self, name: bytes) -> None:
        """A second END:VEVENT: the first was a line of a text, and what stands between them is the event's."""
        if name == b"VEVENT" and self.behind is not None and self.blocks:
            self.blocks[-1] += self.behind
            self.behind = []

    def finish(self) -> File:
        whole = self.whole and not self.open and bool(self.calendars)
        loose = not self.calendars and not self.open and bool(self.blocks)
        if self.open or loose:
            self.calendars.append(self._calendar())
        return File(tuple(self.calendars), whole)

    def _in_zone(self, name: bytes) -> bool:
        return name == b"VTIMEZONE" or any(other == b"VTIMEZONE" for other, _ in self.open)

    def _close(self, name: bytes, content: bytes) -> None:
        if name == b"VEVENT":
            self._add(content)
        elif name == b"VTIMEZONE":
            self.zones.append(content)
        elif name == b"VCALENDAR":
            self._read_header(content)
            self.calendars.append(self._calendar())
        elif self._in_zone(name):
            self.open[-1][1].append(content)

    def _add(self, content: bytes) -> None:
        """An event without identifier and start behind one that lost its end is the rest of that one: its BEGIN was a line of a text."""
        if self.goes_on and self.blocks and not _OF_ITS_OWN.search(content):
            self.blocks[-1].append(content)
        else:
            self.blocks.append([content])
        self.behind = []

    def _calendar(self) -> CalendarText:
        found = CalendarText(self.header, tuple(self.zones), tuple(map(b"".join, self.blocks)))
        self.header, self.zones, self.blocks = {}, [], []
        self.behind = None
        return found

    def _read_header(self, content: bytes) -> None:
        for line in content.split(b"\n"):
            head, _, value = line.partition(b":")
            name = head.partition(b";")[0].strip().upper().decode("ascii", "replace")
            if name in _HEADER:
                self.header.setdefault(name, content_lines.unescape(content_lines.decode(value).strip()))
