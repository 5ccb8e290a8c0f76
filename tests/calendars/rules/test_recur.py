from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from metwith.calendars.rules.recur import RULE_PARTS, BrokenRule, TooManyOccurrences, check_rule, key_of, occurrences
from metwith.calendars.vocabulary import Moment, Occurrence, Recurrence, RemoteEvent
from tests.fence import fence

if TYPE_CHECKING:
    from collections.abc import Iterable

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNTIL = datetime(2027, 6, 1, tzinfo=UTC)
MONDAY = datetime(2026, 6, 1, 9, tzinfo=BERLIN)


def series(
    *rules: str, start: Moment = MONDAY, length: timedelta = HOUR, exceptions: tuple[RemoteEvent, ...] = (), **parts: Any
) -> RemoteEvent:
    zone = start.tzinfo.key if isinstance(start, datetime) and isinstance(start.tzinfo, ZoneInfo) else "UTC"
    recurrence = Recurrence(rules=rules, **parts)
    return RemoteEvent("r", "u", start, start + length, zone=zone, title="Planning", recurrence=recurrence, exceptions=exceptions)


def exception(original: Moment, start: Moment, *, length: timedelta = HOUR, **facts: Any) -> RemoteEvent:
    return RemoteEvent("r", "u", start, start + length, zone="Europe/Berlin", title="Moved", original_start=original, **facts)


def found(event: RemoteEvent, until: datetime = UNTIL, limit: int = 20_000) -> list[Occurrence]:
    return list(occurrences(event, until=until, limit=limit))


def times(items: Iterable[Occurrence]) -> list[str]:
    """Day and wall time in Berlin."""
    return [
        item.start.astimezone(BERLIN).strftime("%m-%d %H:%M") if isinstance(item.start, datetime) else item.start.strftime("%m-%d")
        for item in items
    ]


# --- one event --------------------------------------------------------------------------------------------------------------------


def test_a_single_event_is_one_occurrence_however_far_away() -> None:
    event = RemoteEvent("r", "u", MONDAY, MONDAY + HOUR, zone="Europe/Berlin")
    (one,) = found(event, until=datetime(2020, 1, 1, tzinfo=UTC))
    assert one == Occurrence("", event, datetime(2026, 6, 1, 7, tzinfo=UTC), datetime(2026, 6, 1, 8, tzinfo=UTC))
    assert isinstance(one.start, datetime)
    assert one.start.tzinfo is UTC


def test_an_exception_without_its_series_keeps_its_key() -> None:
    event = exception(MONDAY, MONDAY + DAY)
    assert [(one.key, one.start) for one in found(event)] == [("20260601T070000Z", MONDAY + DAY)]


@pytest.mark.parametrize(
    ("moment", "key"),
    [
        (date(2026, 11, 23), "20261123"),
        (datetime(2026, 11, 23, 9, tzinfo=UTC), "20261123T090000Z"),
        (datetime(2026, 11, 23, 9, tzinfo=BERLIN), "20261123T080000Z"),
        (datetime(2026, 11, 23, 9), "20261123T080000Z"),  # noqa: DTZ001 - wall time, read in the zone handed in
    ],
)
def test_the_key_is_the_original_start(moment: Moment, key: str) -> None:
    assert key_of(moment, "Europe/Berlin") == key


# --- rules ------------------------------------------------------------------------------------------------------------------------


def test_nine_o_clock_stays_nine_o_clock_through_summer_time() -> None:
    items = found(series("FREQ=MONTHLY;COUNT=12"))
    assert {one.start.astimezone(BERLIN).hour for one in items if isinstance(one.start, datetime)} == {9}
    assert {one.key[-7:-5] for one in items} == {"07", "08"}


def test_an_hour_stays_an_hour_through_summer_time() -> None:
    night = datetime(2026, 10, 22, 23, tzinfo=BERLIN)
    assert {_minutes(one) for one in found(series("FREQ=DAILY;COUNT=5", start=night, length=6 * HOUR))} == {360}


