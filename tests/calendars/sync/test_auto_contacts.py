"""New people, where a calendar asks for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from metwith.accounts.models import Block
from metwith.calendars.models import Event
from metwith.calendars.sync import relink
from metwith.calendars.vocabulary import AttendeeKind, RemoteAttendee
from metwith.records import actions
from metwith.records.models import Company, Person
from metwith.rules.link import RecordKind
from tests.calendars.desk import Desk, links, meeting
from tests.people import NOW, company, holds, person
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice", new_people="on")


def people(alice: Member) -> set[tuple[str, str]]:
    """Addresses, and the names of their companies."""
    rows = Person.objects.of(alice.workspace).filter(trashed_at=None).values_list("addresses__folded", "company__name")
    return {(address, company or "") for address, company in rows}


def companies(alice: Member) -> set[str]:
    return set(Company.objects.of(alice.workspace).values_list("name", flat=True))


def put(desk: Desk, *attendees: RemoteAttendee, uid: str = "lunch") -> None:
    made = meeting(uid, desk.member.user.email)
    desk.server.put("work", replace(made, attendees=(*made.attendees, *attendees)))
    desk.sync()


def test_an_unknown_outsider_becomes_a_person_and_the_work_domain_a_company(desk: Desk, alice: Member) -> None:
    put(desk, RemoteAttendee("anna@eu.acme.example", "Anna Lindt"))
    anna = Person.objects.of(alice.workspace).get()
    acme = Company.objects.of(alice.workspace).get()
    assert (anna.name, anna.made_by_rule, acme.name, acme.made_by_rule) == ("Anna Lindt", True, "Acme", True)
    assert people(alice) == {("anna@eu.acme.example", "Acme")}
    assert links(alice) == {("lunch", RecordKind.PERSON, anna.pk), ("lunch", RecordKind.COMPANY, acme.pk)}


def test_nobody_is_made_where_a_calendar_does_not_ask_for_it(alice: Member) -> None:
    put(Desk(alice, "quiet"), RemoteAttendee("anna@acme.example"))
    assert people(alice) == set()
    assert companies(alice) == set()


def test_only_the_owners_own_invitations_count_where_the_calendar_says_so(alice: Member) -> None:
    desk = Desk(alice, "modest", new_people="organised")
    put(desk, RemoteAttendee("anna@acme.example"))
    theirs = meeting("theirs", "kim@kin.example", alice.user.email, "carl@kin.example")
    desk.server.put("work", theirs)
    nobodys = meeting("nobodys", alice.user.email, "dora@dune.example")
    desk.server.put("work", replace(nobodys, attendees=tuple(replace(a, organizer=False) for a in nobodys.attendees)))
    desk.sync()
    assert people(alice) == {("anna@acme.example", "Acme")}
    assert desk.uids() == {"lunch", "theirs", "nobodys"}


def test_who_organises_by_an_alias_organises_too(alice: Member) -> None:
    desk = Desk(alice, "modest", new_people="organised")
    holds(alice, "alice@lumen-labs.example", "server", desk.account.pk)
    desk.server.put("work", meeting("lunch", "alice@lumen-labs.example", "anna@acme.example"))
    desk.sync()
    assert people(alice) == {("anna@acme.example", "Acme")}


def test_an_organizer_who_comes_on_record_later_does_not_make_their_meeting_a_second_one(desk: Desk, alice: Member, bob: Member) -> None:
    theirs = meeting("theirs", "zoe@acme.example", alice.user.email, bob.user.email)
    quiet = Desk(bob, "quiet")
    quiet.server.put("work", theirs)
    quiet.sync()
    put(desk, RemoteAttendee("zoe@acme.example"))
    desk.server.put("work", theirs)
    desk.sync()
    assert Event.objects.of(alice.workspace).filter(ical_uid="theirs").count() == 1


def test_nobody_is_made_of_what_does_not_come_in(desk: Desk, alice: Member) -> None:
    Block.objects.create(workspace=alice.workspace, pattern="clinic.example")
    put(desk, RemoteAttendee("dr@clinic.example"), RemoteAttendee("anna@acme.example"))
    assert people(alice) == set()


@pytest.mark.parametrize(
    "attendee",
    [
        RemoteAttendee("room@acme.example", "Room 7", kind=AttendeeKind.ROOM),
        RemoteAttendee("beamer@acme.example", kind=AttendeeKind.RESOURCE),
        RemoteAttendee("everybody@acme.example", kind=AttendeeKind.GROUP),
        RemoteAttendee("noreply@acme.example"),
        RemoteAttendee("no-reply@acme.example"),
        RemoteAttendee("info@acme.example"),
        RemoteAttendee("sales+eu@acme.example"),
        RemoteAttendee("dev@lists.acme.example"),
        RemoteAttendee("c_1@group.calendar.google.com"),
        RemoteAttendee("bob@lumen.example"),
        RemoteAttendee("new@research.lumen.example"),
    ],
    ids=lambda attendee: attendee.address,
)
def test_rooms_lists_roles_and_colleagues_never_become_people(desk: Desk, alice: Member, attendee: RemoteAttendee) -> None:
    put(desk, attendee, RemoteAttendee("tom@gmail.com"))
    assert people(alice) == {("tom@gmail.com", "")}
    assert companies(alice) == set()


def test_a_free_mail_address_becomes_a_person_without_a_company(desk: Desk, alice: Member) -> None:
    put(desk, RemoteAttendee("tom@gmail.com", "Tom"), RemoteAttendee("ana@uol.com.br"))
    assert people(alice) == {("tom@gmail.com", ""), ("ana@uol.com.br", "")}
    assert companies(alice) == set()


def test_somebody_in_the_trash_stays_there(desk: Desk, alice: Member) -> None:
    anna = person(alice, "Anna", "anna@acme.example")
    actions.trash(alice, "person", anna.pk, now=NOW)
    put(desk, RemoteAttendee("anna@acme.example"))
    assert people(alice) == set()
    assert links(alice) == set()


def test_a_company_in_the_trash_stays_there(desk: Desk, alice: Member) -> None:
    acme = company(alice, "Acme", "acme.example")
    actions.trash(alice, "company", acme.pk, now=NOW)
    put(desk, RemoteAttendee("anna@acme.example"))
    assert people(alice) == {("anna@acme.example", "")}
    assert companies(alice) == {"Acme"}


def test_a_company_in_use_is_taken_before_an_older_one_in_the_trash(desk: Desk, alice: Member) -> None:
    actions.trash(alice, "company", company(alice, "Old Acme", "acme.example").pk, now=NOW)
    company(alice, "Acme", "acme.example")
    put(desk, RemoteAttendee("anna@acme.example"))
    assert people(alice) == {("anna@acme.example", "Acme")}


def test_a_company_that_is_known_by_a_subdomain_gets_its_people(desk: Desk, alice: Member) -> None:
    company(alice, "Acme Europe", "eu.acme.example")
    company(alice, "Acme", "acme.example")
    put(desk, RemoteAttendee("anna@eu.acme.example"), RemoteAttendee("zoe@us.acme.example"))
    assert people(alice) == {("anna@eu.acme.example", "Acme Europe"), ("zoe@us.acme.example", "Acme")}
    assert companies(alice) == {"Acme Europe", "Acme"}


def test_everybody_is_made_once_however_often_they_come(desk: Desk, alice: Member) -> None:
    put(desk, RemoteAttendee("anna@acme.example", "Anna"), RemoteAttendee("zoe@acme.example"))
    put(desk, RemoteAttendee("anna@acme.example", "A."), uid="dinner")
    desk.server.expire_cursors()
    desk.sync()
    assert Person.objects.of(alice.workspace).count() == 2
    assert companies(alice) == {"Acme"}


def test_who_has_no_name_is_called_by_the_address(desk: Desk, alice: Member) -> None:
    put(desk, RemoteAttendee("anna@acme.example", "anna@acme.example"), RemoteAttendee("zoe@acme.example"))
    assert set(Person.objects.of(alice.workspace).values_list("name", flat=True)) == {"anna@acme.example", "zoe@acme.example"}


def test_the_meetings_that_colleagues_had_with_them_are_linked_too(desk: Desk, alice: Member, bob: Member) -> None:
    quiet = Desk(bob, "bob")
    quiet.put("with-anna", "anna@acme.example")
    quiet.put("with-info", "info@acme.example")
    quiet.put("with-zoe", "zoe@eu.acme.example")
    quiet.sync()
    assert links(alice) == set()
    put(desk, RemoteAttendee("anna@acme.example"))
    stored = links(alice)
    relink.relink_all(alice.workspace_id, None)
    assert stored == links(alice)
    assert {uid for uid, kind, _ in stored if kind == RecordKind.COMPANY} == {"lunch", "with-anna", "with-info", "with-zoe"}
