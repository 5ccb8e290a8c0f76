"""A database and a queue as the version before filled them: this one reads, syncs and empties both.

`version_before.sql` was written by that version's own code (commit d2e3a85, the last before its modules were called otherwise): a test
of its checkout connected three members to servers in memory, synced, did what is told below, and copied every table that had rows, but
for content types and permissions. Its clock stood at `people.NOW`, its key was that of the tests, and it removed two copies a page, so
that each kind of removal has work left. Nothing in it was written by hand but the heartbeat of a worker that died, its job and its
lease, two push channels, and jobs of the tasks that nothing on this way queues. Who makes another one takes as many kinds.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Sum

import metwith.schedule  # noqa: F401  the tasks that a worker knows
from metwith.accounts.models import Account, Enrolment
from metwith.calendars import jobs, queries
from metwith.calendars.actions import connect
from metwith.calendars.counters import Tally
from metwith.calendars.inquiries.answers import answer_of
from metwith.calendars.intents.aside import SetAside
from metwith.calendars.intents.facts import ChangedFact
from metwith.calendars.intents.removals import Removal
from metwith.calendars.models import Attendee, Calendar, Channel, Entry, Event, Inquiry, Link, Newcomer, Series, Trace
from metwith.calendars.overrides import TakenOut
from metwith.calendars.providers import memory
from metwith.calendars.vocabulary import Recurrence, RemoteAttendee, RemoteCalendar, RemoteEvent, Unreadable, Visibility
from metwith.lib import clock
from metwith.records.models import Company, Opportunity, Person
from metwith.rules.link import RecordKind
from metwith.workspaces import domains
from metwith.workspaces.models import Member
from tests.calendars.desk import HOUR, START, exception, invited_by, meeting, uid_of
from tests.calendars.sync.picture import difference, picture
from tests.calendars.worker import waiting, work
from tests.people import NOW
from tests.workspaces.test_upgrade import MOVED, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from metwith.calendars.providers.memory import MemoryServer
    from tests.calendars.sync.picture import Picture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.thorough]

WRITTEN = Path(__file__).with_name("version_before.sql").read_text(encoding="utf-8")
MIGRATED = re.findall(r"^-- migrated (\S+) (\S+)$", WRITTEN, re.MULTILINE)
"""The last migration of each app."""
TABLES = re.findall(r"^(COPY (\w+) [^\n]* FROM stdin);\n(.*?)^\\\.$", WRITTEN, re.MULTILINE | re.DOTALL)
"""The statement, the table and its rows."""
LATER, DAY = NOW + timedelta(minutes=5), timedelta(days=1)
ALICE, BOB, ANNA, ZOE = "alice@lumen.example", "bob@lumen.example", "anna@acme.example", "zoe@shop.example"
SERVERS = ("before-alice", "before-bob")
SYNC = "metwith.calendars.jobs.sync_calendar"

MONTHS = [datetime(2026 + (4 + n) // 12, (4 + n) % 12 + 1, 1, 9, tzinfo=START.tzinfo) for n in range(14)]
SEEN: Mapping[tuple[str, datetime], str] = {
    ("lunch", START): "Lunch with Anna",
    **{("weekly", START + DAY + n * 7 * DAY + (n == 1) * 2 * HOUR): "About weekly" for n in range(4)},
    **{("monthly", month): "About monthly" for month in MONTHS},
    ("cancelled", START + 3 * DAY): "About cancelled",
    ("level", START + 5 * DAY): "About level",
    ("fair", datetime(2026, 6, 20, tzinfo=START.tzinfo)): "About fair",
}
"""What Alice saw on Acme's tab. Not the meeting that she took off it, nor what was on its way out."""
SEEN_BY_BOB = {place: {"lunch": "Lunch", "level": "About level"}.get(place[0]) for place in SEEN}
"""He has his own copy of the lunch; she shares when her meetings are, and everything of one."""
CAME = {("home", START + 2 * DAY): "About home", ("new", START + 6 * DAY): "About new"}
"""One of Anna's second address, which waited to be linked, and one that was put on Bob's server since."""
GOING = Counter(course=3, duet=2) + Counter(f"{name}{n}" for name in ("side", "eva", "dora") for n in range(2, 5))
"""Copies that were marked and are still there: of a series taken out, an account, a calendar switched off, an address to be erased."""
NOT_ALLOWED = Counter(["newco", "spam"])
"""By facts that changed and were not looked at yet."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was found when the tables were today's again, and nothing had been done yet."""

    alice: Member
    bob: Member
    picture: Picture
    kept: Counter[tuple[str, str]]

    @property
    def workspace_id(self) -> int:
        return self.alice.workspace_id

    def calendar(self, member: Member, name: str = "Work") -> Calendar:
        return Calendar.objects.of(self.workspace_id).get(account__member=member, name=name)

    def seen(self, member: Member) -> dict[tuple[str, datetime], str | None]:
        """UID, begin and title of what a member sees on the company's tab."""
        acme = Company.objects.of(self.workspace_id).get(name="Acme")
        found = queries.timeline_for("company", acme.pk, member, now=LATER, limit=100).items
        assert len(found) < 100
        return {(uid_of(each), each.starts_at): each.title for each in found}

    def sums(self) -> Counter[tuple[str, str]]:
        """The workspace's, as its receipt adds them up."""
        return _sums(self.workspace_id)


