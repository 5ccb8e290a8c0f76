"""The machine's world at a practice Google or Microsoft: members sign in there, tokens run out, and requests go wrong on the way."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from metwith.accounts import rate_limits
from metwith.calendars.providers.memory import Killed
from metwith.calendars.vocabulary import RemoteEvent, Unreadable
from metwith.practice import google_events
from metwith.practice.graph import events
from metwith.practice.graph.faults import error
from metwith.practice.practice import AtGoogle, AtMicrosoft
from tests import practising
from tests.calendars.providers.google.world import ident
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from metwith.accounts.models import Account
    from metwith.calendars.providers.memory import Item
    from metwith.practice.google import Google
    from metwith.practice.graph.store import Mailbox
    from metwith.practice.microsoft import GraphService
    from metwith.practice.practice import Practice
    from metwith.practice.sign_in import Books
    from metwith.workspaces.models import Member

FAULTS = (
    "needs_reconnect", "token_expired", "killed_at_page", "cut_at_page", "expires_at_page",
    "403_at_page", "429_at_page", "500_at_page", "replays", "empty_pages", "endless",
)  # fmt: skip


class Ticking:
    """The clock of the practice server, which goes as Metwith's does."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class PracticeWorld:
    """See `World`. What both services share: signing in, and what goes wrong with it."""

    faults: tuple[str, ...] = FAULTS
    takes_copies = False

    def __init__(self, practice: Practice, clock: Ticking) -> None:
        self.practice = practice
        self._ticking = clock
        self.members: dict[str, str] = {}
        """Who → address."""
        self.held: dict[str, dict[str, str]] = {"alice": {}, "bob": {}}
        """Who → resource → the UID in it."""
        self._books: Books | None = None
        self._before: Books | None = None
        self._kill_at: int | None = None

    def connect(self, who: str, member: Member) -> Account:
        self.members[who] = member.user.email
        account = practising.sign_in_and_connect(member, self.practice.door.key, NOW)
        self._books = copy.deepcopy(self.practice.door.books)
        return account

    def clear(self) -> None:
        for who in self.members:
            self.heal(who)
            self.empty(who)
            self.held[who] = {}
        # The machine's clock leaps, but the quota's is ours: nobody waits for what an earlier example asked.
        rate_limits.PACES._accounts.clear()
        assert self._books is not None
        self._open(copy.deepcopy(self._books))

    def put(self, who: str, resource: str, *items: Item) -> None:
        (item,) = items
        uid = item.id if isinstance(item, Unreadable) else item.uid
        for other in [name for name, held in self.held[who].items() if held == uid and name != resource]:
            self.delete(who, other)
        if isinstance(item, RemoteEvent):
            self.write(who, resource, possible(item))
        else:
            self.break_item(who, resource)
        self.held[who][resource] = uid

    def delete(self, who: str, resource: str) -> None:
        self.remove(who, resource)
        del self.held[who][resource]

    def resources(self, who: str) -> list[str]:
        return sorted(self.held[who])

    def rename(self, who: str, resource: str, to: str) -> None:
        raise NotImplementedError

    def expire(self, who: str) -> None:
        raise NotImplementedError

    def page_size(self, who: str, size: int) -> None:
        raise NotImplementedError

    def clock(self, now: Callable[[], datetime]) -> Callable[[], datetime]:
        """The clock of a sync, by which it can be killed: at each page at the latest, it looks at the time."""
        self._ticking.now = now()
        looks, last = count(1), self._kill_at

        def look() -> datetime:
            if next(looks) == last:
                raise Killed
            return now()

        return look

    def misbehave(self, who: str, fault: str, value: Any) -> None:
        match fault:
            case "needs_reconnect":
                self._before = copy.deepcopy(self.practice.door.books)
                self.practice.door.withdraw(self.members[who])
            case "token_expired":
                self.practice.door.expire()
            case "killed_at_page":
                self._kill_at = 2 + 3 * value
            case _:
                self.go_wrong(fault, value)

    def heal(self, who: str) -> None:
        self._kill_at = None
        if self._before is not None:
            self._open(self._before)
            self._before = None
        self.well()

    def _open(self, books: Books) -> None:
        """As if what happened at the sign-in page since then had not."""
        door = self.practice.door
        door.expire()
        door.books = books
        for token, (grant, _until) in books.access.items():
            door.calendars.admit(token, grant.address)

    # --- each service's own -----------------------------------------------------------------------------------------------------------

    def empty(self, who: str) -> None:
        raise NotImplementedError

    def write(self, who: str, resource: str, event: RemoteEvent) -> None:
        raise NotImplementedError

    def break_item(self, who: str, resource: str) -> None:
        raise NotImplementedError

    def remove(self, who: str, resource: str) -> None:
        raise NotImplementedError

    def go_wrong(self, fault: str, value: Any) -> None:
        raise NotImplementedError

    def well(self) -> None:
        raise NotImplementedError


