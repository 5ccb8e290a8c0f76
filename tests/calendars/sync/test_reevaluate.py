"""A fact changed that decisions rest on: decided again, both ways."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from metwith.accounts import blocks
from metwith.accounts.models import Block
from metwith.calendars.actions import choose
from metwith.calendars.actions import connect as calendars
from metwith.calendars.models import Entry, Series, Trace
from metwith.calendars.rules.recur import occurrences
from metwith.calendars.sync import run
from metwith.calendars.sync.access import access
from metwith.calendars.sync.extend_series import roll
from metwith.calendars.sync.reevaluate import pruner_for, redecide
from metwith.calendars.sync.run import AHEAD
from metwith.calendars.sync.series_json import from_json
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import ChangePage, Recurrence, RemoteAttendee, RemoteEvent, Visibility
from metwith.engine import lease
from metwith.rules.health import Succeeded
from metwith.workspaces import actions as workspaces
from metwith.workspaces import addresses, domains
from metwith.workspaces.models import Member
from tests.calendars.desk import START, Desk, events, exception, meeting
from tests.calendars.sync.picture import words_of
from tests.calendars.sync.test_store import Interrupted
from tests.calendars.worker import work
from tests.people import NOW, PASSWORD
from tests.remembered import once


@once
def desk(alice: Member) -> Desk:
    made = Desk(alice, "alice")
    made.put("acme", "anna@acme.example")
    made.put("mixed", "anna@acme.example", "tom@gmail.com")
    made.put("shop", "zoe@shop.example")
    made.sync()
    return made


def add(alice: Member, domain: str) -> None:
    domains.decide_domain(alice, domain, "whole")
    work()


def test_an_own_domain_added_purges_what_became_internal_at_once_even_when_the_provider_is_broken(desk: Desk, alice: Member) -> None:
    desk.server.faults.broken = True
    add(alice, "acme.example")
    assert desk.uids() == {"mixed", "shop"}
    assert events(alice) == {("mixed", ""), ("shop", "")}


def test_an_own_domain_removed_brings_in_what_became_external_at_the_next_sync(desk: Desk, alice: Member) -> None:
    add(alice, "acme.example")
    desk.sync()
    assert desk.dropped() == {"internal": 1}
    domains.decide_domain(alice, "acme.example", "aside")
    work()
    desk.sync()
    assert desk.uids() == {"acme", "mixed", "shop"}
    assert desk.dropped() == {}


def test_an_address_that_becomes_another_members_is_nobodys_own_any_more_in_the_calendars_of_the_first(desk: Desk, alice: Member) -> None:
    addresses.give(alice, alice.pk, "kim@kin.example", NOW)
    desk.put("kim", "kim@kin.example")
    work()
    desk.sync()
    assert desk.dropped() == {"not-a-meeting": 1}
    kim = workspaces.add_member(alice.workspace, "kim@kin.example", now=NOW)
    work()
    desk.sync()
    assert desk.dropped() == {"internal": 1}
    workspaces.remove_member(alice, kim.pk, keep=False, now=NOW)
    work()
    desk.sync()
    assert desk.dropped() == {"not-a-meeting": 1}


def test_what_stands_of_a_series_that_never_came_in_is_one_thing_that_did_not_when_it_goes(desk: Desk, alice: Member) -> None:
    series = desk.series("weekly", "anna@acme.example", visibility=Visibility.PRIVATE)
    alone = tuple(exception(series, START + timedelta(days=day), visibility=Visibility.PUBLIC) for day in (0, 1))
    desk.server.put("work", replace(series, exceptions=alone))
    desk.sync()
    assert (desk.uids(), desk.dropped()) == ({"acme", "mixed", "shop", "weekly"}, {"private": 1})
    blocks.add_blocks(alice, Block.Kind.WORD, ["weekly"], everybody=False)
    work()
    assert (desk.uids(), desk.dropped()) == ({"acme", "mixed", "shop"}, {"blocked": 1})


def test_who_leaves_is_decided_about_also_when_they_are_in_another_workspace(desk: Desk, alice: Member, charlie: Member) -> None:
    zoe = workspaces.add_member(alice.workspace, "zoe@shop.example", now=NOW)
    Member.objects.create(workspace=charlie.workspace, user=zoe.user, role="member", created_at=NOW)
    hers = Desk(zoe, "zoe")
    hers.put("hers", "anna@acme.example")
    hers.sync()
    desk.put("other", "tom@shop.example")
    work()
    desk.sync()
    assert desk.uids() == {"acme", "mixed"}
    workspaces.remove_member(alice, zoe.pk, keep=True, now=NOW)
    work()
    desk.sync()
    assert desk.uids() == {"acme", "mixed", "other"}


def test_a_member_who_joins_makes_meetings_internal_and_who_leaves_external_again(desk: Desk, alice: Member) -> None:
    zoe = workspaces.add_member(alice.workspace, "zoe@shop.example", now=NOW)
    work()
    # The domain of a member's address is the organisation's own.
    assert desk.uids() == {"acme", "mixed"}
    workspaces.remove_member(alice, zoe.pk, keep=False, now=NOW)
    work()
    desk.sync()
    assert desk.uids() == {"acme", "mixed", "shop"}


def test_an_invited_one_is_one_of_us_once_they_have_joined(desk: Desk, alice: Member) -> None:
    desk.put("tom", "tom@gmail.com")
    desk.sync()
    _invitation, token = workspaces.invite(alice, "tom@gmail.com", "member", NOW)
    work()
    assert desk.uids() == {"acme", "mixed", "shop", "tom"}
    tom = workspaces.accept_invitation(token, "Tom", PASSWORD, NOW)
    work()
    assert desk.uids() == {"acme", "mixed", "shop"}
    workspaces.remove_member(alice, tom.pk, keep=False, now=NOW)
    work()
    desk.sync()
    assert desk.uids() == {"acme", "mixed", "shop", "tom"}


@pytest.mark.parametrize(("member", "left"), [(True, {"shop"}), (False, {"shop"})], ids=["a member's own", "the workspace's"])
def test_a_block_purges_and_its_removal_brings_back(desk: Desk, alice: Member, *, member: bool, left: set[str]) -> None:
    blocks.add_blocks(alice, Block.Kind.WHO, ["acme.example"], everybody=not member)
    work()
    assert desk.uids() == left
    desk.sync()
    assert desk.dropped() == {"blocked": 2}
    blocks.remove_block(alice, Block.objects.get().pk)
    work()
    desk.sync()
    assert desk.uids() == {"acme", "mixed", "shop"}


def test_a_members_own_block_touches_no_colleagues_copy(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    other.put("acme", "anna@acme.example")
    other.sync()
    blocks.add_blocks(alice, Block.Kind.WHO, ["anna@acme.example"], everybody=False)
    work()
    assert desk.uids() == {"shop"}
    assert other.uids() == {"acme"}
    assert events(alice) == {("shop", ""), ("acme", "")}


def test_of_a_series_all_goes_that_must_and_what_may_stay_is_read_again(desk: Desk, alice: Member) -> None:
    series = desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    guests = (*series.attendees, RemoteAttendee("tom@gmail.com"))
    with_tom = exception(series, START + timedelta(weeks=60), attendees=guests)
    desk.server.put("work", replace(series, exceptions=(with_tom,)))
    desk.sync()
    add(alice, "acme.example")
    assert not Series.objects.of(alice.workspace).exists()
    desk.sync()
    assert {key[:8] for uid, key, _ in desk.entries() if uid == "weekly"} == {f"{START + timedelta(weeks=60):%Y%m%d}"}


def test_it_is_read_again_soon_and_in_full(desk: Desk, alice: Member) -> None:
    later = desk.now + timedelta(minutes=1)
    domains.decide_domain(alice, "acme.example", "whole")
    redecide(alice.workspace_id, later)
    assert (desk.calendar.cursor, desk.calendar.next_sync_at) == ("", later)


def test_a_calendar_that_waits_for_its_user_goes_on_waiting(desk: Desk, alice: Member) -> None:
    desk.server.faults.needs_reconnect = True
    desk.sync()
    domains.decide_domain(alice, "acme.example", "whole")
    redecide(alice.workspace_id, desk.now)
    assert desk.calendar.next_sync_at is None


def test_what_a_disconnected_account_left_stays_as_far_as_the_other_rules_let_it(desk: Desk, alice: Member) -> None:
    calendars.disconnect(alice, desk.account.pk, purge=False, now=desk.now)
    add(alice, "acme.example")
    assert desk.uids() == {"mixed", "shop"}


def test_a_sync_under_way_that_decides_by_the_facts_of_before_writes_nothing_more(desk: Desk, alice: Member) -> None:
    calendar = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    assert calendar
    late = meeting("late", alice.user.email, "anna@acme.example")
    pages = [ChangePage(), ChangePage(events=(late,), cursor="end")]
    with pytest.raises(lease.LeaseLost):
        run.read_calendar(calendar, access(calendar), Interrupted(pages, lambda: add(alice, "acme.example")), lambda: desk.now)
    assert desk.uids() == {"mixed", "shop"}
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"mixed", "shop"}


def test_many_that_go_are_a_few_statements_and_not_one_each(desk: Desk, alice: Member) -> None:
    def statements(many: int) -> int:
        for number in range(many):
            desk.put(f"many{number}", f"guest{number}@mill.example")
        desk.sync()
        domains.decide_domain(alice, "mill.example", "whole")
        knife, rows = pruner_for(desk.calendar, desk.now), list(Entry.objects.of(alice.workspace).select_related("event"))
        with CaptureQueriesContext(connection) as asked, transaction.atomic():
            assert knife.entries(rows) == many
        domains.decide_domain(alice, "mill.example", "aside")
        return len(asked)

    desk.server.page_size = 1000
    few = statements(3)
    desk.server.expire_cursors()
    assert statements(90) == few


# --- what cannot be read again ---------------------------------------------------------------------------------------------------------

DAY = timedelta(days=1)


def stand_still(desk: Desk, how: str) -> None:
    if how == "paused":
        choose.pause(desk.member, desk.calendar.pk)
    else:
        calendars.disconnect(desk.member, desk.account.pk, purge=False, now=desk.now)


def days(desk: Desk, uid: str) -> list[int]:
    """Of a daily series, which days are stored: 0 is the first."""
    found = Entry.objects.filter(calendar=desk.calendar, event__ical_uid=uid).values_list("event__key", flat=True)
    return sorted((datetime.strptime(key, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) - START).days for key in found)


def series_with(desk: Desk, *changed: RemoteEvent, uid: str = "daily") -> None:
    series = meeting(uid, desk.member.user.email, "anna@acme.example", recurrence=Recurrence(rules=("FREQ=DAILY;COUNT=5",)))
    desk.server.put("work", replace(series, exceptions=tuple(replace(e, id=uid, uid=uid) for e in changed)))
    desk.sync()


def day(desk: Desk, number: int, *guests: str, **facts: Any) -> RemoteEvent:
    """An exception to a series, on its usual time."""
    start = START + number * DAY
    return meeting("daily", desk.member.user.email, *guests, start=start, original_start=start, **facts)


@pytest.mark.parametrize("how", ["paused", "disconnected"])
def test_of_a_series_that_cannot_be_read_again_only_the_occurrence_goes_that_must(desk: Desk, alice: Member, how: str) -> None:
    series_with(desk, day(desk, 2, "zoe@shop.example"))
    stand_still(desk, how)
    add(alice, "shop.example")
    assert days(desk, "daily") == [0, 1, 3, 4]
    definition = Series.objects.get().definition
    assert "shop.example" not in json.dumps(definition)
    assert [str(o.key)[:8] for o in occurrences(from_json(definition), until=NOW + AHEAD)] == [
        f"{START + n * DAY:%Y%m%d}" for n in (0, 1, 3, 4)
    ]
    assert desk.dropped() == {"internal": 2}, "the occurrence, and a meeting that is no series"


def test_where_the_series_goes_an_occurrence_that_may_stay_does(desk: Desk, alice: Member) -> None:
    series_with(desk, day(desk, 2, "zoe@shop.example"), day(desk, 3, "anna@acme.example", title="Salary"))
    stand_still(desk, "disconnected")
    add(alice, "acme.example")
    assert days(desk, "daily") == [2]
    assert not Series.objects.exists()
    add(alice, "shop.example")
    assert days(desk, "daily") == []
    assert not Entry.objects.exclude(event__ical_uid="mixed").exists()


def test_a_blocked_this_and_following_ends_a_series_and_leaves_what_was_moved_behind_it(desk: Desk, alice: Member) -> None:
    series_with(desk, day(desk, 2, "zoe@shop.example", this_and_future=True), day(desk, 4, "anna@acme.example", title="Moved"))
    assert days(desk, "daily") == [0, 1, 2, 3, 4]
    stand_still(desk, "paused")
    add(alice, "shop.example")
    assert days(desk, "daily") == [0, 1, 4]
    assert "shop.example" not in words_of(alice.workspace_id)


def test_an_allowed_this_and_following_stays_alone_when_its_series_goes(desk: Desk, alice: Member) -> None:
    """As a full read would have it: the item's rule is gone, so nothing says that it goes on."""
    series_with(desk, day(desk, 2, "zoe@shop.example", this_and_future=True))
    stand_still(desk, "paused")
    add(alice, "acme.example")
    assert days(desk, "daily") == [2]


