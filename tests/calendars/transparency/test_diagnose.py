"""Looking for a missing meeting where people sign in: at both providers, live, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.models import Calendar, Entry, Trace
from metwith.calendars.transparency.diagnose import look_for

if TYPE_CHECKING:
    from tests.engine.told import Told


def test_it_is_found_live_and_nothing_is_written(told: Told):
    told.change("pilot")
    before = list(Calendar.objects.values())
    answer = look_for(told.member, told.now.date(), "PIL", now=lambda: told.now)
    (found,) = answer.found
    assert (found.title, found.reasons, found.read, found.outsiders) == ("pilot", (), False, ("anna@acme.example",))
    assert [looked.state for looked in answer.looked] == ["whole"]
    assert not Entry.objects.exists()
    assert not Trace.objects.exists()
    assert list(Calendar.objects.values()) == before


def test_what_was_read_is_known_again_by_its_identity(told: Told):
    told.change("pilot")
    told.sync()
    (found,) = look_for(told.member, told.now.date(), "pilot", now=lambda: told.now).found
    assert found.read
    assert found.event_id
