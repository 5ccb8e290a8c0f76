"""Which copy speaks, and who takes part."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.rules.precedence import RankedCopy, Source, merged_attendees, ranked
from metwith.calendars.vocabulary import AttendeeKind, RemoteAttendee, Response
from tests.people import us

START = datetime(2026, 6, 10, 9, tzinfo=UTC)
ALICE, BOB, ANNA = "alice@lumen.example", "bob@lumen.example", "anna@acme.example"


def copy(number: int, *people: RemoteAttendee, **facts: Any) -> RankedCopy:
    base = RankedCopy(number, Source.READ, ALICE, False, 0, None, START, START, "UTC", False, people)
    return replace(base, **facts)


EARLIER, LATER = {"updated": START}, {"updated": START + timedelta(seconds=1)}
FEED = {"source": Source.FEED}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"source": Source.FROZEN}, FEED | {"sequence": 9, "organized": True} | LATER),
        ({"organizer": ""}, FEED | {"sequence": 9}),
        ({}, {"organizer": "", "sequence": 9} | LATER),
        ({"organized": True}, {"sequence": 9} | LATER),
        ({}, {"organized": True, "source": Source.FROZEN, "sequence": 9} | LATER),
        ({}, {"source": Source.FROZEN, "sequence": 9} | LATER),
        ({"sequence": 2}, {"sequence": 1} | LATER),
        ({"sequence": None} | LATER, {"sequence": 9} | EARLIER),
        ({"sequence": 9} | LATER, {"sequence": None} | EARLIER),
        (LATER, EARLIER),
        (EARLIER, {}),
        (FEED | {"sequence": 2}, FEED | {"sequence": 1, "updated": START}),
    ],
)
def test_signed_in_then_named_then_the_organizers_then_still_read_then_the_version(better: dict[str, Any], worse: dict[str, Any]) -> None:
    for numbers in ((1, 2), (2, 1)):
        copies = [copy(numbers[0], **better), copy(numbers[1], **worse)]
        assert ranked(copies)[0] is copies[0]
        assert ranked(copies[::-1])[0] is copies[0]


def test_of_equals_the_older_entry_speaks() -> None:
    assert ranked([copy(2), copy(1)])[0].entry_id == 1


def test_everybody_whom_a_signed_in_copy_names_takes_part_once() -> None:
    mine = copy(1, RemoteAttendee(ALICE, organizer=True), RemoteAttendee(ANNA, "Anna"), organized=True)
    theirs = copy(2, RemoteAttendee(BOB), RemoteAttendee(ANNA, "A. Lindt"), RemoteAttendee("zoe@acme.example"), sequence=7)
    found = merged_attendees([theirs, mine])
    assert sorted(a.address for a in found) == [ALICE, ANNA, BOB, "zoe@acme.example"]
    assert next(a.name for a in found if a.address == ANNA) == "Anna"


def test_a_feed_names_nobody_beside_a_signed_in_copy_and_everybody_where_there_is_none() -> None:
    feed = copy(1, RemoteAttendee("mallory@evil.example"), sequence=9, **FEED)
    assert [a.address for a in merged_attendees([feed, copy(2, RemoteAttendee(ANNA))])] == [ANNA]
    assert {a.address for a in merged_attendees([feed, copy(2, RemoteAttendee(ANNA), **FEED)])} == {ANNA, "mallory@evil.example"}


def test_a_members_answer_is_best_known_to_the_members_own_copy() -> None:
    mine = copy(1, RemoteAttendee(ALICE, organizer=True), RemoteAttendee(BOB), organized=True, owner=us(ALICE))
    theirs = copy(
        2, RemoteAttendee(ALICE, organizer=True, response=Response.DECLINED), RemoteAttendee(BOB, response=Response.ACCEPTED), owner=us(BOB)
    )
    answers = {a.address: a.response for a in merged_attendees([mine, theirs])}
    assert answers == {ALICE: Response.NEEDS_ACTION, BOB: Response.ACCEPTED}


def test_an_own_copy_that_knows_no_answer_does_not_hide_one() -> None:
    mine = copy(1, RemoteAttendee(BOB, response=Response.ACCEPTED), organized=True)
    assert merged_attendees([mine, copy(2, RemoteAttendee(BOB), owner=us(BOB))])[0].response is Response.ACCEPTED


def test_the_organizer_is_one_the_speakers() -> None:
    mine = copy(1, RemoteAttendee(ALICE, organizer=True), RemoteAttendee(BOB), organized=True)
    theirs = copy(2, RemoteAttendee(ALICE), RemoteAttendee(BOB, organizer=True))
    assert [a.address for a in merged_attendees([theirs, mine]) if a.organizer] == [ALICE]


def test_a_copy_without_an_organizer_takes_the_other_copys() -> None:
    silent = copy(1, RemoteAttendee(ALICE), RemoteAttendee(BOB), organizer="")
    assert [a.address for a in merged_attendees([silent, copy(2, RemoteAttendee(BOB, organizer=True))]) if a.organizer] == [BOB]


def test_rooms_and_placeholders_take_no_part() -> None:
    things = (
        RemoteAttendee("room@acme.example", kind=AttendeeKind.ROOM),
        RemoteAttendee("beamer@acme.example", kind=AttendeeKind.RESOURCE),
        RemoteAttendee("unknownorganizer@calendar.google.com", organizer=True),
    )
    assert [a.address for a in merged_attendees([copy(1, RemoteAttendee(ANNA), *things)])] == [ANNA]


PEOPLE = st.lists(
    st.builds(RemoteAttendee, st.sampled_from([ALICE, BOB, ANNA]), name=st.sampled_from("xyz")), unique_by=lambda a: a.address
)
MADE = st.builds(
    copy,
    st.just(0),
    source=st.sampled_from(Source),
    sequence=st.sampled_from([None, 0, 1]),
    organizer=st.sampled_from(["", ALICE]),
    organized=st.booleans(),
    owner=st.sampled_from([us(ALICE), us(BOB)]),
)


@given(st.lists(st.tuples(MADE, PEOPLE), min_size=1, max_size=4))
def test_the_order_in_which_copies_are_given_does_not_matter(made: list[tuple[RankedCopy, list[RemoteAttendee]]]) -> None:
    # Each changed at another time, as in the field, so that a tie never comes down to which entry was stored first.
    copies = [replace(c, entry_id=n, updated=START + timedelta(minutes=n), attendees=tuple(p)) for n, (c, p) in enumerate(made)]
    expected = {a.address: a for a in merged_attendees(copies)}
    for order in permutations(copies):
        # Stored in that order: the entries' numbers are other ones.
        stored = [replace(c, entry_id=n) for n, c in enumerate(order)]
        assert {a.address: a for a in merged_attendees(stored)} == expected
        assert ranked(stored)[0].updated == ranked(copies)[0].updated
