"""A machine plays two members, their calendars and all that goes wrong. After it, what is stored is what a fresh read would store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import stamina
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from metwith.calendars.actions import choose, own_copy
from metwith.calendars.actions import link as linked
from metwith.calendars.models import Calendar, Entry, Event, Link, NewPeople
from metwith.calendars.providers.memory import Killed
from metwith.calendars.rules.keep import decide
from metwith.calendars.sync import access, extend_series, rows
from metwith.calendars.sync.run import CalendarBusy, sync_calendar
from metwith.calendars.vocabulary import AttendeeKind, Keep, Recurrence, RemoteAttendee, RemoteEvent, Response, Unreadable, Visibility
from metwith.records import actions as records
from metwith.records.models import Company, CompanyDomain, Person
from metwith.rules.health import Failed, Succeeded, SuspiciouslyEmpty
from metwith.rules.own_identities import DomainOwnership
from metwith.workspaces import domains
from tests.calendars.sync.picture import as_if_read_anew, by_hand, difference, picture, words_of
from tests.calendars.sync.world import MemoryWorld
from tests.calendars.sync.world_caldav import RadicaleWorld
from tests.calendars.sync.world_practice import FAULTS, GoogleWorld, MicrosoftWorld, Ticking
from tests.calendars.worker import work
from tests.people import NOW
from tests.practising import practising
from tests.servers import radicale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from metwith.accounts.models import Account
    from metwith.rules.health import Outcome
    from metwith.workspaces.models import Member
    from tests.calendars.sync.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEASE = timedelta(minutes=2)
ALICE, BOB = "alice@lumen.example", "bob@lumen.example"
OUTSIDERS = ("anna@acme.example", "zoe@acme.example", "ben@eu.acme.example", "kim@kin.example", "tom@gmail.com", "info@acme.example")
COLLEAGUES = (ALICE, BOB, "lab@research.lumen.example")
SECRET = "classified"
"""Stands in whatever a private event says."""

WHO = st.sampled_from(["alice", "bob"])
UIDS = st.sampled_from(["a", "b"])
GUESTS = st.sets(st.sampled_from(OUTSIDERS), min_size=1, max_size=2) | st.sets(st.sampled_from((*OUTSIDERS, *COLLEAGUES)), max_size=3)
DAYS = st.integers(-20, 380)
RULES = st.sampled_from(["FREQ=DAILY;COUNT=4", "FREQ=WEEKLY;COUNT=110", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"])
FACTS = st.fixed_dictionaries(
    {"sequence": st.integers(0, 1)},
    optional={
        "visibility": st.sampled_from([Visibility.PUBLIC, Visibility.PUBLIC, Visibility.PRIVATE]),
        "cancelled": st.booleans(),
        "zone": st.sampled_from(["Europe/Berlin", "America/New_York"]),
        "location": st.sampled_from(["Room 1", "Room 2"]),
    },
)
CHANGES = st.sampled_from(["moved", "private", "cancelled", "internal", "following", "private following", "other guests"])
EXCEPTIONS = st.lists(st.tuples(st.integers(0, 4), CHANGES), max_size=3, unique_by=lambda pair: pair[0])


@dataclass
class Stage:
    """What stays from one example to the next: the members and their connected accounts."""

    members: dict[str, Member]
    accounts: dict[str, Account]
    world: World

    @property
    def workspace_id(self) -> int:
        return self.members["alice"].workspace_id


class Machine(RuleBasedStateMachine):
    """Rules act on the servers, on the clock and on the records; `settle` and the end look at what came of it."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage, self.world = stage, stage.world
        self.world.clear()
        self.now, self.counter, self.looked_at = NOW, 0, 0
        self.savepoint = transaction.atomic()
        # As the test's own transaction: what insists on being the outermost one (a token's renewal) takes it for none.
        self.savepoint._from_testcase = True  # type: ignore[attr-defined]  # Django's TestCase sets it
        self.savepoint.__enter__()

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    # --- on the servers ---------------------------------------------------------------------------------------------------------

    def meeting(self, who: str, uid: str, guests: set[str], start: datetime | date, facts: dict[str, Any]) -> RemoteEvent:
        """A version of a meeting that was never there before: another title, a later change."""
        self.counter += 1
        secret = f" {SECRET}" if facts.get("visibility") is Visibility.PRIVATE else ""
        owner = self.stage.members[who].user.email
        others = sorted(guests - {owner})
        people = [
            RemoteAttendee(owner, "Me", Response.ACCEPTED, organizer=True),
            *(RemoteAttendee(guest, guest.title()) for guest in others),
        ]
        if len(others) % 2:
            # Somebody else invited; and there is a room.
            people = [replace(people[0], organizer=False), *people[2:], replace(people[1], organizer=True)]
            people.append(RemoteAttendee("room@rooms.example", kind=AttendeeKind.ROOM))
        return RemoteEvent(
            id=uid,
            uid=uid,
            start=start,
            end=start + (HOUR if isinstance(start, datetime) else DAY),
            title=f"{uid}{self.counter}{secret}",
            updated=NOW + timedelta(seconds=self.counter),
            attendees=tuple(people),
            **facts,
        )

    @rule(who=WHO, uid=UIDS, guests=GUESTS, day=DAYS, facts=FACTS, all_day=st.booleans())
    def put(self, who: str, uid: str, guests: set[str], day: int, facts: dict[str, Any], *, all_day: bool) -> None:
        self.world.put(who, uid, self.meeting(who, uid, guests, moment(day, all_day=all_day), facts))

    @rule(who=WHO, uid=UIDS, guests=GUESTS, day=DAYS, facts=FACTS, all_day=st.booleans(), text=RULES, exceptions=EXCEPTIONS)
    def put_series(
        self,
        *,
        who: str,
        uid: str,
        guests: set[str],
        day: int,
        facts: dict[str, Any],
        text: str,
        exceptions: list[tuple[int, str]],
        all_day: bool,
    ) -> None:
        start = moment(day - 360, all_day=all_day)
        series = replace(self.meeting(who, uid, guests, start, facts), recurrence=Recurrence(rules=(text,)))
        step = DAY if "DAILY" in text else 7 * DAY
        made = tuple(self.exception(who, series, start + n * step, change) for n, change in exceptions)
        self.world.put(who, uid, replace(series, exceptions=made))

    def exception(self, who: str, series: RemoteEvent, original: datetime | date, change: str) -> RemoteEvent:
        facts: dict[str, Any] = {"sequence": series.sequence, "zone": series.zone}
        facts |= {"visibility": Visibility.PRIVATE} if "private" in change else {}
        guests = {"internal": {BOB, ALICE}, "other guests": {"kim@kin.example"}}.get(change) or {a.address for a in series.attendees}
        start = original + (3 * HOUR if isinstance(original, datetime) else DAY) if change in {"moved", "following"} else original
        said = self.meeting(who, series.uid, guests, start, facts | {"cancelled": change == "cancelled"})
        return replace(said, id=series.id, original_start=original, this_and_future="following" in change)

    @rule(who=WHO, uid=UIDS, guests=GUESTS, day=DAYS, original=DAYS)
    def invite_to_one_of_a_series(self, who: str, uid: str, guests: set[str], day: int, original: int) -> None:
        said = self.meeting(who, uid, guests, moment(day), {})
        self.world.put(who, uid, replace(said, original_start=moment(original)))

    @rule(uid=UIDS, guests=GUESTS, day=DAYS, sequence=st.integers(0, 2))
    def put_in_both_calendars(self, uid: str, guests: set[str], day: int, sequence: int) -> None:
        said = self.meeting("alice", uid, guests | {BOB}, moment(day), {"sequence": sequence})
        answered = tuple(replace(a, response=Response.TENTATIVE) if a.address == BOB else a for a in said.attendees)
        self.world.put("alice", uid, said)
        self.world.put("bob", uid, replace(said, attendees=answered, title=f"{said.title} as Bob sees it", updated=said.updated))

    @precondition(lambda self: self.world.takes_copies)
    @rule(who=WHO, uid=UIDS, guests=GUESTS, day=DAYS, sequence=st.integers(0, 1))
    def put_a_second_time(self, who: str, uid: str, guests: set[str], day: int, sequence: int) -> None:
        said = self.meeting(who, uid, guests, moment(day), {"sequence": sequence})
        self.world.put(who, f"{uid}-copy", replace(said, id=f"{uid}-copy"))

    @precondition(lambda self: self.world.takes_copies)
    @rule(who=WHO, guests=GUESTS, day=DAYS, facts=FACTS, left=st.sets(st.sampled_from("abc"), min_size=1))
    def put_several_in_one_resource_and_take_some_out(
        self, who: str, guests: set[str], day: int, facts: dict[str, Any], left: set[str]
    ) -> None:
        made = [self.meeting(who, uid, guests, moment(day), facts) for uid in "abc"]
        self.world.put(who, "several", *(replace(said, id=f"several#{said.uid}") for said in made))
        self.sync(who)
        stay = [said for said in made if said.uid in left]
        self.world.put(who, "several", *(replace(said, id="several" if len(stay) == 1 else f"several#{said.uid}") for said in stay))

    @rule(who=WHO, uid=UIDS)
    def put_what_nobody_can_read(self, who: str, uid: str) -> None:
        self.world.put(who, uid, Unreadable(uid, "the start is not a date"))

    @rule(who=WHO, data=st.data())
    def delete(self, who: str, data: st.DataObject) -> None:
        if there := self.world.resources(who):
            self.delete_this(who, data.draw(st.sampled_from(there)))

    def delete_this(self, who: str, resource: str) -> None:
        self.world.delete(who, resource)

    @rule(who=WHO, data=st.data())
    def rename(self, who: str, data: st.DataObject) -> None:
        there = self.world.resources(who)
        if free := [uid for uid in "ab" if uid in there and f"{uid}-moved" not in there]:
            resource = data.draw(st.sampled_from(free))
            self.world.rename(who, resource, f"{resource}-moved")

    # --- what goes wrong ----------------------------------------------------------------------------------------------------------

    @rule(who=WHO, size=st.integers(1, 3))
    def page_size(self, who: str, size: int) -> None:
        self.world.page_size(who, size)

    @rule(who=WHO)
    def forget_cursors(self, who: str) -> None:
        self.world.expire(who)

    @precondition(lambda self: self.world.faults)
    @rule(who=WHO, data=st.data(), page=st.integers(0, 2))
    def sync_when_something_goes_wrong(self, who: str, data: st.DataObject, page: int) -> None:
        self.suffer(who, data.draw(st.sampled_from(self.world.faults)), page)

    def suffer(self, who: str, fault: str, page: int) -> Outcome | CalendarBusy:
        self.world.misbehave(who, fault, page if fault.endswith("_at_page") else True)
        try:
            outcome = self.sync(who)
        except Killed:
            outcome = self.sync(who)
            assert outcome == CalendarBusy()
        self.world.heal(who)
        return outcome

    # --- on our side --------------------------------------------------------------------------------------------------------------

    @rule(who=WHO)
    def read(self, who: str) -> None:
        self.sync(who)

    @rule(days=st.integers(1, 60))
    def time_goes_by(self, days: int) -> None:
        """Calendars are read all the time, and series roll on daily; here once in so many days."""
        for who in self.stage.members:
            self.sync(who)
        self.now += days * DAY
        self.roll()

    @rule(domain=st.sampled_from(["kin.example", "acme.example", "eu.acme.example"]), standing=st.sampled_from(DomainOwnership))
    def own_domain(self, domain: str, standing: DomainOwnership) -> None:
        alice = self.stage.members["alice"]
        domains.decide_domain(alice, domain, standing)
        work()
        # At once, and not only when the calendars are read again.
        self.check_what_may_be_here()

    @rule(address=st.sampled_from(OUTSIDERS))
    def person(self, address: str) -> None:
        """Made when there is none, else put into the trash or taken back."""
        there = Person.objects.of(self.stage.workspace_id).filter(addresses__folded=address).order_by("pk").first()
        self.toggle("person", there) if there else records.create_person(
            self.stage.members["alice"], name=address, addresses=[address], now=self.now
        )
        work()

    @rule(domain=st.sampled_from(["acme.example", "eu.acme.example", "kin.example"]))
    def company(self, domain: str) -> None:
        """As a person; then the people at its domain work there."""
        there = CompanyDomain.objects.of(self.stage.workspace_id).filter(domain=domain).select_related("company").order_by("pk").first()
        alice = self.stage.members["alice"]
        if there:
            self.toggle("company", there.company)
        else:
            made = records.create_company(alice, name=domain, domains=[domain], now=self.now)
            for found in Person.objects.of(alice.workspace).filter(addresses__folded__endswith=f"@{domain}", trashed_at=None):
                records.update_person(alice, found.pk, company_id=made.pk, now=self.now)
        work()

    def toggle(self, kind: Any, record: Person | Company) -> None:
        if record.trashed_at:
            records.restore(self.stage.members["alice"], kind, record.pk)
        else:
            records.trash(self.stage.members["alice"], kind, record.pk, now=self.now)

    @rule(who=WHO, wanted=st.sampled_from(NewPeople.values))
    def new_people(self, who: str, wanted: str) -> None:
        choose.set_new_people(self.stage.members[who], self.calendar(who).pk, wanted, now=self.now)

    @rule(data=st.data(), hidden=st.booleans())
    def by_hand(self, data: st.DataObject, *, hidden: bool) -> None:
        people = sorted(Person.objects.of(self.stage.workspace_id).filter(trashed_at=None).values_list("pk", flat=True))
        events = sorted(Event.objects.of(self.stage.workspace_id).values_list("ical_uid", "key", "pk"))
        if people and events:
            verb = linked.unlink_by_hand if hidden else linked.link_by_hand
            verb(self.stage.members["bob"], data.draw(st.sampled_from(events))[2], "person", data.draw(st.sampled_from(people)))

    @rule(who=WHO, data=st.data(), whole=st.booleans(), level=st.sampled_from(["", "metadata", "subject"]))
    def level_of_a_meeting(self, who: str, data: st.DataObject, level: str, *, whole: bool) -> None:
        if mine := self.meetings_of(who):
            own_copy.set_level(self.stage.members[who], data.draw(st.sampled_from(mine))[2], level, whole=whole)

    @rule(who=WHO, data=st.data(), whole=st.booleans())
    def take_out(self, who: str, data: st.DataObject, *, whole: bool) -> None:
        if mine := self.meetings_of(who):
            own_copy.take_out(self.stage.members[who], data.draw(st.sampled_from(mine))[2], whole=whole, now=self.now)
            self.check_what_may_be_here()

    @rule(who=WHO)
    def let_in_again(self, who: str) -> None:
        if row := own_copy.taken_out(self.stage.members[who]).first():
            own_copy.let_in(self.stage.members[who], row.pk)
            work()

    def meetings_of(self, who: str) -> list[tuple[str, str, int]]:
        mine = Entry.objects.of(self.stage.workspace_id).filter(calendar=self.calendar(who))
        return sorted(set(mine.values_list("event__ical_uid", "event__key", "event_id")))

    # --- the look at it -----------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.counter - self.looked_at >= 4)
    @rule()
    def settle(self) -> None:
        self.looked_at = self.counter
        for who in self.stage.members:
            self.world.heal(who)
        self.now += LEASE
        self.read_both()
        self.roll()
        hand = by_hand(self.stage.workspace_id)
        stored = picture(self.stage.workspace_id, self.now, but=hand)
        fresh = as_if_read_anew(self.stage.workspace_id, self.now, self.read_both, but=hand)
        assert difference(stored, fresh) == {}
        self.check_what_may_be_here()

    def check_what_may_be_here(self) -> None:
        """Not by comparison: nothing private, nothing internal, and each link at the time of its meeting, as the copy says it for whom it is."""
        assert SECRET not in words_of(self.stage.workspace_id)
        policies = {who: access.policy(self.calendar(who)) for who in self.stage.members}
        for who, policy in policies.items():
            for entry in Entry.objects.of(self.stage.workspace_id).filter(calendar=self.calendar(who)).select_related("event"):
                assert decide(rows.remote(entry, entry.event.ical_uid), policy) == Keep()
                assert not policy.out.holds(entry.event.ical_uid, entry.event.key)
        for link in Link.objects.of(self.stage.workspace_id).select_related("event"):
            mine = Entry.objects.of(self.stage.workspace_id).filter(event=link.event, calendar__account__member=link.member)
            times = mine.values_list("starts_at", "ends_at") if link.member else [(link.event.starts_at, link.event.ends_at)]
            assert (link.starts_at, link.ends_at) in times
        assert (
            not Event.objects.of(self.stage.workspace_id)
            .exclude(pk__in=Entry.objects.of(self.stage.workspace_id).values("event_id"))
            .exists()
        )

    def read_both(self) -> None:
        for who in self.stage.members:
            outcome = self.sync(who)
            if outcome == SuspiciouslyEmpty():
                choose.confirm_empty(self.stage.members[who], self.calendar(who).pk, self.now)
                outcome = self.sync(who)
            assert outcome == Succeeded()

    def sync(self, who: str) -> Outcome | CalendarBusy:
        return sync_calendar(self.stage.workspace_id, self.calendar(who).pk, clock=self.world.clock(lambda: self.now))

    def roll(self) -> None:
        for workspace_id, calendar_id in extend_series.calendars_behind(self.now):
            extend_series.roll(workspace_id, calendar_id, self.now)

    def calendar(self, who: str) -> Calendar:
        mine = Calendar.objects.of(self.stage.workspace_id).select_related("account__member__user")
        return mine.get(account=self.stage.accounts[who], enabled=True)


