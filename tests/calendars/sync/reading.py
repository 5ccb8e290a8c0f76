"""A machine's servers: the calendars of Alice and Bob, what comes to stand in them, and when they are read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from metwith.calendars.actions import choose
from metwith.calendars.intents.facts import ChangedFact
from metwith.calendars.models import Calendar
from metwith.calendars.providers import memory
from metwith.calendars.sync import access, extend_series
from metwith.calendars.sync.run import CalendarBusy, sync_calendar
from metwith.calendars.vocabulary import Recurrence, RemoteAttendee, RemoteCalendar, RemoteEvent, Response, Visibility
from metwith.rules.health import Succeeded, SuspiciouslyEmpty
from tests.calendars.sync.shelf import Shelf
from tests.calendars.worker import work
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

type Name = tuple[str, str]
"""Of a calendar: who has it, and its id at the server."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 6, 10, 9, tzinfo=UTC)
ALICE, BOB = "alice@lumen.example", "bob@lumen.example"
OUTSIDERS = ("anna@acme.example", "zoe@eu.acme.example", "kim@kin.example", "ali@kin.example", "tom@gmail.com")
SECRET = "classified"
"""Stands in whatever a private meeting says."""
CALENDARS: tuple[Name, ...] = (("alice", "work"), ("alice", "side"), ("bob", "work"))

SHELVES = st.sampled_from(CALENDARS)
UIDS = st.sampled_from("abc")
DAYS = st.integers(-20, 20)
GUESTS = st.sets(st.sampled_from(OUTSIDERS), min_size=1, max_size=2) | st.sets(st.sampled_from((*OUTSIDERS, BOB)), max_size=3)
KINDS = st.sampled_from(["", "", "", "private", "salary", "internal"])
EXCEPTIONS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["", "private", "salary", "internal", "moved", "following", "salary following"])),
    max_size=3,
    unique_by=lambda pair: pair[0],
)


@dataclass
class Stage:
    """What stays from one example to the next."""

    members: dict[str, Member]
    accounts: dict[str, int]

    @property
    def workspace_id(self) -> int:
        return self.members["alice"].workspace_id


def server(who: str) -> memory.MemoryServer:
    """A member's."""
    return memory.server(f"both-{who}")


def stock(who: str) -> None:
    """A new one, with empty calendars."""
    memory.forget_servers(f"both-{who}")
    for owner, name in CALENDARS:
        if owner == who:
            server(who).add_calendar(RemoteCalendar(name, name.title(), primary=name == "work"))


def items(name: Name) -> dict[str, RemoteEvent]:
    """What stands in a calendar at its server."""
    return {item.id: item for item in server(name[0]).items(name[1]) if isinstance(item, RemoteEvent)}


