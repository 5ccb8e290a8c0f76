from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metwith.calendars.providers.icalendar.parse import events
from metwith.calendars.providers.icalendar.values import Broken, after
from metwith.calendars.vocabulary import RemoteEvent, Unreadable

from .support import calendar, one, read, whole

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("case", "minutes"),
    [
        ("end-before-start", 0),
        ("end-as-date", 15 * 60),
        ("end-and-duration", 60),
        ("midnight-as-24", 17 * 60),
        ("second-60", 59 + 59 / 60),
        ("duration-over-a-change-of-the-clock", 24 * 60),
    ],
)
def test_how_long_a_timed_event_lasts(case: str, minutes: float) -> None:
    event = one(case)
    assert isinstance(event.start, datetime)
    assert isinstance(event.end, datetime)
    assert event.end.astimezone(UTC) - event.start.astimezone(UTC) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("case", "days"),
    [
        ("end-as-time-of-an-all-day-event", 2),
        ("end-on-its-own-day", 1),
        ("date-without-value", 1),
        ("time-declared-as-date", 1),
    ],
)
def test_how_long_an_all_day_event_lasts(case: str, days: int) -> None:
    event = one(case)
    assert event.all_day
    assert (event.start, event.end) == (date(2026, 6, 1), date(2026, 6, 1) + timedelta(days=days))


def test_without_an_end_a_time_takes_no_time_and_a_date_its_day() -> None:
    timed, all_day = whole("no-end")
    assert timed.start == timed.end == datetime(2026, 6, 1, 7, tzinfo=UTC)
    assert (all_day.start, all_day.end) == (date(2026, 6, 1), date(2026, 6, 2))


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("bad-date", "the start is not a date"),
        ("no-start", "there is no start"),
        ("bad-duration", "the duration is none"),
        ("bad-exdate", "the EXDATE list is not a date"),
        ("rule-broken", "the recurrence rule is broken"),
    ],
)
def test_a_broken_event_is_set_aside_and_its_neighbour_comes_in(case: str, reason: str) -> None:
    broken, other = read(case)
    assert broken == Unreadable("r#a@example.test", reason)
    assert isinstance(other, RemoteEvent)


def test_years_that_mean_none_are_no_years() -> None:
    first, second, third = read("bad-year")
    assert isinstance(first, Unreadable)
    assert isinstance(second, Unreadable)
    assert isinstance(third, RemoteEvent)


@settings(deadline=None)
@given(st.text(alphabet="0123456789TZ:-+ ", max_size=20))
def test_no_text_breaks_the_reading_of_a_start(text: str) -> None:
    (event,) = events("r", calendar("UID:a", f"DTSTART:{text}"))
    assert event.id == "r"


@pytest.mark.parametrize(
    ("duration", "end"),
    [
        ("PT1H30M", datetime(2026, 3, 28, 13, 30, tzinfo=BERLIN)),
        ("P1D", datetime(2026, 3, 29, 12, tzinfo=BERLIN)),
        ("P1W", datetime(2026, 4, 4, 12, tzinfo=BERLIN)),
        ("PT24H", datetime(2026, 3, 29, 13, tzinfo=BERLIN)),
        ("+P1DT0H", datetime(2026, 3, 29, 12, tzinfo=BERLIN)),
        ("-PT1H", datetime(2026, 3, 28, 12, tzinfo=BERLIN)),
        ("P", datetime(2026, 3, 28, 12, tzinfo=BERLIN)),
    ],
)
def test_days_are_wall_time_and_hours_are_exact(duration: str, end: datetime) -> None:
    assert after(datetime(2026, 3, 28, 12, tzinfo=BERLIN), duration) == end


@pytest.mark.parametrize("duration", ["", "1H", "PT1X", "P99999W", "PT1H1H", "P1Y"])
def test_what_is_no_duration_is_broken(duration: str) -> None:
    with pytest.raises(Broken):
        after(datetime(2026, 3, 28, 12, tzinfo=UTC), duration)
