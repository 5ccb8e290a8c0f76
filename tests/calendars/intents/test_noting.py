"""Only what a changed fact concerns is decided again, and only who has something left out for that reason reads anew."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from metwith.accounts import blocks
from metwith.accounts.models import Block
from metwith.calendars import jobs, queries
from metwith.calendars.actions import connect, own_copy
from metwith.calendars.feed import PageRequest
from metwith.calendars.intents.facts import ChangedFact
from metwith.calendars.providers import memory
from metwith.calendars.providers.memory import Killed
from metwith.calendars.sync import reevaluate as subject
from metwith.calendars.tables import TABLES
from metwith.engine import lease
from metwith.lib import sql
from metwith.rules.health import Succeeded
from metwith.workspaces import addresses, domains
from metwith.workspaces.models import MemberAddress
from tests.calendars.desk import Desk, events
from tests.calendars.searching import search_titles
from tests.calendars.worker import forget_jobs, waiting, work
from tests.people import NOW, company
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@once
def desk(alice: Member) -> Desk:
    made = Desk(alice, "alice", sharing="everything")
    made.put("acme", "anna@acme.example")
    made.put("shop", "zoe@shop.example")
    made.sync()
    work()
    made.sync()
    return made


@once
def bobs(desk: Desk, bob: Member) -> Desk:
    """A colleague's calendar that knows nobody of Acme."""
    made = Desk(bob, "bob")
    made.put("mill", "mia@mill.example")
    made.sync()
    work()
    made.sync()
    return made


def cursors(*desks: Desk) -> list[bool]:
    return [bool(desk.calendar.cursor) for desk in desks]


def test_who_connects_and_changes_nothing_makes_nobody_read_anew(desk: Desk, bob: Member) -> None:
    work()
    bobs = Desk(bob, "bob")
    assert not ChangedFact.objects.exists()
    assert waiting("decide") == []
    work()
    assert cursors(desk) == [True]
    connect.disconnect(bob, bobs.account.pk, purge=False, now=NOW)
    work()
    assert cursors(desk) == [True]


def test_of_a_domain_that_becomes_ours_only_who_loses_something_reads_anew(desk: Desk, bobs: Desk, alice: Member) -> None:
    domains.decide_domain(alice, "acme.example", "whole")
    work()
    assert events(alice) == {("shop", ""), ("mill", "")}
    assert cursors(desk, bobs) == [False, True]


def test_of_one_that_is_no_more_only_who_left_out_internal_meetings_reads_anew(desk: Desk, bobs: Desk, alice: Member) -> None:
    domains.decide_domain(alice, "acme.example", "whole")
    work()
    desk.sync()
    domains.decide_domain(alice, "acme.example", "aside")
    work()
    assert cursors(desk, bobs) == [False, True]
    desk.sync()
    assert desk.uids() == {"acme", "shop"}


def test_a_block_that_stops_nothing_makes_nobody_read_anew_nor_does_its_end(desk: Desk, bobs: Desk, alice: Member) -> None:
    blocks.add_blocks(alice, Block.Kind.WHO, ["clinic.example"], everybody=True)
    work()
    blocks.remove_block(alice, Block.objects.get().pk)
    work()
    assert cursors(desk, bobs) == [True, True]


def test_the_end_of_a_block_lets_read_anew_who_left_out_something_for_it(desk: Desk, bobs: Desk, alice: Member) -> None:
    blocks.add_blocks(alice, Block.Kind.WORD, ["shop"], everybody=True)
    work()
    desk.sync()
    assert (desk.uids(), cursors(desk, bobs)) == ({"acme"}, [True, True])
    blocks.remove_block(alice, Block.objects.get().pk)
    work()
    assert cursors(desk, bobs) == [False, True]
    desk.sync()
    assert desk.uids() == {"acme", "shop"}


def test_a_meeting_that_is_let_in_again_concerns_its_owners_calendars_alone(desk: Desk, bobs: Desk, alice: Member) -> None:
    event = search_titles(alice, "About acme")[0][0]
    own_copy.take_out(alice, event.id, whole=False, now=NOW)
    desk.sync()
    own_copy.let_in(alice, own_copy.taken_out(alice).get().pk)
    work()
    assert cursors(desk, bobs) == [False, True]


