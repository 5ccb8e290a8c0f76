"""People of those whom one meets: made at once by a member's hand, with their companies and all their meetings; or left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.actions import contacts
from metwith.calendars.overrides import NotAContact
from metwith.privacy.erasure import erase_address
from metwith.privacy.subject_access import held_about
from metwith.records import actions as records
from metwith.records.models import Company, Person
from metwith.rules.link import RecordKind
from tests.calendars.desk import Desk, links
from tests.calendars.worker import waiting, work
from tests.people import NOW, company, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

ANNA, BEN, KIM = "anna@eu.acme.example", "ben@acme.example", "kim@gmail.com"


def people(member: Member) -> set[tuple[str, str, bool]]:
    rows = Person.objects.of(member.workspace).values_list("name", "company__name", "made_by_rule")
    return {(name, at or "", by_rule) for name, at, by_rule in rows}


def test_they_come_with_their_company_and_meetings_as_one_piece_of_work(alice: Member) -> None:
    desk = Desk(alice, "alice")
    desk.put("lunch", ANNA, BEN)
    desk.put("walk", KIM)
    desk.sync()
    before = len(waiting())
    made = contacts.add_strangers(alice, {ANNA: "Anna Lindt", BEN: "", KIM: "Kim"}, NOW)
    assert people(alice) == {("Anna Lindt", "Acme", False), (BEN, "Acme", False), ("Kim", "", False)}
    assert len(waiting()) == before + 1
    work()
    anna, ben, kim = (made.people[address].pk for address in (ANNA, BEN, KIM))
    acme = Company.objects.of(alice.workspace).get().pk
    assert links(alice) == {
        ("lunch", RecordKind.PERSON, anna),
        ("lunch", RecordKind.PERSON, ben),
        ("lunch", RecordKind.COMPANY, acme),
        ("walk", RecordKind.PERSON, kim),
    }


def test_nobody_comes_twice_or_out_of_the_trash(alice: Member) -> None:
    person(alice, "Anna", ANNA)
    records.trash(alice, "person", person(alice, "Ben", BEN).pk, now=NOW)
    made = contacts.add_strangers(alice, {ANNA: "", BEN: "", KIM: ""}, NOW)
    assert made.people.keys() == {KIM}


def test_a_company_on_record_is_taken(alice: Member) -> None:
    acme = company(alice, "Acme", "acme.example")
    made = contacts.add_strangers(alice, {ANNA: "Anna"}, NOW)
    assert (made.people[ANNA].company_id, made.companies) == (acme.pk, {})


def test_no_calendar_of_the_member_makes_a_person_of_who_is_left_out(alice: Member, bob: Member) -> None:
    contacts.leave_strangers_out(alice, [BEN])
    desk = Desk(alice, "alice", new_people="on")
    desk.put("lunch", ANNA, BEN)
    desk.sync()
    assert {name for name, *_ in people(alice)} == {ANNA}
    theirs = Desk(bob, "bob", new_people="on")
    theirs.put("walk", BEN)
    theirs.sync()
    assert {name for name, *_ in people(alice)} == {ANNA, BEN}


def test_whom_one_adds_is_left_out_no_more(alice: Member) -> None:
    contacts.leave_strangers_out(alice, [BEN])
    contacts.add_strangers(alice, {BEN: ""}, NOW)
    assert not NotAContact.objects.of(alice.workspace).exists()


def test_it_is_told_of_an_address_and_erased_with_it(alice: Member, bob: Member) -> None:
    for member in (alice, bob):
        contacts.leave_strangers_out(member, [BEN, KIM])
    assert held_about(alice.workspace_id, BEN).no_contact == 2
    assert held_about(alice.workspace_id, BEN).anything
    assert erase_address(alice, BEN).no_contact == 2
    assert (held_about(alice.workspace_id, BEN).no_contact, held_about(alice.workspace_id, KIM).no_contact) == (0, 2)


def test_nothing_of_it_is_written_in_clear(alice: Member) -> None:
    contacts.leave_strangers_out(alice, [BEN])
    (row,) = NotAContact.objects.of(alice.workspace).values_list("digest", flat=True)
    assert len(row) == 32
    assert "ben" not in row
