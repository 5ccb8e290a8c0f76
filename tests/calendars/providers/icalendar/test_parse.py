from __future__ import annotations

from datetime import date

import pytest

from metwith.calendars.providers.icalendar.parse import events, feed_id
from metwith.calendars.vocabulary import RemoteEvent, Unreadable, Visibility

from .support import calendar, one, payload, read, readable, starts, whole

DAYS = ["06-01 07:00", "06-02 07:00", "06-03 07:00", "06-04 07:00", "06-05 07:00", "06-06 07:00"]


@pytest.mark.parametrize("case", ["exdate-in-utc", "exdate-as-date", "exdate-floating"])
def test_an_excluded_date_takes_its_occurrence_out_in_any_spelling(case: str) -> None:
    assert starts(case) == [day for day in DAYS if "06-03" not in day]


def test_dates_excluded_from_an_all_day_series_are_days() -> None:
    assert starts("exdate-list-in-all-day-series") == ["06-01", "06-02", "06-05", "06-06"]


def test_an_excluding_rule_takes_its_occurrences_out() -> None:
    assert starts("exrule") == ["06-02 07:00", "06-04 07:00", "06-05 07:00", "06-06 07:00"]


@pytest.mark.parametrize("case", ["recurrence-id-in-utc", "recurrence-id-as-date", "recurrence-id-floating"])
def test_an_exception_takes_the_place_of_its_occurrence_in_any_spelling(case: str) -> None:
    assert starts(case) == [*DAYS[:2], "06-03 12:00", *DAYS[3:]]


def test_this_and_following_moves_all_later_ones_but_those_with_their_own_say() -> None:
    assert starts("this-and-future") == [*DAYS[:2], "06-03 09:00", "06-04 09:00", "06-05 16:00", "06-06 09:00"]


def test_a_cancelled_occurrence_is_there_and_cancelled() -> None:
    assert starts("override-cancelled") == [day for day in DAYS if "06-03" not in day]
    assert [exception.cancelled for exception in one("override-cancelled").exceptions] == [True]


def test_an_occurrence_may_be_private_in_a_public_series() -> None:
    event = one("override-private")
    assert (event.visibility, event.exceptions[0].visibility) == (Visibility.PUBLIC, Visibility.PRIVATE)


def test_an_exception_that_cannot_be_read_is_set_aside_with_its_occurrence() -> None:
    event, broken = read("override-unreadable")
    assert broken == Unreadable("r#20260603T070000Z", "the start is not a date")
    assert isinstance(event, RemoteEvent)
    assert event.recurrence is not None
    assert len(event.recurrence.excluded) == 1


def test_an_exception_of_no_occurrence_is_a_meeting_too() -> None:
    assert starts("override-of-no-occurrence") == [*DAYS, "07-03 07:00"]


def test_of_two_exceptions_for_one_occurrence_the_later_version_stands() -> None:
    assert [exception.title for exception in one("override-twice").exceptions] == ["Second"]


def test_an_event_that_is_no_series_any_more_keeps_its_exceptions() -> None:
    assert starts("override-of-a-single-event") == ["06-01 07:00", "06-08 09:00"]


def test_an_exception_without_its_series_stands_for_itself() -> None:
    event = one("orphan-override")
    assert (event.id, event.recurrence) == ("r", None)
    assert event.original_start is not None
    assert starts("orphan-override") == ["06-03 12:00"]


def test_several_exceptions_without_their_series_stand_each_for_itself() -> None:
    assert [(event.id, event.uid) for event in whole("orphan-overrides")] == [("r", "a@example.test")] * 2
    assert starts("orphan-overrides") == ["06-03 12:00", "06-04 12:00"]


@pytest.mark.parametrize("case", ["same-uid-twice", "same-uid-twice-by-stamp"])
def test_of_two_versions_the_later_stands(case: str) -> None:
    assert one(case).title == "Newer"


def test_further_dates_are_added_to_the_start() -> None:
    assert starts("rdate-list") == ["06-01 07:00", "06-10 07:00", "06-12 12:00"]


def test_a_period_has_an_end_of_its_own() -> None:
    recurrence = one("rdate-period").recurrence
    assert recurrence is not None
    assert [f"{end:%H:%M}" for _, end in recurrence.periods] == ["10:00", "07:30"]


def test_a_period_that_ends_before_it_starts_takes_no_time() -> None:
    recurrence = one("rdate-period-ends-before").recurrence
    assert recurrence is not None
    assert [start == end for start, end in recurrence.periods] == [True, True]


def test_of_a_period_whose_ends_are_of_two_kinds_the_start_alone_counts() -> None:
    recurrence = one("rdate-period-of-two-kinds").recurrence
    assert recurrence is not None
    (hour, until), (day, next_day) = recurrence.periods
    assert hour == until
    assert (day, next_day) == (date(2026, 6, 11), date(2026, 6, 12))


