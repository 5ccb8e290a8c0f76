"""What happens elsewhere is heard here, in the transaction in which it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from metwith.calendars.actions import link
from metwith.calendars.intents.facts import ChangedFact
from metwith.calendars.models import Calendar, Event, Link
from metwith.records import actions
from metwith.rules.link import RecordKind
from metwith.workspaces import actions as workspaces
from metwith.workspaces import domains
from tests.calendars.desk import Desk, events, links
from tests.calendars.worker import forget_jobs, waiting, work
from tests.people import NOW, company, opportunity, person
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.records.kinds import Kind
    from metwith.records.models import Company, Opportunity, Person
    from metwith.workspaces.models import Member


@once
def desk(alice: Member) -> Desk:
    made = Desk(alice, "alice")
    made.put("lunch", "anna@acme.example")
    made.sync()
    forget_jobs()
    return made


def test_each_change_of_a_record_asks_for_a_relink_of_its_own_that_cannot_begin_before_it(alice: Member) -> None:
    anna = person(alice, "Anna", "anna@acme.example")
    actions.update_person(alice, anna.pk, job_title="Buyer", now=NOW)
    asked = {"workspace_id": alice.workspace_id, "kind": 1, "record_id": anna.pk}
    assert waiting("relink") == [asked, asked]


def test_what_is_rolled_back_asks_for_nothing(alice: Member) -> None:
    with transaction.atomic():
        person(alice, "Anna", "anna@acme.example")
        assert waiting("relink")
        transaction.set_rollback(True)
    assert waiting("relink") == []


def test_opportunities_ask_for_nothing_they_read_other_feeds(alice: Member) -> None:
    opportunity(alice, "Big deal")
    assert waiting("relink") == []


def one_of_each(alice: Member) -> dict[Kind, Person | Company | Opportunity]:
    return {
        "person": person(alice, "Tom", "tom@gmail.com"),
        "company": company(alice, "Shop"),
        "opportunity": opportunity(alice, "Big deal"),
    }


def test_links_by_hand_wait_while_their_record_is_in_the_trash(desk: Desk, alice: Member) -> None:
    event = Event.objects.of(alice.workspace).get()
    made = one_of_each(alice)
    for kind, record in made.items():
        link.link_by_hand(alice, event.pk, kind, record.pk)
    before = links(alice)
    assert len(before) == 3
    for kind, record in made.items():
        actions.trash(alice, kind, record.pk, now=NOW)
        work()
        actions.restore(alice, kind, record.pk)
        work()
    assert links(alice) == before


def test_of_a_record_that_is_deleted_for_good_no_link_stays(desk: Desk, alice: Member) -> None:
    event = Event.objects.of(alice.workspace).get()
    for kind, record in one_of_each(alice).items():
        link.link_by_hand(alice, event.pk, kind, record.pk)
        actions.trash(alice, kind, record.pk, now=NOW)
        actions.delete_for_good(alice, kind, record.pk)
        work()
    assert not Link.objects.of(alice.workspace).exists()


def test_an_import_asks_for_one_relink_of_all(desk: Desk, alice: Member) -> None:
    from metwith.records.signals import records_imported  # noqa: PLC0415  models need Django set up

    anna = person(alice, "Anna", "anna@acme.example")
    forget_jobs()
    records_imported.send(sender=None, workspace_id=alice.workspace_id)
    assert waiting() == [{"workspace_id": alice.workspace_id}]
    work()
    assert links(alice) == {("lunch", RecordKind.PERSON, anna.pk)}


def test_who_is_one_of_us_changed_so_everything_is_decided_again(desk: Desk, alice: Member) -> None:
    domains.decide_domain(alice, "acme.example", "whole")
    assert waiting("decide") == [{"workspace_id": alice.workspace_id}]
    work()
    assert events(alice) == set()


def test_a_member_who_leaves_takes_the_copies_along(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    other.put("lunch", "anna@acme.example")
    other.put("bobs", "anna@acme.example")
    other.sync()
    workspaces.remove_member(alice, bob.pk, keep=False, now=NOW)
    work()
    assert events(alice) == {("lunch", "")}
    assert Calendar.objects.of(alice.workspace).count() == 1


@pytest.mark.parametrize("keep", [False, True])
def test_about_who_leaves_it_is_decided_by_address_and_not_about_everything(desk: Desk, alice: Member, bob: Member, keep: bool) -> None:
    Desk(bob, "bob").sync()
    work()
    workspaces.remove_member(alice, bob.pk, keep=keep, now=NOW)
    if keep:
        work()
        workspaces.remove_former(alice, bob.pk)
    noted = set(ChangedFact.objects.of(alice.workspace_id).values_list("pattern", flat=True))
    assert noted == {"bob@lumen.example", "lumen.example"}


def test_another_workspace_hears_nothing(desk: Desk, alice: Member, charlie: Member) -> None:
    domains.decide_domain(charlie, "acme.example", "whole")
    person(charlie, "Anna", "anna@acme.example")
    work()
    assert events(alice) == {("lunch", "")}
    assert links(alice) == set()
