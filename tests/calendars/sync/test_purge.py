"""Taking out what was read."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from metwith.accounts.models import Account
from metwith.calendars import jobs, queries
from metwith.calendars.account_status import account_overview
from metwith.calendars.actions import choose, connect, own_copy
from metwith.calendars.counters import Tally
from metwith.calendars.feed import EVERYBODY, MINE, PageRequest
from metwith.calendars.intents.removals import Removal
from metwith.calendars.models import Attendee, Entry, Event, Link, Series, Trace
from metwith.calendars.providers.memory import Killed
from metwith.calendars.sync import purge
from metwith.calendars.sync.run import CalendarBusy
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import Visibility
from metwith.engine import lease, removals
from metwith.engine.models import CounterKind
from metwith.privacy import erasure
from metwith.records.models import Company
from metwith.rules.health import Succeeded
from metwith.workspaces import actions as actions_of_workspaces
from metwith.workspaces.models import Member, User
from tests.calendars.desk import HOUR, START, Desk, events, invited_by, links
from tests.calendars.searching import search_titles
from tests.calendars.worker import forget_jobs, waiting, work
from tests.people import NOW, company, person
from tests.remembered import once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@once
def desk(alice: Member) -> Desk:
    """A calendar with one of everything."""
    person(alice, "Anna", "anna@acme.example")
    made = Desk(alice, "alice")
    made.put("lunch", "anna@acme.example")
    made.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY;COUNT=4")
    made.put("private", "anna@acme.example", visibility=Visibility.PRIVATE)
    made.sync()
    return made


def test_of_a_purged_calendar_nothing_stays_but_its_row(desk: Desk, alice: Member) -> None:
    assert links(alice)
    jobs.take_away(purge.of_calendar(desk.calendar))
    for model in (Event, Entry, Attendee, Link, Series, Trace):
        assert not model.objects.of(alice.workspace).exists(), model.__name__
    assert desk.calendar.cursor == ""
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"lunch", "weekly"}


def test_meetings_that_a_colleague_has_too_stay_as_the_colleague_has_them(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    other.put("lunch", "anna@acme.example", "zoe@acme.example", start=START + HOUR)
    other.sync()
    jobs.take_away(purge.of_account(desk.account))
    assert events(alice) == {("lunch", "")}
    event = Event.objects.of(alice.workspace).get()
    assert event.starts_at == START + HOUR
    assert Link.objects.of(alice.workspace).get().starts_at == START + HOUR
    assert set(Attendee.objects.of(alice.workspace).values_list("address", flat=True)) == {
        "bob@lumen.example", "anna@acme.example", "zoe@acme.example",
    }  # fmt: skip


def test_a_sync_under_way_writes_nothing_after_a_purge(desk: Desk, alice: Member) -> None:
    held = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    assert held
    assert desk.sync() == CalendarBusy()
    jobs.take_away(purge.of_calendar(held))
    assert desk.calendar.lease_holder is None


def test_another_account_loses_nothing(desk: Desk, alice: Member, charlie: Member) -> None:
    other = Desk(charlie, "charlie")
    other.put("lunch", "anna@acme.example")
    other.sync()
    jobs.take_away(purge.of_account(desk.account))
    assert events(charlie) == {("lunch", "")}


def test_many_meetings_go_in_batches(desk: Desk, alice: Member) -> None:
    desk.series("daily", "anna@acme.example", rule="FREQ=DAILY;COUNT=30")
    desk.sync()
    jobs.take_away(purge.of_calendar(desk.calendar))
    assert events(alice) == set()


# --- more than a page ---------------------------------------------------------------------------------------------------------------

PAGES = 3


@once
def many(alice: Member) -> Desk:
    """A calendar of as many pages."""
    acme = company(alice, "Acme", "acme.example")
    person(alice, "Anna", "anna@acme.example", company=acme)
    made = Desk(alice, "alice", sharing="everything")
    made.server.page_size = 1000
    for number in range(purge.PAGE * (PAGES - 1) // 100):
        made.series(f"daily{number}", "anna@acme.example", rule="FREQ=DAILY;COUNT=100", title="Standup")
    made.put("lunch", "anna@acme.example", title="Standup")
    made.sync()
    assert Entry.objects.of(alice.workspace).count() > purge.PAGE * (PAGES - 1)
    forget_jobs()
    return made


def _connect_without(desk: Desk) -> None:
    address = desk.member.user.email
    connect.connect(desk.member, "memory", address=address, server="memory:alice", calendars=(), now=lambda: desk.now)


VERBS: dict[str, Callable[[Desk], object]] = {
    "switching a calendar off": lambda d: choose.choose_calendars(d.member, d.account.pk, [], d.now),
    "connecting again with other calendars": _connect_without,
    "disconnecting with its meetings": lambda d: connect.disconnect(d.member, d.account.pk, purge=True, now=d.now),
    "erasing somebody": lambda d: erasure.erase_address(d.member, "anna@acme.example"),
}
"""Each of which takes all of the calendar's meetings away."""


