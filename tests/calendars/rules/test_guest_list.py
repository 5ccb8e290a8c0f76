from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.rules import guest_list
from metwith.calendars.rules.guest_list import MOST, Known
from metwith.calendars.vocabulary import AttendeeKind, RemoteAttendee
from metwith.rules.own_identities import OwnIdentities
from tests.people import us

if TYPE_CHECKING:
    import random

OURS = OwnIdentities(us("alice@lumen.example"), frozenset({"lumen.example"}))
CHAIR = RemoteAttendee("zz@elsewhere.example", organizer=True)
ON_RECORD = [RemoteAttendee(f"record{n}@elsewhere.example") for n in range(100)]
AT_COMPANY = [RemoteAttendee(f"z{n}@acme.example") for n in range(10)]
OUTSIDERS = [RemoteAttendee(f"guest{n}@elsewhere.example") for n in range(500)]
MEMBERS = [RemoteAttendee(f"a{n}@lumen.example") for n in range(500)]
ROOMS = [RemoteAttendee(f"a-room{n}@lumen.example", kind=AttendeeKind.ROOM) for n in range(20)]
KNOWN = Known(OURS, {a.address for a in ON_RECORD}, {a.address for a in AT_COMPANY})


def kept(*people: RemoteAttendee) -> set[RemoteAttendee]:
    return set(guest_list.cut(people, KNOWN).attendees)


def test_first_the_organizer_then_people_on_record_then_other_outsiders_then_members() -> None:
    everybody = (*ROOMS, *MEMBERS, *OUTSIDERS, *AT_COMPANY, *ON_RECORD, CHAIR)
    found = kept(*everybody)
    assert len(found) == MOST
    assert found >= {CHAIR, *ON_RECORD, *AT_COMPANY}
    assert found <= {CHAIR, *ON_RECORD, *AT_COMPANY, *OUTSIDERS}
    assert guest_list.cut(everybody, KNOWN).more == 1 + 100 + 10 + 500 + 500 - MOST
    assert {CHAIR, *ON_RECORD} < kept(*MEMBERS, *ON_RECORD, CHAIR)


def test_a_list_of_five_hundred_stays_as_it_is() -> None:
    assert guest_list.cut(OUTSIDERS, KNOWN) == guest_list.Cut(tuple(OUTSIDERS), 0)


def test_rooms_are_no_participants_and_nobody_counts_them() -> None:
    found = guest_list.cut([*ROOMS, *OUTSIDERS], KNOWN)
    assert (set(found.attendees), found.more) == ({*OUTSIDERS}, 0)


@given(st.randoms(use_true_random=False))
def test_the_same_ones_are_kept_in_whatever_order_they_are_written(chance: random.Random) -> None:
    people = [*MEMBERS[:200], *OUTSIDERS, *ON_RECORD, CHAIR]
    mixed = chance.sample(people, len(people))
    assert kept(*mixed) == kept(*people)
    found = guest_list.cut(mixed, KNOWN).attendees
    assert list(found) == [a for a in mixed if a in found]


def test_a_copy_names_those_of_us_who_are_known_beyond_the_others_and_is_cut_once() -> None:
    alice = RemoteAttendee("alice@lumen.example")
    everybody = [*MEMBERS, *OUTSIDERS, *OUTSIDERS, alice]
    everybody = list({a.address: a for a in everybody}.values())
    left = guest_list.cut_copy(everybody, KNOWN, OURS.addresses)
    assert (len(left.attendees), left.more) == (MOST + 1, 500)
    assert alice in left.attendees
    assert guest_list.cut_copy(left.attendees, KNOWN, OURS.addresses, left.more) == left


def test_how_many_others_there_are_is_said_by_the_copy_that_knows_of_most() -> None:
    few = guest_list.Cut(tuple(OUTSIDERS[:3]), 0)
    many = guest_list.Cut(tuple(OUTSIDERS), 1500)
    assert guest_list.how_many_more(500, [few, many]) == 1500
    assert guest_list.how_many_more(500, [many, replace(many, more=2000)]) == 2000
    assert guest_list.how_many_more(3, [few]) == 0
