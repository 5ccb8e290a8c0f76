"""On which days a meeting stands, at which height, and beside what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from metwith.web.calendar.period import layout
from metwith.web.calendar.period.layout import QUARTERS, SHORTEST, GridPlace
from tests.web.meetings import BERLIN, at, on

DAY = timedelta(days=1)
ZONES = [
    ZoneInfo(name)
    for name in ("Europe/Berlin", "America/Sao_Paulo", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana", "UTC")
]
"""Changes by one hour and by half of one, some of them at midnight."""
FORTH, BACK = date(2026, 3, 29), date(2026, 10, 25)
"""In Berlin, at two and at three at night."""
spans = some.lists(some.tuples(some.integers(0, 40), some.integers(1, 12)).map(lambda pair: (pair[0], sum(pair))), max_size=14)
instants = some.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))  # noqa: DTZ001
lengths = some.one_of(some.integers(0, 180), some.integers(0, 20_000)).map(lambda minutes: timedelta(minutes=minutes))


def overlap(one: layout.Span, other: layout.Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@given(spans)
def test_no_two_that_overlap_share_a_lane_and_no_lane_is_wasted(held: list[layout.Span]):
    found = layout.lanes(held)
    assert not [
        pair for pair in combinations(range(len(held)), 2) if overlap(*(held[i] for i in pair)) and found[pair[0]] == found[pair[1]]
    ]
    depth = max((sum(start <= at < end for start, end in held) for at in range(60)), default=0)
    assert max(found, default=-1) + 1 == depth


@given(spans, some.integers(2, 5))
def test_everything_has_a_place_or_is_counted_and_nothing_covers_anything(held: list[layout.Span], most: int):
    places, crowds = layout.side_by_side(held, most)
    drawn = [(span, place) for span, place in zip(held, places, strict=True) if place] + [(crowd.span, crowd.place) for crowd in crowds]
    assert all(0 <= place.lane < place.of <= most for _, place in drawn)
    for (one, here), (other, there) in combinations(drawn, 2):
        if overlap(one, other):
            assert here.of == there.of
            assert here.lane != there.lane
    left = [span for span, place in zip(held, places, strict=True) if not place]
    assert sum(crowd.many for crowd in crowds) == len(left)
    assert all(any(crowd.span[0] <= start and end <= crowd.span[1] for crowd in crowds) for start, end in left)


def test_only_what_hangs_together_shares_the_width():
    places, crowds = layout.side_by_side([(0, 4), (2, 6), (5, 8), (8, 10)], 3)
    assert places == [GridPlace(0, 2), GridPlace(1, 2), GridPlace(0, 2), GridPlace(0, 1)]
    assert crowds == []


@given(instants, lengths, some.sampled_from(ZONES))
def test_a_meeting_stands_on_every_day_it_covers_and_on_no_other(start: datetime, length: timedelta, zone: ZoneInfo):
    meeting = replace(at("2026-11-21 10:00"), starts_at=start, ends_at=start + length)
    first = start.astimezone(zone).date() - 3 * DAY
    found = layout.days(meeting, zone, first, first + 30 * DAY)
    for number in range(30):
        begins, over = (layout.midnight(first + (number + more) * DAY, zone) for more in (0, 1))
        covers = meeting.starts_at < over and (meeting.ends_at > begins or meeting.starts_at >= begins)
        assert (found is not None and found[0] <= number < found[1]) == covers


@given(some.dates(date(2020, 1, 1), date(2030, 1, 1)), some.integers(1, 40), some.sampled_from(ZONES))
def test_an_all_day_meeting_stands_on_its_dates_wherever_one_is(first: date, many: int, zone: ZoneInfo):
    assert layout.days(on(first, many), zone, first - 2 * DAY, first + 60 * DAY) == (2, 2 + many)
    assert layout.days(on(first, many), zone, first, first + 2 * DAY) == (0, min(many, 2))
    assert layout.days(on(first, many), zone, first - 2 * DAY, first) is None


days_of_change = some.sampled_from([(BERLIN, FORTH), (BERLIN, BACK), (ZONES[1], date(2018, 11, 4)), (ZONES[3], date(2026, 4, 5))])
any_days = some.tuples(some.sampled_from(ZONES), some.dates(date(2015, 1, 1), date(2029, 1, 1)))


@given(some.one_of(days_of_change, any_days), some.tuples(*[some.tuples(some.integers(-300, 1700), some.integers(0, 400))] * 2))
def test_what_overlaps_in_time_does_so_on_the_page_also_when_the_clocks_change(
    where: tuple[ZoneInfo, date], held: tuple[tuple[int, int], tuple[int, int]]
):
    zone, day = where
    begin, over = layout.midnight(day, zone), layout.midnight(day + DAY, zone)
    times = [(begin + timedelta(minutes=start), begin + timedelta(minutes=start + length)) for start, length in held]
    times = [(start, end) for start, end in times if start < over and (end > begin or start >= begin)]
    found = [layout.quarters(start, end, day, zone) for start, end in times]
    for (start, end), span in zip(times, found, strict=True):
        assert 0 <= span[0] <= span[1] - SHORTEST
        assert span[1] <= QUARTERS
        seen = max(start, begin).astimezone(zone)
        assert span[0] <= min((seen.hour * 60 + seen.minute) // 15, QUARTERS - SHORTEST)
        assert span[0] * 15 <= seen.hour * 60 + seen.minute < span[1] * 15
        last = (min(end, over) - datetime.resolution).astimezone(zone)
        assert end == start or span[0] * 15 <= last.hour * 60 + last.minute < span[1] * 15
    if len(times) == 2 and max(times[0][0], times[1][0]) < min(times[0][1], times[1][1], over) and times[0][1] > begin < times[1][1]:
        assert overlap(*found)


@pytest.mark.parametrize(
    ("text", "minutes", "day", "span"),
    [
        ("2026-11-21 09:00", 60, date(2026, 11, 21), (36, 40)),
        ("2026-11-21 09:05", 50, date(2026, 11, 21), (36, 40)),
        ("2026-11-21 03:00", 15, date(2026, 11, 21), (12, 14)),
        ("2026-11-21 09:00", 0, date(2026, 11, 21), (36, 38)),
        ("2026-11-21 23:55", 5, date(2026, 11, 21), (94, 96)),
        ("2026-11-21 22:00", 240, date(2026, 11, 21), (88, 96)),
        ("2026-11-21 22:00", 240, date(2026, 11, 22), (0, 8)),
        # Forth: an hour of time, two of the clock. Back: the hour from two to three comes twice.
        ("2026-03-29 01:30", 60, FORTH, (6, 14)),
        ("2026-10-25 02:30", 60, BACK, (8, 12)),
        ("2026-10-25 01:30", 180, BACK, (6, 14)),
    ],
)
def test_a_meeting_is_drawn_by_the_clock(text: str, minutes: int, day: date, span: layout.Span):
    meeting = at(text, minutes)
    assert layout.quarters(meeting.starts_at, meeting.ends_at, day, BERLIN) == span


def test_days_of_change_are_shorter_and_longer():
    assert [layout.minutes_of(day, BERLIN) for day in (FORTH, BACK, date(2026, 11, 21))] == [23 * 60, 25 * 60, 24 * 60]
    assert layout.changes_at(BACK, BERLIN) == datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert layout.changes_at(date(2026, 11, 21), BERLIN) is None


def test_what_lasts_a_day_stands_above_the_hours():
    assert layout.whole_days(on(date(2026, 11, 21)))
    assert layout.whole_days(at("2026-11-21 09:00", 24 * 60))
    assert not layout.whole_days(at("2026-11-21 22:00", 23 * 60))


@given(spans)
def test_clusters_do_not_touch_and_leave_nobody_out(held: list[layout.Span]):
    found = layout.clusters(held)
    assert sorted(number for cluster in found for number in cluster) == list(range(len(held)))
    hulls = [(min(held[n][0] for n in cluster), max(held[n][1] for n in cluster)) for cluster in found]
    assert all(one[1] <= other[0] for one, other in pairwise(hulls))
