"""How a calendar is after a try, and when the next one is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.rules.health import (
    EVERY,
    FEW,
    LONGEST_BREAK,
    MANY,
    SHORTEST_BREAK,
    Failed,
    Health,
    Listing,
    Outcome,
    PushStatus,
    Succeeded,
    SuspiciouslyEmpty,
    after,
    back_off,
    emptied,
    paced_poll_interval,
    poll_interval,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=3)
FINE = Health("fine", BEFORE, 0, BEFORE, NOW)
BROKEN = Failed("broken", "It does not answer.", "503 calendar.example")


def test_a_success_clears_everything_and_comes_again_in_five_minutes() -> None:
    sick = Health("broken", BEFORE, 7, BEFORE, NOW, "It does not answer.", "503")
    assert after(sick, Succeeded(), NOW, 0.5) == Health("fine", NOW, 0, NOW, NOW + EVERY)


def test_a_calendar_of_whose_changes_we_are_told_is_read_once_an_hour_while_that_lasts() -> None:
    day, hour = timedelta(days=1), timedelta(hours=1)
    assert poll_interval(EVERY, None, NOW) == EVERY
    assert poll_interval(EVERY, PushStatus(NOW + day, BEFORE), NOW) == hour
    assert poll_interval(EVERY, PushStatus(NOW + day, NOW - timedelta(minutes=9)), NOW) == EVERY, "what was told of may come late"
    assert poll_interval(EVERY, PushStatus(NOW + timedelta(minutes=20), BEFORE), NOW) == timedelta(minutes=20)
    assert poll_interval(EVERY, PushStatus(NOW + timedelta(minutes=1), BEFORE), NOW) == EVERY
    assert poll_interval(4 * hour, PushStatus(NOW + day, BEFORE), NOW) == 4 * hour


def test_a_calendar_is_read_as_often_as_usual_or_seldomer_where_it_asks_down_to_once_a_day() -> None:
    usual = timedelta(minutes=15)
    asked = [None, timedelta(minutes=1), timedelta(hours=4), timedelta(weeks=1)]
    assert [paced_poll_interval(usual, wish) for wish in asked] == [usual, usual, timedelta(hours=4), timedelta(days=1)]
    assert after(FINE, Succeeded(timedelta(hours=4)), NOW, 0.5).next_sync_at == NOW + timedelta(hours=4)


def test_a_calendar_that_stays_fine_is_fine_since_it_became_so() -> None:
    assert after(FINE, Succeeded(), NOW, 0.5).since == BEFORE


def test_a_failure_keeps_the_last_success_and_says_what_is_wrong() -> None:
    sick = after(FINE, BROKEN, NOW, 1)
    assert sick == Health("broken", NOW, 1, BEFORE, NOW + EVERY, "It does not answer.", "503 calendar.example")
    assert after(sick, BROKEN, NOW + EVERY, 0.5).since == NOW


@pytest.mark.parametrize(
    ("failures", "minutes"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 320), (8, 360), (9, 360), (1000, 360)]
)
def test_the_breaks_double_up_to_six_hours(failures: int, minutes: int) -> None:
    assert back_off(failures) == timedelta(minutes=minutes)
    waited = after(replace(FINE, failures=failures - 1), BROKEN, NOW, 1)
    assert waited.next_sync_at == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize("failed", [BROKEN, Failed("gone", "Gone."), Failed("slow-down", "Patience.")])
def test_a_break_may_be_any_part_of_its_length_so_that_those_who_failed_together_part(failed: Failed) -> None:
    tired = replace(FINE, failures=3)
    tries = [after(tired, failed, NOW, jitter).next_sync_at for jitter in (0, 0.25, 0.5, 1)]
    assert tries == [NOW + SHORTEST_BREAK, *(NOW + back_off(4) * part for part in (0.25, 0.5, 1))]


@given(st.floats(0, 1), st.integers(0, 40), st.sampled_from([Succeeded(), SuspiciouslyEmpty()]))
def test_the_jitter_is_at_most_a_quarter_either_way(jitter: float, failures: int, outcome: Outcome) -> None:
    health = replace(FINE, failures=failures)
    middle, found = (after(health, outcome, NOW, at).next_sync_at for at in (0.5, jitter))
    assert middle
    assert found
    assert 0.75 <= (found - NOW) / (middle - NOW) <= 1.25


def test_luck_spreads_over_the_whole_quarter() -> None:
    earliest, latest = (after(FINE, Succeeded(), NOW, jitter).next_sync_at for jitter in (0, 1))
    assert (earliest, latest) == (NOW + 0.75 * EVERY, NOW + 1.25 * EVERY)


@given(st.floats(0, 1), st.timedeltas(timedelta(days=-1), timedelta(days=2)))
def test_nothing_is_tried_before_the_server_allows_it(jitter: float, wait: timedelta) -> None:
    asked = after(FINE, Failed("slow-down", "Patience.", until=NOW + wait), NOW, jitter)
    assert asked.state == "slow-down"
    assert asked.next_sync_at
    assert asked.next_sync_at > max(NOW, NOW + wait)
    assert asked.next_sync_at <= max(NOW, NOW + wait) + timedelta(minutes=1)


def test_a_plea_for_patience_without_a_time_means_our_own_breaks() -> None:
    assert after(replace(FINE, failures=2), Failed("slow-down", "Patience."), NOW, 1).next_sync_at == NOW + back_off(3)


def test_lost_access_waits_for_the_user() -> None:
    lost = after(FINE, Failed("reconnect", "The password is refused."), NOW, 0.5)
    assert (lost.state, lost.next_sync_at, lost.message) == ("reconnect", None, "The password is refused.")


def test_a_calendar_that_is_gone_is_looked_for_again() -> None:
    assert after(FINE, Failed("gone", "Gone."), NOW, 1).next_sync_at == NOW + EVERY


def test_a_suddenly_empty_calendar_is_suspect_and_says_what_to_do() -> None:
    doubted = after(FINE, SuspiciouslyEmpty(), NOW, 0.5)
    assert (doubted.state, doubted.next_sync_at) == ("suspect", NOW + LONGEST_BREAK)
    assert "Nothing was removed" in doubted.message


@pytest.mark.parametrize(
    ("known", "gone", "seen", "doubt"),
    [
        (0, 0, 0, False),
        (1, 1, 0, False),
        (FEW, FEW, 0, False),
        (FEW + 1, FEW + 1, 0, True),
        (500, 500, 0, True),
        (3, 3, 1, False),
        (19, 19, 1, False),
        (20, 20, 1, True),
        (20, 19, 1, True),
        (20, 18, 2, False),
        (1000, 900, 100, False),
        (1000, 901, 99, True),
        (20, 0, 20, False),
    ],
)
def test_a_full_read_is_doubted_when_it_finds_none_of_more_than_a_few_or_would_remove_nearly_all_of_many(
    known: int, gone: int, seen: int, *, doubt: bool
) -> None:
    assert emptied(Listing(known=known, gone=gone, seen=seen, meetings=gone)) is doubt


def test_one_series_of_many_meetings_is_more_than_a_few() -> None:
    assert not emptied(Listing(known=1, gone=1, seen=0, meetings=MANY - 1))
    assert emptied(Listing(known=1, gone=1, seen=0, meetings=MANY))
    assert not emptied(Listing(known=1, gone=1, seen=1, meetings=500)), "something else is still there"


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    known = draw(st.integers(0, 200))
    gone = draw(st.integers(0, known))
    seen = draw(st.integers(known - gone, 300))
    return Listing(known=known, gone=gone, seen=seen, meetings=gone * draw(st.integers(1, 60)))


@given(listings())
def test_nothing_that_goes_means_no_doubt_and_no_whole_calendar_of_more_than_a_few_goes_undoubted(listing: Listing) -> None:
    if not listing.gone:
        assert not emptied(listing)
    if listing.gone == listing.known and listing.known >= MANY:
        assert emptied(listing)
    if not listing.seen and listing.meetings >= MANY:
        assert emptied(listing)
    if listing.gone <= FEW and listing.meetings < MANY:
        assert not emptied(listing)


@given(listings(), st.integers(0, 50), st.integers(0, 50))
def test_more_that_goes_never_makes_it_more_believable_and_more_that_is_there_never_less(listing: Listing, more: int, others: int) -> None:
    worse = replace(listing, gone=min(listing.known, listing.gone + more), meetings=listing.meetings + more)
    better = replace(listing, seen=listing.seen + others)
    assert emptied(worse) >= emptied(listing) >= emptied(better)
