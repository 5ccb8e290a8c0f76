from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from metwith.lib.errors import Invalid
from metwith.records import fields


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("", None),
        (None, None),
        ("0", "0"),
        ("12", "12"),
        ("12.5", "12.50"),
        ("12,5", "12.50"),
        ("1234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1.234.567", "1234567"),
        ("1,234,567.8", "1234567.80"),
        ("1 234 567,80", "1234567.80"),
        ("1 234,80", "1234.80"),
        ("1'234.80", "1234.80"),
        (12.5, "12.50"),
        (Decimal("0.10"), "0.10"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_an_amount_may_be_written_as_people_write_it(typed: str | float | Decimal | None, amount: str | None):
    assert fields.amount(typed) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "typed",
    [
        "1.234",
        "1,234",
        "1,23,4",
        "1.234.56",
        "1,234,56",
        "12.345",
        "-1",
        "1e3",
        "EUR 5",
        "five",
        "NaN",
        "Infinity",
        "1234567890123",
        "1..2",
        ",",
    ],
)
def test_an_amount_that_could_mean_two_things_or_nothing_is_refused(typed: str):
    with pytest.raises(Invalid) as caught:
        fields.amount(typed)
    assert caught.value.field == "amount"


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), Decimal("0.001"), Decimal("1e12"), 1e300])
def test_a_number_that_is_no_amount_is_refused(value: float | Decimal):
    with pytest.raises(Invalid):
        fields.amount(value)


@given(st.decimals(min_value=0, max_value=10**12 - 1, places=2))
def test_every_way_to_write_an_amount_means_the_same(value: Decimal):
    for text in (f"{value}", f"{value:,}", f"{value:,}".translate(str.maketrans(",.", ".,")), f"{value:,}".replace(",", " ")):
        assert fields.amount(text) == value


@given(st.text())
def test_no_text_breaks_a_field(text: str):
    for read in (fields.name, fields.amount, fields.currency, fields.close_date, fields.stage):
        with contextlib.suppress(Invalid):
            read(text)


@pytest.mark.parametrize(("typed", "day"), [("2026-11-30", (2026, 11, 30)), ("30.11.2026", (2026, 11, 30)), (" 1.2.2026 ", (2026, 2, 1))])
def test_a_day_may_be_written_in_two_ways(typed: str, day: tuple[int, int, int]):
    assert fields.close_date(typed) == dt.date(*day)


@pytest.mark.parametrize("typed", ["11/30/2026", "30.2.2026", "2026-13-01", "soon", "0.0.0000"])
def test_other_days_are_refused(typed: str):
    with pytest.raises(Invalid) as caught:
        fields.close_date(typed)
    assert caught.value.field == "close_date"


def test_no_day_and_a_day_pass():
    assert fields.close_date("") is fields.close_date(None) is None
    assert fields.close_date(dt.date(2026, 1, 2)) == dt.date(2026, 1, 2)


@pytest.mark.parametrize(("typed", "stage"), [("", "new"), ("won", "won"), ("Proposal", "proposal"), (" NEGOTIATION ", "negotiation")])
def test_a_stage_is_known_by_key_and_name(typed: str, stage: str):
    with translation.override("en"):
        assert fields.stage(typed) == stage


def test_an_unknown_stage_or_currency_is_named():
    with pytest.raises(Invalid, match="new, qualified, proposal, negotiation, won, lost"):
        fields.stage("hot")
    with pytest.raises(Invalid, match="“XYZ”"):
        fields.currency("XYZ")
    assert (fields.currency(" eur "), fields.currency("")) == ("EUR", "")
