"""New people, taken back in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars.actions import link, undo_contacts
from metwith.calendars.models import Calendar, Event, Newcomer
from metwith.lib.errors import NotAllowed
from metwith.records import actions as records
from metwith.records.models import Company, Person
from metwith.workspaces.models import AuditLine
from tests.calendars.desk import Desk, events, links
from tests.calendars.worker import work
from tests.people import NOW, opportunity, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@pytest.fixture
def desk(alice: Member) -> Desk:
    made = Desk(alice, "alice", new_people="on")
    made.put("lunch", "anna@acme.example", "ben@acme.example")
    made.put("walk", "kim@kin.example")
    made.sync()
    return made


def names(alice: Member) -> set[str]:
    return {
        *Person.objects.of(alice.workspace).values_list("name", flat=True),
        *Company.objects.of(alice.workspace).values_list("name", flat=True),
    }


def who(alice: Member, address: str) -> Person:
    return Person.objects.of(alice.workspace).get(addresses__folded=address)


ALL = {"anna@acme.example", "ben@acme.example", "kim@kin.example", "Acme", "KIN"}


def test_what_nobody_touched_goes_and_does_not_come_back(desk: Desk, alice: Member) -> None:
    assert names(alice) == ALL
    assert undo_contacts.made_by(alice.workspace_id, [desk.calendar.pk]) == {desk.calendar.pk: (3, 2)}
    looked = undo_contacts.preview_undo(alice, desk.calendar.pk)
    assert (looked.people, looked.companies, looked.going, looked.staying) == (3, 2, 5, 0)
    assert names(alice) == ALL
    assert undo_contacts.undo(alice, desk.calendar.pk) == looked
    assert (names(alice), links(alice), events(alice)) == (set(), set(), {("lunch", ""), ("walk", "")})
    assert not Newcomer.objects.of(alice.workspace).exists()
    desk.server.expire_cursors()
    desk.sync()
    assert (names(alice), desk.calendar.new_people) == (set(), "off")


@pytest.mark.parametrize("touch", ["edit", "link", "take off", "opportunity", "trash"])
def test_whoever_somebody_touched_stays_with_the_company(desk: Desk, alice: Member, bob: Member, touch: str) -> None:
    anna, walk = who(alice, "anna@acme.example"), Event.objects.of(alice.workspace).get(ical_uid="walk")
    lunch = Event.objects.of(alice.workspace).get(ical_uid="lunch")
    if touch == "edit":
        records.update_person(bob, anna.pk, job_title="CTO", now=NOW.replace(day=2))
    elif touch == "link":
        link.link_by_hand(bob, walk.pk, "person", anna.pk)
    elif touch == "take off":
        link.unlink_by_hand(bob, lunch.pk, "person", anna.pk)
    elif touch == "opportunity":
        opportunity(bob, "Pilot", contact=anna)
    else:
        records.trash(bob, "person", anna.pk, now=NOW)
    assert (undo_contacts.preview_undo(alice, desk.calendar.pk).going, undo_contacts.preview_undo(alice, desk.calendar.pk).staying) == (
        3,
        2,
    )
    undo_contacts.undo(alice, desk.calendar.pk)
    assert names(alice) == {"anna@acme.example", "Acme"}


def test_a_company_stays_for_an_opportunity_or_for_people_whom_somebody_else_put_there(desk: Desk, alice: Member) -> None:
    acme, kin = (Company.objects.of(alice.workspace).get(name=name) for name in ("Acme", "KIN"))
    opportunity(alice, "Pilot", company=acme)
    person(alice, "Carl", "carl@elsewhere.example", company=kin)
    undo_contacts.undo(alice, desk.calendar.pk)
    assert names(alice) == {"Acme", "KIN", "Carl"}


def test_the_meetings_lead_to_whoever_else_has_the_address(desk: Desk, alice: Member) -> None:
    other = person(alice, "Anna Lindt", "anna@acme.example", now=NOW.replace(day=3))
    work()
    undo_contacts.undo(alice, desk.calendar.pk)
    assert ("lunch", 1, other.pk) in links(alice)


def test_what_another_calendar_made_stays(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob", new_people="on")
    other.put("lunch", "anna@acme.example", "dora@dune.example")
    other.sync()
    undo_contacts.undo(alice, desk.calendar.pk)
    assert names(alice) == {"dora@dune.example", "Dune"}
    with pytest.raises(NotAllowed):
        undo_contacts.undo(alice, other.calendar.pk)


def test_nobody_reaches_into_another_workspace(desk: Desk, charlie: Member) -> None:
    for verb in (undo_contacts.preview_undo, undo_contacts.undo):
        with pytest.raises(Calendar.DoesNotExist):
            verb(charlie, desk.calendar.pk)


def test_it_is_noted_as_a_number(desk: Desk, alice: Member) -> None:
    undo_contacts.undo(alice, desk.calendar.pk)
    line = AuditLine.objects.of(alice.workspace).get(action="new-people-undone")
    assert line.facts == {"calendar": desk.calendar.pk, "many": 5}


def test_of_a_record_that_is_gone_nothing_is_remembered(desk: Desk, alice: Member) -> None:
    kim = who(alice, "kim@kin.example")
    records.trash(alice, "person", kim.pk, now=NOW)
    records.delete_for_good(alice, "person", kim.pk)
    work()
    assert undo_contacts.made_by(alice.workspace_id, [desk.calendar.pk]) == {desk.calendar.pk: (2, 2)}
    assert Newcomer.objects.of(alice.workspace).count() == 4
