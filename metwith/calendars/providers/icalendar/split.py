"""Bytes → calendars and their blocks, without reading what the blocks say (RFC 5545, sections 3.1 and 3.4).

One broken event never costs its neighbours: lines are mended first, then cut at BEGIN and END, and each block is read for
itself by `read.py`. Blocks stay bytes until then, so that a large feed is held once and not as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from metwith.calendars.providers.icalendar import lines, quirks
from metwith.calendars.vocabulary import OWN_MARK

_MARK = re.compile(rb"\n[ \t]*(BEGIN|END)[ \t]*:[ \t]*([A-Za-z0-9-]+)[^\n]*", re.IGNORECASE)
DEEPEST = 20
"""No calendar nests deeper than four; what does is not followed, since each level costs whoever is within it."""
_HEADER = frozenset(
    {
        "METHOD",
        "NAME",
        "COLOR",
        "REFRESH-INTERVAL",
        "X-APPLE-CALENDAR-COLOR",
        OWN_MARK,
        "X-PUBLISHED-TTL",
        "X-WR-CALNAME",
        "X-WR-TIMEZONE",
    }
)


@dataclass(frozen=True, slots=True)
class Calendar:
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

    calendars: tuple[Calendar, ...] = ()
    whole: bool = False
    """Every BEGIN:VCALENDAR has its END, and there is one. False for a body cut short, a web page, nothing."""


def split(data: bytes) -> File:
    """Cut a resource or a feed. Never raises: what is no iCalendar gives no calendars and is not whole."""
    walk = _Walk()
    text = quirks.mended_lines(data)
    position = 0
    for mark in _MARK.finditer(text):
        walk.text(text[position : mark.start()])
        name = mark[2].upper()
        if mark[1].upper() == b"BEGIN":
            walk.begin(name, mark[0])
        else:
            walk.end(name, mark[0])
        position = mark.end()
    return walk.finish()


class _Walk:
    """Keeps what is open, outermost first. An event cut off by the end of the file is left out."""

    def __init__(self) -> None:
        self.calendars: list[Calendar] = []
        self.open: list[tuple[bytes, list[bytes]]] = []
        self.header: dict[str, str] = {}
        self.zones: list[bytes] = []
        self.blocks: list[bytes] = []
        self.whole = True

    def text(self, piece: bytes) -> None:
        if self.open and piece:
            self.open[-1][1].append(piece)

    def begin(self, name: bytes, line: bytes) -> None:
        if len(self.open) >= DEEPEST:
            self.whole = False
            return
        if name == b"VCALENDAR" and self.open:
            self.whole = False
            self.end(b"VCALENDAR", b"")
        if name in {b"VEVENT", b"VTIMEZONE"}:
            # They do not nest: one that is still open has lost its end.
            self.end(b"VEVENT", b"")
            self.end(b"VTIMEZONE", b"\nEND:VTIMEZONE")
        self.open.append((name, [line] if self._in_zone(name) else []))

    def end(self, name: bytes, line: bytes) -> None:
        """Close a component, and what was left open in it. An END without its BEGIN is nothing."""
        if not any(other == name for other, _ in self.open):
            return
        while True:
            other, pieces = self.open.pop()
            if self._in_zone(other):
                pieces.append(line if other == name else b"\nEND:" + other)
            self._close(other, b"".join(pieces))
            if other == name:
                return

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
            self.blocks.append(content)
        elif name == b"VTIMEZONE":
            self.zones.append(content)
        elif name == b"VCALENDAR":
            self._read_header(content)
            self.calendars.append(self._calendar())
        elif self._in_zone(name):
            self.open[-1][1].append(content)

    def _calendar(self) -> Calendar:
        found = Calendar(self.header, tuple(self.zones), tuple(self.blocks))
        self.header, self.zones, self.blocks = {}, [], []
        return found

    def _read_header(self, content: bytes) -> None:
        for line in content.split(b"\n"):
            head, _, value = line.partition(b":")
            name = head.partition(b";")[0].strip().upper().decode("ascii", "replace")
            if name in _HEADER:
                self.header.setdefault(name, lines.unescape(lines.decode(value).strip()))