def moment(day: int, *, all_day: bool = False) -> datetime | date:
    found = datetime(2026, 6, 1, 9, tzinfo=UTC) + day * DAY
    return found.date() if all_day else found


def play(stage: Stage, *, examples: int, steps: int) -> None:
    class Staged(Machine):
        def __init__(self) -> None:
            super().__init__(stage)

    # Examples are slow by nature, and the server's state lives outside of what Hypothesis sees.
    known = settings(max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Staged, settings=settings(known, report_multiple_bugs=False))


def stage(world: World, **members: Member) -> Stage:
    return Stage(members, {who: world.connect(who, member) for who, member in members.items()}, world)


@pytest.mark.thorough
def test_whatever_happens_what_is_stored_is_what_a_fresh_read_would_store(alice: Member, bob: Member) -> None:
    play(stage(MemoryWorld(), alice=alice, bob=bob), examples=12, steps=20)


@pytest.mark.server
def test_so_it_is_on_a_real_server(alice: Member, bob: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    with radicale(tmp_path / "radicale") as server:
        play(stage(RadicaleWorld(server), alice=alice, bob=bob), examples=5, steps=12)


@pytest.fixture(params=[("google", GoogleWorld), ("microsoft", MicrosoftWorld)], ids=["google", "microsoft"])
def signed_in(alice: Member, bob: Member, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Both members at a practice server; nobody waits between two tries."""
    (key, world), clock = request.param, Ticking()
    with practising(monkeypatch, key, clock=clock) as (practice, _address), stamina.set_testing(True, attempts=3):
        yield stage(world(practice, clock), alice=alice, bob=bob)


@pytest.mark.server
def test_so_it_is_where_people_sign_in(signed_in: Stage) -> None:
    play(signed_in, examples=6, steps=14)


@pytest.mark.server
@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_that_goes_wrong_there_is_lasting(signed_in: Stage, fault: str) -> None:
    ends = set()
    for page in range(2 if fault.endswith("_at_page") else 1):
        machine = Machine(signed_in)
        facts: dict[str, Any] = {"sequence": 0}
        series = {"day": 370, "facts": facts, "text": "FREQ=WEEKLY", "all_day": False}
        machine.page_size("alice", 1)
        machine.put_series(who="alice", uid="a", guests={OUTSIDERS[0]}, exceptions=[(1, "moved"), (2, "private")], **series)
        machine.put("alice", "b", {OUTSIDERS[1]}, 3, facts, all_day=False)
        machine.read("alice")
        machine.time_goes_by(1)
        machine.put_series(who="alice", uid="a", guests={OUTSIDERS[0]}, exceptions=[(2, "cancelled"), (3, "moved")], **series)
        machine.delete_this("alice", "b")
        ends.add(named(machine.suffer("alice", fault, page)))
        machine.teardown()
    assert ends & LEADS_TO.get(fault, {"Succeeded"})


LEADS_TO = {
    "needs_reconnect": {"reconnect"},
    "killed_at_page": {"CalendarBusy"},
    "403_at_page": {"slow-down", "reconnect"},
    "429_at_page": {"slow-down"},
    "500_at_page": {"broken"},
    "endless": {"broken"},
    "expires_at_page": {"Succeeded", "broken"},
}
"""How a sync ends when something goes wrong; anything else is got over at once."""


def named(outcome: Outcome | CalendarBusy) -> str:
    return str(outcome.kind) if isinstance(outcome, Failed) else type(outcome).__name__
