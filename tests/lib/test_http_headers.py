from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from metwith.lib.http_headers import http_date, retry_after

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("60", timedelta(minutes=1)),
        (" 0 ", timedelta()),
        ("Fri, 20 Nov 2026 10:00:00 GMT", timedelta(hours=1)),
        ("99999999999", timedelta(days=1)),
        ("Fri, 20 Nov 2099 10:00:00 GMT", timedelta(days=1)),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_how_long_a_server_may_make_us_wait(value: str, wait: timedelta | None):
    assert retry_after(value, NOW) == (None if wait is None else NOW + wait)


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000"])
def test_dates_of_headers(zone: str):
    assert http_date(f"Sat, 21 Nov 2026 09:00:00 {zone}") == datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize("value", ["yesterday", "", "Sat, 21 Nov 2026 09:00:00 +99999999999999999999", "Sat, 41 Nov 2026 09:00:00 GMT"])
def test_what_is_no_date(value: str):
    assert http_date(value) is None
