"""The exam that every provider sits.

A provider brings a `World`: a server with a calendar that the exam can write on as another program of the owner would. The exam
reads it through the port alone, with a `Follower` that applies the pages as the engine does and watches the port's promises. What
the follower holds must always equal what a fresh read gives.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Protocol

import pytest

from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import RemoteEvent, Unreadable, Visibility
from metwith.engine.errors import CursorExpired, Gone, ProviderError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from metwith.calendars.providers.port import CalendarProvider
    from metwith.calendars.vocabulary import ChangePage

PRIVATE_SPELLINGS = (
    "CLASS:PRIVATE",
    "CLASS:private",
    "CLASS:Private ",
    "CLASS:CONFIDENTIAL",
    "class:confidential",
    "CLASS:X-BOARD-ONLY",
    "CLASS;X-NOTE=1:PRIVATE",
)
STRANGE_NAMES = ("über größe", "a@b", "50%", "a+b", "ünïcödé 会議", "semi;colon", "per%20cent", "a&b", "(1)", "x=y", "tilde~")


class World(Protocol):
    """What a provider brings to the exam. Names are the world's own: a file name, an id; bodies are whole iCalendar texts."""

    calendar: str
    """Id of the calendar under exam, empty at first."""

    takes_several_uids: bool
    """Whether a resource may hold several events."""
    deletes_past: bool
    """Whether a past event that is gone is gone (a feed that slides tells nothing by it)."""

    def opened(self, *, page: int | None = None) -> AbstractContextManager[CalendarProvider]:
        """The provider, opened anew. `page` is the size of its pages, where it can be chosen."""
        ...

    def put(self, name: str, body: str) -> None:
        """Write a resource, or write it anew."""
        ...

    def delete(self, name: str) -> None: ...

    def break_item(self, name: str, uid: str) -> None:
        """Write a resource of an event that cannot be understood."""
        ...

    def expire(self) -> None:
        """The server forgets every cursor it gave."""
        ...


def body(uid: str, *lines: str, title: str = "Plan", start: str = "20360110T090000Z", end: str = "20360110T093000Z") -> str:
    """A resource of one event."""
    return calendar(event(uid, *lines, title=title, start=start, end=end))


def calendar(*events: str) -> str:
    """A resource of several VEVENTs."""
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Exam//EN", *events, "END:VCALENDAR", ""])


