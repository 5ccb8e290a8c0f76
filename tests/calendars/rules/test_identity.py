"""Which copies are one meeting."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.rules.identity import Home, Placed, homes

ANNA, BOB = "person:1", "member:2"


def copy(number: int, event_id: int, organizer: str, *, feed: bool = False) -> Placed:
    return Placed(number, event_id, organizer, feed)


def told(found: list[Home]) -> dict[str, tuple[int | None, set[int], list[int]]]:
    return {home.organizer: (home.event_id, {c.entry_id for c in home.entries}, home.absorbed) for home in found}


def test_copies_with_one_organizer_are_one_meeting_and_others_are_another():
    found = homes({7: None}, [copy(1, 7, ANNA), copy(2, 7, BOB), copy(3, 7, ANNA)])
    assert told(found) == {ANNA: (7, {1, 3}, []), BOB: (None, {2}, [])}


def test_the_row_stays_with_a_signed_in_calendar():
    assert told(homes({7: None}, [copy(1, 7, ANNA, feed=True), copy(2, 7, BOB)]))[BOB][0] == 7


def test_where_all_copies_change_their_organizer_the_row_stays():
    assert told(homes({7: ANNA}, [copy(1, 7, BOB), copy(2, 7, BOB)])) == {BOB: (7, {1, 2}, [])}


def test_where_they_do_it_one_after_the_other_the_older_row_stays():
    assert told(homes({7: ANNA, 8: BOB}, [copy(1, 7, BOB), copy(2, 8, BOB)])) == {BOB: (7, {1, 2}, [8])}


def test_a_copy_without_an_organizer_joins_the_oldest_meeting():
    found = told(homes({7: ANNA, 8: BOB}, [copy(1, 7, ANNA), copy(2, 8, BOB), copy(3, 8, "")]))
    assert found == {ANNA: (7, {1, 3}, []), BOB: (8, {2}, [])}


def test_it_does_not_stay_alone_where_another_meeting_is_left():
    assert told(homes({7: ANNA, 8: BOB}, [copy(2, 8, BOB), copy(3, 7, "")])) == {BOB: (8, {2, 3}, [7])}


def test_where_nobody_names_an_organizer_it_is_one_meeting():
    assert told(homes({7: None}, [copy(1, 7, ""), copy(2, 7, "")])) == {"": (7, {1, 2}, [])}


ROWS = st.dictionaries(st.integers(1, 4), st.sampled_from([None, "", ANNA, BOB, "x@y.example"]), min_size=1).filter(
    lambda held: len({*held.values()}) == len(held)
)


@given(ROWS, st.data())
def test_every_copy_comes_home_and_no_row_goes_that_has_one(rows: dict[int, str | None], data: st.DataObject):
    where = st.tuples(st.sampled_from(sorted(rows)), st.sampled_from(["", ANNA, BOB, "x@y.example"]), st.booleans())
    copies = [copy(n, e, o, feed=f) for n, (e, o, f) in enumerate(data.draw(st.lists(where, max_size=5)))]
    found = homes(rows, copies)
    assert sorted(c.entry_id for home in found for c in home.entries) == [c.entry_id for c in copies]
    assert all({c.organizer for c in home.entries} <= {home.organizer, ""} for home in found)
    kept = [home.event_id for home in found if home.event_id]
    assert len(kept) == len({*kept})
    assert not {*kept} & {gone for home in found for gone in home.absorbed}
    # Once more changes nothing, and the order of the copies does not matter.
    for order in permutations(copies):
        assert told(homes(rows, order)) == told(found)