def seen(member: Member) -> int:
    """How many meetings the member finds, wherever they look."""
    acme = Company.objects.of(member.workspace_id).first()
    lists = (
        queries.timelines(MINE, member, [PageRequest(limit=200)], now=START),
        queries.timelines(EVERYBODY, member, [PageRequest(limit=200)], now=START),
    )
    found = [*(meeting for each in lists for meeting in each.pages[0].items), *search_titles(member, "standup")]
    if acme is None:
        return len(found)
    timelines = queries.timelines_for("company", acme.pk, member, [PageRequest()], now=START, count_up_to=1000)
    return len(found) + timelines.count + len(timelines.pages[0].items)


@pytest.mark.parametrize("verb", VERBS)
def test_what_a_verb_removes_is_gone_for_everybody_when_it_returns_and_the_rest_is_a_jobs(many: Desk, bob: Member, verb: str) -> None:
    assert seen(bob) > 0
    forget_jobs()
    VERBS[verb](many)
    assert Removal.objects.of(many.member.workspace_id).count() == 1
    left = Entry.objects.of(many.member.workspace_id).count()
    assert left > 0
    assert (seen(bob), seen(many.member)) == (0, 0)
    work()
    assert_nothing_is_left(many)


@pytest.mark.parametrize("page", range(PAGES + 1))
@pytest.mark.parametrize("verb", VERBS)
def test_killed_at_any_page_and_taken_up_again_nothing_is_left(many: Desk, bob: Member, verb: str, page: int) -> None:
    VERBS[verb](many)
    row = Removal.objects.of(many.member.workspace_id).get()
    forget_jobs()
    with suppress(Killed):
        removals.work_off(Removal, row.workspace_id, row.pk, {row.kind: _dying(jobs.STEPS[row.kind], page)})
    assert (seen(bob), seen(many.member)) == (0, 0)
    jobs.go_on(timestamp=0)
    work()
    assert_nothing_is_left(many)


def _dying(step: removals.Step[Removal], after: int) -> removals.Step[Removal]:
    """Does its work, and dies before the page is written down."""
    pages = count()

    def page(row: Removal) -> bool:
        more = step(row)
        if next(pages) == after:
            raise Killed
        return more

    return page


def assert_nothing_is_left(desk: Desk) -> None:
    for model in (Removal, Event, Entry, Attendee, Link, Series):
        assert not model.objects.of(desk.member.workspace_id).exists(), model.__name__


def test_a_series_that_is_taken_out_goes_so_too(alice: Member, bob: Member) -> None:
    person(alice, "Anna", "anna@acme.example")
    desk = Desk(alice, "alice", sharing="everything")
    desk.series("daily", "anna@acme.example", rule=f"FREQ=DAILY;COUNT={2 * purge.PAGE + 1}", start=START - timedelta(days=1000))
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    forget_jobs()
    event = Event.objects.of(alice.workspace_id).filter(ical_uid="daily").order_by("-pk")[0]
    gone = own_copy.take_out(alice, event.pk, whole=True, now=NOW)
    assert Entry.objects.of(alice.workspace_id).count() == 1 + gone - purge.PAGE
    assert queries.meetings(bob, [event.pk]) == ()
    assert len(search_titles(bob, "about", limit=1000)) == 1
    work()
    assert events(alice) == {("lunch", "")}


