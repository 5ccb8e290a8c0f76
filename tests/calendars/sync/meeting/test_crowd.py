"""One meeting in any number of items of one calendar: ten stand there, the others are left out and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.models import Entry, Event, Series, Trace
from metwith.calendars.sync import extend_series
from metwith.calendars.sync.meeting import crowd
from metwith.calendars.vocabulary import Recurrence
from tests.calendars.desk import Desk, invited_by
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

EVERY_DAY = Recurrence(rules=("FREQ=DAILY",))


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


def put(desk: Desk, many: int, *, since: int = 0, **facts: object) -> None:
    for number in range(since, since + many):
        desk.put("lunch", "anna@acme.example", id=f"{number:03}", **facts)


def copies(desk: Desk) -> int:
    return Entry.objects.of(desk.member.workspace_id).filter(event__ical_uid="lunch").count()


def test_more_copies_of_one_meeting_than_ten_are_left_out_and_told(desk: Desk):
    put(desk, 3)
    desk.sync()
    assert (copies(desk), desk.dropped()) == (3, {}), "two or three come up"
    put(desk, 12, since=3)
    desk.put("dinner", "anna@acme.example")
    desk.sync()
    assert copies(desk) == crowd.MOST
    assert desk.dropped() == {"unreadable": 5}
    assert {trace.note for trace in Trace.objects.of(desk.member.workspace_id)} == {"It stands here too often."}
    assert "dinner" in desk.uids()


def test_they_do_not_come_one_by_one_either(desk: Desk):
    for number in range(15):
        put(desk, 1, since=number)
        desk.sync()
    assert copies(desk) == crowd.MOST


def test_nor_each_with_an_organizer_of_its_own(desk: Desk):
    for number in range(15):
        put(desk, 1, since=number, attendees=invited_by(f"o{number}@acme.example", "alice@lumen.example"))
    desk.sync()
    assert copies(desk) == crowd.MOST


def test_what_is_stored_may_change_and_one_that_goes_makes_room(desk: Desk):
    put(desk, 12)
    desk.sync()
    put(desk, 12, title="Another title")
    desk.sync()
    assert {title for _, _, title in desk.entries()} == {"Another title"}
    for number in range(12):
        desk.delete(f"{number:03}")
    put(desk, 10, since=20)
    desk.server.page_size = 50
    desk.sync()
    assert copies(desk) == crowd.MOST
    assert desk.dropped() == {}


def test_of_a_series_the_days_to_come_are_counted_too(desk: Desk):
    put(desk, 12, recurrence=EVERY_DAY)
    desk.sync()
    space = desk.member.workspace_id
    assert Series.objects.of(space).count() == crowd.MOST
    before = Event.objects.of(space).count()
    desk.now += 5 * extend_series.SLACK
    extend_series.roll(space, desk.calendar.pk, desk.now)
    assert Event.objects.of(space).count() > before
    assert copies(desk) == crowd.MOST * Event.objects.of(space).count()
