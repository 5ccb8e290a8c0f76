"""A month and a week as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.read_models import Timeline
from metwith.web.calendar.filters import parse
from metwith.web.calendar.period.chips import More, Slip
from metwith.web.calendar.period.month import MOST_IN_A_CELL
from metwith.web.calendar.period.view import PeriodView, further, period_view
from tests.web.meetings import EYES, MARCO, OF_INES, TODAY, at, on

if TYPE_CHECKING:
    from metwith.calendars.read_models import Meeting
    from metwith.web.calendar.period.chips import Day, Stands


def shown(query: dict[str, str], *meetings: Meeting, more: str | None = None, **pages: Timeline) -> PeriodView:
    filters = parse(query, TODAY)
    assert filters.leaf
    return period_view(filters, filters.leaf, {"shown": Timeline(numbered(*meetings), more)} | pages, EYES)


def numbered(*meetings: Meeting) -> tuple[Meeting, ...]:
    return tuple(replace(meeting, id=number) for number, meeting in enumerate(meetings, 1))


def month(*meetings: Meeting, **query: str) -> dict[str, Day]:
    found = shown({"view": "month", "on": "2026-11"} | query, *meetings).month
    assert found
    return {day.iso: day for line in found.weeks for day in line.days}


def week(*meetings: Meeting) -> tuple[PeriodView, dict[str, Day]]:
    found = shown({"view": "week", "on": "2026-W48"}, *meetings)
    assert found.week
    return found, {day.iso: day for day in found.week.days}


def said(stands: tuple[Stands, ...]) -> list[str]:
    """`10:00 Kick-off`, `+2 more`, and a dash for a gap."""
    return [
        f"{one.time} {one.row.title}".strip() if isinstance(one, Slip) else one.label if isinstance(one, More) else "-" for one in stands
    ]


def classes(stands: tuple[Stands, ...]) -> list[str]:
    return [one.css if one else "" for one in stands]


def test_a_month_has_whole_weeks_and_says_which_days_are_not_its_own():
    days = month(at("2026-11-21 10:00"))
    assert next(iter(days)) == "2026-10-26"
    assert len(days) == 42
    assert days["2026-10-31"].css == "beyond none"
    assert days["2026-11-01"].css == "none"
    assert days["2026-11-20"].css == "now none"
    assert days["2026-11-20"].today
    assert said(days["2026-11-21"].slips) == ["10:00 Pilot kick-off"]
    assert (days["2026-11-21"].many, days["2026-11-21"].dots) == ("1 meeting", "•")
    assert days["2026-11-21"].query == "view=month&on=2026-11-21"


def test_each_day_that_a_meeting_lasts_holds_it_and_says_where_it_comes_from():
    days = month(on(date(2026, 11, 24), 3, title="Fair"), at("2026-11-24 22:00", 240, title="Late"), at("2026-11-24 09:00", title="Early"))
    assert said(days["2026-11-24"].slips) == ["Fair", "09:00 Early", "22:00 Late"]
    assert said(days["2026-11-25"].slips) == ["Fair", "until 02:00 Late"]
    assert said(days["2026-11-26"].slips) == ["Fair"]
    assert classes(days["2026-11-24"].slips) == ["on all", "", "on"]
    assert classes(days["2026-11-25"].slips) == ["came on all", "came"]
    assert classes(days["2026-11-26"].slips) == ["came all"]


def test_what_does_not_fit_into_a_day_is_counted_and_led_to():
    full = month(*(at(f"2026-11-21 {hour:02}:00") for hour in range(8, 8 + MOST_IN_A_CELL)))["2026-11-21"]
    assert said(full.slips) == [f"{hour:02}:00 Pilot kick-off" for hour in range(8, 12)]
    fuller = month(*(at(f"2026-11-21 {hour:02}:00") for hour in range(8, 15)))["2026-11-21"]
    assert said(fuller.slips)[3:] == ["+4 more"]
    assert isinstance(last := fuller.slips[-1], More)
    assert last.query == "view=month&on=2026-11-21"
    assert (fuller.many, fuller.dots) == ("7 meetings", "•••")


def test_a_title_that_is_not_shared_is_said_to_be_so():
    day = month(at("2026-11-21 10:00", title=None, participants=(MARCO,), copies=(OF_INES,), took_part=False))["2026-11-21"]
    assert said(day.slips) == ["10:00 Not shared by Ines Albrecht"]
    assert isinstance(slip := day.slips[0], Slip)
    assert (slip.row.closed, slip.row.mine) == (True, "")


def test_a_phone_shows_today_or_the_first_day_that_has_something():
    assert (found := shown({"view": "month"}, at("2026-11-25 10:00")).day)
    assert (found.iso, found.rows, found.implied) == ("2026-11-20", (), True)
    assert (found := shown({"view": "month", "on": "2026-12"}, on(date(2026, 11, 30), 2), at("2026-12-05 10:00")).day)
    assert (found.iso, [row.title for row in found.rows]) == ("2026-12-01", ["Pilot kick-off"])


def test_the_chosen_day_has_all_of_its_own_and_says_when_there_are_more():
    plenty = Timeline(numbered(*[at("2026-11-21 10:00")] * 3), "cursor")
    found = shown({"view": "month", "on": "2026-11-21", "q": "pilot"}, at("2026-11-21 10:00"), day=plenty)
    assert found.day
    assert (found.day.iso, len(found.day.rows), found.day.implied) == ("2026-11-21", 3, False)
    assert found.day.cut
    assert found.day.cut.query == "period=own&from=2026-11-21&to=2026-11-21&q=pilot"


def test_a_leaf_that_is_cut_says_until_when_it_is_whole_and_where_the_rest_is():
    found = shown({"view": "month", "on": "2026-12"}, at("2026-12-01 10:00"), at("2026-12-04 10:00"), more="cursor")
    assert found.cut == "Only the first 300 meetings are shown, until Fri 4 Dec."
    assert found.whole == "period=own&from=2026-12-01&to=2026-12-31"
    assert found.day
    assert found.day.iso == "2026-12-01"
    assert shown({"view": "month", "on": "2026-12"}, at("2026-12-04 10:00"), more="cursor").day is None


def test_the_ways_on_keep_what_it_is_narrowed_to():
    found = shown({"view": "week", "on": "2026-W48", "with": "4", "cancelled": "no"}, at("2026-11-25 10:00"))
    assert found.before
    assert found.after
    assert [way.query for way in (found.before, found.today, found.after)] == [
        "with=4&cancelled=no&view=week&on=2026-W47",
        "with=4&cancelled=no&view=week",
        "with=4&cancelled=no&view=week&on=2026-W49",
    ]
    assert found.name == "Week 48, Mon 23 Nov – Sun 29 Nov 2026"


def test_a_week_shows_working_hours_and_those_in_which_there_is_something():
    found, _ = week(at("2026-11-25 10:00"))
    assert found.week
    assert (found.week.hours[0], found.week.hours[-1], found.week.css) == ("08:00", "17:00", "n10")
    found, days = week(at("2026-11-25 03:00", 30), at("2026-11-26 20:30", 45))
    assert found.week
    assert (found.week.hours[0], found.week.hours[-1], found.week.css) == ("03:00", "21:00", "n19")
    assert classes(days["2026-11-25"].slips) == ["y2 w1 low"]
    assert classes(days["2026-11-26"].slips) == ["a17 x2 y3 w1"]


def test_what_overlaps_stands_side_by_side_and_a_crowd_is_counted():
    _, days = week(at("2026-11-25 10:00", 60), at("2026-11-25 10:30", 60), at("2026-11-25 13:00", 60))
    assert classes(days["2026-11-25"].slips) == ["a2 b1 w2", "a2 x2 b1 l1 w2", "a5 b1 w1"]
    _, days = week(*(at("2026-11-25 10:00", 60, title=f"No {number}") for number in range(5)))
    assert said(days["2026-11-25"].slips) == ["10:00–11:00 No 0", "10:00–11:00 No 1", "+3 more"]
    assert classes(days["2026-11-25"].slips) == ["a2 b1 w3", "a2 b1 l1 w3", "a2 b1 l2 w3"]


def test_what_lasts_for_days_keeps_its_lane_above_the_hours():
    _, days = week(on(date(2026, 11, 23), 2, title="A"), on(date(2026, 11, 24), 3, title="B"), at("2026-11-26 15:00", 26 * 60, title="C"))
    assert [said(day.band) for day in days.values()] == [["A"], ["A", "B"], ["-", "B"], ["15:00 C", "B"], ["until 17:00 C"], [], []]
    _, days = week(*(on(date(2026, 11, 24), title=name) for name in "ABCDE"))
    assert said(days["2026-11-24"].band) == ["A", "B", "+3 more"]


def test_a_meeting_over_midnight_is_in_both_days():
    found, days = week(at("2026-11-25 22:00", 240, title="Late"))
    assert found.week
    assert found.week.css == "n24"
    assert said(days["2026-11-25"].slips) == ["22:00 – Late"]
    assert said(days["2026-11-26"].slips) == ["until 02:00 Late"]
    assert classes(days["2026-11-25"].slips) == ["a22 b2 w1 on"]
    assert classes(days["2026-11-26"].slips) == ["b2 w1 came"]


@pytest.mark.parametrize(("on_", "day", "hours"), [("2026-W13", "2026-03-29", "23"), ("2026-W43", "2026-10-25", "25")])
def test_a_day_of_more_or_fewer_hours_says_so(on_: str, day: str, hours: str):
    found = shown({"view": "week", "on": on_}, at(f"{day} 10:00")).week
    assert found
    assert [found_day.note for found_day in found.days] == [""] * 6 + [f"{hours} hours: the clocks change"]


def test_the_present_is_marked_where_it_is():
    found = shown({"view": "week"}, at("2026-11-20 14:00")).week
    assert found
    assert [day.now for day in found.days] == ["", "", "", "", "a1 x0", "", ""]


def test_an_empty_leaf_names_the_nearest_on_both_sides():
    before, after = Timeline((at("2026-09-03 10:00"),), None), Timeline((at("2027-02-01 10:00"),), None)
    found = shown({"view": "month", "on": "2026-11", "q": "pilot"}, earlier=before, later=after)
    assert (found.month, found.week, found.day) == (None, None, None)
    assert [(one.side, one.way and one.way.label, one.way and one.way.query) for one in found.near] == [
        ("Before", "September 2026", "q=pilot&view=month&on=2026-09"),
        ("After", "February 2027", "q=pilot&view=month&on=2027-02"),
    ]


def test_a_month_that_is_cut_before_today_shows_today_all_the_same_and_leads_to_the_days_between():
    read = Timeline((replace(at("2026-11-20 14:00", title="Today's"), id=99),), None)
    found = shown({"view": "month"}, at("2026-11-03 10:00"), more="cursor", today=read)
    assert found.month
    days = {day.iso: day for line in found.month.weeks for day in line.days}
    assert said(days["2026-11-20"].slips) == ["14:00 Today's"]
    assert said(days["2026-11-03"].slips) == ["10:00 Pilot kick-off"]
    assert (said(days["2026-11-04"].slips), days["2026-11-04"].dots) == (["Open this day"], "…")
    assert said(days["2026-11-02"].slips) == []
    assert found.cut == "Only the first 300 meetings are shown, until Tue 3 Nov, and those of today."
    assert found.day
    assert [row.title for row in found.day.rows] == ["Today's"]


def test_today_is_asked_for_only_where_a_leaf_is_cut_and_has_it():
    filters = parse({"view": "month"}, TODAY)
    assert filters.leaf
    whole, cut = Timeline((at("2026-11-03 10:00"),), None), Timeline((at("2026-11-03 10:00"),), "cursor")
    assert further(filters, filters.leaf, whole, TODAY) == {}
    asked = further(filters, filters.leaf, cut, TODAY)
    assert [(name, turn.ask.start, turn.ask.end) for name, turn in asked.items()] == [("today", TODAY, date(2026, 11, 21))]
    assert further(filters, filters.leaf, cut, date(2027, 5, 1)) == {}
    assert set(further(filters, filters.leaf, Timeline((), None), TODAY)) == {"earlier", "later"}


def test_half_an_hour_of_a_week_has_its_start_in_full_beside_the_title():
    _, days = week(at("2026-11-25 09:00", 30), at("2026-11-26 09:00", 45))
    assert said(days["2026-11-25"].slips) == ["09:00 Pilot kick-off"]
    assert said(days["2026-11-26"].slips) == ["09:00–09:45 Pilot kick-off"]
