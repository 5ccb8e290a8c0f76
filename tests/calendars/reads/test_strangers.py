"""Whom a member meets and who is on no record: who is offered, what counts as met, and that nobody learns of others' meetings by it."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from metwith.accounts.models import Block
from metwith.calendars.actions import contacts
from metwith.calendars.reads.strangers import Stranger, strangers
from metwith.calendars.rules.contacts import likely_contact
from metwith.calendars.rules.met import MeetingFacts, figure
from metwith.calendars.vocabulary import AttendeeKind, RemoteAttendee, Response
from metwith.records import actions as records
from tests.calendars.desk import HOUR, Desk, meeting
from tests.people import NOW, holds, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
ANNA, KIM = "anna@acme.example", "kim@gmail.com"


@pytest.fixture
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


def offered(member: Member) -> dict[str, Stranger]:
    return {one.address: one for one in strangers(member, now=NOW)}


def test_whom_one_meets_is_offered_with_name_and_times(desk: Desk, alice: Member) -> None:
    named = (*meeting("", alice.user.email).attendees, RemoteAttendee(ANNA, "Anna Lindt"))
    desk.put("old", attendees=named, start=NOW - 9 * DAY)
    desk.put("late", ANNA, KIM, start=NOW - DAY)
    desk.put("soon", ANNA, start=NOW + DAY)
    desk.sync()
    anna, kim = offered(alice)[ANNA], offered(alice)[KIM]
    assert (anna.name, len(anna.met), anna.last, anna.likely) == ("Anna Lindt", 2, NOW - DAY, True)
    assert (kim.name, len(kim.met), kim.likely) == ("", 1, False)


def test_whoever_is_only_to_come_has_a_first_meeting(desk: Desk, alice: Member) -> None:
    desk.put("soon", ANNA, start=NOW + DAY)
    desk.put("later", ANNA, start=NOW + 2 * DAY)
    desk.sync()
    anna = offered(alice)[ANNA]
    assert (anna.met, anna.last, anna.next) == (frozenset(), None, NOW + DAY)


@pytest.mark.parametrize("address", ["info@acme.example", "noreply@acme.example", "dev@lists.acme.example", "bob@lumen.example"])
def test_roles_lists_and_colleagues_are_never_offered(desk: Desk, alice: Member, bob: Member, address: str) -> None:
    desk.put("lunch", ANNA, address, start=NOW - DAY)
    desk.sync()
    assert offered(alice).keys() == {ANNA}


def test_rooms_blocked_claimed_and_known_ones_are_not_offered(desk: Desk, alice: Member, bob: Member) -> None:
    holds(bob, "bobby@home.example", "typed")
    zoe = person(alice, "Zoe", "zoe@acme.example")
    records.trash(alice, "person", zoe.pk, now=NOW)
    guests = ["bobby@home.example", "zoe@acme.example", ANNA]
    room = RemoteAttendee("room@acme.example", kind=AttendeeKind.ROOM)
    desk.put("lunch", attendees=(*meeting("", alice.user.email, *guests).attendees, room), start=NOW - DAY)
    desk.put("walk", "ben@rival.example", start=NOW - DAY)
    desk.sync()
    Block.objects.create(workspace=alice.workspace, member=alice, pattern="rival.example")
    assert offered(alice).keys() == {ANNA}


def test_nobody_is_offered_whom_a_colleague_alone_meets(desk: Desk, alice: Member, bob: Member) -> None:
    desk.put("lunch", ANNA, start=NOW - DAY)
    desk.sync()
    assert offered(bob) == {}


def test_whoever_is_named_by_a_verified_address_meets_them_too(desk: Desk, bob: Member) -> None:
    holds(bob, "bobby@home.example", "given")
    desk.put("lunch", ANNA, "bobby@home.example", start=NOW - DAY)
    desk.put("walk", KIM, bob.user.email, start=NOW - DAY)
    desk.sync()
    assert offered(bob).keys() == {KIM}


def test_what_is_on_its_way_out_offers_nobody(desk: Desk, alice: Member) -> None:
    desk.put("lunch", ANNA, start=NOW - DAY)
    desk.sync()
    Block.objects.create(workspace=alice.workspace, pattern=ANNA)
    assert offered(alice) == {}


def test_met_is_what_the_rule_says(desk: Desk, alice: Member) -> None:
    """Of one's own answer, the stranger's, what is cancelled, and on both sides of now."""
    facts = list(product(Response, Response, (False, True), (-1, 1)))
    wanted: dict[str, str | None] = {}
    for number, (mine, theirs, cancelled, side) in enumerate(facts):
        address, start = f"s{number}@acme.example", NOW + side * HOUR
        people = (RemoteAttendee(alice.user.email, organizer=True, response=mine), RemoteAttendee(address, response=theirs))
        desk.put(f"m{number}", attendees=people, cancelled=cancelled, start=start)
        wanted[address] = figure(MeetingFacts(cancelled, [[mine]], [[theirs]]), start, NOW, ZoneInfo("UTC"))
    desk.sync()
    found = {one.address: "met" if one.met else "next" for one in strangers(alice, now=NOW)}
    assert found == {address: word for address, word in wanted.items() if word}


def test_who_is_left_out_stays_known_and_comes_back(desk: Desk, alice: Member, bob: Member) -> None:
    desk.put("lunch", ANNA, start=NOW - DAY)
    desk.sync()
    contacts.leave_strangers_out(alice, [ANNA])
    contacts.leave_strangers_out(alice, [ANNA])
    assert offered(alice)[ANNA].left_out
    contacts.let_strangers_in(bob, [ANNA])
    assert offered(alice)[ANNA].left_out
    contacts.let_strangers_in(alice, [ANNA])
    assert not offered(alice)[ANNA].left_out


@pytest.mark.parametrize(
    "address", ["kim@gmail.com", "newsletter@acme.example", "jira@acme.example", "project-x@acme.example", "updates@a.example"]
)
def test_what_looks_like_a_list_or_a_task_starts_unticked(address: str) -> None:
    assert not likely_contact(address)


@pytest.mark.parametrize("address", ["anna@acme.example", "a.lindt@acme.example", "jiri.novak@acme.example", "boteng@acme.example"])
def test_whoever_has_a_name_starts_ticked(address: str) -> None:
    assert likely_contact(address)
