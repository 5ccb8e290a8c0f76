"""The window rolls on with the clock, without asking the provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.actions.choose import pause, resume
from metwith.calendars.actions.connect import disconnect, reconnect
from metwith.calendars.models import Entry, Event, Series
from metwith.calendars.sync.extend_series import calendars_behind, roll
from metwith.calendars.sync.run import AHEAD
from metwith.calendars.vocabulary import Recurrence, Visibility
from metwith.rules.health import Succeeded
from tests.calendars.desk import START, Desk, exception, links
from tests.people import person
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

MONTH = timedelta(days=30)
WEEK = timedelta(weeks=1)


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


def keys(desk: Desk) -> list[str]:
    return sorted(key for _, key, _ in desk.entries())


def roll_all(desk: Desk) -> int:
    return sum(roll(workspace_id, calendar_id, desk.now) for workspace_id, calendar_id in calendars_behind(desk.now))


def test_a_year_ahead_is_stored(desk: Desk, alice: Member) -> None:
    desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    desk.sync()
    assert Event.objects.of(alice.workspace).count() == 52
    latest = Event.objects.of(alice.workspace).latest("starts_at").starts_at
    assert desk.now + AHEAD - WEEK < latest <= desk.now + AHEAD


def test_when_a_month_has_passed_a_month_more_is_stored_and_none_twice(desk: Desk, alice: Member) -> None:
    anna = person(alice, "Anna", "anna@acme.example")
    desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    desk.sync()
    before = keys(desk)
    reads = desk.server.reads
    desk.now += MONTH
    assert calendars_behind(desk.now) == [(alice.workspace_id, desk.calendar.pk)]
    assert roll_all(desk) == 4
    after = keys(desk)
    assert after[: len(before)] == before
    assert len(set(after)) == len(after) == len(before) + 4
    assert desk.server.reads == reads
    assert len(links(alice)) == 1
    assert Event.objects.of(alice.workspace).count() == Entry.objects.of(alice.workspace).count() == len(after)
    assert {record for _, _, record in links(alice)} == {anna.pk}


def test_it_may_be_repeated(desk: Desk) -> None:
    desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    desk.sync()
    desk.now += MONTH
    workspace_id, calendar_id = desk.member.workspace_id, desk.calendar.pk
    roll(workspace_id, calendar_id, desk.now)
    once = keys(desk)
    assert calendars_behind(desk.now) == []
    Series.objects.of(workspace_id).update(expanded_until=desk.now)
    assert roll(workspace_id, calendar_id, desk.now) == 0
    assert keys(desk) == once


def test_what_rolled_in_is_what_a_full_read_would_store(desk: Desk, alice: Member) -> None:
    start = START.replace(month=3)
    series = desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY", start=start, zone="Europe/Berlin", updated=START)
    moved = exception(series, start + 20 * WEEK, start=start + 20 * WEEK + timedelta(hours=2), end=start + 20 * WEEK + timedelta(hours=3))
    desk.server.put("work", replace(series, exceptions=(moved,)))
    desk.sync()
    desk.now += 2 * MONTH
    roll_all(desk)
    rolled = list(Entry.objects.of(alice.workspace).order_by("pk").values())
    desk.server.expire_cursors()
    assert desk.sync() == Succeeded()
    assert list(Entry.objects.of(alice.workspace).order_by("pk").values()) == rolled


@pytest.mark.parametrize(
    "facts",
    [
        {"visibility": Visibility.PRIVATE},
        {"visibility": Visibility.PRIVATE, "this_and_future": True},
    ],
)
def test_what_was_dropped_of_a_series_never_rolls_in(desk: Desk, alice: Member, facts: dict[str, Any]) -> None:
    series = desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    hidden = exception(series, START + 54 * WEEK, title="classified", **facts)
    desk.server.put("work", replace(series, exceptions=(hidden,)))
    desk.sync()
    assert "classified" not in repr(list(Series.objects.of(alice.workspace).values()))
    desk.now += 3 * MONTH
    roll_all(desk)
    key = f"{START + 54 * WEEK:%Y%m%d}T090000Z"
    assert keys(desk)[-1] > f"{START + 53 * WEEK:%Y%m%d}" or "this_and_future" in facts
    assert key not in keys(desk)


def test_a_calendar_that_stands_still_does_not_grow_and_catches_up_when_it_goes_on(desk: Desk, alice: Member) -> None:
    desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    desk.sync()
    before = keys(desk)
    pause(alice, desk.calendar.pk)
    desk.now += MONTH
    assert calendars_behind(desk.now) == []
    assert roll(alice.workspace_id, desk.calendar.pk, desk.now) == 0, "a job that was queued before"
    assert keys(desk) == before
    resume(alice, desk.calendar.pk, desk.now)
    assert roll_all(desk) == 4


def test_what_a_disconnected_account_left_is_no_longer_updated_until_it_is_taken_up_again(desk: Desk, alice: Member) -> None:
    desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    desk.sync()
    before = keys(desk)
    disconnect(alice, desk.account.pk, purge=False, now=desk.now)
    desk.now += MONTH
    assert roll_all(desk) == 0
    assert roll(alice.workspace_id, desk.calendar.pk, desk.now) == 0
    assert keys(desk) == before
    reconnect(alice, desk.account.pk, secret="", now=lambda: desk.now)
    assert roll_all(desk) == 4


def test_a_series_that_went_rolls_no_more(desk: Desk) -> None:
    desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    desk.sync()
    desk.delete("weekly")
    desk.sync()
    desk.now += MONTH
    assert calendars_behind(desk.now) == []


def test_a_series_that_has_grown_too_long_does_not_stop_the_others(desk: Desk, alice: Member) -> None:
    desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY")
    desk.series("metronome", "anna@acme.example")
    desk.sync()
    found = Series.objects.of(alice.workspace).get(ical_uid="metronome")
    found.definition["recurrence"]["rules"] = ["FREQ=MINUTELY"]
    found.save()
    desk.now += MONTH
    assert roll_all(desk) == 4
    assert calendars_behind(desk.now) == []
    assert len([key for uid, key, _ in desk.entries() if uid == "metronome"]) == 3


def test_two_copies_of_a_series_roll_into_the_same_meetings(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    for calendar in (desk, other):
        series = desk.series("weekly", "anna@acme.example", "bob@lumen.example", rule="FREQ=WEEKLY")
        calendar.server.put("work", series)
        calendar.sync()
    desk.now += MONTH
    assert roll_all(desk) == 8
    assert Event.objects.of(alice.workspace).count() == 56
    assert Entry.objects.of(alice.workspace).count() == 112


def test_further_dates_beyond_the_window_come_in_with_it(desk: Desk) -> None:
    far = START + timedelta(days=400)
    desk.put("talks", "anna@acme.example", recurrence=Recurrence(dates=(far,)))
    desk.sync()
    assert keys(desk) == ["20260610T090000Z"]
    desk.now += 2 * MONTH
    roll_all(desk)
    assert keys(desk) == ["20260610T090000Z", f"{far:%Y%m%dT%H%M%SZ}"]