def _sums(workspace_id: int) -> Counter[tuple[str, str]]:
    found = Tally.objects.of(workspace_id).values_list("what", "reason").annotate(many=Sum("many")).order_by()
    return Counter({(what, reason): many for what, reason, many in found})


# --- what was there -----------------------------------------------------------------------------------------------------------------


def _series(uid: str, rule: str, **facts: Any) -> RemoteEvent:
    return meeting(uid, ALICE, ANNA, recurrence=Recurrence(rules=(rule,)), **facts)


def _fill_alices(server: MemoryServer) -> None:
    server.secret = "opens the server"
    server.add_calendar(RemoteCalendar("work", "Work", primary=True))
    weekly = _series("weekly", "FREQ=WEEKLY;COUNT=4", start=START + DAY)
    later = START + 8 * DAY + 2 * HOUR
    said: dict[str, Any] = {"description": "A <b>long</b> one", "location": "Room “4”", "join_url": "https://meet.example/lunch"}
    fresh = meeting("fresh", ALICE, start=START + 2 * DAY)
    for item in (
        meeting("lunch", ALICE, ANNA, BOB, title="Lunch with Anna", **said),
        replace(weekly, exceptions=(exception(weekly, START + 8 * DAY, start=later, end=later + HOUR),)),
        _series("monthly", "FREQ=MONTHLY", start=START - 40 * DAY),
        _series("course", "FREQ=DAILY;COUNT=5", start=START - 20 * DAY),
        meeting("private", ALICE, ANNA, visibility=Visibility.PRIVATE),
        meeting("internal", ALICE, BOB),
        meeting("cancelled", ALICE, ANNA, start=START + 3 * DAY, cancelled=True),
        replace(fresh, attendees=(*fresh.attendees, RemoteAttendee("nina@fresh.example", "Nina New"))),
        meeting("out", ALICE, ANNA, start=START + 4 * DAY),
        meeting("level", ALICE, ANNA, start=START + 5 * DAY),
        meeting("planning", ALICE, ANNA, start=START - 10 * DAY),
        meeting("fair", ALICE, ANNA, start=date(2026, 6, 20), length=2 * DAY),
        Unreadable("broken", "the start is not a date"),
    ):
        server.put("work", item)


def _fill_bobs(server: MemoryServer) -> None:
    """In the order in which they were put: the cursor that is stored of his calendar counts them."""
    for name in ("work", "side", "past"):
        server.add_calendar(RemoteCalendar(name, name.title(), primary=name == "work"))
    for item in (
        meeting("lunch", ALICE, title="Lunch", description="Bob's own words", attendees=invited_by(ALICE, ANNA, BOB)),
        meeting("shop", BOB, ZOE, start=START + DAY),
        meeting("home", BOB, "anna@home.example", start=START + 2 * DAY),
        meeting("newco", BOB, "ned@newco.example", start=START + 3 * DAY),
        meeting("spam", BOB, "sam@spam.example", start=START + 4 * DAY),
        *(meeting(f"eva{n}", BOB, "eva@erased.example", start=START + n * DAY) for n in range(5)),
    ):
        server.put("work", item)
    for n in range(5):
        server.put("side", meeting(f"side{n}", BOB, ZOE, start=START + n * DAY))
    server.put("past", meeting("partner", BOB, "pia@partner.example", start=START - 100 * DAY))


def _load() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement, table, lines in TABLES:
            # What a migration or a trigger put there is in the file too.
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608  names of tables
            with cursor.copy(statement) as copied:
                copied.write(lines)
            # Never back: a number that a test before this one was given is not given again.
            number = f"pg_get_serial_sequence('{table}', 'id')::regclass"
            highest = f"greatest(max(id), coalesce(pg_sequence_last_value({number}), 1))"
            cursor.execute(f'SELECT setval({number}, {highest}) FROM "{table}"')  # noqa: S608  as above