def _minutes(one: Occurrence) -> float:
    assert isinstance(one.start, datetime)
    assert isinstance(one.end, datetime)
    return (one.end - one.start) / timedelta(minutes=1)


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["06-01", "06-08", "06-15"]),
        ("FREQ=WEEKLY;COUNT=3;", ["06-01", "06-08", "06-15"]),
        (" freq = weekly ; count = 3 ", ["06-01", "06-08", "06-15"]),
        ("FREQ=DAILY;COUNT=5;UNTIL=20260602", ["06-01", "06-02"]),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260609", ["06-01", "06-02"]),
        ("FREQ=DAILY;UNTIL=20260603", ["06-01", "06-02", "06-03"]),
        ("FREQ=DAILY;UNTIL=20260603T070000Z", ["06-01", "06-02", "06-03"]),
        ("FREQ=DAILY;UNTIL=20260603T065959Z", ["06-01", "06-02"]),
        ("FREQ=DAILY;UNTIL=20260603T090000", ["06-01", "06-02", "06-03"]),
        ("FREQ=DAILY;UNTIL=20260531", []),
        ("RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD;COUNT=3", ["06-01", "06-30", "07-31", "08-31"]),
        ("RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=FORWARD;COUNT=3", ["06-01", "07-01", "07-31", "08-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=30,31;SKIP=BACKWARD;COUNT=4", ["06-01", "06-30", "07-30", "07-31", "08-30"]),
        ("FREQ=MONTHLY;BYMONTHDAY=1,31;SKIP=FORWARD;COUNT=3", ["06-01", "07-01", "07-31"]),
        ("FREQ=YEARLY;BYMONTH=6,9;BYMONTHDAY=31;SKIP=FORWARD;COUNT=2", ["06-01", "07-01", "10-01"]),
        ("FREQ=MONTHLY;BYDAY=1MO;SKIP=BACKWARD;COUNT=2", ["06-01", "07-06"]),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=2", ["06-01", "06-02", "06-09"]),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2;COUNT=2", ["06-01", "06-03", "06-10"]),
        ("FREQ=YEARLY;BYWEEKNO=30", ["06-01", "07-20"]),
        ("FREQ=YEARLY;BYWEEKNO=30;BYDAY=TU", ["06-01", "07-21"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["06-01", "06-26", "07-31"]),
        ("FREQ=DAILY;COUNT=2;X-WHY=1;RSCALE=GREGORIAN", ["06-01", "06-02"]),
        ("FREQ=DAILY;COUNT=0", ["06-01"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", ["06-01"]),
    ],
)
def test_what_a_rule_gives(rule: str, days: list[str]) -> None:
    assert [time[:5] for time in times(found(series(rule)))] == days


def test_set_positions_count_from_the_beginning_of_the_week() -> None:
    wednesday = datetime(2026, 6, 3, 9, tzinfo=BERLIN)
    items = found(series("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1;COUNT=2", start=wednesday))
    assert times(items) == ["06-03 09:00", "06-08 09:00", "06-15 09:00"]


def test_a_series_ends_at_until_and_a_later_one_has_none() -> None:
    assert times(found(series("FREQ=DAILY"), until=datetime(2026, 6, 3, 7, tzinfo=UTC))) == ["06-01 09:00", "06-02 09:00", "06-03 09:00"]
    assert found(series("FREQ=DAILY"), until=datetime(2026, 6, 1, 6, tzinfo=UTC)) == []


def test_a_series_begun_long_ago_still_runs() -> None:
    birthday = series("FREQ=YEARLY", start=date(1604, 3, 1), length=DAY)
    assert found(birthday)[-1].key == "20270301"


def test_all_day_occurrences_are_dates() -> None:
    items = found(series("FREQ=WEEKLY;COUNT=2;BYHOUR=9", start=date(2026, 6, 1), length=2 * DAY))
    assert [(one.key, one.start, one.end) for one in items] == [
        ("20260601", date(2026, 6, 1), date(2026, 6, 3)),
        ("20260608", date(2026, 6, 8), date(2026, 6, 10)),
    ]


def test_several_rules_unite() -> None:
    items = found(series("FREQ=DAILY;COUNT=2", "FREQ=DAILY;INTERVAL=2;COUNT=2"))
    assert times(items) == ["06-01 09:00", "06-02 09:00", "06-03 09:00"]


def test_further_dates_and_periods_are_added() -> None:
    tenth = MONDAY + 9 * DAY
    items = found(series(dates=(tenth, MONDAY), periods=((tenth + DAY, tenth + DAY + 3 * HOUR),)))
    assert [(time, _minutes(one)) for time, one in zip(times(items), items, strict=True)] == [
        ("06-01 09:00", 60),
        ("06-10 09:00", 60),
        ("06-11 09:00", 180),
    ]


def test_a_date_in_a_timed_series_means_its_time_of_day() -> None:
    assert times(found(series(dates=(date(2026, 6, 10),)))) == ["06-01 09:00", "06-10 09:00"]


@pytest.mark.parametrize("excluded", [MONDAY + DAY, (MONDAY + DAY).astimezone(UTC), date(2026, 6, 2)])
def test_what_is_excluded_is_not_given(excluded: Moment) -> None:
    assert times(found(series("FREQ=DAILY;COUNT=3", excluded=(excluded,)))) == ["06-01 09:00", "06-03 09:00"]


def test_a_cut_series_ends_before_its_cut() -> None:
    later = exception(MONDAY + 5 * DAY, MONDAY + 6 * DAY)
    items = found(series("FREQ=DAILY;COUNT=9", ends_before=MONDAY + 2 * DAY, exceptions=(later,)))
    assert times(items) == ["06-01 09:00", "06-02 09:00"]


# --- exceptions -------------------------------------------------------------------------------------------------------------------


def test_a_moved_occurrence_keeps_its_key() -> None:
    moved = exception((MONDAY + DAY).astimezone(UTC), MONDAY + 10 * DAY)
    items = found(series("FREQ=DAILY;COUNT=3", exceptions=(moved,)))
    assert [one.key for one in items] == ["20260601T070000Z", "20260602T070000Z", "20260603T070000Z"]
    assert times(items) == ["06-01 09:00", "06-11 09:00", "06-03 09:00"]
    assert [one.event.title for one in items] == ["Planning", "Moved", "Planning"]


def test_a_cancelled_occurrence_is_given_as_cancelled() -> None:
    gone = exception(MONDAY + DAY, MONDAY + DAY, cancelled=True)
    assert [one.event.cancelled for one in found(series("FREQ=DAILY;COUNT=3", exceptions=(gone,)))] == [False, True, False]


def test_an_exception_of_no_occurrence_is_given_too() -> None:
    stray = exception(MONDAY + 20 * DAY, MONDAY + 20 * DAY)
    assert times(found(series("FREQ=DAILY;COUNT=1", exceptions=(stray,)))) == ["06-01 09:00", "06-21 09:00"]


def test_an_excluded_date_has_no_exception() -> None:
    moved = exception(MONDAY + DAY, MONDAY + 10 * DAY)
    assert times(found(series("FREQ=DAILY;COUNT=3", exceptions=(moved,), excluded=(MONDAY + DAY,)))) == ["06-01 09:00", "06-03 09:00"]


def test_an_exception_for_a_day_finds_the_occurrence_of_that_day() -> None:
    moved = exception(date(2026, 6, 2), MONDAY + 10 * DAY)
    assert times(found(series("FREQ=DAILY;COUNT=3", exceptions=(moved,)))) == ["06-01 09:00", "06-11 09:00", "06-03 09:00"]


def test_a_time_given_for_an_all_day_series_means_its_day() -> None:
    moved = exception(datetime(2026, 6, 2, tzinfo=UTC), date(2026, 6, 20), length=DAY)
    items = found(series("FREQ=DAILY;COUNT=3", start=date(2026, 6, 1), length=DAY, exceptions=(moved,)))
    assert [(one.key, one.start) for one in items][1] == ("20260602", date(2026, 6, 20))


def test_this_and_following_moves_what_follows_over_wall_time() -> None:
    start = datetime(2026, 10, 1, 9, tzinfo=BERLIN)
    later = exception(start + 7 * DAY, start + 8 * DAY + HOUR, length=2 * HOUR, this_and_future=True)
    items = found(series("FREQ=WEEKLY;COUNT=6", start=start, exceptions=(later,)))
    assert times(items) == ["10-01 09:00", "10-09 10:00", "10-16 10:00", "10-23 10:00", "10-30 10:00", "11-06 10:00"]
    assert [_minutes(one) for one in items] == [60, 120, 120, 120, 120, 120]
    assert [one.key[:8] for one in items] == ["20261001", "20261008", "20261015", "20261022", "20261029", "20261105"]


def test_the_latest_say_on_what_follows_stands_and_a_single_exception_above_it() -> None:
    changes = (
        exception(MONDAY + DAY, MONDAY + DAY + HOUR, this_and_future=True),
        exception(MONDAY + 3 * DAY, MONDAY + 3 * DAY + 2 * HOUR, this_and_future=True),
        exception(MONDAY + 4 * DAY, MONDAY + 4 * DAY + 5 * HOUR),
    )
    items = found(series("FREQ=DAILY;COUNT=6", exceptions=changes))
    assert times(items) == ["06-01 09:00", "06-02 10:00", "06-03 10:00", "06-04 11:00", "06-05 14:00", "06-06 11:00"]


def test_from_here_on_called_off() -> None:
    gone = exception(MONDAY + DAY, MONDAY + DAY, cancelled=True, this_and_future=True)
    assert [one.event.cancelled for one in found(series("FREQ=DAILY;COUNT=4", exceptions=(gone,)))] == [False, True, True, True]


def test_from_here_on_all_day() -> None:
    days = exception(MONDAY + DAY, date(2026, 6, 2), length=DAY, this_and_future=True)
    assert times(found(series("FREQ=DAILY;COUNT=3", exceptions=(days,)))) == ["06-01 09:00", "06-02", "06-03"]


# --- limits -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=2", "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,10,20,30,40,50"])
def test_a_series_of_too_many_is_refused(rule: str) -> None:
    with fence(10), pytest.raises(TooManyOccurrences):
        found(series(rule), limit=5_000)


def test_as_many_as_the_limit_are_not_too_many() -> None:
    assert len(found(series("FREQ=DAILY;COUNT=10"), limit=10)) == 10
    with pytest.raises(TooManyOccurrences):
        found(series("FREQ=DAILY;COUNT=11"), limit=10)


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;BYDAY=MO;BYMONTH=13"]
)
def test_a_rule_that_never_comes_true_does_not_keep_us(rule: str) -> None:
    with fence(20):
        assert times(found(series(rule))) == ["06-01 09:00"]


