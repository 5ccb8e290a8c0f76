"""What the items on a record come to, at any moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from metwith.overview import months
from metwith.overview.figures import CountedItem, by_acquaintance, figures_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def at(days: float, item: int = 1, *members: int) -> CountedItem:
    return CountedItem(item, NOW + days * DAY, all_day=False, members=members)


def test_nothing_stands_there() -> None:
    figures = figures_of([], NOW, BERLIN)
    assert (figures.last, figures.next, figures.met, figures.known, figures.since, figures.until) == (None, None, (0, 0), {}, None, None)
    assert figures.hold(NOW - 9999 * DAY)
    assert figures.hold(NOW + 9999 * DAY)


def test_the_last_the_next_and_who_of_us() -> None:
    figures = figures_of([at(-3, 1, 7), at(-1, 2, 7, 8), at(2, 3, 9), at(5, 4)], NOW, BERLIN)
    assert (figures.last, figures.next) == (at(-1, 2, 7, 8), at(2, 3, 9))
    assert {member: (known.meetings, known.last.item) for member, known in figures.known.items()} == {7: (2, 2), 8: (1, 2)}


def test_they_hold_until_the_next_one_begins() -> None:
    figures = figures_of([at(-1), at(2)], NOW, BERLIN)
    assert figures.hold(NOW + 2 * DAY - timedelta(seconds=1))
    assert not figures.hold(NOW + 2 * DAY)


def test_a_day_begins_at_midnight_in_the_zone_of_the_workspace() -> None:
    fair = CountedItem(1, datetime(2026, 6, 11, tzinfo=UTC), all_day=True)
    assert figures_of([fair], datetime(2026, 6, 10, 21, 59, tzinfo=UTC), BERLIN).last is None
    assert figures_of([fair], datetime(2026, 6, 10, 22, 0, tzinfo=UTC), BERLIN).last == fair


def test_twelve_months_are_those_of_the_calendar() -> None:
    items = [
        CountedItem(1, datetime(2025, 6, 30, 22, 30, tzinfo=UTC), all_day=False),
        CountedItem(2, datetime(2025, 7, 1, tzinfo=UTC), all_day=True),
    ]
    assert figures_of(items, NOW, BERLIN).meetings(months.of(NOW, BERLIN)) == 2
    assert figures_of(items, NOW, ZoneInfo("UTC")).meetings(months.of(NOW, ZoneInfo("UTC"))) == 1


@settings(max_examples=300, deadline=None, database=None)
@given(
    st.lists(st.tuples(st.integers(-500, 200), st.booleans(), st.sets(st.integers(1, 4))), max_size=8),
    st.integers(-300, 300),
    st.integers(-300, 300),
)
def test_as_long_as_they_hold_they_are_what_would_be_counted_then(said: list[tuple[int, bool, set[int]]], first: int, then: int) -> None:
    """At any two moments: either the figures of the one say that they do not hold at the other, or they are the same."""
    items = [
        CountedItem(number, NOW.replace(hour=0 if all_day else 9) + days * DAY, all_day, tuple(sorted(members)))
        for number, (days, all_day, members) in enumerate(said)
    ]
    counted, moment = figures_of(items, NOW + first * DAY, BERLIN), NOW + then * DAY
    if counted.hold(moment):
        again = figures_of(items, moment, BERLIN)
        month = months.of(moment, BERLIN)
        assert (counted.last, counted.next, counted.known) == (again.last, again.next, again.known)
        assert counted.meetings(month) == again.meetings(month)
        assert counted.quiet_from(month) == again.quiet_from(month)


def test_the_best_way_in_is_whoever_met_it_most_often_lately() -> None:
    items = [at(-400 - n, n, 7) for n in range(5)] + [at(-300, 10, 8), at(-200, 11, 8), at(-10, 12, 9)]
    assert by_acquaintance(figures_of(items, NOW, BERLIN).known, NOW) == [8, 9, 7]
