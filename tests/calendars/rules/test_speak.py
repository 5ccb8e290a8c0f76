"""Which copy speaks, and who takes part."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.rules.speak import Copy, attendees, speaker
from metwith.calendars.vocabulary import Attendee, AttendeeKind, Response

START = datetime(2026, 6, 10, 9, tzinfo=UTC)
ALICE, BOB, ANNA = "alice@lumen.example", "bob@lumen.example", "anna@acme.example"


def copy(number: int, *people: Attendee, **facts: Any) -> Copy:
    base = Copy(number, 0, False, None, START, START, "UTC", False, people, ALICE)
    return replace(base, **facts)


@pytest.mark.parametrize(
    ("first", "second", "speaks"),
    [
        ({"sequence": 2}, {"sequence": 1, "organized": True, "updated": START}, 1),
        ({"sequence": 1, "organized": True}, {"sequence": 2}, 2),
        ({"organized": True}, {"updated": START}, 1),
        ({"updated": START}, {"organized": True}, 2),
        ({"updated": START}, {"updated": START + timedelta(seconds=1)}, 2),
        ({"updated": START}, {}, 1),
        ({}, {"updated": START}, 2),
        ({}, {}, 1),
    ],
)
def test_the_highest_sequence_speaks_then_the_organizer_then_the_latest_then_the_older_entry(
    first: dict[str, Any], second: dict[str, Any], speaks: int
) -> None:
    copies = [copy(1, **first), copy(2, **second)]
    assert speaker(copies).entry_id == speaks
    assert speaker(copies[::-1]).entry_id == speaks


def test_everybody_whom_an_up_to_date_copy_names_takes_part_once() -> None:
    mine = copy(1, Attendee(ALICE, organizer=True), Attendee(ANNA, "Anna"), organized=True)
    theirs = copy(2, Attendee(BOB), Attendee(ANNA, "A. Lindt"), Attendee("zoe@acme.example"), owner=BOB)
    found = attendees([theirs, mine])
    assert sorted(a.address for a in found) == [ALICE, ANNA, BOB, "zoe@acme.example"]
    assert next(a.name for a in found if a.address == ANNA) == "Anna"


def test_an_outdated_copy_names_nobody() -> None:
    old = copy(1, Attendee(ANNA), Attendee("left@acme.example"), sequence=1)
    assert [a.address for a in attendees([old, copy(2, Attendee(ANNA), sequence=2)])] == [ANNA]


def test_a_members_answer_is_best_known_to_the_members_own_copy() -> None:
    mine = copy(1, Attendee(ALICE, organizer=True), Attendee(BOB), organized=True)
    theirs = copy(2, Attendee(ALICE, organizer=True, response=Response.DECLINED), Attendee(BOB, response=Response.ACCEPTED), owner=BOB)
    answers = {a.address: a.response for a in attendees([mine, theirs])}
    assert answers == {ALICE: Response.NEEDS_ACTION, BOB: Response.ACCEPTED}


def test_an_own_copy_that_knows_no_answer_does_not_hide_one() -> None:
    mine = copy(1, Attendee(BOB, response=Response.ACCEPTED), organized=True)
    assert attendees([mine, copy(2, Attendee(BOB), owner=BOB)])[0].response is Response.ACCEPTED


def test_the_organizer_is_one_the_speakers() -> None:
    mine = copy(1, Attendee(ALICE, organizer=True), Attendee(BOB), organized=True)
    theirs = copy(2, Attendee(ALICE), Attendee(BOB, organizer=True), owner=BOB)
    assert [a.address for a in attendees([theirs, mine]) if a.organizer] == [ALICE]


def test_a_copy_without_an_organizer_takes_the_other_copys() -> None:
    silent = copy(1, Attendee(ALICE), Attendee(BOB), sequence=1)
    assert [a.address for a in attendees([silent, copy(2, Attendee(BOB, organizer=True), sequence=1)]) if a.organizer] == [BOB]


def test_rooms_and_placeholders_take_no_part() -> None:
    things = (
        Attendee("room@acme.example", kind=AttendeeKind.ROOM),
        Attendee("beamer@acme.example", kind=AttendeeKind.RESOURCE),
        Attendee("unknownorganizer@calendar.google.com", organizer=True),
    )
    assert [a.address for a in attendees([copy(1, Attendee(ANNA), *things)])] == [ANNA]


PEOPLE = st.lists(st.builds(Attendee, st.sampled_from([ALICE, BOB, ANNA]), name=st.sampled_from("xyz")), unique_by=lambda a: a.address)
MADE = st.builds(
    copy, st.just(0), sequence=st.integers(0, 1), organized=st.booleans(), updated=st.none(), owner=st.sampled_from([ALICE, BOB])
)


@given(st.lists(st.tuples(MADE, PEOPLE), min_size=1, max_size=4))
def test_the_order_in_which_copies_are_given_does_not_matter(made: list[tuple[Copy, list[Attendee]]]) -> None:
    # Each changed at another time, as in the field, so that a tie never comes down to which entry was stored first.
    copies = [replace(c, entry_id=n, updated=START + timedelta(minutes=n), attendees=tuple(p)) for n, (c, p) in enumerate(made)]
    expected = {a.address: a for a in attendees(copies)}
    for order in permutations(copies):
        # Stored in that order: the entries' numbers are other ones.
        stored = [replace(c, entry_id=n) for n, c in enumerate(order)]
        assert {a.address: a for a in attendees(stored)} == expected
        assert speaker(stored).updated == speaker(copies).updated
