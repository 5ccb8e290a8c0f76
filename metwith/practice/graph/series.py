"""The days of a Graph recurrence, counted one by one.

It is written from the description of the patterns (https://learn.microsoft.com/graph/api/resources/recurrencepattern) and shares
nothing with the reader, so that the one can be held against the other.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import count, islice, takewhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_INDEX = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
FAR = date(2200, 1, 1)


def days(recurrence: Mapping[str, Any], *, until: date = FAR) -> Iterator[date]:
    """The days on which a series takes place, in order, up to `until`."""
    pattern, extent = recurrence["pattern"], recurrence["range"]
    first = date.fromisoformat(extent["startDate"])
    last = min(until, date.fromisoformat(extent["endDate"])) if extent["type"] == "endDate" else until
    found: Iterator[date] = (day for day in _all(pattern, first) if day >= first)
    if extent["type"] == "numbered":
        found = islice(found, extent["numberOfOccurrences"])
    return takewhile(lambda day: day <= last, found)


def _all(pattern: Mapping[str, Any], first: date) -> Iterator[date]:
    every = pattern["interval"]
    match pattern["type"]:
        case "daily":
            yield from takewhile(FAR.__ge__, (first + timedelta(days=number) for number in count(0, every)))
        case "weekly":
            yield from _weekly(pattern, first, every)
        case "absoluteMonthly" | "relativeMonthly":
            yield from (_in_month(pattern, *_month(first, number)) for number in range(0, 12 * 200, every))
        case "absoluteYearly" | "relativeYearly":
            yield from (_in_month(pattern, first.year + number, pattern["month"]) for number in range(0, 200, every))


def _weekly(pattern: Mapping[str, Any], first: date, every: int) -> Iterator[date]:
    begin = _WEEK.index(pattern.get("firstDayOfWeek") or "sunday")
    week = first - timedelta(days=(first.weekday() - begin) % 7)
    while week < FAR:
        yield from (day for day in (week + timedelta(days=number) for number in range(7)) if _WEEK[day.weekday()] in pattern["daysOfWeek"])
        week += timedelta(weeks=every)


def _month(first: date, later: int) -> tuple[int, int]:
    months = first.year * 12 + first.month - 1 + later
    return months // 12, months % 12 + 1


def _in_month(pattern: Mapping[str, Any], year: int, month: int) -> date:
    """A day that the month does not have is its last one."""
    length = monthrange(year, month)[1]
    if pattern["type"].startswith("absolute"):
        return date(year, month, min(pattern["dayOfMonth"], length))
    fitting = [number for number in range(1, length + 1) if _WEEK[date(year, month, number).weekday()] in pattern["daysOfWeek"]]
    return date(year, month, fitting[_INDEX[pattern.get("index") or "first"]])
