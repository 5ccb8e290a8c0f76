"""A resource or a feed → its events: one for each UID, a series with its exceptions in it.

The story: cut (`split.py`), put blocks of one UID together, read each block (`read.py`), choose among masters, hang the
exceptions on theirs. What cannot be read is set aside as `Unreadable` and costs the others nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import lines, people, read, values
from metwith.calendars.providers.icalendar.read import Broken, Context
from metwith.calendars.providers.icalendar.split import Calendar, split
from metwith.calendars.providers.icalendar.zones import Zones
from metwith.calendars.rules import recur
from metwith.calendars.vocabulary import Moment, Recurrence, RemoteEvent, Unreadable
from metwith.lib.border import at_item
from metwith.lib.words import _

if TYPE_CHECKING:
    from collections.abc import Iterable

UID_LENGTH = 500
_UID = re.compile(rb"\nUID[ \t]*(?:;[^\n:]*)?:([^\n]*)", re.IGNORECASE)
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


def context(calendar: Calendar, *, version: str = "", zone: str = "UTC") -> Context:
    """What the blocks of a calendar have in common."""
    zones = Zones(calendar.zones, calendar.header.get("X-WR-TIMEZONE", ""), zone)
    return Context(zones, calendar.header.get("METHOD", "").strip().upper() == "CANCEL", version)


def by_uid(calendars: Iterable[tuple[Calendar, Context]]) -> dict[str, list[Block]]:
    """The blocks by UID. A block without one gets a UID made of what it says, so that the same block keeps it."""
    groups: dict[str, list[Block]] = {}
    for calendar, of_calendar in calendars:
        for block in calendar.blocks:
            groups.setdefault(uid_of(block), []).append((block, of_calendar))
    return groups


def uid_of(block: bytes) -> str:
    """The UID of a block; one that is missing, or too long for an index, is replaced by a hash."""
    found = _UID.search(block)
    uid = lines.unescape(lines.decode(found[1]).strip()) if found else ""
    if uid and len(uid) <= UID_LENGTH:
        return uid
    return "made-" + blake2b(uid.encode() or lines.meaningful(block), digest_size=16).hexdigest()


def of_uid(ident: str, uid: str, blocks: Iterable[Block]) -> list[RemoteEvent | Unreadable]:
    """The event of a UID with its exceptions; the exceptions alone when the master is not there. Never raises."""
    return at_item(partial(_of_uid, ident, uid, blocks), lambda reason: [Unreadable(ident, reason)])


def _of_uid(ident: str, uid: str, blocks: Iterable[Block]) -> list[RemoteEvent | Unreadable]:
    masters: list[RemoteEvent] = []
    exceptions: dict[str, RemoteEvent] = {}
    broken: list[Unreadable] = []
    left_out: list[Moment] = []
    for block, of_calendar in blocks:
        event = at_item(partial(_event, block, of_calendar, ident, uid), partial(Unreadable, ident), known=EXPECTED)
        if isinstance(event, Unreadable):
            original = at_item(partial(_original_start, block, of_calendar), _nothing)
            broken.append(event if original is None else replace(event, id=f"{ident}#{recur.key_of(original)}"))
            left_out += [] if original is None else [original]
            continue
        if event.original_start is None:
            masters.append(event)
        else:
            key = recur.key_of(event.original_start)
            exceptions[key] = max(event, exceptions.get(key, event), key=_age)
    if masters:
        return [_with_exceptions(max(reversed(masters), key=_age), exceptions, left_out), *broken]
    if any(item.id == ident for item in broken):
        return list(broken)
    # Exceptions without their series are invitations to single occurrences. Each stands for itself.
    return [*exceptions.values(), *broken]


def _event(block: bytes, of_calendar: Context, ident: str, uid: str) -> RemoteEvent:
    event = read.event(block, of_calendar, id=ident, uid=uid)
    recur.check(event)
    return event


def _nothing(_reason: str) -> None:
    return None


def _age(event: RemoteEvent) -> tuple[int, datetime]:
    return event.sequence, event.updated or _LONG_AGO


def _with_exceptions(master: RemoteEvent, exceptions: dict[str, RemoteEvent], left_out: list[Moment]) -> RemoteEvent:
    """A series with its exceptions. An occurrence whose exception cannot be read is left out: where it is now, nobody knows."""
    if not exceptions and (master.recurrence is None or not left_out):
        return master
    recurrence = master.recurrence or Recurrence()
    recurrence = replace(recurrence, excluded=(*recurrence.excluded, *left_out))
    return replace(master, recurrence=recurrence, exceptions=tuple(exceptions.values()))


def _original_start(block: bytes, of_calendar: Context) -> Moment | None:
    found = lines.fields(lines.decode(block))
    try:
        return read.original_start(found, of_calendar.zones, of_calendar.zones.default)
    except Broken:
        return None


def forget() -> None:
    """Empty the memory of lines seen before: it speeds up a reading, and may hold addresses of what was dropped."""
    for module in (lines, people, values):
        module.forget()
