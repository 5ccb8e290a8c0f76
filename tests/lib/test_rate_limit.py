"""However requests come, in no span of a limit's length are there more than it allows."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from metwith.lib.rate_limit import LONG_AGO, Limit, acquire, chunk, until
from tests.people import NOW

limits = st.builds(Limit, st.integers(5, 200), st.integers(1, 600).map(lambda seconds: timedelta(seconds=seconds)))
gaps = st.lists(st.integers(0, 20_000).map(lambda ms: timedelta(milliseconds=ms)), max_size=300)


@given(limits, gaps)
def test_no_span_holds_more_than_the_limit(limit: Limit, waits: list[timedelta]):
    now, free_at, asked = NOW, LONG_AGO, []
    for wait in waits:
        now += wait
        taken = acquire(limit, free_at, now)
        free_at = taken.free_at
        if taken.until is None:
            asked.append(now)
    for start in asked:
        assert sum(start <= at < start + limit.per for at in asked) <= limit.requests


@given(limits, st.integers(1, 5))
def test_who_is_refused_is_told_when_it_fits(limit: Limit, count: int):
    count, free_at = chunk(limit, count), LONG_AGO
    while (taken := acquire(limit, free_at, NOW, count)).until is None:
        free_at = taken.free_at
    assert taken.until > NOW
    assert acquire(limit, free_at, taken.until - timedelta(microseconds=2), count).until is not None
    assert acquire(limit, free_at, taken.until + timedelta(microseconds=2), count).until is None


@given(limits)
def test_who_waits_as_told_gets_most_of_the_limit(limit: Limit):
    now, free_at, count = NOW, LONG_AGO, 0
    while now < NOW + limit.per * 10:
        taken = acquire(limit, free_at, now)
        if taken.until is None:
            free_at, count = taken.free_at, count + 1
        else:
            now = taken.until + timedelta(microseconds=2)
    assert count >= limit.requests * 10 * 0.75


def test_a_refusal_takes_nothing():
    limit = Limit(10, timedelta(minutes=1))
    full = NOW + limit.ahead
    assert acquire(limit, full, NOW).free_at == full
    assert until(limit, full) == NOW + limit.cost


def test_a_clock_that_was_set_back_stops_nobody():
    limit = Limit(10, timedelta(minutes=1))
    later = acquire(limit, LONG_AGO, NOW + timedelta(hours=2)).free_at
    assert acquire(limit, later, NOW).free_at == NOW + limit.cost


def test_a_chunk_leaves_some_for_others():
    assert [chunk(Limit(n, timedelta(minutes=1)), 50) for n in (10_000, 1000, 10)] == [50, 40, 1]
