"""What becomes of a note when the copy that it is on goes: asked of every reason that there is, by the road that has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.accounts import blocks
from metwith.calendars.actions import choose, connect, own_copy
from metwith.calendars.models import Entry, Event
from metwith.calendars.sync import aside
from metwith.calendars.sync.copy_signals import copies_leaving, remove_copies, replace_copies
from metwith.calendars.vocabulary import DropReason, Leaving, Unreadable, Visibility
from metwith.notes import actions, queries
from metwith.notes.models import Note, NotePlace
from metwith.privacy import erasure
from metwith.workspaces import actions as workspace
from metwith.workspaces import domains
from tests.calendars.desk import START, Desk, exception
from tests.calendars.worker import work
from tests.notes.desk_notes import event_of, on_company, on_meeting, searched, write
from tests.people import NOW, company, person
from tests.remembered import once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metwith.records.models import Company
    from metwith.workspaces.models import Member

pytestmark = pytest.mark.django_db

GUEST = "anna@acme.example"
HERS, HIS = "What Alice wrote", "What Bob wrote"


class Table:
    """Alice's calendar, which Bob sees all of; the company of her guest; and a note of each on her meeting."""

    def __init__(self, alice: Member, bob: Member) -> None:
        self.alice, self.bob = alice, bob
        self.acme: Company = company(alice, "Acme", "acme.example")
        self.anna = person(alice, "Anna", GUEST, company=self.acme)
        self.desk = Desk(alice, "alice", sharing="everything")
        self.desk.put("lunch", GUEST)
        # So that the calendar is never suddenly empty.
        for n in range(4):
            self.desk.put(f"other-{n}", f"kim@north-{n}.example")
        self.desk.sync()
        work()
        write(alice, "lunch", HERS)
        write(bob, "lunch", HIS)

    def entry(self, item: str = "lunch") -> int:
        return Entry.objects.of(self.alice.workspace).get(remote_id=item).pk


@once
def table(alice: Member, bob: Member) -> Table:
    return Table(alice, bob)


@pytest.fixture
def reasons() -> Iterator[set[Leaving]]:
    """Why copies went, as it was told."""
    found: set[Leaving] = set()

    def hear(reasons: dict[int, Leaving], **_rest: object) -> None:
        found.update(reasons.values())

    copies_leaving.connect(hear)
    yield found
    copies_leaving.disconnect(hear)


def _put(table: Table, *guests: str, **facts: object) -> None:
    table.desk.put("lunch", *guests, **facts)
    table.desk.sync()


def _delete(table: Table) -> None:
    table.desk.delete("lunch")
    table.desk.sync()


def _unread(table: Table) -> None:
    table.desk.server.put("work", Unreadable("lunch", "a defect"))
    table.desk.sync()


def _answered(table: Table) -> None:
    """Scheduling mail takes nothing away: no road leads there."""
    remove_copies(table.alice.workspace_id, {table.entry(): Leaving.SCHEDULING})


def _block(table: Table) -> None:
    blocks.add_blocks(table.alice, "who", ["acme.example"], everybody=True)
    work()


def _join(table: Table) -> None:
    table.desk.put("lunch", GUEST, id="lunch again")
    table.desk.sync()
    replace_copies(table.alice.workspace_id, {table.entry(): table.entry("lunch again")}, Leaving.JOINED)


ROADS: dict[Leaving, Callable[[Table], object]] = {
    Leaving.DELETED: _delete,
    Leaving.DISCONNECTED: lambda t: connect.disconnect(t.alice, t.desk.account.pk, purge=True, now=NOW),
    Leaving.ERASED: lambda t: erasure.erase_address(t.alice, GUEST),
    Leaving.JOINED: _join,
    Leaving.SWITCHED_OFF: lambda t: choose.choose_calendars(t.alice, t.desk.account.pk, [], NOW),
    Leaving.TAKEN_OUT: lambda t: own_copy.take_out(t.alice, event_of(t.alice, "lunch"), whole=False, now=NOW),
    Leaving.NOT_A_MEETING: _put,
    Leaving.PRIVATE: lambda t: _put(t, GUEST, visibility=Visibility.PRIVATE),
    Leaving.BLOCKED: _block,
    Leaving.INTERNAL: lambda t: _put(t, "bob@lumen.example"),
    Leaving.SCHEDULING: _answered,
    Leaving.UNREADABLE: _unread,
}
"""A way to each."""
ALONE = {Leaving.DELETED, Leaving.UNREADABLE, Leaving.SCHEDULING}
"""After these it is its author's alone; after JOINED it is on the other copy; after all others it is gone."""


def test_a_way_is_known_to_every_reason_and_whatever_keeps_out_may_take_away() -> None:
    assert set(ROADS) == set(Leaving), "say here what becomes of a note for a new reason"
    assert {reason.value for reason in DropReason} <= {why.value for why in Leaving}


@pytest.mark.parametrize("why", Leaving)
def test_a_note_goes_with_its_copy_or_stays_its_authors_alone(table: Table, reasons: set[Leaving], why: Leaving) -> None:
    ROADS[why](table)
    work()
    assert why in reasons or why is Leaving.ERASED
    assert not Entry.objects.of(table.alice.workspace).filter(remote_id="lunch").exists()
    if why is Leaving.JOINED:
        assert on_meeting(table.alice, "lunch") == [HIS, HERS]
        return
    assert on_meeting(table.bob, "lunch") == []
    for member, text in ((table.alice, HERS), (table.bob, HIS)):
        left = [(note.text, note.alone, note.day) for note in on_company(member, table.acme)]
        assert left == ([(text, True, START.date())] if why in ALONE else [])
        assert searched(member, "wrote") == ({text} if why in ALONE else set())
    assert Note.objects.of(table.alice.workspace).count() == (2 if why in ALONE else 0)


