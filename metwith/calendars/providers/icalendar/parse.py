"""A resource or a feed → its events: one for each UID, a series with its exceptions in it.

The story: cut (`split.py`), put blocks of one UID together, read each block (`event.py`), choose among masters, hang the
exceptions on theirs. What cannot be read is set aside as `Unreadable` and costs the others nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import attendees, content_lines, quirks, values
from metwith.calendars.providers.icalendar import event as vevent
from metwith.calendars.providers.icalendar.event import Broken, Context
from metwith.calendars.providers.icalendar.split import CalendarText, split
from metwith.calendars.providers.icalendar.zones import Zones
from metwith.calendars.rules import fits, recur
from metwith.calendars.vocabulary import Moment, Recurrence, RemoteEvent, Unreadable
from metwith.lib.border import at_item
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

_UID = re.compile(rb"\nUID(?:;[^\n:]*)?:([^\n]*)")
_ANY_UID = re.compile(rb"\nUID[ \t]*(?:;[^\n:]*)?:([^\n]*)", re.IGNORECASE)
_MARKED = re.compile(rb"\n[ \t]*X-CALENDARSERVER-ACCESS[ \t]*[;:]", re.IGNORECASE)
EXPECTED = (Broken, recur.BrokenRule)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

type Block = tuple[bytes, Context]


def events(
    resource_id: str, data: bytes, *, version: str = "", zone: str = "UTC", ids_by_uid: bool = False
) -> tuple[RemoteEvent | Unreadable, ...]:
    """The events of one resource (CalDAV) or feed, in the order of their first blocks.

    `version` is the resource's etag, `zone` the IANA name of the account's zone, in which floating times are read.
    Ids: the resource's when it holds one UID, else `resource#uid`; with `ids_by_uid` that of `feed_id`. Exceptions without their
    series share it.
    Never raises: what holds no event, or one cut short, gives an `Unreadable`.
    """
    file = split(data)
    groups = by_uid((calendar, context(calendar, version=version, zone=zone)) for calendar in file.calendars)
    found = []
    for uid, blocks in groups.items():
        ident = feed_id(uid) if ids_by_uid else resource_id if len(groups) == 1 else f"{resource_id}#{uid}"
        found += of_uid(ident, uid, blocks)
    if not file.whole and not found:
        return (Unreadable(resource_id, _("it is no calendar data, or cut short")),)
    return tuple(found)


def feed_id(uid: str) -> str:
    """The id of a feed's item. What follows a `#` in an id names a part of an item, so a UID's own is written otherwise."""
    return uid.replace("%", "%25").replace("#", "%23") if "#" in uid else uid


def context(calendar: CalendarText, *, version: str = "", zone: str = "UTC") -> Context:
    """What the blocks of a calendar have in common."""
    zones = Zones(calendar.zones, calendar.header.get("X-WR-TIMEZONE", ""), zone)
    access = calendar.header.get("X-CALENDARSERVER-ACCESS", "PUBLIC")
    return Context(zones, calendar.header.get("METHOD", "").strip().upper(), quirks.class_of(access) != "PUBLIC", version)


def by_uid(calendars: Iterable[tuple[CalendarText, Context]]) -> dict[str, list[Block]]:
    """The blocks by UID. A block without one gets a UID made of what it says, so that the same block keeps it."""
    groups: dict[str, list[Block]] = {}
    for calendar, of_calendar in calendars:
        for block in calendar.blocks:
            groups.setdefault(uid_of(block), []).append((block, of_calendar))
    return groups


def uid_of(block: bytes) -> str:
    """The UID of a block; one that is missing, or too long for an index, is replaced by a hash."""
    found = _UID.search(block) or _ANY_UID.search(block)
    uid = content_lines.unescape(content_lines.decode(found[1]).strip()) if found else ""
    if uid and len(uid) <= fits.MOST_UID_CHARACTERS:
        return uid
    return "made-" + blake2b(uid.encode() or content_lines.meaningful(block), digest_size=16).hexdigest()


def of_uid(ident: str, uid: str, blocks: Iterable[Block]) -> list[RemoteEvent | Unreadable]:
    """The event of a UID with its exceptions; the exceptions alone when the master is not there. Never raises.

    Scheduling mail among the blocks is as if it were not there; where there is nothing else, that is said.
    """
    told = [(block, of_calendar) for block, of_calendar in blocks if of_calendar.method not in vevent.SCHEDULING]
    if not told:
        return [Unreadable(ident, _("it is scheduling mail, an answer or a proposal"), scheduling=True)]
    return at_item(partial(_of_uid, ident, uid, told), lambda reason: [Unreadable(ident, reason)])


def _of_uid(ident: str, uid: str, blocks: list[Block]) -> list[RemoteEvent | Unreadable]:
    found = _Collected(ident, uid)
    for block, of_calendar in _as_private_as_the_series(blocks):
        found.add(block, of_calendar)
    return found.items()


def _as_private_as_the_series(blocks: list[Block]) -> list[Block]:
    """Apple's mark on a master holds for its exceptions too: it is one of the calendar object, which some servers write on the event."""
    marked = [content_lines.fields(content_lines.decode(block)) for block, _context in blocks if _MARKED.search(block)]
    if not any(vevent.is_marked_private(found) and "RECURRENCE-ID" not in found for found in marked):
        return blocks
    return [(block, replace(of_calendar, private=True)) for block, of_calendar in blocks]


