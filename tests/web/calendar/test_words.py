"""The words for times, days and places."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as some

from metwith.web.calendar import words
from tests.web.meetings import BERLIN, NOW, TODAY, at, on


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, ""), (45, "45 min"), (60, "1 h"), (90, "1 h 30"), (65, "1 h 05"), (1440, "1 day"), (3000, "2 days 2 h"), (2881, "2 days 1 min")],
)
def test_a_duration_is_said_as_people_say_it(minutes: int, said: str):
    assert words.duration(minutes) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "Today"),
        (1, "Tomorrow"),
        (-1, "Yesterday"),
        (-9, "9 days ago"),
        (-21, "3 weeks ago"),
        (-70, "2 months ago"),
        (-364, "11 months ago"),
        (-365, "12 months ago"),
        (-800, "2 years ago"),
        (5, "In 5 days"),
        (30, "In 4 weeks"),
        (100, "In 3 months"),
        (1000, "In 2 years"),
    ],
)
def test_a_day_is_said_by_its_distance(days: int, said: str):
    assert words.relative_day(TODAY + timedelta(days=days), TODAY) == said


@given(some.integers(-100_000, 100_000))
def test_no_distance_is_said_with_a_zero(days: int):
    near = words.relative_day(date(2300, 1, 1) + timedelta(days=days), date(2300, 1, 1))
    assert " 0 " not in f" {near} "


def test_a_row_shows_the_viewers_clock_and_the_length():
    assert words.row_time(at("2026-11-21 10:00"), BERLIN) == ("10:00–10:45", "45 min")
    assert words.row_time(at("2026-11-21 10:00"), ZoneInfo("America/Sao_Paulo")) == ("06:00–06:45", "45 min")


def test_a_meeting_past_midnight_says_on_which_day_it_ends():
    assert words.row_time(at("2026-11-21 23:00", 120), BERLIN) == ("23:00–01:00", "2 h, until Sun")


def test_a_meeting_that_ends_at_midnight_stays_on_its_day():
    assert words.row_time(at("2026-11-21 22:00", 120), BERLIN) == ("22:00–00:00", "2 h")
    assert words.last_day(at("2026-11-21 22:00", 120), BERLIN) == date(2026, 11, 21)


def test_a_meeting_over_several_days_names_both_ends():
    assert words.row_time(at("2026-11-21 14:00", 50 * 60), BERLIN) == ("from 14:00", "until Mon 23 Nov, 16:00")
    assert words.sentence(at("2026-11-23 14:00", 50 * 60), BERLIN, TODAY) == (
        "Monday 23 November, 14:00 – Wednesday 25 November, 16:00",
        "",
    )


def test_a_meeting_of_no_duration_has_one_time():
    assert words.row_time(at("2026-11-21 10:00", 0), BERLIN) == ("10:00", "")


def test_all_day_is_a_date_in_every_zone():
    meeting = on(date(2026, 11, 26))
    for zone in (BERLIN, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Los_Angeles")):
        assert words.first_day(meeting, zone) == words.last_day(meeting, zone) == date(2026, 11, 26)
        assert words.row_time(meeting, zone) == ("All day", "")


def test_several_days_say_the_last_one_not_the_exclusive_end():
    assert words.row_time(on(date(2026, 11, 24), 3), BERLIN) == ("All day", "3 days, until Thu")
    assert words.row_time(on(date(2026, 11, 24), 9), BERLIN) == ("All day", "9 days, until Wed 2 Dec")
    assert words.length(on(date(2026, 11, 24), 3), BERLIN) == "3 days"


def test_the_sentence_names_near_days_and_far_years():
    assert words.sentence(at("2026-11-21 10:00"), BERLIN, TODAY) == ("Tomorrow, Saturday 21 November", "10:00–10:45")
    assert words.sentence(at("2027-01-05 10:00"), BERLIN, TODAY) == ("Tuesday 5 January 2027", "10:00–10:45")


def test_where_it_was_planned_is_said_when_clocks_differ_there():
    assert words.elsewhere(at("2026-11-21 10:00", zone="America/Sao_Paulo"), BERLIN) == "06:00–06:45 in São Paulo, where it was planned"
    assert words.elsewhere(at("2026-11-21 20:00", zone="Asia/Tokyo"), BERLIN) == "Sun 04:00–04:45 in Tokyo, where it was planned"
    assert words.elsewhere(at("2026-11-21 10:00", zone="UTC"), BERLIN) == ""
    assert words.elsewhere(at("2026-11-21 10:00", zone="Etc/GMT+3"), BERLIN) == ""


def test_where_it_was_planned_is_not_said_when_clocks_agree():
    assert words.elsewhere(at("2026-11-21 10:00", zone="Europe/Madrid"), BERLIN) == ""
    assert words.elsewhere(on(date(2026, 11, 21), zone="Asia/Tokyo"), BERLIN) == ""


def test_a_zone_this_machine_does_not_know_is_read_as_utc():
    assert words.zone_of("Mars/Olympus").key == "UTC"
    assert words.zone_of("").key == "UTC"
    assert words.zone_of("../../etc/passwd").key == "UTC"


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("2026-11-20 10:00", "Today 10:00"),
        ("2026-11-21 10:00", "Tomorrow 10:00"),
        ("2026-11-25 10:00", "Wednesday 10:00"),
        ("2026-11-27 10:00", "Fri 27 Nov, 10:00"),
        ("2027-01-08 10:00", "Fri 8 Jan 2027, 10:00"),
        ("2026-11-20 08:30", "Now, until 09:15"),
    ],
)
def test_the_next_meeting_is_said_in_a_few_words(start: str, said: str):
    assert words.next_words(at(start), BERLIN, NOW) == said


def test_the_next_all_day_meeting_has_no_time_and_may_have_begun():
    assert words.next_words(on(date(2026, 11, 21)), BERLIN, NOW) == "Tomorrow"
    assert words.next_words(on(date(2026, 11, 18), 5), BERLIN, NOW) == "Today"


def test_the_last_meeting_is_said_by_the_day_it_ended():
    assert words.last_words(at("2026-11-11 10:00"), BERLIN, NOW) == "9 days ago"
    assert words.last_words(on(date(2026, 11, 17), 3), BERLIN, NOW) == "Yesterday"


def test_a_moment_is_said_with_its_day():
    assert words.moment(NOW, BERLIN, TODAY) == "Today 09:00"
    assert words.moment(datetime(2026, 12, 3, 13, tzinfo=UTC), BERLIN, TODAY) == "Thu 3 Dec, 14:00"
    assert words.moment(datetime(2025, 12, 3, 13, tzinfo=UTC), BERLIN, TODAY) == "Wed 3 Dec 2025, 14:00"


def test_names_are_listed_and_cut():
    assert words.names([]) == ""
    assert words.names(["Ines"]) == "Ines"
    assert words.names(["Ines", "Jon"]) == "Ines and Jon"
    assert words.names(["Ines", "Jon", "Al"]) == "Ines, Jon and 1 other"
    assert words.names(["Ines", "Jon", "Al", "Bo"]) == "Ines, Jon and 2 others"


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://zoom.us/j/1", True),
        ("http://localhost/x", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("//zoom.us/j/1", False),
        ("http://[broken", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, good: bool):
    assert words.is_web_address(url) is good


def test_services_are_called_by_their_names():
    assert words.join_words("https://us02web.zoom.us/j/1") == "Join on Zoom"
    assert words.join_words("https://notzoom.us/j/1") == "Join"
    assert words.open_words("https://calendar.google.com/event?eid=1") == "Open in Google Calendar"
    assert words.open_words("https://cloud.acme.example/x") == "Open in cloud.acme.example"


def test_days_and_months_follow_the_language():
    with translation.override("de"):
        assert words.month(date(2026, 11, 1)).startswith("November")
        assert words.weekday(date(2026, 11, 21)) == "Sa"
    with translation.override("pt"):
        assert "novembro" in words.month(date(2026, 11, 1)).lower()


@given(
    some.dates(date(2020, 1, 1), date(2030, 1, 1)),
    some.times(),
    some.integers(0, 10_000),
    some.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"]),
)
def test_every_meeting_has_words(day: date, time: time, minutes: int, zone: str):
    meeting, there = at(f"{day} {time:%H:%M}", minutes), ZoneInfo(zone)
    assert words.first_day(meeting, there) <= words.last_day(meeting, there)
    assert words.row_time(meeting, there)[0]
    assert words.sentence(meeting, there, TODAY)[0]
