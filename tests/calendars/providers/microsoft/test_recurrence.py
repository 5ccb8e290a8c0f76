from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.providers.microsoft.recurrence import rule_of
from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import Recurrence, RemoteEvent
from metwith.practice.graph.series import days

WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
INDEX = ("first", "second", "third", "fourth", "last")
UNTIL = date(2040, 1, 1)

patterns = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"]),
        "interval": st.integers(1, 5),
        "month": st.integers(1, 12),
        "dayOfMonth": st.integers(1, 31),
        "daysOfWeek": st.lists(st.sampled_from(WEEK), min_size=1, max_size=7, unique=True),
        "firstDayOfWeek": st.sampled_from(WEEK),
        "index": st.sampled_from(INDEX),
    }
)
ranges = st.one_of(
    st.just({"type": "noEnd"}),
    st.builds(lambda day: {"type": "endDate", "endDate": day.isoformat()}, st.dates(date(2028, 1, 1), date(2035, 1, 1))),
    st.builds(lambda number: {"type": "numbered", "numberOfOccurrences": number}, st.integers(1, 40)),
)


def expanded(recurrence: dict[str, Any], first: date, *, until: date) -> list[date]:
    rule = rule_of(recurrence)
    assert rule is not None
    event = RemoteEvent("x", "x", first, first + timedelta(days=1), recurrence=Recurrence(rules=(rule,)))
    found = occurrences(event, until=datetime(until.year, until.month, until.day, tzinfo=UTC))
    return [day.start for day in found if not isinstance(day.start, datetime)]


@given(pattern=patterns, extent=ranges, begin=st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_a_rule_gives_the_days_that_graph_counts(pattern: dict[str, Any], extent: dict[str, Any], begin: date):
    """The series begins with its first occurrence, as a master at Graph does."""
    counted = days({"pattern": pattern, "range": extent | {"startDate": begin.isoformat()}}, until=UNTIL)
    expected = list(islice(counted, 60))
    if not expected:
        return
    recurrence = {"pattern": pattern, "range": extent | {"startDate": expected[0].isoformat()}}
    if expected[0] != next(iter(days(recurrence)), None):
        return
    expected = list(islice(days(recurrence, until=UNTIL), 60))
    assert expanded(recurrence, expected[0], until=expected[-1]) == expected


def test_a_day_that_a_month_has_not_is_its_last():
    recurrence = {
        "pattern": {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
        "range": {"type": "numbered", "numberOfOccurrences": 4},
    }
    assert expanded(recurrence, date(2027, 1, 31), until=UNTIL) == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
    ]


def test_a_relative_day_counts_all_its_weekdays_together():
    pattern = {"type": "relativeMonthly", "interval": 1, "daysOfWeek": list(WEEK[1:6]), "index": "last"}
    recurrence = {"pattern": pattern, "range": {"type": "numbered", "numberOfOccurrences": 3}}
    assert expanded(recurrence, date(2026, 1, 30), until=UNTIL) == [date(2026, 1, 30), date(2026, 2, 27), date(2026, 3, 31)]


GOOD = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}


@pytest.mark.parametrize(
    "recurrence",
    [
        None,
        {},
        {"pattern": GOOD},
        {"pattern": GOOD | {"interval": 0}, "range": {"type": "noEnd"}},
        {"pattern": GOOD | {"interval": "1"}, "range": {"type": "noEnd"}},
        {"pattern": GOOD | {"type": "lunar"}, "range": {"type": "noEnd"}},
        {"pattern": GOOD | {"daysOfWeek": ["someday"]}, "range": {"type": "noEnd"}},
        {"pattern": GOOD | {"daysOfWeek": []}, "range": {"type": "noEnd"}},
        {"pattern": {"type": "absoluteYearly", "interval": 1, "month": 13, "dayOfMonth": 1}, "range": {"type": "noEnd"}},
        {"pattern": {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 32}, "range": {"type": "noEnd"}},
        {"pattern": GOOD, "range": {"type": "endDate", "endDate": "never"}},
        {"pattern": GOOD, "range": {"type": "numbered", "numberOfOccurrences": 0}},
        {"pattern": GOOD, "range": {"type": "forEver"}},
    ],
)
def test_what_is_no_recurrence_that_we_know_is_no_rule(recurrence: object):
    assert rule_of(recurrence) is None