@pytest.fixture
def upgraded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upgraded]:
    today = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        MigrationExecutor(connection).migrate(MIGRATED)
        _load()
    finally:
        MigrationExecutor(connection).migrate(today)
    monkeypatch.setattr(clock, "now", lambda: LATER)
    for name, fill in zip(SERVERS, (_fill_alices, _fill_bobs), strict=True):
        fill(memory.server(name))
    alice, bob = (Member.objects.across_workspaces("a test").select_related("user").get(user__email=each) for each in (ALICE, BOB))
    yield Upgraded(alice, bob, picture(alice.workspace_id, LATER), _sums(alice.workspace_id))
    for name in SERVERS:
        memory.forget_servers(name)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_workers CASCADE")


# --- what becomes of it -------------------------------------------------------------------------------------------------------------


def test_what_the_version_before_left_is_read_worked_off_and_can_be_let_go(upgraded: Upgraded):
    there = rows()
    linked = {place for place in Link.objects.across_workspaces("a test").values_list("record_kind", "record_id") if place[0] < 3}
    assert there.pop("overview_outdated") == len(linked) + Opportunity.objects.across_workspaces("a test").count()
    assert there == {table: lines.count("\n") for _, table, lines in TABLES if table not in MOVED}
    assert upgraded.seen(upgraded.alice) == SEEN
    assert upgraded.seen(upgraded.bob) == SEEN_BY_BOB
    lunch = meeting("lunch", ALICE, ANNA, BOB, title="Late lunch", start=START + 2 * HOUR)
    memory.server("before-alice").put("work", lunch)
    memory.server("before-bob").put("work", meeting("new", BOB, ANNA, start=START + 6 * DAY))
    _every_job_is_known_and_done()
    _what_changed_came_in_and_nothing_else_did(upgraded)
    _what_was_begun_is_finished(upgraded)
    late = {("lunch", START + 2 * HOUR): "Late lunch"}
    assert upgraded.seen(upgraded.alice) == {place: title for place, title in SEEN.items() if place[0] != "lunch"} | late | CAME
    assert upgraded.seen(upgraded.bob) == SEEN_BY_BOB | CAME
    _reading_everything_again_changes_nothing(upgraded)
    _what_was_set_aside_comes_back_with_its_link(upgraded)
    _what_is_let_go_leaves_nothing_but_its_sums(upgraded)


def _every_job_is_known_and_done() -> None:
    """Those of a worker that died too. A task that nobody knows, or that fails, ends this test."""
    queued = Counter(re.findall(r"^\d+\t\w+\t(metwith\S+)", WRITTEN, re.MULTILINE))
    listed = (Path(__file__).parent.parent / "stored_names.txt").read_text(encoding="utf-8")
    assert queued.keys() <= set(re.findall(r"^task (\S+)", listed, re.MULTILINE))
    assert queued.total() == len(waiting()) + 1
    done = work(syncs=True)
    assert done[0].endswith(".revive")
    assert not queued - Counter(done)
    assert waiting() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (0,)


def _what_changed_came_in_and_nothing_else_did(upgraded: Upgraded) -> None:
    after = picture(upgraded.workspace_id, LATER)
    changed = difference(after, upgraded.picture)
    traces, gone_traces = changed.pop("traces")
    mine, his = upgraded.calendar(upgraded.alice).pk, upgraded.calendar(upgraded.bob).pk
    assert gone_traces == []
    assert Counter((row[0], row[3]) for row in traces) == {(mine, "taken-out"): 1, (his, "blocked"): 4, (his, "internal"): 1}
    came, went = ({table: Counter(row[0] for row in sides[side]) for table, sides in changed.items()} for side in (0, 1))
    lunch, gone = Counter(["lunch"]), GOING + NOT_ALLOWED
    assert came["events"] == came["entries"] == lunch + Counter(["new"])
    assert went["events"] == went["entries"] == lunch + gone
    assert (came["their people"], went["their people"]) == (Counter(["new"]), gone)
    assert (came["attendees"], went["attendees"]) == (Counter(new=2), gone + gone)
    # Anna and her company. Bob's copy of the lunch still says the old time: the rows of that are his own now.
    assert came["links"] == Counter(lunch=2, home=2, new=2)
    assert went["links"] == Counter(course=6, duet=4) + Counter({f"dora{n}": 2 for n in range(2, 5)}) + Counter(
        {f"side{n}": 1 for n in range(2, 5)}
    )
    assert came.keys() == went.keys() == {"events", "entries", "their people", "attendees", "links"}
    assert set(Newcomer.objects.of(upgraded.workspace_id).values_list("record_kind", "record_id")) == {
        (RecordKind.PERSON, Person.objects.get(name="Nina New").pk),
        (RecordKind.COMPANY, Company.objects.get(name="fresh.example").pk),
    }
    assert TakenOut.objects.of(upgraded.workspace_id).count() == 2
    assert Link.objects.of(upgraded.workspace_id).filter(event__ical_uid="planning", reason="by-hand").count() == 2
    added = Counter({("kept", ""): 1, ("dropped", "internal"): 1, ("purged", "internal"): 1})
    added += Counter({("dropped", "blocked"): 4, ("purged", "blocked"): 4, ("dropped", "taken-out"): 1, ("purged", "taken-out"): 1})
    assert upgraded.sums() == upgraded.kept + added