def test_a_member_who_is_removed_goes_with_the_last_of_their_meetings(alice: Member, bob: Member) -> None:
    person(alice, "Anna", "anna@acme.example")
    desks = [Desk(bob, name, sharing="everything") for name in ("bob", "bobs second")]
    desks[0].put("lunch", "anna@acme.example")
    desks[1].series("daily", "anna@acme.example", rule=f"FREQ=DAILY;COUNT={2 * purge.PAGE}", start=START - timedelta(days=1000))
    for desk in desks:
        desk.sync()
    forget_jobs()
    actions_of_workspaces.remove_member(alice, bob.pk, keep=False, now=NOW)
    assert search_titles(alice, "about") == ()
    former = Member.objects.of(alice.workspace_id).get(pk=bob.pk)
    assert former.left_at is not None
    assert Entry.objects.of(alice.workspace_id).exists()
    work()
    assert events(alice) == set()
    assert not Member.objects.of(alice.workspace_id).filter(pk=bob.pk).exists()
    assert not User.objects.filter(pk=bob.user_id).exists()


# --- a member with several accounts --------------------------------------------------------------------------------------------------

SMALL, LARGE = "FREQ=DAILY;COUNT=2", "FREQ=DAILY;COUNT=9"
"""Less than a page of meetings, and more."""


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "PAGE", 4)


def _removed(owner: Member, member: Member) -> None:
    actions_of_workspaces.remove_member(owner, member.pk, keep=False, now=NOW)


def _removed_later(owner: Member, member: Member) -> None:
    actions_of_workspaces.remove_member(owner, member.pk, keep=True, now=NOW)
    work()
    actions_of_workspaces.remove_former(owner, member.pk)


def _removed_twice(owner: Member, member: Member) -> None:
    """An owner who sees the name still there asks once more."""
    _removed(owner, member)
    if Member.objects.of(owner.workspace_id).filter(pk=member.pk).exists():
        actions_of_workspaces.remove_former(owner, member.pk)


def _after_a_disconnection(owner: Member, member: Member) -> None:
    account = Account.objects.of(owner.workspace_id).filter(member=member).order_by("pk")[0]
    connect.disconnect(member, account.pk, purge=True, now=NOW)
    _removed(owner, member)


LEAVING: dict[str, Callable[[Member, Member], None]] = {
    "removed": _removed,
    "kept, and removed later": _removed_later,
    "removed twice": _removed_twice,
    "removed while an account of theirs goes": _after_a_disconnection,
}