def event(uid: str, *lines: str, title: str = "Plan", start: str = "20360110T090000Z", end: str = "20360110T093000Z") -> str:
    """A VEVENT. `start` and `end` bring their parameters: `;TZID=Europe/Berlin:20360110T090000`."""
    starts, ends = (when if when.startswith(";") else f":{when}" for when in (start, end))
    people = ("ORGANIZER:mailto:ana@north.example", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@south.example")
    head = (f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"SUMMARY:{title}", f"DTSTART{starts}", f"DTEND{ends}")
    return "\r\n".join(["BEGIN:VEVENT", *head, *people, *lines, "END:VEVENT"])


type Row = RemoteEvent | Unreadable


@dataclass
class Follower:
    """Holds what the pages said, as the engine would."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    cursor: str = ""
    replays: bool = False
    """Apply every page twice."""
    expired: int = 0
    """How often a full read was needed."""

    def copy(self) -> Follower:
        return replace(self, rows=dict(self.rows))

    def sync(self, world: World, *, page: int | None = None) -> list[ChangePage]:
        """Read what is new. Returns the pages."""
        with world.opened(page=page) as provider:
            try:
                return self._read(provider, world.calendar, self.cursor)
            except CursorExpired:
                self.expired += 1
                return self._read(provider, world.calendar, "")

    def _read(self, provider: CalendarProvider, calendar_id: str, cursor: str) -> list[ChangePage]:
        seen: set[str] = set()
        pages = []
        for page in provider.changes(calendar_id, cursor):
            for _time in range(2 if self.replays else 1):
                self.apply(page, seen)
            pages.append(page)
        _check_the_ports_promises(pages, fresh=not cursor)
        return pages

    def apply(self, page: ChangePage, seen: set[str]) -> None:
        """A page names whole resources: what it brings of one is all there is of it. Absence counts on a complete page only."""
        brought = {resource(row.id) for row in page.events}
        self._keep(lambda name: name not in brought and name not in page.removed)
        self.rows.update(((row.id, getattr(row, "uid", "")), row) for row in page.events)
        seen |= brought | set(page.unchanged)
        if page.complete:
            past = {resource(row.id) for row in self.rows.values() if page.keep_past and is_past(row)}
            self._keep(lambda name: name in seen or name in past)
        if page.cursor is not None:
            self.cursor = page.cursor

    def _keep(self, wanted: object) -> None:
        assert callable(wanted)
        self.rows = {key: row for key, row in self.rows.items() if wanted(resource(row.id))}

    def events(self) -> dict[str, RemoteEvent]:
        return {row.uid: row for row in self.rows.values() if isinstance(row, RemoteEvent)}

    def unreadable(self) -> list[Unreadable]:
        return [row for row in self.rows.values() if isinstance(row, Unreadable)]

    def titles(self) -> dict[str, str]:
        return {uid: found.title for uid, found in self.events().items()}

    def content(self) -> dict[tuple[str, str], Row]:
        """Everything but versions, which a server may spell as it likes."""
        return {key: replace(row, version="", exceptions=()) if isinstance(row, RemoteEvent) else row for key, row in self.rows.items()}

    def meetings(self) -> dict[str, list[tuple[str, object, object, str, bool]]]:
        """Every occurrence of every event until the end of 2037: key, start, end, title, cancelled."""
        until = datetime(2038, 1, 1, tzinfo=UTC)
        return {
            uid: sorted((o.key, o.start, o.end, o.event.title, o.event.cancelled) for o in occurrences(found, until=until))
            for uid, found in self.events().items()
        }


def resource(item_id: str) -> str:
    return item_id.partition("#")[0]


def is_past(row: Row) -> bool:
    return isinstance(row, RemoteEvent) and row.recurrence is None and str(row.end) < str(datetime.now(UTC))


def _check_the_ports_promises(pages: list[ChangePage], *, fresh: bool) -> None:
    assert pages, "a read gives one page at least"
    assert pages[-1].cursor, "the last page carries the cursor"
    assert not any(page.cursor is not None or page.complete for page in pages[:-1]), "cursor and complete wait for the last page"
    assert pages[-1].complete or not fresh, "a first read lists everything"
    assert not any(page.unchanged for page in pages if not pages[-1].complete), "unchanged means something in a complete run only"


def fresh(world: World) -> Follower:
    """What a first read gives now."""
    follower = Follower()
    follower.sync(world)
    return follower


def assert_equals_fresh(follower: Follower, world: World) -> None:
    anew = fresh(world)
    assert follower.content() == anew.content()
    assert follower.meetings() == anew.meetings()


class ProviderExam:
    """Inherit, and bring a fixture `world`."""

    def test_an_empty_calendar_reads_as_empty(self, world: World):
        follower = Follower()
        pages = follower.sync(world)
        assert follower.rows == {}
        assert pages[-1].complete

    def test_a_first_read_brings_everything(self, world: World):
        for number in range(5):
            world.put(f"e{number}", body(f"uid-{number}", title=f"Plan {number}"))
        assert fresh(world).titles() == {f"uid-{number}": f"Plan {number}" for number in range(5)}

    def test_facts_arrive_as_they_are(self, world: World):
        world.put("e", body("uid", "LOCATION:Room 7", "SEQUENCE:3", "STATUS:CONFIRMED", title="Größe\\, 会議"))
        found = fresh(world).events()["uid"]
        assert (found.title, found.location, found.sequence) == ("Größe, 会議", "Room 7", 3)
        assert (found.start, found.end) == (datetime(2036, 1, 10, 9, tzinfo=UTC), datetime(2036, 1, 10, 9, 30, tzinfo=UTC))
        assert {(who.address, who.organizer) for who in found.attendees} == {("ana@north.example", True), ("bob@south.example", False)}

    def test_an_all_day_event_stays_a_day(self, world: World):
        world.put("e", body("uid", start=";VALUE=DATE:20360110", end=";VALUE=DATE:20360112"))
        found = fresh(world).events()["uid"]
        assert (found.start, found.end) == (date(2036, 1, 10), date(2036, 1, 12))

    def test_nothing_changed_brings_nothing(self, world: World):
        world.put("e", body("uid"))
        follower = fresh(world)
        pages = follower.sync(world)
        assert not any(page.events or page.removed for page in pages)
        assert follower.titles() == {"uid": "Plan"}

    def test_new_changed_and_deleted_events_arrive_each_time(self, world: World):
        for number in range(6):
            world.put(f"e{number}", body(f"uid-{number}"))
        follower = fresh(world)
        for turn in range(4):
            world.put("e0", body("uid-0", title=f"Changed {turn}"))
            world.put(f"new{turn}", body(f"new-{turn}"))
            world.delete(f"e{turn + 1}")
            follower.sync(world)
            assert follower.titles()["uid-0"] == f"Changed {turn}"
            assert f"new-{turn}" in follower.titles()
            assert f"uid-{turn + 1}" not in follower.titles()
            assert_equals_fresh(follower, world)

    def test_an_event_that_only_moves_in_time_arrives(self, world: World):
        world.put("e", body("uid"))
        follower = fresh(world)
        world.put("e", body("uid", start="20360111T090000Z", end="20360111T093000Z"))
        follower.sync(world)
        assert follower.events()["uid"].start == datetime(2036, 1, 11, 9, tzinfo=UTC)

    def test_a_renamed_resource_is_not_two(self, world: World):
        for number in range(3):
            world.put(f"e{number}", body(f"uid-{number}"))
        follower = fresh(world)
        for turn in range(3):
            world.delete("e0" if turn == 0 else f"renamed{turn - 1}")
            world.put(f"renamed{turn}", body("uid-0"))
            follower.sync(world)
            assert len(follower.rows) == 3
            assert_equals_fresh(follower, world)

    def test_the_last_event_can_go(self, world: World):
        for turn in range(3):
            world.put("e", body(f"uid-{turn}"))
            follower = fresh(world)
            world.delete("e")
            follower.sync(world)
            assert follower.rows == {}

    def test_an_event_deleted_and_made_again_between_two_reads_is_there(self, world: World):
        world.put("e", body("uid", title="Old"))
        world.put("f", body("other"))
        follower = fresh(world)
        world.delete("e")
        world.put("e", body("uid", title="New"))
        follower.sync(world)
        assert follower.titles()["uid"] == "New"
        assert_equals_fresh(follower, world)

    def test_an_event_made_and_deleted_between_two_reads_leaves_nothing(self, world: World):
        world.put("f", body("other"))
        follower = fresh(world)
        world.put("e", body("uid"))
        world.delete("e")
        follower.sync(world)
        assert set(follower.titles()) == {"other"}

    def test_pages_of_one_end_the_same(self, world: World):
        for number in range(4):
            world.put(f"e{number}", body(f"uid-{number}"))
        follower = Follower()
        follower.sync(world, page=1)
        assert_equals_fresh(follower, world)
        world.put("e0", body("uid-0", title="Changed"))
        world.delete("e1")
        world.put("e9", body("uid-9"))
        follower.sync(world, page=1)
        assert_equals_fresh(follower, world)

    def test_every_page_may_come_twice(self, world: World):
        for number in range(4):
            world.put(f"e{number}", body(f"uid-{number}"))
        follower = Follower(replays=True)
        follower.sync(world, page=1)
        assert_equals_fresh(follower, world)
        world.put("e0", body("uid-0", title="Changed"))
        world.delete("e1")
        follower.sync(world, page=1)
        assert_equals_fresh(follower, world)

    def test_a_read_broken_off_anywhere_and_begun_again_ends_the_same(self, world: World):
        for number in range(3):
            world.put(f"e{number}", body(f"uid-{number}"))
        begun = fresh(world)
        world.put("e0", body("uid-0", title="Changed"))
        world.delete("e1")
        world.put("e7", body("uid-7"))
        for after in range(3):
            for follower in (Follower(), begun.copy()):
                break_off(follower, world, after=after)
                follower.sync(world, page=1)
                assert_equals_fresh(follower, world)

    def test_what_changes_during_a_read_arrives_then_or_next_time(self, world: World):
        for number in range(4):
            world.put(f"e{number}", body(f"uid-{number}"))
        follower = Follower()
        with world.opened(page=1) as provider:
            seen: set[str] = set()
            for number, page in enumerate(provider.changes(world.calendar, "")):
                follower.apply(page, seen)
                if number == 0:
                    world.put("e0", body("uid-0", title="Changed"))
                    world.put("e3", body("uid-3", title="Changed"))
                    world.put("late", body("late"))
                    world.delete("e2")
        follower.sync(world)
        assert_equals_fresh(follower, world)

    def test_a_cursor_may_expire_at_each_step(self, world: World):
        for number in range(4):
            world.put(f"e{number}", body(f"uid-{number}"))
        follower = fresh(world)
        for turn in range(3):
            world.expire()
            follower.sync(world)
            assert_equals_fresh(follower, world)
            world.put("e0", body("uid-0", title=f"Changed {turn}"))
            world.delete(f"e{turn + 1}")
            world.expire()
            follower.sync(world)
            assert_equals_fresh(follower, world)
            world.put(f"e{turn + 1}", body(f"again-{turn}"))
            follower.sync(world)
            assert_equals_fresh(follower, world)

    def test_an_old_cursor_still_leads_to_now(self, world: World):
        """A database restored from a backup reads on from what it knew then."""
        for number in range(4):
            world.put(f"e{number}", body(f"uid-{number}"))
        follower = fresh(world)
        backups = [follower.copy()]
        for turn in range(3):
            world.put("e0", body("uid-0", title=f"Changed {turn}"))
            world.delete(f"e{turn + 1}")
            follower.sync(world)
            backups.append(follower.copy())
        for backup in backups:
            backup.sync(world)
            assert_equals_fresh(backup, world)

    def test_a_cursor_that_is_nonsense_means_a_full_read(self, world: World):
        world.put("e", body("uid"))
        for nonsense in ("nonsense", "{}", "null", "[]", '{"f":3}', "0.x"):
            follower = fresh(world)
            follower.cursor = nonsense
            follower.sync(world)
            assert follower.expired == 1
            assert_equals_fresh(follower, world)

    def test_a_calendar_that_is_not_there_is_gone(self, world: World):
        with world.opened() as provider, pytest.raises(Gone):
            list(provider.changes(missing(world.calendar), ""))

    def test_one_unreadable_item_costs_the_others_nothing(self, world: World):
        for number in range(3):
            world.put(f"e{number}", body(f"uid-{number}"))
        world.break_item("broken", "broken")
        follower = fresh(world)
        assert set(follower.titles()) == {"uid-0", "uid-1", "uid-2"}
        assert len(follower.unreadable()) == 1
        for turn in range(2):
            world.put("e0", body("uid-0", title=f"Changed {turn}"))
            follower.sync(world)
            assert_equals_fresh(follower, world)
        world.delete("broken")
        follower.sync(world)
        assert follower.unreadable() == []

    def test_an_item_that_becomes_unreadable_and_readable_again_is_one_item(self, world: World):
        for number in range(4):
            world.put(f"e{number}", body(f"uid-{number}"))
        follower = fresh(world)
        for turn in range(3):
            world.break_item("e0", "uid-0")
            follower.sync(world)
            assert len(follower.unreadable()) == 1
            assert_equals_fresh(follower, world)
            world.put("e0", body("uid-0", title=f"Mended {turn}"))
            follower.sync(world)
            assert follower.unreadable() == []
            assert_equals_fresh(follower, world)

    @pytest.mark.parametrize("spelling", PRIVATE_SPELLINGS)
    def test_private_is_private_in_every_spelling(self, world: World, spelling: str):
        world.put("e", body("uid", spelling))
        assert fresh(world).events()["uid"].visibility is Visibility.PRIVATE

    def test_public_is_public(self, world: World):
        world.put("e", body("uid", "CLASS:PUBLIC"))
        world.put("f", body("silent"))
        assert {found.visibility for found in fresh(world).events().values()} == {Visibility.PUBLIC}

    def test_an_event_that_turns_private_arrives_as_private(self, world: World):
        for number in range(3):
            world.put(f"e{number}", body(f"uid-{number}"))
        follower = fresh(world)
        for number in range(3):
            world.put(f"e{number}", body(f"uid-{number}", "CLASS:PRIVATE"))
            follower.sync(world)
            assert follower.events()[f"uid-{number}"].visibility is Visibility.PRIVATE

    def test_a_series_keeps_everything_that_can_happen_to_one(self, world: World):
        world.put("series", SERIES)
        world.put("later", SPLIT)
        follower = fresh(world)
        assert_is_the_series(follower)
        world.put("series", body("series", "RRULE:FREQ=WEEKLY;COUNT=2"))
        follower.sync(world)
        assert len(follower.meetings()["series"]) == 2
        world.put("series", SERIES)
        follower.sync(world)
        assert_is_the_series(follower)
        assert_equals_fresh(follower, world)

    def test_an_exception_can_be_private_in_a_public_series(self, world: World):
        world.put("series", SERIES)
        found = fresh(world).events()["series"]
        assert found.visibility is Visibility.PUBLIC
        assert [exception.title for exception in found.exceptions if exception.visibility is Visibility.PRIVATE] == ["Doctor"]

    def test_several_events_in_one_resource_come_and_go_singly(self, world: World):
        if not world.takes_several_uids:
            pytest.skip("this server lets no resource hold two events")
        world.put("other", body("other"))
        world.put("third", body("third"))
        world.put("both", calendar(event("one"), event("two")))
        follower = fresh(world)
        assert set(follower.titles()) == {"one", "two", "other", "third"}
        for uids in (("two",), ("one", "two", "three"), ("three", "one"), ("one",), ("two", "one")):
            world.put("both", calendar(*map(event, uids)))
            follower.sync(world)
            assert set(follower.titles()) == {*uids, "other", "third"}
            assert_equals_fresh(follower, world)

    def test_names_may_hold_any_letter(self, world: World):
        for number, name in enumerate(STRANGE_NAMES):
            world.put(name, body(f"uid-{number}"))
        follower = fresh(world)
        assert len(follower.titles()) == len(STRANGE_NAMES)
        for number, name in enumerate(STRANGE_NAMES[:4]):
            world.put(name, body(f"uid-{number}", title="Changed"))
            world.delete(STRANGE_NAMES[number + 4])
            follower.sync(world)
            assert follower.titles()[f"uid-{number}"] == "Changed"
            assert_equals_fresh(follower, world)

    def test_a_long_play_of_chance_never_leads_apart(self, world: World):
        chance = random.Random(7)
        followers = [fresh(world), Follower(replays=True)]
        there: set[str] = set()
        for turn in range(40):
            play(world, chance, there, turn)
            for follower in followers:
                if chance.random() < 0.4:
                    follower.sync(world, page=chance.choice([1, 2, None]))
                    assert_equals_fresh(follower, world)
        for follower in followers:
            follower.sync(world)
            assert_equals_fresh(follower, world)

    def test_what_is_opened_can_be_closed_in_the_middle_of_a_read(self, world: World):
        for number in range(3):
            world.put(f"e{number}", body(f"uid-{number}"))
        with world.opened(page=1) as provider:
            next(iter(provider.changes(world.calendar, "")))
        assert len(fresh(world).titles()) == 3

    def test_exactly_one_calendar_is_primary(self, world: World):
        with world.opened() as provider:
            calendars = provider.calendars()
        assert sum(found.primary for found in calendars) == 1
        assert world.calendar in {found.id for found in calendars}


def break_off(follower: Follower, world: World, *, after: int) -> None:
    """Read some pages, and then no more: the process died."""
    with world.opened(page=1) as provider:
        seen: set[str] = set()
        try:
            for number, page in enumerate(provider.changes(world.calendar, follower.cursor)):
                if number == after:
                    return
                follower.apply(page, seen)
        except ProviderError:
            follower.cursor = ""


def play(world: World, chance: random.Random, there: set[str], turn: int) -> None:
    """One thing that may happen to a calendar."""
    name = f"e{chance.randrange(8)}"
    happening = chance.random()
    if happening < 0.25 and name in there:
        world.delete(name)
        there.discard(name)
    elif happening < 0.35:
        world.break_item(name, name)
        there.add(name)
    elif happening < 0.45:
        world.put(name, SERIES.replace("UID:series", f"UID:{name}"))
        there.add(name)
    elif happening < 0.5:
        world.expire()
    else:
        world.put(name, body(name, *chance.choice([(), ("CLASS:PRIVATE",), ("STATUS:CANCELLED",)]), title=f"Turn {turn}"))
        there.add(name)


def missing(calendar_id: str) -> str:
    """An id like this one, of nothing."""
    return calendar_id.rstrip("/") + "-not-there" + ("/" if calendar_id.endswith("/") else "")


_WHEN = ";TZID=Europe/Berlin:2036{}"
SERIES = calendar(
    event(
        "series",
        "RRULE:FREQ=WEEKLY;COUNT=8",
        "EXDATE;TZID=Europe/Berlin:20360324T100000",
        "RDATE;TZID=Europe/Berlin:20360321T100000",
        title="Weekly",
        start=_WHEN.format("0310T100000"),
        end=_WHEN.format("0310T110000"),
    ),
    event(
        "series",
        "RECURRENCE-ID;TZID=Europe/Berlin:20360317T100000",
        title="Moved",
        start=_WHEN.format("0318T150000"),
        end=_WHEN.format("0318T160000"),
    ),
    event(
        "series",
        "RECURRENCE-ID;TZID=Europe/Berlin:20360331T100000",
        "STATUS:CANCELLED",
        title="Weekly",
        start=_WHEN.format("0331T100000"),
        end=_WHEN.format("0331T110000"),
    ),
    event(
        "series",
        "RECURRENCE-ID;TZID=Europe/Berlin:20360407T100000",
        "CLASS:PRIVATE",
        title="Doctor",
        start=_WHEN.format("0407T100000"),
        end=_WHEN.format("0407T110000"),
    ),
)
"""Mondays at ten in Berlin, across the change to summer time on 30 March 2036: one moved, one excluded, one added, one cancelled,
one private."""
SPLIT = calendar(
    event(
        "later",
        "RRULE:FREQ=WEEKLY;COUNT=3",
        title="Later",
        start=_WHEN.format("0506T120000"),
        end=_WHEN.format("0506T130000"),
    )
)
"""What other programs make of "this and following": a new series."""


def assert_is_the_series(follower: Follower) -> None:
    found = {
        key: (start.astimezone(UTC).strftime("%m-%d %H:%M"), title, cancelled)
        for key, start, _end, title, cancelled in follower.meetings()["series"]
        if isinstance(start, datetime)
    }
    assert found == {
        "20360310T090000Z": ("03-10 09:00", "Weekly", False),
        "20360317T090000Z": ("03-18 14:00", "Moved", False),
        "20360321T090000Z": ("03-21 09:00", "Weekly", False),
        "20360331T080000Z": ("03-31 08:00", "Weekly", True),
        "20360407T080000Z": ("04-07 08:00", "Doctor", False),
        "20360414T080000Z": ("04-14 08:00", "Weekly", False),
        "20360421T080000Z": ("04-21 08:00", "Weekly", False),
        "20360428T080000Z": ("04-28 08:00", "Weekly", False),
    }
    assert len(follower.meetings()["later"]) == 3
