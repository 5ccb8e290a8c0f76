"""What a payload may hold is made to fit before it is anything of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.rules.fits import LONGEST_NAME, LONGEST_TEXT, fit_calendar, fit_colour, fit_name, fit_text
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.lib.text import storable

ANYTHING = st.one_of(st.text(), st.none(), st.integers(), st.booleans(), st.lists(st.text()), st.dictionaries(st.text(), st.integers()))


@given(ANYTHING)
def test_whatever_stands_in_a_payload_becomes_a_text_that_can_be_stored(value: object):
    for text, most in ((fit_text(value), LONGEST_TEXT), (fit_name(value), LONGEST_NAME), (fit_colour(value), 7)):
        assert storable(text) == text
        assert len(text) <= most
        assert text == "" or isinstance(value, str)


def test_a_text_and_a_name_are_cut_and_a_name_is_one_line():
    assert (fit_text("  a\nb \0", 10), fit_text("x" * 20, 10)) == ("a\nb ", "x" * 10)
    assert fit_name(" Team \r\n of\tAna \0") == "Team of Ana"
    assert fit_name("x" * 10_000) == "x" * LONGEST_NAME


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("#9FE1E7", "#9fe1e7"),
        (" #9fe1e7 ", "#9fe1e7"),
        ("#9FE1E7FF", "#9fe1e7"),
        ("9fe1e7", "#9fe1e7"),
        ("turquoise", ""),
        ("#9fe", ""),
        ("#9fe1e7f", ""),
        ("#9fe1e7;background:url(//x)", ""),
        ("", ""),
        (None, ""),
        (0x9FE1E7, ""),
    ],
)
def test_a_colour_is_six_digits_or_none(given: object, kept: str):
    assert fit_colour(given) == kept


def test_a_calendar_is_made_to_fit_whoever_read_it():
    fitting = fit_calendar(RemoteCalendar(id="a", name="x" * 1000, colour="#9FE1E7FF"))
    assert fitting
    assert (fitting.name, fitting.colour) == ("x" * LONGEST_NAME, "#9fe1e7")
    assert fit_calendar(RemoteCalendar(id="a\0", name="A")) is None