def test_an_address_that_a_member_goes_by_is_looked_for_in_every_copy(desk: Desk, bobs: Desk, alice: Member, bob: Member) -> None:
    addresses.give(alice, bob.pk, "zoe@shop.example", NOW)
    work()
    assert events(alice) == {("acme", ""), ("mill", "")}
    addresses.take_back(alice, MemberAddress.objects.get(address="zoe@shop.example").pk)
    work()
    desk.sync()
    assert desk.uids() == {"acme", "shop"}


def test_whoever_reads_by_the_facts_of_before_is_stopped_and_goes_on_where_they_were(desk: Desk, bobs: Desk, alice: Member) -> None:
    assert lease.claim(TABLES, alice.workspace_id, bobs.calendar.pk, bobs.now)
    domains.decide_domain(alice, "acme.example", "whole")
    work()
    assert cursors(bobs) == [True]
    assert bobs.sync() == Succeeded()


def test_several_changes_wait_as_one_job_and_none_is_missed(desk: Desk, alice: Member) -> None:
    forget_jobs()
    for domain in ("acme.example", "shop.example", "mill.example"):
        domains.decide_domain(alice, domain, "whole")
    assert len(waiting("decide")) == 1
    work()
    assert events(alice) == set()
    assert not ChangedFact.objects.exists()


def test_killed_on_the_way_the_facts_stay_and_are_taken_up_again(desk: Desk, alice: Member) -> None:
    domains.decide_domain(alice, "acme.example", "whole")
    forget_jobs()

    with suppress(Killed), transaction.atomic():
        subject.redecide(alice.workspace_id, desk.now)
        raise Killed
    assert ChangedFact.objects.exists()
    jobs.go_on(timestamp=0)
    work()
    assert events(alice) == {("shop", "")}


@pytest.mark.parametrize("change", ["internal", "blocked", "word"])
def test_what_may_not_stay_is_shown_to_nobody_before_it_is_gone(desk: Desk, alice: Member, bob: Member, change: str) -> None:
    acme = company(alice, "Acme", "acme.example")
    shop = company(alice, "Shop", "shop.example")
    work()
    if change == "internal":
        domains.decide_domain(alice, "acme.example", "whole")
    elif change == "blocked":
        blocks.add_blocks(alice, Block.Kind.WHO, ["acme.example"], everybody=True)
    else:
        blocks.add_blocks(alice, Block.Kind.WORD, ["about acme"], everybody=True)
    assert events(alice) == {("acme", ""), ("shop", "")}
    for viewer in (alice, bob):
        found = [queries.timelines_for("company", pk, viewer, [PageRequest()], now=NOW, count_up_to=9) for pk in (acme.pk, shop.pk)]
        assert [(each.count, len(each.pages[0].items)) for each in found] == [(0, 0), (1, 1)]
        assert [meeting.title for meeting, _ in search_titles(viewer, "about")] == ["About shop"]
    work()
    assert events(alice) == {("shop", "")}


FETCH = "SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = %s FOR UPDATE SKIP LOCKED"


@pytest.mark.django_db(transaction=True)
def test_a_job_that_waits_is_held_back_until_the_change_that_needs_it_is_there(alice: Member) -> None:
    """Else it might begin before, see nothing, and be the only one."""
    memory.forget_servers("alice")
    jobs.decide_soon(alice.workspace_id)
    free: list[bool] = []

    def fetch() -> None:
        with transaction.atomic():
            free.append(bool(sql.rows(FETCH, (f"redecide:{alice.workspace_id}",))))
        connection.close()

    def elsewhere() -> None:
        thread = threading.Thread(target=fetch)
        thread.start()
        thread.join()

    with transaction.atomic():
        jobs.decide_soon(alice.workspace_id)
        elsewhere()
    elsewhere()
    assert free == [False, True]
    assert len(waiting("decide")) == 1
