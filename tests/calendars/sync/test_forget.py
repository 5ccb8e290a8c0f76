"""Taking out what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars.models import Attendee, Entry, Event, Link, Series, Trace
from metwith.calendars.rules.health import Succeeded
from metwith.calendars.sync import forget, run
from metwith.calendars.sync.run import Busy
from metwith.calendars.vocabulary import Visibility
from tests.calendars.desk import HOUR, START, Desk, events, links
from tests.people import person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@pytest.fixture
def desk(alice: Member) -> Desk:
    """A calendar with one of everything."""
    person(alice, "Anna", "anna@acme.example")
    made = Desk(alice, "alice")
    made.put("lunch", "anna@acme.example")
    made.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY;COUNT=4")
    made.put("private", "anna@acme.example", visibility=Visibility.PRIVATE)
    made.sync()
    return made


def test_of_a_purged_calendar_nothing_stays_but_its_row(desk: Desk, alice: Member) -> None:
    assert links(alice)
    forget.purge_calendar(desk.calendar)
    for model in (Event, Entry, Attendee, Link, Series, Trace):
        assert not model.objects.of(alice.workspace).exists(), model.__name__
    assert desk.calendar.cursor == ""
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"lunch", "weekly"}


def test_meetings_that_a_colleague_has_too_stay_as_the_colleague_has_them(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    other.put("lunch", "anna@acme.example", "zoe@acme.example", start=START + HOUR)
    other.sync()
    forget.purge_account(desk.account)
    assert events(alice) == {("lunch", "")}
    event = Event.objects.of(alice.workspace).get()
    assert event.starts_at == START + HOUR
    assert Link.objects.of(alice.workspace).get().starts_at == START + HOUR
    assert set(Attendee.objects.of(alice.workspace).values_list("address", flat=True)) == {
        "bob@lumen.example", "anna@acme.example", "zoe@acme.example",
    }  # fmt: skip


def test_a_sync_under_way_writes_nothing_after_a_purge(desk: Desk, alice: Member) -> None:
    held = run.claim(alice.workspace_id, desk.calendar.pk, desk.now)
    assert held
    assert desk.sync() == Busy()
    forget.purge_calendar(held)
    assert desk.calendar.lease_holder is None


def test_another_account_loses_nothing(desk: Desk, alice: Member, charlie: Member) -> None:
    other = Desk(charlie, "charlie")
    other.put("lunch", "anna@acme.example")
    other.sync()
    forget.purge_account(desk.account)
    assert events(charlie) == {("lunch", "")}


def test_many_meetings_go_in_batches(desk: Desk, alice: Member) -> None:
    desk.series("daily", "anna@acme.example", rule="FREQ=DAILY;COUNT=30")
    desk.sync()
    forget.purge_calendar(desk.calendar)
    assert events(alice) == set()
