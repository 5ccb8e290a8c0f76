"""Which month or week an address names, and the way from one to the next."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as some

from metwith.web.calendar.period.period import YEARS, View, leaf, week_start, week_text
from tests.web.meetings import TODAY

DAY = timedelta(days=1)
views = some.sampled_from(["month", "week"])
dates = some.dates(date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31))
languages = some.sampled_from(["en", "de", "pt"])


@pytest.mark.parametrize(
    ("view", "on", "text", "first", "end", "name"),
    [
        ("month", "", "", date(2026, 10, 26), date(2026, 12, 7), "November 2026"),
        ("month", "2026-11", "2026-11", date(2026, 10, 26), date(2026, 12, 7), "November 2026"),
        ("month", "2026-02-14", "2026-02-14", date(2026, 1, 26), date(2026, 3, 2), "February 2026"),
        ("month", "2026-W48", "2026-11", date(2026, 10, 26), date(2026, 12, 7), "November 2026"),
        ("week", "", "", date(2026, 11, 16), date(2026, 11, 23), "Week 47, Mon 16 Nov – Sun 22 Nov 2026"),
        ("week", "2026-W48", "2026-W48", date(2026, 11, 23), date(2026, 11, 30), "Week 48, Mon 23 Nov – Sun 29 Nov 2026"),
        ("week", "2026-12-31", "2026-W53", date(2026, 12, 28), date(2027, 1, 4), "Week 53, Mon 28 Dec 2026 – Sun 3 Jan 2027"),
        ("week", "2026-11", "2026-W47", date(2026, 11, 16), date(2026, 11, 23), "Week 47, Mon 16 Nov – Sun 22 Nov 2026"),
        ("week", "2026-10", "2026-W40", date(2026, 9, 28), date(2026, 10, 5), "Week 40, Mon 28 Sep – Sun 4 Oct 2026"),
    ],
)
def test_a_month_is_shown_in_whole_weeks_and_each_view_takes_what_the_other_writes(
    view: View, on: str, *, text: str, first: date, end: date, name: str
):
    found, problem = leaf(view, on, TODAY)
    assert problem == ""
    assert (found.on, found.first, found.end, found.name) == (text, first, end, name)


@pytest.mark.parametrize(
    "on",
    ["x", "2026", "2026-13", "2026-00", "2026-W54", "2025-W53", "2026-W00", "2026-02-30", "0001-01", "9999-12-31", "²026-11", "-" * 999],
)
@pytest.mark.parametrize("view", ["month", "week"])
def test_what_is_no_month_or_week_is_said_and_today_shown(view: View, on: str):
    found, problem = leaf(view, on, TODAY)
    assert problem
    assert found == leaf(view, "", TODAY)[0]


@given(views, some.text(max_size=12), dates)
def test_whatever_is_asked_for_there_is_a_leaf(view: View, on: str, today: date):
    assert leaf(view, on, today)[0].days


@given(views, dates, languages)
def test_a_leaf_holds_its_day_in_whole_weeks_and_its_address_leads_to_it(view: View, day: date, language: str):
    with translation.override(language):
        found, _ = leaf(view, day.isoformat(), TODAY)
        assert found.about <= day < found.over
        assert found.first <= found.about < found.over <= found.end
        assert {week_start(start) for start in (found.first, found.end)} == {found.first, found.end}
        again, problem = leaf(view, found.whole, TODAY)
        assert (again.first, again.end, problem) == (found.first, found.end, "")


@given(views, dates, languages)
def test_leafing_forth_and_back_leads_home_and_leaves_no_day_out(view: View, day: date, language: str):
    with translation.override(language):
        here, _ = leaf(view, day.isoformat(), TODAY)
        for step in (-1, 1):
            beside = here.neighbour(step)
            if beside is None:
                assert abs(day.year - YEARS[0 if step < 0 else -1]) <= 1
                continue
            assert (beside.over == here.about) if step < 0 else (beside.about == here.over)
            home = beside.neighbour(-step)
            assert home is not None
            assert (home.about, home.first, home.end) == (here.about, here.first, here.end)


@pytest.mark.parametrize(("language", "first"), [("en", date(2026, 11, 16)), ("de", date(2026, 11, 16)), ("pt", date(2026, 11, 15))])
def test_a_week_begins_where_the_language_has_it_and_is_named_alike(language: str, first: date):
    with translation.override(language):
        assert week_start(TODAY) == first
        assert week_text(TODAY) == "2026-W47"


def test_another_view_stays_at_the_same_time():
    assert leaf("month", "2026-11", TODAY)[0].turned("week", TODAY) == ""
    assert leaf("month", "2026-10-07", TODAY)[0].turned("week", TODAY) == "2026-10-07"
    assert leaf("month", "2026-10", TODAY)[0].turned("week", TODAY) == "2026-W40"
    assert leaf("week", "2026-W40", TODAY)[0].turned("month", TODAY) == "2026-10"
    assert leaf("week", "2026-W47", TODAY)[0].turned("month", TODAY) == ""
