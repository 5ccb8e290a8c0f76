"""Time zones as they are typed."""

from __future__ import annotations

from contextlib import suppress
from zoneinfo import available_timezones

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from metwith.web.site.zones import ZoneField, suggested


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe/berlin ", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("Sao Paulo", "America/Sao_Paulo"),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
        ("Asia/Calcutta", "Asia/Calcutta"),
    ],
)
def test_a_place_is_understood_however_it_is_written_and_by_an_older_name_too(typed: str, zone: str):
    assert ZoneField().clean(typed) == zone


def test_only_names_of_today_are_suggested():
    assert {"Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "UTC"} <= set(suggested())
    assert not {"US/Indiana-Starke", "Asia/Calcutta", "GMT0", "Etc/GMT+5", "Europe/Kiev"} & set(suggested())


@given(st.text(max_size=80))
def test_anything_typed_is_a_zone_or_refused_in_words(typed: str):
    with suppress(forms.ValidationError):
        assert ZoneField(required=False).clean(typed) in available_timezones() | {""}


def test_an_empty_field_is_refused_where_one_is_needed():
    with pytest.raises(forms.ValidationError):
        ZoneField().clean("")
    assert ZoneField(required=False).clean("") == ""