@pytest.mark.parametrize(
    "rule",
    [
        "", "DAILY", "FREQ=", "FREQ=FORTNIGHTLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;COUNT=many",
        "FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY;UNTIL=20260231", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;BYHOUR=24", "FREQ=HOURLY;BYMINUTE=60",
        "FREQ=YEARLY;RSCALE=HEBREW", "FREQ=MONTHLY;BYSETPOS=0;BYDAY=MO", "FREQ=DAILY;COUNT=99999999999999", "FREQ=MONTHLY;BYDAY=53MO", "FREQ=YEARLY;BYMONTH=12;BYDAY=-6SU", "FREQ=YEARLY;BYDAY=54MO",
    ],
)  # fmt: skip
def test_a_rule_that_is_none_is_broken(rule: str) -> None:
    with pytest.raises(BrokenRule):
        check_rule(series(rule))
    with pytest.raises(BrokenRule):
        found(series(rule))


# --- properties -------------------------------------------------------------------------------------------------------------------

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia"]
)
WALLS = st.datetimes(datetime(2005, 1, 1), datetime(2027, 12, 31)).map(lambda wall: wall.replace(microsecond=0))  # noqa: DTZ001 - wall time
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules as calendars write them, and some that only a test would write."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}", f"COUNT={draw(st.integers(1, 40))}"]
    if draw(st.booleans()):
        ordinals = frequency in {"MONTHLY", "YEARLY"}
        days = draw(
            st.lists(st.tuples(st.sampled_from(["", "1", "2", "-1"] if ordinals else [""]), st.sampled_from(DAYS)), min_size=1, max_size=3)
        )
        parts.append("BYDAY=" + ",".join(dict.fromkeys(ordinal + day for ordinal, day in days)))
    elif draw(st.booleans()):
        parts.append(
            "BYMONTHDAY=" + ",".join(map(str, draw(st.lists(st.sampled_from([1, 2, 13, 28, 31, -1]), min_size=1, max_size=3, unique=True))))
        )
    if draw(st.booleans()):
        parts.append(f"BYMONTH={draw(st.integers(1, 12))}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(DAYS))}")
    return ";".join(parts)


