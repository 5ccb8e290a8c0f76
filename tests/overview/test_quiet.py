"""When a record has gone quiet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.overview.quiet import quiet_day, usual_gap

START = date(2026, 1, 1)
JUNE = 2026 * 12 + 5


def days(*said: int) -> list[date]:
    return [START + timedelta(days=day) for day in said]


@pytest.mark.parametrize(
    ("met", "quiet"),
    [
        ([0, 30, 60], 60 + 60),
        ([0, 10, 20, 30], 30 + 28),
        ([0, 40, 60, 100, 120], 120 + 60),
        ([0, 30], None),
        ([], None),
    ],
)
def test_silent_for_twice_the_usual_gap_and_never_before_four_weeks(met: list[int], quiet: int | None):
    assert quiet_day(days(*met), JUNE) == (None if quiet is None else START + timedelta(days=quiet))


def test_only_the_last_ten_gaps_are_usual():
    often = [*range(0, 400, 100), *range(300 + 20, 300 + 220, 20)]
    assert quiet_day([date(2025, 1, 1) + timedelta(days=day) for day in often], 2025 * 12 + 11) == date(2025, 1, 1) + timedelta(
        days=often[-1] + 40
    )


def test_days_of_more_than_24_months_ago_and_last_ones_of_more_than_12_do_not_count():
    met = [date(2024, 6, 30), date(2024, 7, 1), date(2026, 6, 1)]
    assert quiet_day(met, JUNE) is None, "June 2024 is the 25th month"
    assert quiet_day([date(2024, 7, 1), date(2025, 6, 30), date(2025, 7, 1)], JUNE) is not None
    assert quiet_day([date(2025, 1, 1), date(2025, 3, 1), date(2025, 6, 30)], JUNE) is None, "June 2025 is the 13th month"


@given(st.lists(st.integers(0, 700), min_size=3, max_size=30, unique=True).map(sorted))
def test_the_usual_gap_is_the_half_of_what_had_to_pass(said: list[int]):
    met = days(*said)
    month = met[-1].year * 12 + met[-1].month - 1
    found = quiet_day(met, month)
    if found is not None:
        assert usual_gap(met[-1], found) >= timedelta(days=14)
        assert met[-1] + 2 * usual_gap(met[-1], found) == found