@contextmanager
def nothing_cascades() -> Iterator[None]:
    """Copies go by a statement that names them, whose meetings are settled: none by the database, with what it hangs on."""

    def watch(execute: Callable[..., Any], text: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not text.startswith("DELETE") or 'FROM "calendars_entry"' in text:
            return execute(text, params, many, context)
        before = Entry.objects.across_workspaces("a test looks").count()
        done = execute(text, params, many, context)
        assert Entry.objects.across_workspaces("a test looks").count() == before, text
        return done

    with connection.execute_wrapper(watch):
        yield


@pytest.mark.parametrize("rules", [[SMALL], [SMALL, SMALL], [LARGE, SMALL], [SMALL, LARGE], [LARGE, LARGE]])
@pytest.mark.parametrize("verb", LEAVING)
def test_with_a_member_all_meetings_go_that_nobody_else_has(
    small_pages: None, alice: Member, bob: Member, verb: str, rules: list[str]
) -> None:
    hers = Desk(alice, "alice")
    hers.put("lunch", "anna@acme.example")
    desks = [Desk(bob, f"bob{number}") for number in range(len(rules))]
    for number, (desk, rule) in enumerate(zip(desks, rules, strict=True)):
        desk.put("lunch", attendees=invited_by("alice@lumen.example", "anna@acme.example", "zoe@shop.example"))
        desk.series(f"daily{number}", f"guest{number}@acme.example", rule=rule, start=START - timedelta(days=1000))
    for desk in (hers, *desks):
        desk.sync()
    work()
    with nothing_cascades():
        LEAVING[verb](alice, bob)
        work()
    assert events(alice) == {("lunch", "")}
    people = set(Attendee.objects.of(alice.workspace_id).values_list("address", flat=True))
    assert people == {"alice@lumen.example", "anna@acme.example"}
    assert not Member.objects.of(alice.workspace_id).filter(pk=bob.pk).exists()
    assert not Account.objects.of(alice.workspace_id).filter(member_id=bob.pk).exists()
    assert not Removal.objects.of(alice.workspace_id).exists()


@pytest.mark.parametrize("verb", LEAVING)
def test_what_goes_with_a_member_is_counted_once(small_pages: None, alice: Member, bob: Member, verb: str) -> None:
    desks = [Desk(bob, f"bob{number}") for number in range(2)]
    for number, desk in enumerate(desks):
        desk.series(f"daily{number}", "anna@acme.example", rule=LARGE, start=START - timedelta(days=1000))
        desk.sync()
    LEAVING[verb](alice, bob)
    work()
    assert sum(Tally.objects.of(alice.workspace_id).filter(what=CounterKind.PURGED).values_list("many", flat=True)) == len(desks)


def test_a_calendar_that_was_connected_while_its_account_was_marked_goes_the_same_way(alice: Member, bob: Member) -> None:
    desk = Desk(bob, "bob")
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    row = purge.of_account(desk.account)
    Removal.objects.of(alice.workspace_id).update(sources=[])
    with nothing_cascades():
        removals.work_off(Removal, row.workspace_id, row.pk, jobs.STEPS)
    assert events(alice) == set()


def test_a_calendar_that_is_switched_on_again_meanwhile_is_read_when_the_old_is_gone(many: Desk) -> None:
    choose.choose_calendars(many.member, many.account.pk, [], many.now)
    choose.choose_calendars(many.member, many.account.pk, [many.calendar.pk], many.now)
    assert many.sync() == CalendarBusy()
    work()
    assert events(many.member) == set()
    assert many.sync() == Succeeded()
    assert many.uids() >= {"lunch", "daily0"}


def test_an_account_that_is_connected_again_meanwhile_is_another_one(many: Desk) -> None:
    connect.disconnect(many.member, many.account.pk, purge=True, now=many.now)
    assert account_overview(many.member, now=many.now) == ()
    again = connect.connect(many.member, "memory", address=many.member.user.email, server="memory:alice", now=lambda: many.now)
    assert again.pk != many.account.pk
    work()
    assert [view.id for view in account_overview(many.member, now=many.now)] == [again.pk]


def test_what_is_removed_is_counted_once_however_often_it_was_begun(many: Desk) -> None:
    items = len(many.uids())
    choose.choose_calendars(many.member, many.account.pk, [], many.now)
    row = Removal.objects.of(many.member.workspace_id).get()
    with suppress(Killed):
        removals.work_off(Removal, row.workspace_id, row.pk, {row.kind: _dying(jobs.STEPS[row.kind], 0)})
    work()
    tallies = Tally.objects.of(many.member.workspace_id).filter(what=CounterKind.PURGED)
    assert dict(tallies.values_list("reason", "many")) == {"switched-off": items}


def test_of_a_page_or_less_nothing_waits(desk: Desk, alice: Member) -> None:
    forget_jobs()
    choose.choose_calendars(alice, desk.account.pk, [], desk.now)
    assert waiting("remove") == []
    assert not Removal.objects.of(alice.workspace_id).exists()
    assert events(alice) == set()