@settings(deadline=None)
@given(rules(), WALLS, ZONES, st.integers(0, 3 * 365))
@example("FREQ=DAILY;INTERVAL=1;COUNT=9", datetime(2026, 3, 26, 2, 30), "Europe/Berlin", 100)  # noqa: DTZ001 - wall time
@example("FREQ=YEARLY;INTERVAL=1;COUNT=9;BYMONTHDAY=29;BYMONTH=2", datetime(2024, 2, 29, 0, 0), "UTC", 3000)  # noqa: DTZ001 - wall time
def test_a_series_is_what_its_rule_gives_over_wall_time(rule: str, wall: datetime, zone: str, days: int) -> None:
    assume("BYMONTHDAY" not in rule or "WEEKLY" not in rule)
    tz = ZoneInfo(zone)
    start = wall.replace(tzinfo=tz)
    last = wall + days * DAY
    plain = (moment for moment in rrulestr(rule, dtstart=wall).between(wall, last, inc=True))
    expected = {wall.replace(tzinfo=tz).astimezone(UTC), *(moment.replace(tzinfo=tz).astimezone(UTC) for moment in plain)}
    items = found(series(rule, start=start), until=last.replace(tzinfo=tz))
    assert [one.start for one in items] == sorted(expected)


@settings(deadline=None)
@given(
    rules(),
    WALLS,
    ZONES,
    st.lists(st.tuples(st.integers(0, 50), st.integers(-3000, 3000), st.booleans(), st.booleans()), max_size=5),
    st.lists(st.integers(0, 50), max_size=3),
)
def test_keys_are_each_once_in_their_order_and_nothing_excluded_is_given(
    rule: str, wall: datetime, zone: str, moves: list[tuple[int, int, bool, bool]], left_out: list[int]
) -> None:
    start = wall.replace(tzinfo=ZoneInfo(zone))
    plain = found(series(rule, start=start), until=start + 2000 * DAY)
    changed = tuple(
        exception(
            plain[number % len(plain)].start,
            plain[number % len(plain)].start + timedelta(minutes=by),
            cancelled=cancelled,
            this_and_future=on,
        )
        for number, by, cancelled, on in moves
    )
    excluded = tuple(plain[number % len(plain)].start for number in left_out)
    event = series(rule, start=start, exceptions=changed, excluded=excluded)
    items = found(event, until=start + 2000 * DAY)
    keys = [one.key for one in items]
    assert all(before < after for before, after in pairwise(keys))
    assert keys == [one.key for one in plain if one.start not in excluded]
    assert {key_of(e.original_start) for e in changed if e.original_start} - {key_of(m) for m in excluded} <= set(keys)