def test_a_word_blocked_in_one_occurrence_of_a_file_leaves_the_others_and_rolls_none_in(alice: Member) -> None:
    ics = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Test//EN
BEGIN:VEVENT
UID:weekly
DTSTAMP:20260501T000000Z
DTSTART:20260610T090000Z
DTEND:20260610T100000Z
RRULE:FREQ=WEEKLY
SUMMARY:Weekly
ORGANIZER:mailto:alice@lumen.example
ATTENDEE:mailto:anna@acme.example
END:VEVENT
BEGIN:VEVENT
UID:weekly
RECURRENCE-ID:20260617T090000Z
DTSTAMP:20260501T000000Z
DTSTART:20260617T090000Z
DTEND:20260617T100000Z
SUMMARY:Salary
ORGANIZER:mailto:alice@lumen.example
ATTENDEE:mailto:anna@acme.example
END:VEVENT
END:VCALENDAR
"""
    calendars.connect_file(alice, ics.encode(), name="export.ics", now=NOW)
    titles = Counter(Entry.objects.values_list("title", flat=True))
    assert titles["Salary"] == 1
    blocks.add_blocks(alice, Block.Kind.WORD, ["salary"], everybody=False)
    work()
    assert Counter(Entry.objects.values_list("title", flat=True)) == titles - Counter({"Salary": 1})
    assert list(Trace.objects.values_list("reason", flat=True)) == ["blocked"]
    calendar_id = Series.objects.get().calendar_id
    roll(alice.workspace_id, calendar_id, NOW + 21 * DAY)
    assert Counter(Entry.objects.values_list("title", flat=True)) == Counter({"Weekly": titles["Weekly"] + 3})


def test_the_traces_of_a_purge_are_those_of_a_full_read(desk: Desk, alice: Member) -> None:
    series_with(desk, day(desk, 1, "zoe@shop.example"), day(desk, 3, "zoe@shop.example", this_and_future=True))
    add(alice, "shop.example")
    at_once = set(Trace.objects.values_list("item", "part", "reason"))
    desk.sync()
    assert set(Trace.objects.values_list("item", "part", "reason")) == at_once
    add(alice, "acme.example")
    at_once = set(Trace.objects.values_list("item", "part", "reason"))
    desk.sync()
    assert set(Trace.objects.values_list("item", "part", "reason")) == at_once
