"""Copies with different organizers are different meetings, however the organizers come to be the same or others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars import jobs
from metwith.calendars.actions import link
from metwith.calendars.models import Entry, Event, Link
from metwith.calendars.sync import store
from metwith.calendars.sync.meeting import settling
from metwith.calendars.vocabulary import RemoteAttendee
from metwith.records import actions as records
from metwith.records.models import Person
from metwith.workspaces import actions as workspaces
from metwith.workspaces import addresses
from metwith.workspaces.models import MemberAddress
from tests.calendars.desk import Desk
from tests.calendars.worker import work
from tests.people import NOW, company, holds, opportunity, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

ANNA, ZOE, ALIAS = "anna@acme.example", "zoe@acme.example", "anna@home.example"
CHIEF = "chief@lumen.example"


class Two:
    """Alice and Bob, each with a calendar and a copy of one UID."""

    def __init__(self, alice: Member, bob: Member) -> None:
        self.member = alice
        self.desks = {"alice": Desk(alice, "alice"), "bob": Desk(bob, "bob")}

    def say(self, who: str, organizer: str, *guests: str) -> None:
        people = [RemoteAttendee(organizer, organizer=True)] if organizer else []
        self.desks[who].put("plan", attendees=(*people, *(RemoteAttendee(guest) for guest in guests)))
        self.desks[who].sync()

    def meetings(self) -> list[set[str]]:
        """Whose copies each of the meetings has, the oldest first."""
        held = Entry.objects.of(self.member.workspace).select_related("calendar__account__member__user").order_by("event_id")
        found: dict[int, set[str]] = {}
        for entry in held:
            found.setdefault(entry.event_id, set()).add(entry.calendar.account.member.user.email.partition("@")[0])
        assert {*found} == set(Event.objects.of(self.member.workspace).values_list("pk", flat=True))
        return list(found.values())


ONE, PARTED = [{"alice", "bob"}], [{"alice"}, {"bob"}]


@pytest.fixture
def two(alice: Member, bob: Member) -> Two:
    return Two(alice, bob)


def test_different_organizers_are_different_meetings(two: Two):
    two.say("alice", ANNA, ZOE)
    two.say("bob", ZOE, ANNA)
    assert two.meetings() == PARTED


def test_an_organizer_that_is_nobody_is_none(two: Two):
    two.say("alice", ANNA)
    two.say("bob", "unknownorganizer@calendar.google.com", ANNA)
    assert two.meetings() == ONE


@pytest.mark.parametrize("silent_first", [True, False])
def test_a_copy_without_an_organizer_joins_and_does_not_speak(two: Two, *, silent_first: bool):
    said = [("alice", ANNA), ("bob", "")]
    for who, organizer in said[::-1] if silent_first else said:
        two.say(who, organizer, ZOE)
    assert two.meetings() == ONE
    assert Event.objects.of(two.member.workspace).get().organizer_key == ANNA


def test_addresses_of_one_person_on_record_are_one_organizer_as_long_as_they_are(two: Two):
    two.say("alice", ANNA, ZOE)
    two.say("bob", ALIAS, ZOE)
    assert two.meetings() == PARTED
    anna = person(two.member, "Anna", ANNA, ALIAS)
    work()
    assert two.meetings() == ONE
    records.update_person(two.member, anna.pk, addresses=[ANNA], now=NOW)
    work()
    assert two.meetings() == PARTED


def test_a_colleague_who_joins_has_the_meetings_that_they_organized(two: Two):
    """Their address was one of us before, by its domain: nothing is decided again, but it is theirs from now on."""
    two.say("alice", CHIEF, ZOE)
    work()
    _invitation, shown = workspaces.invite(two.member, CHIEF, "member", NOW)
    chief = workspaces.accept_invitation(shown, "Chief", None, NOW)
    work()
    two.desks["chief"] = Desk(chief, "chief")
    two.say("chief", CHIEF, ZOE)
    assert two.meetings() == [{"alice", "chief"}]


def test_an_address_that_is_taken_back_organizes_for_nobody(two: Two, bob: Member):
    two.say("alice", CHIEF, ZOE)
    addresses.vouch(two.member, bob.pk, CHIEF, NOW)
    work()
    two.say("bob", CHIEF, ZOE)
    meetings = Event.objects.of(two.member.workspace).values_list("organizer_key", flat=True)
    assert list(meetings) == [f"member:{bob.pk}"]
    addresses.take_back(two.member, MemberAddress.objects.of(two.member.workspace).get(address=CHIEF).pk)
    work()
    assert list(meetings.all()) == [CHIEF]


def test_people_who_are_merged_are_one_organizer_and_one_in_the_trash_is_none(two: Two):
    two.say("alice", ANNA, ZOE)
    two.say("bob", ALIAS, ZOE)
    keeper, other = person(two.member, "Anna", ANNA), person(two.member, "Anna again", ALIAS)
    work()
    assert two.meetings() == PARTED
    records.merge_people(two.member, keeper.pk, other.pk, now=NOW)
    work()
    assert two.meetings() == ONE
    records.trash(two.member, "person", keeper.pk, now=NOW)
    work()
    assert two.meetings() == PARTED


@pytest.mark.parametrize(("way", "after"), [("link", ONE), ("given", ONE), ("typed", PARTED)])
def test_verified_and_named_addresses_of_a_member_are_one_organizer_claimed_ones_are_not(two: Two, way: str, after: list[set[str]]):
    two.say("alice", "alice@lumen.example", ANNA)
    two.say("bob", "ally@home.example", ANNA)
    assert two.meetings() == PARTED
    holds(two.member, "ally@home.example", way, account_id=0 if way != "typed" else two.desks["alice"].account.pk)
    work()
    assert two.meetings() == after


def by_hand(two: Two) -> set[int]:
    """The meetings that are on the deal."""
    rows = Link.objects.of(two.member.workspace).filter(reason="by-hand", hidden=False)
    return set(rows.values_list("event_id", flat=True))


@pytest.fixture
def linked(two: Two) -> int:
    """On a record already, so that whoever sees it there may put it on another."""
    person(two.member, "Anna", ANNA)
    two.say("alice", ANNA)
    two.say("bob", ANNA)
    event = Event.objects.of(two.member.workspace).get()
    deal = opportunity(two.member, "Deal", company=company(two.member, "Other", "other.example"))
    link.link_by_hand(two.member, event.pk, "opportunity", deal.pk)
    return event.pk


def test_where_all_copies_change_their_organizer_row_and_links_by_hand_stay(two: Two, linked: int):
    two.say("alice", ZOE, ANNA)
    assert (two.meetings(), len(by_hand(two))) == ([{"bob"}, {"alice"}], 2)
    two.say("bob", ZOE, ANNA)
    assert (two.meetings(), by_hand(two)) == (ONE, {linked})


def test_meetings_from_before_are_parted_with_their_links_and_it_can_be_taken_up_again(
    two: Two, linked: int, monkeypatch: pytest.MonkeyPatch
):
    two.desks["alice"].put("other", ANNA)
    two.say("bob", ZOE, ANNA)
    # As the version before had it: one row whoever organizes, and nobody had asked.
    before = Event.objects.of(two.member.workspace)
    Entry.objects.of(two.member.workspace).filter(event__ical_uid="plan").update(event_id=linked)
    before.exclude(pk=linked).filter(ical_uid="plan").delete()
    before.update(organizer_key=None)
    Entry.objects.of(two.member.workspace).update(organizer=None)
    monkeypatch.setattr(settling, "BATCH", 1)
    settled = store.reconcile

    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "reconcile", killed)
    jobs.part_old_meetings(0)
    with pytest.raises(KeyboardInterrupt):
        work()
    monkeypatch.setattr(store, "reconcile", settled)
    jobs.part_old_meetings(0)
    work()
    assert not before.filter(organizer_key=None).exists()
    plans = before.filter(ical_uid="plan")
    assert (plans.count(), by_hand(two)) == (2, set(plans.values_list("pk", flat=True)))
    assert settling.workspaces_to_part() == []


def test_no_row_is_left_of_a_person_who_is_gone(two: Two):
    two.say("alice", ANNA, ZOE)
    anna = person(two.member, "Anna", ANNA)
    work()
    assert Event.objects.of(two.member.workspace).get().organizer_key == f"person:{anna.pk}"
    records.trash(two.member, "person", anna.pk, now=NOW)
    work()
    assert Event.objects.of(two.member.workspace).get().organizer_key == ANNA
    assert Person.objects.of(two.member.workspace).exists()
