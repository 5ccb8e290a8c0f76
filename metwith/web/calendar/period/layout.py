"""Where a meeting stands on a month's or a week's leaf: on which days, from which quarter of an hour to which, and beside what. Pure.

A span is a pair of numbers, the end exclusive: days counted from the first one shown, or quarters of an hour of a day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from metwith.web.calendar import words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from metwith.web.calendar.words import Timed

type Span = tuple[int, int]

DAY = timedelta(days=1)
QUARTERS = 96
"""Of a clock's day. A day on which the clocks change has more or fewer, and is drawn by the clock all the same."""
SHORTEST = 2
"""Quarters: a meeting is drawn no lower, so that its title can be read and hit."""


class GridPlace(NamedTuple):
    """Beside what a span stands: its lane, and of how many."""

    lane: int
    of: int


class Crowd(NamedTuple):
    """Spans for which there is no lane left, as one."""

    span: Span
    many: int
    place: GridPlace


def days(meeting: Timed, zone: ZoneInfo, first: date, end: date) -> Span | None:
    """The days from `first` to before `end` that it covers, counted from `first`; None when it covers none of them."""
    begins, over = words.first_day(meeting, zone), words.last_day(meeting, zone) + DAY
    span = max((begins - first).days, 0), min((over - first).days, (end - first).days)
    return span if span[0] < span[1] else None


def whole_days(meeting: Timed) -> bool:
    """Whether it stands above the hours: it is set for days, or lasts one and longer."""
    return meeting.all_day or meeting.ends_at - meeting.starts_at >= DAY


def quarters(starts_at: datetime, ends_at: datetime, day: date, zone: ZoneInfo) -> Span:
    """The quarters of a day's clock that something touches which takes place on it, stretched to `SHORTEST`.

    Where an hour comes twice it covers the clock's times of both, so that what overlaps in time always does so on the page.
    """
    begin, over = midnight(day, zone), midnight(day + DAY, zone)
    start = max(starts_at, begin)
    end = max(start, min(ends_at, over))
    change = changes_at(day, zone)
    pieces = [(start, change), (change, end)] if change and start < change < end else [(start, end)]
    first = min(_minute(piece[0], zone) for piece in pieces) // 15
    last = -(-max(_minute_after(*piece, zone) for piece in pieces) // 15)
    first = min(first, QUARTERS - SHORTEST)
    return first, min(max(last, first + SHORTEST), QUARTERS)


def _minute(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return local.hour * 60 + local.minute


def _minute_after(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    """The minute after the last one touched: midnight is the end of the day, not the beginning of the next."""
    return _minute(end - datetime.resolution, zone) + 1 if end > start else _minute(start, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins, as an instant."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def minutes_of(day: date, zone: ZoneInfo) -> int:
    """How long a day is: 1440, but for those on which the clocks change."""
    return int((midnight(day + DAY, zone) - midnight(day, zone)).total_seconds() // 60)


@lru_cache(maxsize=512)
def changes_at(day: date, zone: ZoneInfo) -> datetime | None:
    """When the clocks change on a day; None when they do not."""
    low, high = midnight(day, zone), midnight(day + DAY, zone)
    before, after = (at.astimezone(zone).utcoffset() for at in (low, high - datetime.resolution))
    if before == after:
        return None
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)


def lanes(spans: Sequence[Span]) -> list[int]:
    """A lane for each, no two that overlap in the same one, and no more lanes than ever overlap at once."""
    found = [0] * len(spans)
    free_from: list[int] = []
    for number in _in_order(spans):
        start, end = spans[number]
        lane = next((lane for lane, free in enumerate(free_from) if free <= start), len(free_from))
        free_from[lane : lane + 1] = [end]
        found[number] = lane
    return found


def clusters(spans: Sequence[Span]) -> list[list[int]]:
    """What hangs together by overlapping, as indexes: only that shares the width."""
    found: list[list[int]] = []
    until = -1
    for number in _in_order(spans):
        start, end = spans[number]
        if start >= until or not found:
            found.append([])
        found[-1].append(number)
        until = max(until, end)
    return found


def side_by_side(spans: Sequence[Span], most: int) -> tuple[list[GridPlace | None], list[Crowd]]:
    """Beside what each stands. Where more than `most` would, the last lane holds a crowd instead of those without a place."""
    places: list[GridPlace | None] = [None] * len(spans)
    crowds = []
    for cluster in clusters(spans):
        lane_of = dict(zip(cluster, lanes([spans[number] for number in cluster]), strict=True))
        needed = max(lane_of.values()) + 1
        shown, of = (needed, needed) if needed <= most else (most - 1, most)
        for number, lane in lane_of.items():
            places[number] = GridPlace(lane, of) if lane < shown else None
        left = [spans[number] for number, lane in lane_of.items() if lane >= shown]
        if left:
            hull = min(start for start, _ in left), max(end for _, end in left)
            crowds.append(Crowd(hull, len(left), GridPlace(shown, of)))
    return places, crowds


def _in_order(spans: Sequence[Span]) -> list[int]:
    """By start, longer ones first."""
    return sorted(range(len(spans)), key=lambda number: (spans[number][0], -spans[number][1], number))
