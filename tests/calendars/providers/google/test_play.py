"""Whatever happens to a calendar in Google's own way, what was followed step by step equals what a fresh read gives."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import RemoteEvent
from metwith.engine.errors import CursorExpired, ProviderError
from metwith.practice.google import Google
from metwith.practice.google_events import exception_id, grave, split, when
from tests.calendars.providers.google.world import ANA, NOW, opened

if TYPE_CHECKING:
    from metwith.calendars.vocabulary import ChangePage

START = datetime(2036, 3, 10, 9, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@dataclass
class Follower:
    items: dict[str, list[object]] = field(default_factory=dict)
    """Item → what it says: all its events, as the engine keeps them."""
    cursor: str = ""

    def sync(self, google: Google, *, page: int | None = None) -> None:
        with opened(google, page=page) as provider:
            try:
                self._take(list(provider.changes(ANA, self.cursor)))
            except CursorExpired:
                self._take(list(provider.changes(ANA, "")))

    def _take(self, pages: list[ChangePage]) -> None:
        seen: set[str] = set()
        for page in pages:
            brought: dict[str, list[object]] = {name: [] for name in page.removed}
            for event in page.events:
                brought.setdefault(event.id.partition("#")[0], []).append(event)
            self.items |= brought
            seen |= {name for name, said in brought.items() if said}
        if pages[-1].complete:
            self.items = {name: said for name, said in self.items.items() if name in seen}
        assert pages[-1].cursor
        self.cursor = pages[-1].cursor

    def meetings(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        return {
            (event.uid, o.key): (o.start, o.end, o.event.title, o.event.cancelled, o.event.visibility)
            for said in self.items.values()
            for event in said
            if isinstance(event, RemoteEvent)
            for o in occurrences(event, until=datetime(2037, 1, 1, tzinfo=UTC))
        }


def single(number: int, title: str) -> dict[str, Any]:
    return {
        "id": f"s{number}",
        "iCalUID": f"s{number}@north.example",
        "summary": title,
        "start": when(START + timedelta(days=number), "UTC"),
        "end": when(START + timedelta(days=number, hours=1), "UTC"),
    }


def master(number: int, title: str) -> dict[str, Any]:
    return {**single(number, title), "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6"]}


def exception(number: int, week: int, title: str) -> dict[str, Any]:
    original = START + timedelta(days=number) + week * WEEK
    moved = {"start": when(original + timedelta(hours=3), "UTC"), "end": when(original + timedelta(hours=4), "UTC")}
    facts = {"id": exception_id(f"s{number}", original), "recurringEventId": f"s{number}", "originalStartTime": when(original, "UTC")}
    return {**single(number, title), **facts, **moved}


def play(google: Google, chance: random.Random, turn: int) -> None:
    """One thing that happens at Google."""
    number, week, title = chance.randrange(4), chance.randrange(5), f"Turn {turn}"
    if chance.random() < 0.3:
        new = chance.choice([single, master])(number, title)
        # A series that becomes a single event loses its exceptions.
        _bury(google, [name for name in google.members(ANA, new["id"]) if "recurrence" not in new and name != new["id"]])
        google.put(ANA, new)
    elif f"s{number}" in google.store.calendars[ANA].items:
        happen(google, chance, number, week, title)
    if chance.random() < 0.05:
        google.expire_sync_tokens()


def happen(google: Google, chance: random.Random, number: int, week: int, title: str) -> None:
    """Something happens to what is there."""
    ident = f"s{number}"
    item = google.store.calendars[ANA].items[ident]
    match chance.choice(["move", "move", "move", "drop", "drop", "delete", "call off", "leave one", "split", "private"]):
        case "move" if "recurrence" in item:
            google.put(ANA, exception(number, week, title))
        case "drop" if "recurrence" in item:
            google.call_off_one(ANA, ident, START + timedelta(days=number) + week * WEEK)
        case "delete":
            google.delete(ANA, ident)
        case "call off":
            google.call_off(ANA, ident)
        case "leave one" if "recurrence" in item:
            google.delete(ANA, ident)
            google.put(ANA, exception(number, week, title))
        case "split" if "recurrence" in item:
            for half in split(item, START + timedelta(days=number) + 3 * WEEK, summary=title):
                google.put(ANA, half)
        case "private":
            google.put(ANA, {**item, "visibility": chance.choice(["private", "default"])})


def _bury(google: Google, names: list[str]) -> None:
    for name in names:
        google.store.delete(ANA, name, grave(google.store.calendars[ANA].items[name]))


@pytest.mark.parametrize("seed", range(6))
def test_what_is_followed_equals_a_fresh_read(seed: int):
    chance, google = random.Random(seed), Google(ANA, clock=lambda: NOW)
    often, seldom = Follower(), Follower()
    for turn in range(50):
        play(google, chance, turn)
        google.faults.empty_pages, google.faults.replays = chance.random() < 0.2, chance.random() < 0.2
        for follower, luck in ((often, 0.5), (seldom, 0.1)):
            if chance.random() < luck:
                broken_off(follower, google, chance)
                follower.sync(google, page=chance.choice([1, 2, 3, None]))
                assert follower.meetings() == fresh(google).meetings()
    assert len(often.meetings()) > 0


def fresh(google: Google) -> Follower:
    follower = Follower()
    follower.sync(google)
    return follower


def broken_off(follower: Follower, google: Google, chance: random.Random) -> None:
    """A run that dies somewhere: its pages stay, its cursor was never reached."""
    with opened(google, page=1) as provider:
        try:
            for page in provider.changes(ANA, follower.cursor):
                if page.cursor or chance.random() < 0.3:
                    return
                follower.items |= {name: [] for name in page.removed}
                follower.items |= {e.id: [other for other in page.events if other.id == e.id] for e in page.events if "#" not in e.id}
        except ProviderError:
            follower.cursor = ""