def test_of_an_occurrence_or_an_end_of_a_series_that_turns_private_no_note_is_left(table: Table) -> None:
    """Though each goes from a series that is still there."""
    series = table.desk.series("daily", GUEST, rule="FREQ=DAILY;COUNT=6")
    table.desk.sync()
    days = dict(Event.objects.of(table.alice.workspace).filter(ical_uid="daily").order_by("key").values_list("starts_at", "pk"))
    for n, event in enumerate(days.values()):
        actions.write_on_meeting(table.bob, event, f"Day {n}", now=NOW)
    private = exception(series, START + timedelta(days=1), visibility=Visibility.PRIVATE)
    tail = exception(series, START + timedelta(days=4), visibility=Visibility.PRIVATE, this_and_future=True)
    table.desk.server.put("work", replace(series, exceptions=(private, tail)))
    table.desk.sync()
    assert searched(table.bob, "Day") == {"Day 0", "Day 2", "Day 3"}
    # And of one that is deleted beside them the note stays.
    assert series.recurrence
    without = replace(series.recurrence, excluded=(START + timedelta(days=2),))
    table.desk.server.put("work", replace(series, exceptions=(private,), recurrence=without))
    table.desk.sync()
    assert [note.text for note in on_company(table.bob, table.acme)] == ["Day 2"]


def test_what_is_its_authors_alone_comes_back_with_the_meeting(table: Table) -> None:
    _delete(table)
    assert [note.text for note in on_company(table.bob, table.acme)] == [HIS]
    _put(table, GUEST)
    assert on_meeting(table.alice, "lunch") == on_meeting(table.bob, "lunch") == [HIS, HERS]
    assert on_company(table.bob, table.acme) == []
    assert not NotePlace.objects.of(table.alice.workspace).exists()


def test_it_does_not_come_back_with_somebody_elses_copy_but_its_author_sees_it_there(table: Table) -> None:
    other = Desk(table.bob, "bob", sharing="everything")
    _delete(table)
    other.put("lunch", GUEST, attendees=table.desk.put("x", GUEST).attendees)
    other.sync()
    assert on_meeting(table.bob, "lunch") == [HIS]
    assert on_meeting(table.alice, "lunch") == [HERS]
    assert [note.alone for note in on_company(table.bob, table.acme)] == [True]


def test_what_moves_to_another_row_or_place_keeps_its_notes(table: Table) -> None:
    """Another organizer, another time, another title: the copy is the same."""
    before = event_of(table.alice, "lunch")
    organized_by_guest = tuple(replace(a, organizer=a.address == GUEST) for a in table.desk.put("lunch", GUEST).attendees)
    _put(table, GUEST, attendees=organized_by_guest, start=START + timedelta(days=3), title="Supper")
    assert on_meeting(table.alice, "lunch") == [HIS, HERS]
    assert before


def test_what_is_renamed_in_the_calendar_keeps_its_notes(table: Table) -> None:
    """The item goes and comes under another name, on the same page or on another."""
    table.desk.server.rename("work", "lunch", "supper")
    table.desk.sync()
    assert on_meeting(table.alice, "lunch") == [HIS, HERS]


def test_set_aside_it_is_hidden_and_comes_back(table: Table) -> None:
    choose.pause(table.alice, table.desk.calendar.pk)
    domains.decide_domain(table.alice, "acme.example", "whole")
    work()
    for member in (table.alice, table.bob):
        assert (on_company(member, table.acme), searched(member, "wrote"), queries.notes_of(member)) == ([], set(), ())
    domains.decide_domain(table.alice, "acme.example", "aside")
    work()
    assert on_meeting(table.bob, "lunch") == [HIS, HERS]


def test_set_aside_for_a_fortnight_it_goes_for_good(table: Table) -> None:
    choose.pause(table.alice, table.desk.calendar.pk)
    domains.decide_domain(table.alice, "acme.example", "whole")
    work()
    aside.purge_old(NOW + timedelta(days=4000))
    assert not Note.objects.of(table.alice.workspace).exists()


def test_disconnected_with_its_meetings_kept_a_calendar_keeps_the_notes(table: Table) -> None:
    connect.disconnect(table.alice, table.desk.account.pk, purge=False, now=NOW)
    work()
    assert on_meeting(table.bob, "lunch") == [HIS, HERS]


@pytest.mark.parametrize("keep", [True, False])
def test_a_former_members_notes_stay_under_their_name(table: Table, keep: bool) -> None:
    actions.write_on_record(table.bob, "company", table.acme.pk, "Of the company", now=NOW)
    _delete(table)
    workspace.remove_member(table.alice, table.bob.pk, keep=keep, now=NOW)
    work()
    (note,) = [note for note in on_company(table.alice, table.acme) if not note.mine]
    assert (note.text, note.author, note.alone) == ("Of the company", "Bob Brandt", False)
    assert Note.objects.of(table.alice.workspace).filter(text=HIS).exists() is keep, "nobody could see it any more"


def test_with_a_member_who_goes_with_their_meetings_go_the_notes_on_these(table: Table) -> None:
    workspace.change_role(table.alice, table.bob.pk, "owner")
    table.bob.refresh_from_db()
    workspace.remove_member(table.bob, table.alice.pk, keep=False, now=NOW)
    work()
    assert not Note.objects.of(table.bob.workspace).exists()


def test_a_day_is_the_one_where_the_meeting_was(table: Table) -> None:
    _put(table, GUEST, start=START.replace(hour=23), zone="Europe/Berlin")
    _delete(table)
    assert on_company(table.bob, table.acme)[0].day == date(START.year, START.month, START.day + 1)
