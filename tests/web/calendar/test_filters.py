"""What a list is narrowed to."""

from __future__ import annotations

from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as some

from metwith.web.calendar.filters import Filters, parse, period_words, span
from tests.web.meetings import TODAY


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("week", date(2026, 11, 16), date(2026, 11, 23)),
        ("month", date(2026, 11, 1), date(2026, 12, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("year", date(2026, 1, 1), date(2027, 1, 1)),
        ("", None, None),
        ("century", None, None),
    ],
)
def test_a_period_has_a_first_day_and_the_day_after_its_last(period: str, start: date | None, end: date | None):
    assert span(period, TODAY) == (start, end)


@given(some.dates(date(2000, 1, 1), date(2100, 1, 1)), some.sampled_from(["week", "month", "quarter", "year"]))
def test_today_is_in_every_period(today: date, period: str):
    start, end = span(period, today)
    assert start is not None
    assert end is not None
    assert start <= today < end


def test_an_own_range_includes_its_last_day():
    found = parse({"period": "own", "from": "2026-11-01", "to": "2026-11-20"}, TODAY)
    assert (found.start, found.end) == (date(2026, 11, 1), date(2026, 11, 21))
    assert period_words(found) == "Sun 1 Nov – Fri 20 Nov"


def test_an_own_range_may_be_open_at_one_end():
    assert period_words(parse({"period": "own", "from": "2026-11-01"}, TODAY)) == "From Sun 1 Nov"
    assert period_words(parse({"period": "own", "to": "2026-11-20"}, TODAY)) == "Until Fri 20 Nov"
    assert period_words(parse({"period": "own"}, TODAY)) == "All time"


@pytest.mark.parametrize(("start", "end"), [("2026-13-01", ""), ("", "tomorrow"), ("2026-11-20", "2026-11-01"), ("", "9999-12-31")])
def test_a_range_that_makes_no_sense_is_named_and_left_out(start: str, end: str):
    found = parse({"period": "own", "from": start, "to": end}, TODAY)
    assert found.problem
    assert (found.period, found.start, found.end) == ("", None, None)
    assert found.typed == (start, end)


def test_the_query_string_tells_the_state_and_nothing_else():
    found = parse(QueryDict("period=own&from=2026-11-01&to=2026-11-20&with=4&cancelled=no&q=pilot&before=abc&junk=1").dict(), TODAY)
    assert found.query() == "period=own&from=2026-11-01&to=2026-11-20&with=4&cancelled=no&q=pilot"
    assert parse(QueryDict(found.query()).dict(), TODAY).query() == found.query()
    assert found.query(**{"with": None, "q": None}) == "period=own&from=2026-11-01&to=2026-11-20&cancelled=no"
    assert Filters().query() == ""


@given(
    some.dictionaries(
        some.sampled_from(["period", "from", "to", "with", "cancelled", "q", "before", "after", "month", "upcoming"]),
        some.text(max_size=30),
    )
)
def test_whatever_stands_in_the_address_is_read_without_an_error(asked: dict[str, str]):
    found = parse(asked, TODAY)
    assert "\x00" not in found.q
    again = parse(QueryDict(found.query()).dict(), TODAY)
    assert (again.start, again.end, again.colleague, again.cancelled) == (found.start, found.end, found.colleague, found.cancelled)