@dataclass(slots=True)
class _Collected:
    """What the blocks of one UID come to."""

    ident: str
    uid: str
    masters: list[RemoteEvent] = field(default_factory=list)
    exceptions: dict[str, RemoteEvent] = field(default_factory=dict)
    """By the key of the occurrence that they stand for."""
    broken: list[Unreadable] = field(default_factory=list)
    left_out: list[Moment] = field(default_factory=list)
    zones: Zones | None = None

    def add(self, block: bytes, of_calendar: Context) -> None:
        """Read one more block."""
        self.zones = of_calendar.zones
        event = at_item(partial(_event, block, of_calendar, self.ident, self.uid), partial(Unreadable, self.ident), known=EXPECTED)
        if isinstance(event, Unreadable):
            original = at_item(partial(_original_start, block, of_calendar), _nothing)
            self.broken.append(event if original is None else replace(event, id=f"{self.ident}#{recur.key_of(original)}"))
            self.left_out += [] if original is None else [original]
        elif event.original_start is None and of_calendar.method != "ADD":
            self.masters.append(event)
        else:
            # ADD names an occurrence more by its start (RFC 5546, section 3.2.4).
            self._stand(replace(event, original_start=event.original_start or event.start, recurrence=None))

    def items(self) -> list[RemoteEvent | Unreadable]:
        """A series with its exceptions, or what stands for itself."""
        masters = _latest(self.masters)
        if len(masters) == 1:
            return [self._whole(masters[0]), *self.broken]
        if not masters and any(item.id == self.ident for item in self.broken):
            return list(self.broken)
        # Written out one by one, or invitations to single occurrences of a series. Each stands for itself.
        for event in masters:
            self.exceptions.setdefault(recur.key_of(event.start), replace(event, original_start=event.start))
        return [*self.exceptions.values(), *self.broken]

    def _stand(self, event: RemoteEvent) -> None:
        assert event.original_start is not None
        key = recur.key_of(event.original_start)
        self.exceptions[key] = max(event, self.exceptions.get(key, event), key=_age)

    def _whole(self, master: RemoteEvent) -> RemoteEvent:
        """A series with its exceptions. An occurrence whose exception cannot be read is left out: where it is now, nobody knows."""
        if not self.exceptions and (master.recurrence is None or not self.left_out):
            return master
        recurrence = master.recurrence or Recurrence()
        recurrence = replace(recurrence, excluded=(*recurrence.excluded, *(self._slot(moment, master) for moment in self.left_out)))
        exceptions = tuple(
            replace(one, original_start=self._slot(one.original_start, master))
            for one in self.exceptions.values()
            if one.original_start is not None
        )
        return replace(master, recurrence=recurrence, exceptions=exceptions)

    def _slot(self, original: Moment, master: RemoteEvent) -> Moment:
        assert self.zones is not None
        return values.like_the_start(original, master.start, self.zones)


def _event(block: bytes, of_calendar: Context, ident: str, uid: str) -> RemoteEvent:
    event = vevent.parse_event(block, of_calendar, id=ident, uid=uid)
    recur.check_rule(event)
    return event


def _nothing(_reason: str) -> None:
    return None


def _latest(masters: list[RemoteEvent]) -> list[RemoteEvent]:
    """The masters that stand. A higher SEQUENCE replaces; several starts of one SEQUENCE without a rule are several meetings.

    Of two at one start, or of two series, the later one stands, and of equally late ones the last in the file.
    """
    if len(masters) < 2:
        return masters
    highest = max((event.sequence for event in masters), default=0)
    current = [event for event in masters if event.sequence == highest]
    if any(event.recurrence is not None for event in current):
        return [max(reversed(current), key=_age)]
    found: dict[str, RemoteEvent] = {}
    for event in current:
        key = recur.key_of(event.start)
        found[key] = max(event, found.get(key, event), key=_age)
    return list(found.values())


def _age(event: RemoteEvent) -> tuple[int, datetime]:
    return event.sequence, event.updated or _LONG_AGO


def _original_start(block: bytes, of_calendar: Context) -> Moment | None:
    found = content_lines.fields(content_lines.decode(block))
    try:
        return vevent.original_start(found, of_calendar.zones, of_calendar.zones.default)
    except Broken:
        return None


def forget_parsed() -> None:
    """Empty the memory of lines seen before: it speeds up a reading, and may hold addresses of what was dropped."""
    content_lines.forget_lines()
    attendees.forget_attendees()
    values.forget_values()
