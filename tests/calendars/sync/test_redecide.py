"""A fact changed that decisions rest on: decided again, both ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.accounts.models import Block
from metwith.calendars import actions as calendars
from metwith.calendars.models import Series
from metwith.calendars.rules.health import Succeeded
from metwith.calendars.sync import run, store
from metwith.calendars.sync.access import access
from metwith.calendars.sync.redecide import redecide
from metwith.calendars.vocabulary import Attendee, ChangePage
from metwith.workspaces import actions as workspaces
from metwith.workspaces import domains
from tests.calendars.desk import START, Desk, events, exception, meeting
from tests.calendars.sync.test_store import Interrupted
from tests.calendars.worker import work
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@pytest.fixture
def desk(alice: Member) -> Desk:
    made = Desk(alice, "alice")
    made.put("acme", "anna@acme.example")
    made.put("mixed", "anna@acme.example", "tom@gmail.com")
    made.put("shop", "zoe@shop.example")
    made.sync()
    return made


def add(alice: Member, domain: str) -> None:
    domains.say(alice, domain, "whole")
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
    domains.say(alice, "acme.example", "aside")
    work()
    desk.sync()
    assert desk.uids() == {"acme", "mixed", "shop"}
    assert desk.dropped() == {}


def test_a_member_who_joins_makes_meetings_internal_and_who_leaves_external_again(desk: Desk, alice: Member) -> None:
    zoe = workspaces.add_member(alice.workspace, "zoe@shop.example", now=NOW)
    work()
    # The domain of a member's address is the organisation's own.
    assert desk.uids() == {"acme", "mixed"}
    workspaces.remove_member(alice, zoe.pk)
    work()
    desk.sync()
    assert desk.uids() == {"acme", "mixed", "shop"}


def test_an_invited_one_is_one_of_us_until_the_invitation_is_withdrawn(desk: Desk, alice: Member) -> None:
    desk.put("tom", "tom@gmail.com")
    desk.sync()
    invitation, _token = workspaces.invite(alice, "tom@gmail.com", "member", NOW)
    work()
    assert desk.uids() == {"acme", "mixed", "shop"}
    workspaces.withdraw_invitation(alice, invitation.pk)
    work()
    desk.sync()
    assert desk.uids() == {"acme", "mixed", "shop", "tom"}


@pytest.mark.parametrize(("member", "left"), [(True, {"shop"}), (False, {"shop"})], ids=["a member's own", "the workspace's"])
def test_a_block_purges_and_its_removal_brings_back(desk: Desk, alice: Member, *, member: bool, left: set[str]) -> None:
    block = Block.objects.create(workspace=alice.workspace, member=alice if member else None, pattern="acme.example")
    redecide(alice.workspace_id, desk.now, member_id=alice.pk if member else None)
    assert desk.uids() == left
    desk.sync()
    assert desk.dropped() == {"blocked": 2}
    block.delete()
    redecide(alice.workspace_id, desk.now)
    desk.sync()
    assert desk.uids() == {"acme", "mixed", "shop"}


def test_a_members_own_block_touches_no_colleagues_copy(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    other.put("acme", "anna@acme.example")
    other.sync()
    Block.objects.create(workspace=alice.workspace, member=alice, pattern="anna@acme.example")
    redecide(alice.workspace_id, desk.now, member_id=alice.pk)
    assert desk.uids() == {"shop"}
    assert other.uids() == {"acme"}
    assert events(alice) == {("shop", ""), ("acme", "")}


def test_of_a_series_all_goes_that_must_and_what_may_stay_is_read_again(desk: Desk, alice: Member) -> None:
    series = desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    guests = (*series.attendees, Attendee("tom@gmail.com"))
    with_tom = exception(series, START + timedelta(weeks=60), attendees=guests)
    desk.server.put("work", replace(series, exceptions=(with_tom,)))
    desk.sync()
    add(alice, "acme.example")
    assert not Series.objects.of(alice.workspace).exists()
    desk.sync()
    assert {key[:8] for uid, key, _ in desk.entries() if uid == "weekly"} == {f"{START + timedelta(weeks=60):%Y%m%d}"}


def test_it_is_read_again_soon_and_in_full(desk: Desk, alice: Member) -> None:
    later = desk.now + timedelta(minutes=1)
    redecide(alice.workspace_id, later)
    assert (desk.calendar.cursor, desk.calendar.next_sync_at) == ("", later)


def test_a_calendar_that_waits_for_its_user_goes_on_waiting(desk: Desk, alice: Member) -> None:
    desk.server.faults.needs_reconnect = True
    desk.sync()
    redecide(alice.workspace_id, desk.now)
    assert desk.calendar.next_sync_at is None


def test_what_a_disconnected_account_left_stays_as_far_as_the_other_rules_let_it(desk: Desk, alice: Member) -> None:
    calendars.disconnect(alice, desk.account.pk, purge=False, now=desk.now)
    add(alice, "acme.example")
    assert desk.uids() == {"mixed", "shop"}


def test_a_sync_under_way_that_decides_by_the_facts_of_before_writes_nothing_more(desk: Desk, alice: Member) -> None:
    calendar = run.claim(alice.workspace_id, desk.calendar.pk, desk.now)
    assert calendar
    late = meeting("late", alice.user.email, "anna@acme.example")
    pages = [ChangePage(), ChangePage(events=(late,), cursor="end")]
    with pytest.raises(store.LeaseLost):
        run.read(calendar, access(calendar), Interrupted(pages, lambda: add(alice, "acme.example")), lambda: desk.now)
    assert desk.uids() == {"mixed", "shop"}
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"mixed", "shop"}
