"""A series and its exceptions → one whole item. Google gives each exception as an event of its own; the engine knows whole items only.

Exceptions come in any order, before their master, or without one: somebody may be invited to a single occurrence.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from metwith.calendars.providers.google import parse
from metwith.calendars.providers.icalendar.values import Broken
from metwith.calendars.rules import recur
from metwith.calendars.vocabulary import RemoteEvent, Unreadable
from metwith.lib.border import at_item

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metwith.calendars.providers.google.parse import Payload
    from metwith.calendars.providers.icalendar.zones import Zone
    from metwith.calendars.vocabulary import Moment

type Item = RemoteEvent | Unreadable

EXPECTED = (Broken, recur.BrokenRule)


def series_of(payload: Payload) -> str:
    """The id of the series that an event is of, as its master or as an exception; `""` for a single event."""
    if payload.get("recurringEventId"):
        return str(payload["recurringEventId"])
    return str(payload["id"]) if payload.get("recurrence") else ""


def is_gone(payload: Payload) -> bool:
    """Whether an event is deleted from this calendar (Events, `status`).

    Cancelled is deleted, with one distinction that product.md makes: what its organizer called off stays, marked. On the organizer's
    calendar its details remain; on a guest's they remain too when the guest removed it, who is then down as declining.
    A bare one says nothing but that it is gone.
    """
    if payload.get("status") != "cancelled":
        return False
    return "start" not in payload or _removed_by_guest(payload)


def _removed_by_guest(payload: Payload) -> bool:
    organizer = payload.get("organizer")
    if isinstance(organizer, dict) and organizer.get("self") is True:
        return False
    guests = payload.get("attendees")
    own = [who for who in guests if isinstance(who, dict) and who.get("self") is True] if isinstance(guests, list) else []
    return any(who.get("responseStatus") == "declined" for who in own)


def single(payload: Payload, zone: Zone) -> Item:
    """An event that is of no series."""
    ident = str(payload["id"])
    return at_item(partial(parse.google_event, payload, ident, zone), partial(Unreadable, ident), known=EXPECTED)


def whole_series(ident: str, members: Iterable[Payload], zone: Zone) -> tuple[Item, ...]:
    """A series with its exceptions. Without a master the exceptions, each for itself; nothing when all of it is gone. Never raises."""
    return at_item(partial(_whole, ident, members, zone), lambda reason: (Unreadable(ident, reason),), known=EXPECTED)


def _whole(ident: str, members: Iterable[Payload], zone: Zone) -> tuple[Item, ...]:
    master, exceptions = None, []
    for member in members:
        if member["id"] == ident:
            master = None if is_gone(member) else member
        elif member.get("recurringEventId") == ident:
            exceptions.append(member)
    found = _Exceptions(ident, zone)
    if master is None:
        found.read_instances(exceptions, None)
        return (*found.standing, *found.broken)
    event = single(master, zone)
    if isinstance(event, Unreadable):
        return (event,)
    found.read_instances(exceptions, event)
    if event.recurrence is None:
        return (event, *(one for one in found.standing if not one.cancelled), *found.broken)
    recur.check_rule(event)
    recurrence = replace(event.recurrence, excluded=(*event.recurrence.excluded, *found.left_out))
    return (replace(event, recurrence=recurrence, exceptions=tuple(found.standing)), *found.broken)


@dataclass(slots=True)
class _Exceptions:
    """What becomes of the exceptions of a series."""

    ident: str
    zone: Zone
    standing: list[RemoteEvent] = field(default_factory=list)
    broken: list[Unreadable] = field(default_factory=list)
    left_out: list[Moment] = field(default_factory=list)
    """Original starts of occurrences that are not here: removed by their guest, or where they are now nobody can read."""

    def read_instances(self, payloads: Iterable[Payload], master: RemoteEvent | None) -> None:
        for payload in sorted(payloads, key=lambda payload: str(payload["id"])):
            original = self._original(payload)
            if original is not None:
                self._read_exceptions(payload, original, master)

    def _original(self, payload: Payload) -> Moment | None:
        found = at_item(partial(parse.original_start, payload, self.zone), partial(self._unreadable, str(payload["id"])), known=EXPECTED)
        if isinstance(found, Unreadable):
            self.broken += [] if is_gone(payload) else [found]
            return None
        return found

    def _read_exceptions(self, payload: Payload, original: Moment, master: RemoteEvent | None) -> None:
        if is_gone(payload) and "start" not in payload:
            if master is not None:
                self.standing.append(_called_off(master, original))
            return
        otherwise = partial(self._unreadable, recur.key_of(original))
        event = at_item(partial(parse.google_event, payload, self.ident, self.zone), otherwise, known=EXPECTED)
        if isinstance(event, Unreadable):
            self.broken.append(event)
            self.left_out.append(original)
        elif is_gone(payload):
            self.left_out.append(original)
        else:
            self.standing.append(event if master is None else replace(event, uid=master.uid))

    def _unreadable(self, part: str, reason: str) -> Unreadable:
        return Unreadable(f"{self.ident}#{part}", reason)


def _called_off(master: RemoteEvent, original: Moment) -> RemoteEvent:
    """A deleted occurrence, of which nothing is told but which it is: the series' facts at that start, cancelled."""
    own = original.astimezone(master.start.tzinfo) if isinstance(original, datetime) and isinstance(master.start, datetime) else original
    end = own + (master.end - master.start)  # type: ignore[operator]
    return replace(master, start=own, end=end, recurrence=None, exceptions=(), original_start=own, cancelled=True)
