from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest
from tzlocal.windows_tz import win_tz

from metwith.calendars.providers.icalendar.zones import custom, named

from .support import one, payload, starts, whole


@pytest.mark.parametrize(
    ("case", "name", "hour"),
    [
        ("windows-zone", "Europe/Berlin", 7),
        ("windows-zone-quoted", "America/Los_Angeles", 16),
        ("zone-in-lower-case", "Europe/Berlin", 7),
        ("zone-custom-of-outlook", "Europe/Budapest", 7),
        ("zone-custom-with-lic-location", "Europe/Lisbon", 8),
        ("floating", "Asia/Tokyo", 0),
        ("floating-with-x-wr-timezone", "America/New_York", 13),
        ("zone-unknown", "Asia/Tokyo", 0),
        ("zone-custom-broken", "Asia/Tokyo", 0),
    ],
)
def test_a_zone_is_found_in_whatever_dress(case: str, name: str, hour: int) -> None:
    event = one(case)
    assert (event.zone, event.start) == (name, datetime(2026, 6, 1, hour, tzinfo=UTC))


def test_a_path_ends_in_a_zone() -> None:
    assert [event.zone for event in whole("zone-path-of-mozilla")] == ["Europe/Berlin", "America/Argentina/Buenos_Aires"]


def test_outlooks_menu_names_a_zone_by_its_cities() -> None:
    assert [event.zone for event in whole("zone-as-outlook-shows-it")] == ["Europe/Amsterdam", "America/New_York"]


def test_the_accounts_zone_stands_for_a_custom_zone_with_its_rules() -> None:
    assert one("zone-custom-of-outlook", zone="Europe/Berlin").zone == "Europe/Berlin"


def test_a_series_in_a_custom_zone_follows_its_summer_time() -> None:
    hours = [start[-5:-3] for start in starts("zone-custom-of-outlook")]
    assert hours == ["07"] * 5 + ["08"] * 3


def test_a_series_in_a_custom_zone_keeps_its_weekday() -> None:
    assert starts("zone-custom-without-summer") == ["05-31 19:30", "06-07 19:30", "06-14 19:30"]


@pytest.mark.parametrize("case", ["zone-custom-like-no-other", "zone-custom-with-endless-rule"])
def test_a_zone_like_no_other_still_gives_the_instants(case: str) -> None:
    event = one(case)
    assert (event.zone, event.start) == ("UTC", datetime(2026, 6, 1, 7, 37, tzinfo=UTC))


def test_utc_stays_utc_whatever_the_calendar_says() -> None:
    assert one("utc-series-with-x-wr-timezone").zone == "UTC"
    assert {start[-5:] for start in starts("utc-series-with-x-wr-timezone")} == {"07:00"}


@pytest.mark.parametrize("name", sorted(win_tz))
def test_every_windows_zone_is_known(name: str) -> None:
    zone = named(name)
    assert zone is not None
    assert zone.name in available_timezones()


@pytest.mark.parametrize("name", ["", "Local", "../../etc/passwd", "/etc/passwd", "Europe", "Mars/Olympus"])
def test_what_is_no_zone_is_none(name: str) -> None:
    assert named(name) is None


def test_rules_that_never_end_are_not_followed() -> None:
    vtimezone = (
        payload("zone-custom-with-endless-rule")
        .decode()
        .replace("\r\n", "\n")
        .partition("BEGIN:VTIMEZONE")[2]
        .partition("END:VTIMEZONE")[0]
    )
    zone = custom(f"\nBEGIN:VTIMEZONE{vtimezone}END:VTIMEZONE")
    assert zone is not None
    assert zone.at(datetime(2026, 6, 1, 9)) == datetime(2026, 6, 1, 7, 37, tzinfo=UTC)  # noqa: DTZ001 - wall time


EDGES = (
    "00010101",
    "00010101T000000",
    "00010101T000000Z",
    "15991231T235959",
    "21010101T000000",
    "99991231",
    "99991231T235959",
    "99991231T235959Z",
)
"""What a date can just be, and beyond what is reckoned with."""


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize(("before", "after"), [("+2359", "-2359"), ("-2359", "+2359"), ("+0100", "+0200"), ("", "+0537")])
def test_no_time_at_the_edge_of_what_a_date_can_be_breaks_a_zone(edge: str, before: str, after: str) -> None:
    """Whatever says it: when a part begins, when its rule ends, or a date by itself; beside one that makes sense."""
    said = (
        (f"DTSTART:{edge}",),
        ("DTSTART:20250330T020000", f"RDATE:{edge}"),
        ("DTSTART:20250330T020000", f"RRULE:FREQ=YEARLY;UNTIL={edge}"),
    )
    for mine in said:
        offsets = (*((f"TZOFFSETFROM:{before}",) if before else ()), f"TZOFFSETTO:{after}")
        other = ("BEGIN:DAYLIGHT", "DTSTART:20251026T030000", f"TZOFFSETFROM:{after}", "TZOFFSETTO:+0100", "END:DAYLIGHT")
        for further in ((), other):
            found = custom("\n".join(["", "TZID:Edge", "BEGIN:STANDARD", *mine, *offsets, "END:STANDARD", *further, ""]))
            assert found is not None
            assert found.time.utcoffset(datetime(2026, 6, 1, 9)) is not None  # noqa: DTZ001  wall time
