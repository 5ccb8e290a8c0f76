"""The story of a sync, told on the memory provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.actions.choose import confirm_empty
from metwith.calendars.models import Attendee, Calendar, Entry, Event
from metwith.calendars.providers.memory import Killed
from metwith.calendars.sync import run
from metwith.calendars.sync.access import access
from metwith.calendars.sync.run import CalendarBusy
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import ChangePage, Unreadable, Visibility
from metwith.engine import lease
from metwith.engine.models import State
from metwith.rules.health import FEW, MANY, Succeeded, SuspiciouslyEmpty
from metwith.rules.link import RecordKind
from tests.calendars.desk import HOUR, START, Desk, events, exception, links
from tests.calendars.sync.test_store import Interrupted
from tests.people import NOW, company, person
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


def test_a_meeting_with_an_outsider_comes_in_and_is_linked_to_the_person_and_the_company(desk: Desk, alice: Member) -> None:
    acme = company(alice, "Acme", "acme.example")
    anna = person(alice, "Anna", "anna@acme.example")
    desk.put("kick-off", "Anna@ACME.example")
    assert desk.sync() == Succeeded()
    assert desk.entries() == {("kick-off", "", "About kick-off")}
    assert links(alice) == {("kick-off", RecordKind.PERSON, anna.pk), ("kick-off", RecordKind.COMPANY, acme.pk)}


def test_internal_private_and_lonely_events_are_never_stored_and_counted_by_reason(desk: Desk, alice: Member) -> None:
    desk.put("internal", "bob@lumen.example", "lab@research.lumen.example")
    desk.put("private", "anna@acme.example", visibility=Visibility.PRIVATE)
    desk.put("alone")
    desk.sync()
    assert events(alice) == set()
    assert desk.dropped() == {"internal": 1, "private": 1, "not-a-meeting": 1}


def test_an_event_that_turns_private_is_purged_as_if_deleted(desk: Desk, alice: Member) -> None:
    person(alice, "Anna", "anna@acme.example")
    event = desk.put("lunch", "anna@acme.example")
    desk.sync()
    desk.server.put("work", replace(event, visibility=Visibility.PRIVATE))
    desk.sync()
    assert events(alice) == set()
    assert links(alice) == set()
    assert not Attendee.objects.of(alice.workspace).exists()
    assert desk.dropped() == {"private": 1}


def test_an_event_that_loses_its_last_outsider_is_purged(desk: Desk, alice: Member) -> None:
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    desk.put("lunch", "bob@lumen.example")
    desk.sync()
    assert events(alice) == set()
    assert desk.dropped() == {"internal": 1}


def test_an_event_that_turns_public_again_comes_in_and_its_trace_goes(desk: Desk) -> None:
    event = desk.put("lunch", "anna@acme.example", visibility=Visibility.PRIVATE)
    desk.sync()
    desk.server.put("work", replace(event, visibility=Visibility.PUBLIC))
    desk.sync()
    assert desk.uids() == {"lunch"}
    assert desk.dropped() == {}


def test_a_meeting_cancelled_by_the_organizer_stays_marked(desk: Desk, alice: Member) -> None:
    desk.put("lunch", "anna@acme.example", cancelled=True)
    desk.sync()
    assert Event.objects.of(alice.workspace).get().cancelled


def test_a_deleted_meeting_goes_with_everything(desk: Desk, alice: Member) -> None:
    person(alice, "Anna", "anna@acme.example")
    desk.put("lunch", "anna@acme.example")
    desk.put("dinner", "anna@acme.example")
    desk.sync()
    desk.delete("lunch")
    desk.sync()
    assert events(alice) == {("dinner", "")}
    assert {uid for uid, _, _ in links(alice)} == {"dinner"}


def test_two_colleagues_copies_are_one_event_and_it_goes_with_the_last(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    for calendar in (desk, other):
        calendar.put("lunch", "anna@acme.example", "bob@lumen.example")
        calendar.sync()
    assert events(alice) == {("lunch", "")}
    assert Entry.objects.of(alice.workspace).count() == 2
    desk.delete("lunch")
    desk.sync()
    assert events(alice) == {("lunch", "")}
    other.delete("lunch")
    other.sync()
    assert events(alice) == set()


def test_a_series_is_stored_as_occurrences_without_its_private_one(desk: Desk, alice: Member) -> None:
    series = desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY;COUNT=4")
    week = timedelta(weeks=1)
    moved = exception(series, START + week, start=START + week + 3 * HOUR, end=START + week + 4 * HOUR, title="moved")
    secret = exception(series, START + 2 * week, visibility=Visibility.PRIVATE, title="secret")
    desk.server.put("work", replace(series, exceptions=(moved, secret)))
    desk.sync()
    assert desk.entries() == {
        ("weekly", "20260610T090000Z", "About weekly"),
        ("weekly", "20260617T090000Z", "moved"),
        ("weekly", "20260701T090000Z", "About weekly"),
    }
    assert desk.dropped() == {"private": 1}
    assert Event.objects.of(alice.workspace).get(key="20260617T090000Z").starts_at == START + week + 3 * HOUR


def test_public_exceptions_of_a_private_series_come_in_alone(desk: Desk) -> None:
    series = desk.series("weekly", "anna@acme.example", visibility=Visibility.PRIVATE)
    desk.server.put("work", replace(series, exceptions=(exception(series, START, visibility=Visibility.PUBLIC),)))
    desk.sync()
    assert desk.entries() == {("weekly", "20260610T090000Z", "About weekly")}


def test_nothing_is_written_when_nothing_changed(desk: Desk, alice: Member) -> None:
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    before = list(Entry.objects.of(alice.workspace).values())
    desk.server.expire_cursors()
    assert desk.sync() == Succeeded()
    assert list(Entry.objects.of(alice.workspace).values()) == before


@pytest.mark.parametrize("page", [0, 1, 2])
def test_killed_at_any_page_and_run_again_ends_in_the_same_state(desk: Desk, page: int) -> None:
    desk.server.page_size = 2
    for number in range(4):
        desk.put(f"m{number}", "anna@acme.example")
    desk.server.faults.killed_at_page = page
    with pytest.raises(Killed):
        desk.sync()
    assert desk.calendar.cursor == ""
    desk.server.heal()
    assert desk.sync() == CalendarBusy()
    desk.now += timedelta(minutes=3)
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"m0", "m1", "m2", "m3"}
    assert desk.calendar.cursor != ""


@pytest.mark.parametrize("page", [0, 1])
def test_an_expired_cursor_means_a_full_read_into_the_same_rows(desk: Desk, alice: Member, page: int) -> None:
    for number in range(4):
        desk.put(f"m{number}", "anna@acme.example")
    desk.sync()
    ids = set(Entry.objects.of(alice.workspace).values_list("pk", flat=True))
    desk.delete("m0")
    desk.put("m1", "anna@acme.example", title="changed")
    desk.server.faults.expires_at_page = page
    desk.sync()
    desk.server.heal()
    desk.server.expire_cursors()
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"m1", "m2", "m3"}
    assert set(Entry.objects.of(alice.workspace).values_list("pk", flat=True)) < ids


def test_an_unreadable_item_is_counted_and_the_others_come_in(desk: Desk) -> None:
    desk.server.put("work", Unreadable("broken", "The start is not a date."))
    desk.put("lunch", "anna@acme.example")
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"lunch"}
    assert desk.dropped() == {"unreadable": 1}


@pytest.mark.parametrize("many", ["items", "meetings"])
def test_a_calendar_that_is_suddenly_empty_is_doubted_until_its_owner_confirms(desk: Desk, many: str) -> None:
    for number in range(FEW + 1 if many == "items" else 1):
        desk.series(f"m{number}", "anna@acme.example", rule=f"FREQ=DAILY;COUNT={MANY if many == 'meetings' else 1}")
    desk.sync()
    before = desk.uids()
    desk.server.expire_cursors()
    desk.server.faults.empty = True
    assert desk.sync() == SuspiciouslyEmpty()
    assert desk.uids() == before
    assert desk.calendar.state == State.SUSPECT
    confirm_empty(desk.member, desk.calendar.pk, desk.now)
    assert desk.sync() == Succeeded()
    assert desk.uids() == set()


def test_a_calendar_of_few_meetings_may_become_empty_and_is_read_in_full_until_there_is_something(desk: Desk) -> None:
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    desk.server.expire_cursors()
    desk.delete("lunch")
    assert desk.sync() == Succeeded()
    assert (desk.uids(), desk.calendar.cursor) == (set(), "")
    assert desk.sync() == Succeeded()
    assert desk.calendar.cursor == ""
    desk.put("dinner", "anna@acme.example")
    assert desk.sync() == Succeeded()
    assert (desk.uids(), bool(desk.calendar.cursor)) == ({"dinner"}, True)


def test_what_a_servers_bad_minute_hid_of_few_meetings_is_back_with_the_next_reading(desk: Desk) -> None:
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    desk.server.expire_cursors()
    desk.server.faults.empty = True
    desk.sync()
    desk.server.heal()
    desk.sync()
    assert desk.uids() == {"lunch"}


@pytest.mark.parametrize("before", ["never", "empty", "empty and expired"])
def test_what_a_servers_bad_minute_hid_of_a_calendar_that_we_know_nothing_of_comes_with_the_next_reading(desk: Desk, before: str) -> None:
    if before != "never":
        desk.sync()
    if before == "empty and expired":
        desk.server.expire_cursors()
    desk.put("lunch", "anna@acme.example")
    desk.server.faults.empty = True
    assert desk.sync() == Succeeded()
    desk.server.heal()
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"lunch"}


def test_what_the_provider_calls_removed_goes_however_much_it_is(desk: Desk) -> None:
    for number in range(FEW + 1):
        desk.put(f"m{number}", "anna@acme.example")
    desk.sync()
    for number in range(FEW + 1):
        desk.delete(f"m{number}")
    assert desk.sync() == Succeeded()
    assert desk.uids() == set()


def test_it_goes_too_where_a_full_listing_names_what_was_removed(desk: Desk, alice: Member) -> None:
    for number in range(FEW + 1):
        desk.put(f"m{number}", "anna@acme.example")
    desk.sync()
    calendar = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    assert calendar
    removed = tuple(f"m{number}" for number in range(FEW + 1))
    pages = [ChangePage(removed=removed, cursor="end", complete=True)]
    assert run.read_calendar(calendar, access(calendar), Interrupted(pages, lambda: None), lambda: desk.now) == Succeeded()
    assert (desk.uids(), desk.calendar.cursor) == (set(), "end")


def test_a_read_that_did_not_finish_removes_nothing(desk: Desk) -> None:
    for number in range(4):
        desk.put(f"m{number}", "anna@acme.example")
    desk.sync()
    desk.server.expire_cursors()
    desk.delete("m3")
    desk.server.faults.broken_at_page = 1
    desk.sync()
    assert desk.uids() == {"m0", "m1", "m2", "m3"}
    assert desk.calendar.state == State.BROKEN


def test_lost_access_keeps_the_cursor_and_waits_for_the_user(desk: Desk) -> None:
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    cursor = desk.calendar.cursor
    desk.server.faults.needs_reconnect = True
    desk.sync()
    calendar = desk.calendar
    assert (calendar.state, calendar.cursor, calendar.next_sync_at) == (State.RECONNECT, cursor, None)
    assert desk.uids() == {"lunch"}


def test_a_calendar_that_is_gone_keeps_its_meetings(desk: Desk) -> None:
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    desk.server.remove_calendar("work")
    desk.sync()
    assert desk.calendar.state == State.GONE
    assert desk.uids() == {"lunch"}


def test_a_first_reading_never_counts_backwards(alice: Member):
    """Whatever attempt is under way: the one that came furthest is told, until it was read to its end once."""
    desk = Desk(alice, "alice", page=2)
    for number in range(5):
        desk.put(f"m{number}", "anna@acme.example")
    Calendar.objects.of(alice.workspace).filter(pk=desk.calendar.pk).update(read=3, expected=5, state="reading")
    claimed = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, NOW)
    assert claimed is not None
    assert (claimed.read, claimed.expected) == (3, 5)
    assert claimed.lease_holder is not None
    held = lease.Lease(alice.workspace_id, claimed.pk, claimed.lease_holder)
    seen = []
    for so_far in (2, 4, 5):
        lease.renew(TABLES, held, NOW, items=2, so_far=so_far)
        seen.append(desk.calendar.read)
    assert seen == [3, 4, 5]
    lease.report(TABLES, claimed, Succeeded(HOUR), NOW)
    again = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, NOW)
    assert again is not None
    assert (again.read, again.expected) == (0, None)