@settings(deadline=None)
@given(st.lists(st.sampled_from(
    ["FREQ=DAILY", "FREQ=HOURLY", "FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=WEEKLY", "COUNT=3", "COUNT=", "UNTIL=20260701", "UNTIL=x", "INTERVAL=2",
     "BYDAY=MO", "BYDAY=-1SU,2", "BYDAY=,", "BYDAY=53MO", "BYMONTH=0", "BYMONTH=13", "BYMONTHDAY=-31", "BYMONTHDAY=99", "BYYEARDAY=366",
     "BYYEARDAY=-400", "BYWEEKNO=53", "BYWEEKNO=-1", "BYSETPOS=-1", "BYSETPOS=400", "BYHOUR=0,23", "BYMINUTE=", "BYSECOND=1,1", "WKST=XX",
     "WKST=SU", "BYEASTER=1", "=", ";", "RSCALE=GREGORIAN", "SKIP=OMIT", "BYHOUR=1.5", "BYMONTH=²"]
), max_size=6).map(";".join))  # fmt: skip
def test_no_rule_raises_anything_else(rule: str) -> None:
    try:
        items = found(series(rule), until=datetime(2026, 8, 1, tzinfo=UTC), limit=500)
    except (BrokenRule, TooManyOccurrences):
        return
    assert items[0].start == MONDAY


@settings(deadline=None)
@given(st.text(alphabet="FREQ=;,DAILYBYMONTHUNIL0123456789-+ .", max_size=40))
def test_no_text_raises_anything_else(rule: str) -> None:
    event = replace(series(), recurrence=Recurrence(rules=(f"FREQ=DAILY;{rule}",)))
    try:
        found(event, until=datetime(2026, 8, 1, tzinfo=UTC), limit=500)
    except (BrokenRule, TooManyOccurrences):
        return


@pytest.mark.parametrize("name", sorted(RULE_PARTS | {"COUNT", "UNTIL", "SKIP", "RSCALE"}))
@pytest.mark.parametrize("number", ["³", "٣", "001" + "0" * 5000, "9" * 5000, "+" + "9" * 5000, "9" * 5000 + "MO"])
def test_no_number_of_a_rule_is_a_defect_of_ours(name: str, number: str):
    """The fuzzer found `BYHOUR=³`: a digit to `isdigit` and none to `int`, which refuses very many of them as well."""
    for rest in ("FREQ=DAILY", "FREQ=MONTHLY;SKIP=FORWARD;RSCALE=GREGORIAN;BYMONTHDAY=1", "FREQ=YEARLY;BYMONTH=2"):
        event = series(f"{rest};{name}={number}")
        with contextlib.suppress(BrokenRule, TooManyOccurrences):
            check_rule(event)
            found(event)


def test_a_period_of_days_in_a_series_of_hours_takes_as_long_as_the_others() -> None:
    day = date(2026, 6, 11)
    items = found(series("FREQ=WEEKLY;COUNT=1", periods=((day, day + DAY),)))
    assert len(items) == 2
    assert all(isinstance(one.start, datetime) and one.end == one.start + HOUR for one in items)