@pytest.mark.parametrize("case", ["until-as-date", "until-in-local-time", "until-in-utc"])
def test_the_last_day_of_a_rule_belongs_to_it(case: str) -> None:
    assert starts(case) == DAYS[:5]


@pytest.mark.parametrize("case", ["count-and-until", "rule-with-trailing-semicolon"])
def test_what_ends_a_rule_first_ends_it(case: str) -> None:
    assert starts(case) == DAYS[:3]


def test_a_start_outside_its_rule_is_a_meeting_too() -> None:
    assert starts("start-outside-its-rule") == ["06-01 07:00", "06-02 07:00", "06-09 07:00"]


def test_a_time_that_the_clock_skips_is_read_with_the_offset_before() -> None:
    assert starts("dst-gap") == ["03-28 01:30", "03-29 01:30", "03-30 00:30"]


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    assert starts("dst-twice") == ["10-24 00:30", "10-25 00:30", "10-26 01:30"]


def test_an_all_day_series_has_days() -> None:
    assert starts("all-day-series") == ["06-01", "06-08", "06-15"]


@pytest.mark.parametrize(
    "spelling",
    ["private", "confidential", "x-value", "lower-case", "spaces", "quoted", "unknown", "with-parameter", "twice", "empty"],
)
def test_what_is_not_public_is_private(spelling: str) -> None:
    assert one(f"class-{spelling}").visibility is Visibility.PRIVATE


@pytest.mark.parametrize("case", ["class-public", "class-public-lower-case", "class-public-quoted", "status-cancelled"])
def test_what_says_public_or_nothing_is_public(case: str) -> None:
    assert one(case).visibility is Visibility.PUBLIC


@pytest.mark.parametrize("case", ["method-cancel", "status-cancelled"])
def test_a_meeting_that_is_called_off_is_cancelled(case: str) -> None:
    assert one(case).cancelled


def test_a_missing_uid_is_made_of_what_the_event_says() -> None:
    uid = one("missing-uid").uid
    again = readable(payload("missing-uid").replace(b"DTSTAMP:20260501", b"DTSTAMP:20260601"))
    other = readable(payload("missing-uid").replace(b"Planning", b"Reviewing"))
    assert uid.startswith("made-")
    assert again[0].uid == uid != other[0].uid


def test_a_uid_too_long_for_an_index_is_shortened() -> None:
    assert len(one("long-uid").uid) < 100


def test_events_that_share_a_resource_have_ids_of_their_own() -> None:
    assert [event.id for event in read("two-uids")] == ["r#a@example.test", "r#b@example.test"]


def test_in_a_feed_the_uid_is_the_id() -> None:
    assert [event.id for event in events("feed", payload("two-uids"), ids_by_uid=True)] == ["a@example.test", "b@example.test"]


def test_a_number_sign_in_a_uid_names_no_part() -> None:
    (event,) = events("feed", payload("uid-with-number-sign"), ids_by_uid=True)
    assert isinstance(event, RemoteEvent)
    assert (event.uid, event.id) == ("a#1%@example.test", "a%231%25@example.test")
    assert feed_id("a%231@x") == "a%231@x"


def test_the_version_is_the_resources() -> None:
    (event,) = events("r", payload("bare-lf"), version='"etag"')
    assert isinstance(event, RemoteEvent)
    assert event.version == '"etag"'


@pytest.mark.parametrize("case", ["web-page", "empty"])
def test_what_is_no_calendar_is_unreadable(case: str) -> None:
    assert read(case) == [Unreadable("r", "it is no calendar data, or cut short")]


def test_a_calendar_without_events_has_none() -> None:
    assert read("to-do-only") == []


def test_an_event_without_a_calendar_around_it_is_read() -> None:
    assert one("no-calendar-around").title == "Planning"


def test_lines_that_are_none_do_no_harm() -> None:
    assert one("garbage-lines").title == "Planning"


def test_texts_are_unescaped_and_commas_need_it_not() -> None:
    assert one("unescaped-commas").location == "Room 7, Main Street 1; Berlin, Germany\nSecond floor"


def test_a_title_is_one_line() -> None:
    assert one("title-over-lines").title == "Planning the year"


def test_numbers_and_stamps_that_are_none_are_left_out() -> None:
    event = one("sequence-broken")
    assert (event.sequence, event.updated is not None) == (0, True)


def test_texts_have_an_end() -> None:
    long = "x" * 200_000
    (event,) = readable(calendar("UID:a", "DTSTART:20260601", f"SUMMARY:{long}", f"LOCATION:{long}", f"DESCRIPTION:{long}"))
    assert (len(event.title), len(event.location), len(event.description)) == (1_000, 2_000, 100_000)
