"""What a page comes to in the tables: leases, resources of several events, two copies in one calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.models import Attendee, Entry, Event, Link, Series, Trace
from metwith.calendars.sync import run
from metwith.calendars.sync.access import access
from metwith.calendars.sync.run import CalendarBusy
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import ChangePage, Recurrence, RemoteEvent, Unreadable, Visibility
from metwith.calendars.vocabulary import RemoteAttendee as Participant
from metwith.engine import lease
from metwith.rules.health import Succeeded
from tests.calendars.desk import HOUR, START, Desk, events, meeting
from tests.people import person
from tests.remembered import once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metwith.calendars.vocabulary import RemoteCalendar
    from metwith.workspaces.models import Member


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


class Interrupted:
    """A provider of two pages, between which something else happens."""

    def __init__(self, pages: list[ChangePage], between: Callable[[], object]) -> None:
        self.pages, self.between = pages, between

    def own_addresses(self) -> tuple[str, ...]:
        return ()

    def calendars(self) -> tuple[RemoteCalendar, ...]:
        return ()

    def changes(self, calendar: str, cursor: str) -> Iterator[ChangePage]:
        for number, page in enumerate(self.pages):
            if number:
                self.between()
            yield page


def said(desk: Desk, uid: str) -> RemoteEvent:
    return meeting(uid, desk.member.user.email, "anna@acme.example")


def test_who_comes_second_while_a_lease_holds_finds_it_busy(desk: Desk, alice: Member) -> None:
    desk.put("lunch", "anna@acme.example")
    assert lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    assert lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now + lease.DURATION) is None
    assert desk.sync() == CalendarBusy()
    assert lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now + lease.DURATION + timedelta(seconds=1))


def test_who_lost_the_lease_writes_nothing_more(desk: Desk, alice: Member) -> None:
    calendar = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    assert calendar

    def another_takes_over() -> None:
        assert lease.claim(TABLES, alice.workspace_id, calendar.pk, desk.now + timedelta(minutes=10))

    pages = [ChangePage(events=(said(desk, "first"),)), ChangePage(events=(said(desk, "second"),), cursor="end")]
    with pytest.raises(lease.LeaseLost):
        run.read_calendar(calendar, access(calendar), Interrupted(pages, another_takes_over), lambda: desk.now)
    assert desk.uids() == {"first"}
    assert desk.calendar.cursor == ""


def test_who_lost_the_lease_does_not_sweep_either(desk: Desk, alice: Member) -> None:
    desk.put("lunch", "anna@acme.example")
    desk.put("dinner", "anna@acme.example")
    desk.sync()
    calendar = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    assert calendar

    def another_takes_over() -> None:
        assert lease.claim(TABLES, alice.workspace_id, calendar.pk, desk.now + timedelta(minutes=10))

    pages = [ChangePage(events=(said(desk, "lunch"),)), ChangePage(cursor="end", complete=True)]
    with pytest.raises(lease.LeaseLost):
        run.read_calendar(calendar, access(calendar), Interrupted(pages, another_takes_over), lambda: desk.now)
    assert desk.uids() == {"lunch", "dinner"}


def test_a_page_keeps_the_lease_alive(desk: Desk, alice: Member) -> None:
    calendar = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    assert calendar

    def time_goes_by() -> None:
        desk.now += timedelta(seconds=80)
        assert desk.sync() == CalendarBusy()

    pages = [ChangePage(events=(said(desk, uid),)) for uid in "abc"] + [ChangePage(cursor="end")]
    assert run.read_calendar(calendar, access(calendar), Interrupted(pages, time_goes_by), lambda: desk.now) == Succeeded()
    assert desk.uids() == {"a", "b", "c"}


def test_a_resource_of_several_events_comes_and_goes_as_a_whole(desk: Desk) -> None:
    several = [replace(said(desk, uid), id=f"several#{uid}") for uid in "abc"]
    desk.server.put("work", *several)
    desk.sync()
    assert desk.uids() == {"a", "b", "c"}
    desk.server.put("work", *several[:2])
    desk.sync()
    assert desk.uids() == {"a", "b"}
    desk.server.put("work", replace(several[0], id="several"))
    desk.sync()
    assert desk.uids() == {"a"}
    desk.delete("several")
    desk.sync()
    assert desk.uids() == set()


def test_a_resource_of_several_events_stays_when_it_is_listed_as_unchanged(desk: Desk, alice: Member) -> None:
    desk.server.put("work", *(replace(said(desk, uid), id=f"several#{uid}") for uid in "ab"))
    desk.sync()
    calendar = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    assert calendar
    pages = [ChangePage(unchanged=("several",), cursor="end", complete=True)]
    assert run.read_calendar(calendar, access(calendar), Interrupted(pages, lambda: None), lambda: desk.now) == Succeeded()
    assert desk.uids() == {"a", "b"}


def test_what_a_sliding_feed_no_longer_names_goes_from_now_on_and_stays_in_the_past(desk: Desk, alice: Member) -> None:
    desk.put("past", "anna@acme.example", start=desk.now - 2 * HOUR)
    desk.put("running", "anna@acme.example", start=desk.now - HOUR / 2)
    desk.put("future", "anna@acme.example")
    desk.put("named", "anna@acme.example")
    desk.series("weekly", "anna@acme.example", start=desk.now - timedelta(days=15), rule="FREQ=WEEKLY")
    desk.sync()
    calendar = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    assert calendar
    pages = [ChangePage(unchanged=("named",), cursor="end", complete=True, keep_past=True)]
    assert run.read_calendar(calendar, access(calendar), Interrupted(pages, lambda: None), lambda: desk.now) == Succeeded()
    assert desk.uids() == {"past", "named", "weekly"}
    assert len([key for uid, key, _ in desk.entries() if uid == "weekly"]) == 3
    assert not Series.objects.of(alice.workspace).exists()


def test_each_event_of_a_resource_that_did_not_come_in_is_counted(desk: Desk) -> None:
    first, second, third = (replace(said(desk, uid), id=f"several#{uid}", visibility=Visibility.PRIVATE) for uid in "abc")
    desk.server.put("work", first, second, replace(third, visibility=Visibility.PUBLIC), Unreadable("several#d", "no start"))
    desk.sync()
    assert desk.uids() == {"c"}
    assert desk.dropped() == {"private": 2, "unreadable": 1}
    desk.server.put("work", replace(third, visibility=Visibility.PUBLIC))
    desk.sync()
    assert desk.dropped() == {}


def test_of_two_copies_in_one_calendar_the_later_version_speaks_whichever_comes_first(desk: Desk, alice: Member) -> None:
    new = replace(said(desk, "lunch"), sequence=1, start=START + HOUR, end=START + 2 * HOUR)
    desk.server.put("work", replace(new, id="a"))
    desk.server.put("work", replace(said(desk, "lunch"), id="b"))
    desk.sync()
    event = Event.objects.of(alice.workspace).get()
    assert Entry.objects.of(alice.workspace).count() == 2
    assert event.starts_at == START + HOUR
    desk.delete("a")
    desk.sync()
    event.refresh_from_db()
    assert event.starts_at == START


def test_links_and_participants_follow_the_copies(desk: Desk, alice: Member, bob: Member) -> None:
    person(alice, "Anna", "anna@acme.example")
    person(alice, "Zoe", "zoe@acme.example")
    other = Desk(bob, "bob")
    desk.put("lunch", "anna@acme.example", "bob@lumen.example")
    theirs = replace(meeting("lunch", "alice@lumen.example", "bob@lumen.example", "zoe@acme.example"), id="lunch")
    other.server.put("work", theirs)
    desk.sync()
    other.sync()
    assert Link.objects.of(alice.workspace).count() == 2
    other.server.put("work", replace(theirs, attendees=(*theirs.attendees[:-1], Participant("tom@gmail.com"))))
    other.sync()
    assert set(Attendee.objects.of(alice.workspace).values_list("address", flat=True)) == {
        "alice@lumen.example", "bob@lumen.example", "anna@acme.example", "tom@gmail.com",
    }  # fmt: skip
    assert Link.objects.of(alice.workspace).count() == 1


@pytest.mark.parametrize("rule", ["FREQ=SOMETIMES", "FREQ=DAILY;INTERVAL=0", "nonsense"])
def test_a_series_with_a_broken_rule_is_set_aside_and_the_others_come_in(desk: Desk, rule: str) -> None:
    desk.put("broken", "anna@acme.example", recurrence=Recurrence(rules=(rule,)))
    desk.put("lunch", "anna@acme.example")
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"lunch"}
    assert desk.dropped() == {"unreadable": 1}


def test_a_series_that_repeats_too_often_is_set_aside(desk: Desk) -> None:
    desk.put("metronome", "anna@acme.example", recurrence=Recurrence(rules=("FREQ=SECONDLY",)))
    desk.put("lunch", "anna@acme.example")
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"lunch"}
    assert desk.dropped() == {"unreadable": 1}


def test_a_series_that_turns_into_a_single_meeting_leaves_no_occurrence_behind(desk: Desk, alice: Member) -> None:
    series = desk.series("weekly", "anna@acme.example")
    desk.sync()
    desk.server.put("work", replace(series, recurrence=None))
    desk.sync()
    assert events(alice) == {("weekly", "")}
    assert not Series.objects.of(alice.workspace).exists()


def test_a_trace_says_nothing_and_fits_no_other_calendar(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    for calendar in (desk, other):
        calendar.server.put("work", replace(said(desk, "secret-plan"), visibility=Visibility.PRIVATE, title="classified"))
        calendar.sync()
    traces = list(Trace.objects.of(alice.workspace).values())
    assert len({trace["item"] for trace in traces}) == 2
    assert not any(word in repr(traces) for word in ("classified", "secret", "plan", "acme", "2026-06-10"))


def test_texts_of_any_length_and_script_are_stored_as_they_are(desk: Desk, alice: Member) -> None:
    title, name = "Größe 会議 \U0001f680 | \\N \\. \t" + "x" * 5000, "N" * 290 + "ß"
    desk.server.put("work", replace(said(desk, "lunch"), title=title, attendees=(Participant("anna@acme.example", name),)))
    desk.sync()
    assert desk.entries() == {("lunch", "", title)}
    assert Attendee.objects.of(alice.workspace).get().name == name