class GoogleWorld(PracticeWorld):
    """At Google ids are chosen by whoever writes, and may come again."""

    @property
    def google(self) -> Google:
        assert isinstance(self.practice.place, AtGoogle)
        return self.practice.place.app

    def rename(self, who: str, resource: str, to: str) -> None:
        """Under another id: the one goes, the other comes."""
        calendar = self.google.store.calendars[self.members[who]].items
        old, new = ident(resource), ident(to)
        moved = [calendar[name] for name in self.google.members(self.members[who], old)]
        self.remove(who, resource)
        for payload in moved:
            again: dict[str, Any] = {name: payload[name].replace(old, new) for name in ("id", "recurringEventId") if name in payload}
            self.google.put(self.members[who], {**payload, **again})
        self.held[who][to] = self.held[who].pop(resource)

    def expire(self, who: str) -> None:
        self.google.expire_sync_tokens()

    def page_size(self, who: str, size: int) -> None:
        self.google.largest_page = size

    def empty(self, who: str) -> None:
        calendar = self.google.store.calendars[self.members[who]]
        for name in [*calendar.items, *calendar.graves]:
            self.google.store.vanish(self.members[who], name)
        self.google.largest_page = None

    def write(self, who: str, resource: str, event: RemoteEvent) -> None:
        name, address = ident(resource), self.members[who]
        stays = {payload["id"] for payload in google_events.of_event(event, name)}
        there = self.google.store.calendars[address].items
        # A series that stays one swallows its former exceptions without a word. Anything else that goes leaves a grave.
        if not (event.recurrence and "recurrence" in there.get(name, {})):
            self._bury(address, *(member for member in self.google.members(address, name) if member not in stays))
        self.google.put_item(address, name, (event,))

    def break_item(self, who: str, resource: str) -> None:
        address, when = self.members[who], {"dateTime": "2026-06-01T09:00:00Z", "timeZone": "UTC"}
        self._bury(address, *(member for member in self.google.members(address, ident(resource)) if member != ident(resource)))
        broken = {"id": ident(resource), "start": when, "end": when, "recurrence": ["RRULE:FREQ=DAILY;INTERVAL=0"]}
        self.google.put(address, broken)

    def remove(self, who: str, resource: str) -> None:
        self.google.delete(self.members[who], ident(resource))

    def go_wrong(self, fault: str, value: Any) -> None:
        match fault:
            case "403_at_page":
                self.google.fail(403, "rateLimitExceeded", after=value, times=3)
            case "429_at_page":
                self.google.fail(429, "rateLimitExceeded", after=value, retry_after="60")
            case "500_at_page":
                self.google.fail(after=value, times=3)
            case "cut_at_page":
                self.google.cut(after=value)
            case _:
                setattr(self.google.faults, fault, value)

    def well(self) -> None:
        self.google.heal()

    def _bury(self, address: str, *names: str) -> None:
        for name in names:
            self.google.store.delete(address, name, google_events.grave(self.google.store.calendars[address].items[name]))


class MicrosoftWorld(PracticeWorld):
    """At Microsoft whatever is made anew has a new id."""

    def __init__(self, practice: Practice, clock: Ticking) -> None:
        super().__init__(practice, clock)
        self._numbers = count()
        self._names: dict[tuple[str, str], str] = {}

    @property
    def graph(self) -> GraphService:
        assert isinstance(self.practice.place, AtMicrosoft)
        return self.practice.place.app

    def box(self, who: str) -> Mailbox:
        assert isinstance(self.practice.place, AtMicrosoft)
        return self.practice.place.boxes[self.members[who]]

    def rename(self, who: str, resource: str, to: str) -> None:
        """Immutable ids stay the same wherever a thing goes."""
        self._names[who, to] = self._names.pop((who, resource))
        self.held[who][to] = self.held[who].pop(resource)

    def expire(self, who: str) -> None:
        self.graph.delta.expire()

    def page_size(self, who: str, size: int) -> None:
        self.graph.largest_page = size

    def empty(self, who: str) -> None:
        self.box(who).events.clear()
        self.box(who).graves.clear()
        self.graph.largest_page = None

    def write(self, who: str, resource: str, event: RemoteEvent) -> None:
        box = self.box(who)
        events.write(box, next(iter(box.calendars)), self._name(who, resource), event)

    def break_item(self, who: str, resource: str) -> None:
        broken = {"dateTime": "a quarter past", "timeZone": "UTC"}
        box = self.box(who)
        box.put(next(iter(box.calendars)), self._name(who, resource), {"start": broken, "end": broken})

    def remove(self, who: str, resource: str) -> None:
        self.box(who).delete(self._names.pop((who, resource)))

    def go_wrong(self, fault: str, value: Any) -> None:
        where = ("delta", "/events", "")[value] if fault.endswith("_at_page") else ""
        answers = {
            "403_at_page": error(403, "ErrorAccessDenied"),
            "429_at_page": error(429, "ApplicationThrottled", retry_after="60"),
            "500_at_page": error(500, "UnknownError"),
            "expires_at_page": error(410, "resyncRequired"),
        }
        if fault == "cut_at_page":
            self.graph.faults.cuts.append(where)
        elif fault in answers:
            self.graph.faults.answers += [(where, answers[fault])] * (3 if fault == "500_at_page" else 1)
        else:
            setattr(self.graph.faults, fault, value)

    def well(self) -> None:
        self.graph.heal()

    def _name(self, who: str, resource: str) -> str:
        return self._names.setdefault((who, resource), f"{who} {resource} {next(self._numbers)}")


def possible(event: RemoteEvent) -> RemoteEvent:
    """What these services can hold of an event: exceptions of single occurrences that the rule has."""
    if event.recurrence is None:
        return event
    (text,) = event.recurrence.rules
    parts = dict(part.split("=") for part in text.split(";"))
    step = {"DAILY": 1, "WEEKLY": 7}.get(parts["FREQ"], 0)
    days = {event.start + timedelta(days=step * number) for number in range(min(int(parts.get("COUNT", "5")), 5))}
    fitting = (exception for exception in event.exceptions if exception.original_start in days)
    return replace(event, exceptions=tuple(replace(exception, this_and_future=False) for exception in fitting))