def _what_was_begun_is_finished(upgraded: Upgraded) -> None:
    space = upgraded.workspace_id
    assert not Removal.objects.of(space).exists()
    assert not ChangedFact.objects.of(space).exists()
    assert set(Account.objects.of(space).values_list("member__user__email", flat=True)) == {ALICE, BOB}
    for member in (upgraded.alice, upgraded.bob):
        calendar = upgraded.calendar(member)
        assert (calendar.state, calendar.last_success_at, calendar.lease_holder, calendar.failures) == ("fine", LATER, None, 0)
    inquiry = Inquiry.objects.of(space).get()
    assert (inquiry.state, answer_of(inquiry).found.account.address) == ("done", ALICE)
    assert Enrolment.objects.of(space).get().state == Enrolment.State.FAILED, "nothing was granted"
    # Of Alice's it was asked whether it is still wanted: without a public address none is.
    assert Channel.objects.of(space).get().source_id == upgraded.calendar(upgraded.bob).pk


def _reading_everything_again_changes_nothing(upgraded: Upgraded) -> None:
    """As changed facts asked for."""
    before = picture(upgraded.workspace_id, LATER)
    jobs.sync_due_calendars(timestamp=0)
    assert work(syncs=True) == [SYNC, SYNC]
    assert difference(picture(upgraded.workspace_id, LATER), before) == {}
    for member, server in zip((upgraded.alice, upgraded.bob), SERVERS, strict=True):
        assert upgraded.calendar(member).cursor == memory.server(server).cursor()


def _what_was_set_aside_comes_back_with_its_link(upgraded: Upgraded) -> None:
    assert SetAside.objects.of(upgraded.workspace_id).get().ical_uid == "partner"
    domains.decide_domain(upgraded.alice, "partner.example", "aside")
    work()
    assert not SetAside.objects.of(upgraded.workspace_id).exists()
    link = Link.objects.of(upgraded.workspace_id).get(event__ical_uid="partner")
    other = Company.objects.of(upgraded.workspace_id).get(name="Other")
    assert (link.record_kind, link.record_id, link.reason) == (RecordKind.COMPANY, other.pk, Link.Reason.BY_HAND)


def _what_is_let_go_leaves_nothing_but_its_sums(upgraded: Upgraded) -> None:
    space, before = upgraded.workspace_id, upgraded.sums()
    both = {"lunch", "shop", "home", "new", "partner"}
    for member, many, left in ((upgraded.alice, 8, both), (upgraded.bob, 5, set[str]())):
        ids = set(Calendar.objects.of(space).filter(account__member=member).values_list("pk", flat=True))
        connect.disconnect(member, Account.objects.of(space).get(member=member).pk, purge=True, now=LATER)
        work()
        assert not Calendar.objects.of(space).filter(pk__in=ids).exists()
        for model in (Trace, Channel, Tally):
            assert not model.objects.of(space).filter(source__in=ids).exists(), model.__name__
        for of_calendar in (Entry, Series, SetAside, Newcomer):
            assert not of_calendar.objects.of(space).filter(calendar__in=ids).exists(), of_calendar.__name__
        assert set(Event.objects.of(space).values_list("ical_uid", flat=True)) == left
        for of_event in (Attendee, Link):
            assert set(of_event.objects.of(space).values_list("event__ical_uid", flat=True)) == left, of_event.__name__
        before[("purged", "disconnected")] += many
        assert upgraded.sums() == before