class Reading(RuleBasedStateMachine):
    """Alice has two calendars, Bob one."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage, self.now, self.counter = stage, NOW, 0
        self.shelves = {name: Shelf() for name in CALENDARS}
        self.taken: dict[str, dict[int, tuple[str, str]]] = {"alice": {}, "bob": {}}
        """What is out by hand, by the number of its row: UID and key."""
        for who in self.taken:
            stock(who)

    def begin(self) -> None:
        """Something of everything stands in each calendar, and was read: whatever is set next has something to decide about."""
        for who, name in CALENDARS:
            for guest in OUTSIDERS:
                server(who).put(name, self.meeting(who, f"with {guest}", {guest}, START))
            server(who).put(name, self.meeting(who, "mixed", {OUTSIDERS[0], OUTSIDERS[-1]}, START, "salary"))
            self.put_series(shelf=(who, name), uid="b", guests={OUTSIDERS[1]}, kind="", exceptions=[], endless=True)
            changes = [(1, "private"), (2, "salary"), (3, "moved")] if name == "work" else [(2, ""), (3, "salary following"), (4, "moved")]
            self.put_series(shelf=(who, name), uid="c", guests={OUTSIDERS[2]}, kind="", exceptions=changes, endless=False)
            self.change_guests((who, name), "c", OUTSIDERS[0])
        self.sync_all()

    def change_guests(self, name: Name, uid: str, guest: str) -> None:
        """The first exception of a series has others than the series."""
        item = items(name)[uid]
        first, *rest = item.exceptions
        server(name[0]).put(
            name[1], replace(item, exceptions=(replace(first, attendees=(*first.attendees[:1], RemoteAttendee(guest))), *rest))
        )

    # --- on the servers ---------------------------------------------------------------------------------------------------------

    def meeting(self, who: str, uid: str, guests: set[str], start: datetime, kind: str = "", *, sequence: int = 0) -> RemoteEvent:
        """A version of a meeting that was never there before: another title, a later change."""
        self.counter += 1
        owner = self.stage.members[who].user.email
        others = sorted({BOB, "alice@lumen.example"} if "internal" in kind else guests)
        return RemoteEvent(
            id=uid,
            uid=uid,
            start=start,
            end=start + HOUR,
            title=f"{uid}{self.counter}{' Salary' if 'salary' in kind else ''}{f' {SECRET}' if 'private' in kind else ''}",
            location=f"Room {self.counter}",
            visibility=Visibility.PRIVATE if "private" in kind else Visibility.PUBLIC,
            sequence=sequence,
            updated=NOW + timedelta(seconds=self.counter),
            attendees=(
                RemoteAttendee(owner, "Me", Response.ACCEPTED, organizer=True),
                *(RemoteAttendee(guest, guest.title()) for guest in others if guest != owner),
            ),
        )

    @rule(shelf=SHELVES, uid=UIDS, guests=GUESTS, day=st.integers(-20, 20), kind=KINDS, sequence=st.integers(0, 1))
    def put(self, *, shelf: Name, uid: str, guests: set[str], day: int, kind: str, sequence: int) -> None:
        server(shelf[0]).put(shelf[1], self.meeting(shelf[0], uid, guests, START + day * DAY, kind, sequence=sequence))

    @rule(shelf=SHELVES, uid=UIDS, guests=GUESTS, kind=KINDS, exceptions=EXCEPTIONS, endless=st.booleans())
    def put_series(self, *, shelf: Name, uid: str, guests: set[str], kind: str, exceptions: list[tuple[int, str]], endless: bool) -> None:
        who, name = shelf
        step = 30 * DAY if endless else DAY
        text = "FREQ=DAILY;INTERVAL=30" if endless else "FREQ=DAILY;COUNT=5"
        series = replace(self.meeting(who, uid, guests, START, kind), recurrence=Recurrence(rules=(text,)))
        made = tuple(self.exception(who, series, guests, START + n * step, change) for n, change in exceptions)
        server(who).put(name, replace(series, exceptions=made))

    def exception(self, who: str, series: RemoteEvent, guests: set[str], original: datetime, change: str) -> RemoteEvent:
        start = original + (3 * HOUR if change in {"moved", "following"} else timedelta())
        said = self.meeting(who, series.uid, guests, start, change)
        return replace(said, id=series.id, original_start=original, this_and_future="following" in change)

    @rule(uid=UIDS, guests=GUESTS, others=GUESTS, kind=KINDS, day=st.integers(-20, 20))
    def put_in_both_calendars(self, *, uid: str, guests: set[str], others: set[str], kind: str, day: int) -> None:
        server("alice").put("work", self.meeting("alice", uid, guests | {BOB}, START + day * DAY, kind))
        server("bob").put("work", self.meeting("bob", uid, others, START + day * DAY))

    @rule(shelf=SHELVES, data=st.data(), change=st.sampled_from(["private", "internal", "salary", "", "deleted"]), guests=GUESTS)
    def turn(self, *, shelf: Name, data: st.DataObject, change: str, guests: set[str]) -> None:
        who, name = shelf
        if not (there := items(shelf)):
            return
        item = there[data.draw(st.sampled_from(sorted(there)))]
        if change == "deleted":
            server(who).delete(name, item.id)
            return
        assert isinstance(item.start, datetime)
        said = self.meeting(who, item.uid, guests, item.start, change, sequence=item.sequence)
        turned = data.draw(st.integers(-1, len(item.exceptions) - 1))
        if turned < 0:
            server(who).put(name, replace(said, recurrence=item.recurrence, exceptions=item.exceptions))
            return
        old = item.exceptions[turned]
        new = replace(said, start=old.start, end=old.end, original_start=old.original_start, this_and_future=old.this_and_future)
        server(who).put(name, replace(item, exceptions=(*item.exceptions[:turned], new, *item.exceptions[turned + 1 :])))

    # --- what is read --------------------------------------------------------------------------------------------------------------

    @rule(shelf=SHELVES)
    def read(self, shelf: Name) -> None:
        self.sync(shelf)

    @rule(days=st.integers(2, 40))
    def time_goes_by(self, days: int) -> None:
        self.jobs()
        self.sync_all()
        self.now += days * DAY
        for workspace_id, calendar_id in extend_series.calendars_behind(self.now):
            extend_series.roll(workspace_id, calendar_id, self.now)
        for shelf in self.shelves:
            if not self.stands_still(shelf):
                self.shelves[shelf].read_at = self.now

    def jobs(self, *, later: bool = False) -> None:
        """What was queued runs, but for the reading."""
        if later:
            return
        members = set(ChangedFact.objects.of(self.stage.workspace_id).values_list("member_id", flat=True))
        work()
        for name, shelf in self.shelves.items():
            if members & {None, self.stage.members[name[0]].pk}:
                shelf.again(replace(access.policy(self.calendar(name)), switched_on=True), stands_still=self.stands_still(name))

    def sync_all(self) -> None:
        for shelf in self.shelves:
            self.sync(shelf)

    def sync(self, name: Name) -> None:
        calendar = self.calendar(name)
        full = calendar.cursor == ""
        outcome = sync_calendar(calendar.workspace_id, calendar.pk, clock=lambda: self.now)
        if outcome == SuspiciouslyEmpty():
            choose.confirm_empty(self.stage.members[name[0]], calendar.pk, self.now)
            outcome = sync_calendar(calendar.workspace_id, calendar.pk, clock=lambda: self.now)
            full = True
        assert isinstance(outcome, CalendarBusy if self.stands_still(name) else Succeeded)
        if isinstance(outcome, Succeeded):
            extend_series.roll(calendar.workspace_id, calendar.pk, self.now)
            taken = self.taken[name[0]].values()
            self.shelves[name].read(items(name), access.policy(self.calendar(name)), taken, full=full, now=self.now)

    def calendar(self, shelf: Name) -> Calendar:
        mine = Calendar.objects.of(self.stage.workspace_id).select_related("account__member__user")
        return mine.get(account_id=self.stage.accounts[shelf[0]], remote_id=shelf[1])

    def stands_still(self, shelf: Name) -> bool:
        calendar = self.calendar(shelf)
        return bool(calendar.paused or not calendar.enabled or calendar.account.disconnected_at)
