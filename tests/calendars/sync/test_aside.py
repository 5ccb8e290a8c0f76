"""Nobody's history goes without a word: what became internal and cannot be read again is set aside, and comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.accounts import blocks
from metwith.accounts.models import Account, Block
from metwith.calendars.actions import choose, connect, link, own_copy
from metwith.calendars.counters import Tally
from metwith.calendars.intents.aside import STAYS, SetAside
from metwith.calendars.intents.facts import ChangedFact
from metwith.calendars.models import Calendar, Entry, Event, Link, Series, Trace
from metwith.calendars.rules import again
from metwith.calendars.rules.again import RepeatSource
from metwith.calendars.sync import aside
from metwith.calendars.sync.extend_series import roll
from metwith.calendars.vocabulary import Fallback, Visibility
from metwith.engine.models import CounterKind, State
from metwith.lib import secrets
from metwith.privacy import erasure, receipt
from metwith.privacy import subject_access as held
from metwith.privacy.storage_check import verify
from metwith.privacy.subject_access_file import as_json
from metwith.workspaces import domains
from tests.calendars.desk import START, Desk, events, exception, invited_by, links
from tests.calendars.searching import search_titles
from tests.calendars.sync.picture import difference, picture, words_of
from tests.calendars.worker import work
from tests.people import NOW, company, person
from tests.remembered import once

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.workspaces.models import Member

DAY = timedelta(days=1)


def _gone(desk: Desk) -> None:
    desk.server.remove_calendar("work")
    desk.sync()


def _withdrawn(desk: Desk) -> None:
    desk.server.faults.needs_reconnect = True
    desk.sync()


STANDING_STILL: dict[str, Callable[[Desk], object]] = {
    "a file": lambda d: Account.objects.filter(pk=d.account.pk).update(provider="file"),
    "paused": lambda d: choose.pause(d.member, d.calendar.pk),
    "disconnected": lambda d: connect.disconnect(d.member, d.account.pk, purge=False, now=d.now),
    "gone": _gone,
    "access withdrawn": _withdrawn,
    "the past of a feed": lambda d: Account.objects.filter(pk=d.account.pk).update(provider="ics"),
}


@once
def desk(alice: Member) -> Desk:
    acme = company(alice, "Acme", "acme.example")
    person(alice, "Anna", "anna@acme.example", company=acme)
    made = Desk(alice, "alice", sharing="metadata")
    past = START - 400 * DAY
    made.put("lunch", "anna@acme.example", start=past, title="Veldspar", description="A <b>long</b> text", location="Room “4”")
    made.series("daily", "anna@acme.example", rule="FREQ=DAILY;COUNT=5", start=past)
    made.put("shop", "zoe@shop.example", start=past)
    made.sync()
    work()
    made.sync()
    event = Event.objects.of(alice.workspace).get(ical_uid="lunch")
    own_copy.set_level(alice, event.pk, "everything", whole=False)
    link.link_by_hand(alice, event.pk, "company", company(alice, "Other", "other.example").pk)
    link.unlink_by_hand(alice, event.pk, "company", acme.pk)
    work()
    return made


def say(alice: Member, domain: str, standing: str) -> None:
    domains.decide_domain(alice, domain, standing)
    work()


@pytest.mark.parametrize("how", STANDING_STILL)
def test_it_goes_from_everywhere_and_comes_back_with_links_and_levels_when_the_fact_is_taken_back(
    desk: Desk, alice: Member, how: str
) -> None:
    STANDING_STILL[how](desk)
    before = picture(alice.workspace_id, desk.now)
    say(alice, "acme.example", "whole")
    assert events(alice) == {("shop", "")}
    assert {uid for uid, _, _ in links(alice)} <= {"shop"}
    assert "Veldspar" not in words_of(alice.workspace_id)
    assert search_titles(alice, "veldspar") == ()
    assert SetAside.objects.of(alice.workspace).filter(expanded_until=None).count() == 6
    say(alice, "acme.example", "aside")
    assert not SetAside.objects.of(alice.workspace).exists()
    after = picture(alice.workspace_id, desk.now)
    if how == "the past of a feed":
        # Its rule comes with the next reading, as everything that goes on.
        before.pop("series")
        after.pop("series")
    assert difference(after, before) == {}


def test_of_a_calendar_that_is_read_it_is_purged_and_comes_by_itself(desk: Desk, alice: Member) -> None:
    say(alice, "acme.example", "whole")
    assert events(alice) == {("shop", "")}
    assert not SetAside.objects.exists()
    desk.sync()
    say(alice, "acme.example", "aside")
    desk.sync()
    assert desk.uids() == {"lunch", "daily", "shop"}


def test_what_is_blocked_goes_at_once_and_does_not_come_back(desk: Desk, alice: Member) -> None:
    choose.pause(alice, desk.calendar.pk)
    say(alice, "acme.example", "whole")
    blocks.add_blocks(alice, Block.Kind.WORD, ["veldspar"], everybody=False)
    work()
    assert set(SetAside.objects.values_list("ical_uid", flat=True)) == {"daily"}
    blocks.add_blocks(alice, Block.Kind.WHO, ["acme.example"], everybody=True)
    work()
    assert not SetAside.objects.exists()
    for block in Block.objects.all():
        blocks.remove_block(alice, block.pk)
    say(alice, "acme.example", "aside")
    assert desk.uids() == {"shop"}


def test_a_blocked_part_of_what_becomes_internal_is_not_set_aside_with_it(desk: Desk, alice: Member) -> None:
    choose.pause(alice, desk.calendar.pk)
    blocks.add_blocks(alice, Block.Kind.WORD, ["veldspar"], everybody=False)
    say(alice, "acme.example", "whole")
    assert "Veldspar" not in json.dumps(list(SetAside.objects.values_list("definition", flat=True)))


@pytest.mark.parametrize("blocked_first", [True, False])
def test_what_a_series_lost_for_another_reason_is_still_told_when_the_rest_comes_back(
    desk: Desk, alice: Member, *, blocked_first: bool
) -> None:
    series = desk.series("weekly", "anna@acme.example", rule="FREQ=DAILY;COUNT=5")
    private = exception(series, START, visibility=Visibility.PRIVATE)
    salary, alone = exception(series, START + DAY, title="Salary"), exception(series, START + 2 * DAY, attendees=())
    desk.server.put("work", replace(series, exceptions=(private, salary, alone)))
    desk.sync()
    choose.pause(alice, desk.calendar.pk)

    def block() -> None:
        blocks.add_blocks(alice, Block.Kind.WORD, ["salary"], everybody=False)
        work()

    if blocked_first:
        block()
    say(alice, "acme.example", "whole")
    if not blocked_first:
        block()
    say(alice, "acme.example", "aside")
    told = Trace.objects.filter(item=secrets.digester(alice.workspace_id, desk.calendar.pk)("weekly"))
    assert sorted(told.values_list("reason", flat=True)) == ["blocked", "not-a-meeting", "private"]


@pytest.mark.parametrize("at_once", [True, False])
def test_of_a_series_that_was_cut_short_comes_back_what_stood_by_itself_and_nothing_else(
    desk: Desk, alice: Member, *, at_once: bool
) -> None:
    series = desk.series("weekly", "anna@acme.example", rule="FREQ=DAILY;COUNT=6", start=START - 10 * DAY)
    salary = exception(series, START - 8 * DAY, title="Salary", this_and_future=True)
    moved = exception(series, START - 6 * DAY, start=START - 6 * DAY + timedelta(hours=3), end=START - 6 * DAY + timedelta(hours=4))
    desk.server.put("work", replace(series, exceptions=(salary, moved)))
    desk.sync()
    work()
    assert Entry.objects.filter(event__ical_uid="weekly").count() == 6
    choose.pause(alice, desk.calendar.pk)
    if at_once:
        domains.decide_domain(alice, "acme.example", "whole")
    else:
        say(alice, "acme.example", "whole")
    blocks.add_blocks(alice, Block.Kind.WORD, ["salary"], everybody=False)
    work()
    assert not Entry.objects.filter(event__ical_uid="weekly").exists()
    say(alice, "acme.example", "aside")
    left = Entry.objects.filter(event__ical_uid="weekly").order_by("starts_at").values_list("starts_at", flat=True)
    assert [(start - START) // timedelta(hours=1) for start in left] == [-240, -216, -141]
    assert not SetAside.objects.exists()


def test_erasing_reaches_it_and_it_is_told_before(desk: Desk, alice: Member) -> None:
    desk.put("tom", "tom@gmail.com", start=START - DAY, title="Tom's")
    desk.sync()
    choose.pause(alice, desk.calendar.pk)
    say(alice, "acme.example", "whole")
    found = held.held_about(alice.workspace_id, "anna@acme.example")
    assert (found.anything, found.meetings, found.set_aside) == (True, (), 6)
    told = json.loads(as_json(alice, found, NOW))
    assert told["numbers"]["set_aside"] == 6
    first = SetAside.objects.order_by("set_aside_at")[0].set_aside_at
    assert told["set_aside_until"] == (first + STAYS).isoformat()
    assert "Veldspar" not in json.dumps(told)
    # Not one of us by the address, but by the domain: so there is nobody to remove first.
    erasure.erase_address(alice, "anna@acme.example")
    assert not SetAside.objects.exists()


def test_what_its_owner_takes_out_or_switches_off_goes_with_it(desk: Desk, alice: Member) -> None:
    desk.series("weekly", "anna@acme.example", "zoe@shop.example", start=START - 30 * DAY)
    desk.sync()
    choose.pause(alice, desk.calendar.pk)
    one = Event.objects.of(alice.workspace).filter(ical_uid="daily").order_by("key")[0]
    keys = list(Event.objects.of(alice.workspace).filter(ical_uid="daily").order_by("key").values_list("key", flat=True))
    assert one.key == keys[0]
    own_copy.take_out(alice, one.pk, whole=False, now=NOW)
    say(alice, "acme.example", "whole")
    say(alice, "acme.example", "aside")
    assert {key for uid, key, _ in desk.entries() if uid == "daily"} == set(keys[1:])
    say(alice, "acme.example", "whole")
    choose.choose_calendars(alice, desk.account.pk, [], desk.now)
    assert not SetAside.objects.exists()


def test_after_a_fortnight_it_is_purged_and_counted(desk: Desk, alice: Member) -> None:
    choose.pause(alice, desk.calendar.pk)
    say(alice, "acme.example", "whole")
    at = SetAside.objects.order_by("set_aside_at")[0].set_aside_at
    assert not Tally.objects.filter(what=CounterKind.PURGED, reason="internal").exists()
    aside.purge_old(at + STAYS - timedelta(minutes=1))
    assert SetAside.objects.exists()
    aside.purge_old(at + STAYS + timedelta(minutes=1))
    assert not SetAside.objects.exists()
    assert Tally.objects.get(what=CounterKind.PURGED, reason="internal").many == 2
    say(alice, "acme.example", "aside")
    assert desk.uids() == {"shop"}


def test_a_later_change_that_has_to_do_with_it_gives_it_as_long_again(desk: Desk, alice: Member) -> None:
    choose.pause(alice, desk.calendar.pk)
    say(alice, "acme.example", "whole")
    SetAside.objects.update(set_aside_at=NOW - 13 * DAY)
    say(alice, "mill.example", "whole")
    assert set(SetAside.objects.values_list("set_aside_at", flat=True)) == {NOW - 13 * DAY}
    say(alice, "acme.example", "exact")
    assert SetAside.objects.order_by("set_aside_at")[0].set_aside_at > NOW - 13 * DAY


def test_of_two_facts_both_must_be_taken_back(desk: Desk, alice: Member) -> None:
    desk.put("both", "anna@acme.example", "zoe@shop.example", start=START - DAY)
    desk.sync()
    choose.pause(alice, desk.calendar.pk)
    say(alice, "acme.example", "whole")
    say(alice, "shop.example", "whole")
    assert events(alice) == set()
    say(alice, "shop.example", "aside")
    assert desk.uids() == {"shop", "both"}
    say(alice, "acme.example", "aside")
    assert desk.uids() == {"shop", "both", "lunch", "daily"}


def test_a_series_that_came_back_rolls_on(desk: Desk, alice: Member) -> None:
    desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    desk.sync()
    Account.objects.filter(pk=desk.account.pk).update(provider="file")
    say(alice, "acme.example", "whole")
    assert not Series.objects.exists()
    say(alice, "acme.example", "aside")
    many = Entry.objects.filter(event__ical_uid="weekly").count()
    roll(alice.workspace_id, desk.calendar.pk, desk.now + 22 * DAY)
    assert Entry.objects.filter(event__ical_uid="weekly").count() == many + 3


def test_what_was_read_again_meanwhile_is_not_there_twice(desk: Desk, alice: Member) -> None:
    choose.pause(alice, desk.calendar.pk)
    say(alice, "acme.example", "whole")
    choose.resume(alice, desk.calendar.pk, desk.now)
    Calendar.objects.update(state=State.FINE)
    domains.decide_domain(alice, "acme.example", "aside")
    desk.sync()
    work()
    desk.sync()
    assert desk.uids() == {"lunch", "daily", "shop"}
    assert Entry.objects.count() == 7
    assert not SetAside.objects.exists()


def test_two_copies_of_one_meeting_in_one_calendar_come_back_with_what_was_done_by_hand(desk: Desk, alice: Member) -> None:
    desk.put("lunch", "anna@acme.example", id="lunch again", start=START - 400 * DAY)
    desk.sync()
    choose.pause(alice, desk.calendar.pk)
    before = picture(alice.workspace_id, desk.now)
    say(alice, "acme.example", "whole")
    assert SetAside.objects.filter(ical_uid="lunch").count() == 2
    say(alice, "acme.example", "aside")
    assert difference(picture(alice.workspace_id, desk.now), before) == {}


def test_what_was_said_by_hand_meanwhile_is_not_undone(desk: Desk, alice: Member, bob: Member) -> None:
    event = Event.objects.of(alice.workspace).get(ical_uid="lunch")
    other = Link.objects.of(alice.workspace).get(event=event, hidden=False, reason=Link.Reason.BY_HAND)
    bobs = Desk(bob, "bob")
    bobs.put("lunch", attendees=invited_by("alice@lumen.example", "zoe@shop.example"), start=event.starts_at)
    bobs.sync()
    choose.pause(alice, desk.calendar.pk)
    say(alice, "acme.example", "whole")
    assert SetAside.objects.filter(ical_uid="lunch").exists()
    link.unlink_by_hand(bob, event.pk, "company", other.record_id)
    say(alice, "acme.example", "aside")
    assert desk.uids() == {"lunch", "daily", "shop"}
    assert Link.objects.get(pk=other.pk).hidden


def test_what_its_reader_guessed_is_still_known_when_it_comes_back(desk: Desk, alice: Member) -> None:
    desk.put("lunch", "anna@acme.example", start=START - 400 * DAY, fallbacks=(Fallback.ZONE_GUESSED, Fallback.DAY_GUESSED))
    desk.sync()
    choose.pause(alice, desk.calendar.pk)
    say(alice, "acme.example", "whole")
    say(alice, "acme.example", "aside")
    assert Entry.objects.get(event__ical_uid="lunch").fallbacks == "zone-guessed day-guessed"


DEFECTS: dict[str, dict[str, object]] = {
    "a rule that is none": {
        "recurrence": {"rules": [7], "dates": [], "periods": [], "excluded": [], "excluded_rules": [], "ends_before": None}
    },
    "a zone that is no more": {"start": "2025-05-06T09:00:00+00:00 Europe/Atlantis"},
    "a field that nobody knows": {"smell": "of roses"},
}


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("model", [SetAside, Series])
def test_a_series_that_trips_over_a_defect_holds_no_other_up(
    desk: Desk, alice: Member, model: type[SetAside | Series], defect: str
) -> None:
    choose.pause(alice, desk.calendar.pk)
    if model is SetAside:
        say(alice, "acme.example", "whole")
    row = model.objects.of(alice.workspace_id).get(ical_uid="daily", expanded_until__isnull=False)
    model.objects.filter(pk=row.pk).update(definition=row.definition | DEFECTS[defect])
    say(alice, "acme.example", "aside" if model is SetAside else "whole")
    assert not ChangedFact.objects.of(alice.workspace_id).exists()
    assert events(alice) == ({("lunch", ""), ("shop", "")} if model is SetAside else {("shop", "")})


def test_its_owner_is_told_how_many_and_until_when(desk: Desk, alice: Member) -> None:
    choose.pause(alice, desk.calendar.pk)
    (mine,) = receipt.receipt(alice, NOW).mine
    assert (mine.numbers.set_aside, mine.numbers.set_aside_until) == (0, None)
    say(alice, "acme.example", "whole")
    (mine,) = receipt.receipt(alice, NOW).mine
    assert mine.numbers.set_aside == 6
    assert mine.numbers.kept == 1
    exported = receipt.export(alice, NOW, "json")
    assert exported["accounts"][0]["set_aside"]["many"] == 6
    assert any(line[1] == "set aside" for line in receipt.rows(exported))


@pytest.mark.thorough
def test_a_verification_tells_it_apart(desk: Desk, alice: Member, bob: Member) -> None:
    """A colleague's calendar has it too, and there it does not come in: its title stands in what is set aside."""
    bobs = Desk(bob, "bob")
    bobs.put("lunch", "anna@acme.example", title="Zirconium negotiations")
    desk.put("lunch", "anna@acme.example", title="Zirconium negotiations", start=START - DAY)
    for made in (bobs, desk):
        made.sync()
    choose.pause(alice, desk.calendar.pk)
    say(alice, "acme.example", "whole")
    bobs.sync()
    found = verify(Calendar.objects.of(alice.workspace_id).filter(pk=bobs.calendar.pk), lambda: bobs.now)
    assert found.set_aside > 0
    assert found.tables.places == []


@pytest.mark.parametrize(
    ("source", "over", "can"),
    [
        (RepeatSource("caldav", "fine", stands_still=False), True, True),
        (RepeatSource("google", "new", stands_still=False), False, True),
        (RepeatSource("microsoft", "slow-down", stands_still=False), True, True),
        (RepeatSource("ics", "fine", stands_still=False), False, True),
        (RepeatSource("ics", "fine", stands_still=False), True, False),
        (RepeatSource("file", "fine", stands_still=False), False, False),
        (RepeatSource("caldav", "fine", stands_still=True), False, False),
        (RepeatSource("caldav", "gone", stands_still=False), False, False),
        (RepeatSource("caldav", "reconnect", stands_still=False), False, False),
        (RepeatSource("caldav", "broken", stands_still=False), False, False),
        (RepeatSource("caldav", "defect", stands_still=False), False, False),
        (RepeatSource("caldav", "suspect", stands_still=False), False, False),
    ],
)
def test_copy_by_copy_it_is_asked_whether_it_can_be_read_again(source: RepeatSource, *, over: bool, can: bool) -> None:
    assert again.copy_can(source, over=over) is can
