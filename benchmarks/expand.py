"""Occurrences expanded per second, against a bare loop over dateutil's rule with the same conversion to UTC.

    python -m benchmarks.expand

The bare loop knows no exceptions, keys or limits, so a ratio near 1 is the goal and more than 1 is not possible. Both run in turn in one
process, the best of three rounds stands.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import Recurrence, RemoteEvent

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
ZONE = ZoneInfo("Europe/Berlin")
RULES = ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=WEEKLY", "FREQ=MONTHLY;BYDAY=-1TH", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR")
YEARS = 2
SERIES = 500


def series() -> list[RemoteEvent]:
    """Series as offices have them, begun on different days."""
    found = []
    for number in range(SERIES):
        start = datetime(2025, 1, 6, 9, tzinfo=ZONE) + timedelta(days=number % 90)
        recurrence = Recurrence(rules=(RULES[number % len(RULES)],))
        found.append(RemoteEvent(f"{number}", f"{number}", start, start + timedelta(hours=1), zone=ZONE.key, recurrence=recurrence))
    return found


def bare(events: list[RemoteEvent], until: datetime) -> int:
    count = 0
    last = until.astimezone(ZONE).replace(tzinfo=None)
    for event in events:
        assert isinstance(event.start, datetime)
        assert event.recurrence is not None
        rule = rrulestr(event.recurrence.rules[0], dtstart=event.start.replace(tzinfo=None))
        walls = takewhile(lambda wall: wall <= last, rule)
        count += len([wall.replace(tzinfo=ZONE).astimezone(UTC) for wall in walls])
    return count


def ours(events: list[RemoteEvent], until: datetime) -> int:
    return sum(1 for event in events for _ in occurrences(event, until=until))


def rate(expand: Callable[[list[RemoteEvent], datetime], int], events: list[RemoteEvent], until: datetime) -> tuple[int, float]:
    """How many, and how many per second of processor time."""
    best, count = 0.0, 0
    for _ in range(ROUNDS):
        begun = time.process_time()
        count = expand(events, until)
        best = max(best, count / (time.process_time() - begun))
    return count, best


def main() -> None:
    events = series()
    until = datetime(2025 + YEARS, 1, 6, tzinfo=UTC)
    _, limit = rate(bare, events, until)
    count, found = rate(ours, events, until)
    print(f"{SERIES} series, {YEARS} years, {count:,} occurrences")
    print(f"dateutil, bare loop {limit:>10,.0f} occurrences/s")
    print(f"ours                {found:>10,.0f} occurrences/s {found / limit:>6.2f} x the bare loop")


if __name__ == "__main__":
    main()
