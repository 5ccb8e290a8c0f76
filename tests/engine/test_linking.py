"""Meetings find their records, also later; what a person did by hand stands."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from metwith.calendars.actions import link
from metwith.calendars.models import Event, Link
from metwith.calendars.sync import relink
from metwith.engine.locks import lock_writers
from metwith.records import actions, directory
from metwith.rules.link import KnownPerson, RecordKind
from tests.calendars.desk import HOUR, START, Desk, links
from tests.calendars.worker import work
from tests.people import NOW, company, person
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

P, C = RecordKind.PERSON, RecordKind.COMPANY


@once
def desk(alice: Member) -> Desk:
    """A meeting long past with Anna, and one to come."""
    made = Desk(alice, "alice")
    made.put("past", "anna@acme.example", start=START - timedelta(days=700))
    made.put("future", "anna@acme.example")
    made.sync()
    return made


BOTH = ("past", "future")


def test_a_tie_goes_to_the_primary_address_then_to_the_older_record(alice: Member) -> None:
    person(alice, "Third", "third@acme.example", "shared@acme.example", now=NOW - timedelta(days=9))
    younger = person(alice, "Younger", "shared@acme.example", now=NOW)
    older = person(alice, "Older", "shared@acme.example", now=NOW - timedelta(days=1))
    found = directory.directory(alice.workspace_id, ["shared@acme.example"])
    assert found.people == {"shared@acme.example": KnownPerson(older.pk, None)}
    actions.trash(alice, "person", older.pk, now=NOW)
    found = directory.directory(alice.workspace_id, ["shared@acme.example"])
    assert found.people == {"shared@acme.example": KnownPerson(younger.pk, None)}


def test_another_workspaces_records_are_not_in_the_directory(alice: Member, charlie: Member) -> None:
    person(charlie, "Anna", "anna@acme.example", company=company(charlie, "Acme", "acme.example"))
    found = directory.directory(alice.workspace_id, ["anna@acme.example"])
    assert (found.people, found.companies) == ({}, {})


def test_a_person_created_later_gets_the_meetings_of_the_past_too(desk: Desk, alice: Member) -> None:
    anna = person(alice, "Anna", "Anna@Acme.example")
    assert links(alice) == set()
    work()
    assert links(alice) == {(uid, P, anna.pk) for uid in BOTH}


def test_an_address_added_or_taken_away_redoes_the_links(desk: Desk, alice: Member) -> None:
    anna = person(alice, "Anna", "anna@home.example")
    actions.update_person(alice, anna.pk, addresses=["anna@home.example", "anna@acme.example"], now=NOW)
    work()
    assert links(alice) == {(uid, P, anna.pk) for uid in BOTH}
    actions.update_person(alice, anna.pk, addresses=["anna@home.example"], now=NOW)
    work()
    assert links(alice) == set()


def test_a_company_created_later_gets_the_meetings_of_its_domain_and_of_its_subdomains(desk: Desk, alice: Member) -> None:
    desk.put("deep", "lab@eu.acme.example")
    desk.put("other", "anna@notacme.example")
    desk.sync()
    acme = company(alice, "Acme", "acme.example")
    work()
    assert links(alice) == {(uid, C, acme.pk) for uid in (*BOTH, "deep")}


def test_a_domain_added_or_taken_away_redoes_the_links(desk: Desk, alice: Member) -> None:
    acme = company(alice, "Acme")
    actions.update_company(alice, acme.pk, domains=["acme.example"], now=NOW)
    work()
    assert links(alice) == {(uid, C, acme.pk) for uid in BOTH}
    actions.update_company(alice, acme.pk, domains=["acme.test"], now=NOW)
    work()
    assert links(alice) == set()


def test_a_more_specific_company_takes_over_and_gives_back(desk: Desk, alice: Member) -> None:
    desk.put("deep", "lab@eu.acme.example")
    desk.sync()
    acme = company(alice, "Acme", "acme.example")
    work()
    europe = company(alice, "Acme Europe", "eu.acme.example")
    work()
    assert links(alice) == {("past", C, acme.pk), ("future", C, acme.pk), ("deep", C, europe.pk)}
    actions.trash(alice, "company", europe.pk, now=NOW)
    work()
    assert links(alice) == {(uid, C, acme.pk) for uid in (*BOTH, "deep")}


def test_a_person_who_changes_company_takes_the_meetings_along(desk: Desk, alice: Member) -> None:
    old, new = company(alice, "Old"), company(alice, "New")
    anna = person(alice, "Anna", "anna@acme.example", company=old)
    work()
    assert links(alice) == {(uid, kind, pk) for uid in BOTH for kind, pk in ((P, anna.pk), (C, old.pk))}
    actions.update_person(alice, anna.pk, company_id=new.pk, now=NOW)
    work()
    assert links(alice) == {(uid, kind, pk) for uid in BOTH for kind, pk in ((P, anna.pk), (C, new.pk))}


def test_the_trash_takes_the_links_and_restoring_brings_them_back(desk: Desk, alice: Member) -> None:
    acme = company(alice, "Acme", "acme.example")
    anna = person(alice, "Anna", "anna@acme.example", company=acme)
    work()
    everything = links(alice)
    assert len(everything) == 4
    actions.trash(alice, "person", anna.pk, now=NOW)
    work()
    assert links(alice) == {(uid, C, acme.pk) for uid in BOTH}
    actions.trash(alice, "company", acme.pk, now=NOW)
    work()
    assert links(alice) == set()
    actions.restore(alice, "person", anna.pk)
    actions.restore(alice, "company", acme.pk)
    work()
    assert links(alice) == everything


def test_who_comes_next_takes_over_from_somebody_in_the_trash(desk: Desk, alice: Member) -> None:
    first = person(alice, "First", "anna@acme.example", now=NOW - timedelta(days=1))
    second = person(alice, "Second", "anna@acme.example")
    work()
    assert links(alice) == {(uid, P, first.pk) for uid in BOTH}
    actions.trash(alice, "person", first.pk, now=NOW)
    work()
    assert links(alice) == {(uid, P, second.pk) for uid in BOTH}


def test_two_people_made_one_have_the_meetings_of_both(desk: Desk, alice: Member) -> None:
    desk.put("home", "anna@home.example")
    desk.sync()
    keeper, other = person(alice, "Anna", "anna@home.example"), person(alice, "Anna L.", "anna@acme.example")
    work()
    actions.merge_people(alice, keeper.pk, other.pk, now=NOW)
    work()
    assert links(alice) == {(uid, P, keeper.pk) for uid in (*BOTH, "home")}


def test_two_companies_made_one_have_the_meetings_of_both(desk: Desk, alice: Member) -> None:
    desk.put("shop", "zoe@shop.example")
    desk.sync()
    keeper, other = company(alice, "Shop", "shop.example"), company(alice, "Acme", "acme.example")
    work()
    actions.merge_companies(alice, keeper.pk, other.pk, now=NOW)
    work()
    assert links(alice) == {(uid, C, keeper.pk) for uid in (*BOTH, "shop")}


def test_an_import_relinks_everything(desk: Desk, alice: Member) -> None:
    anna = person(alice, "Anna", "anna@acme.example")
    relink.relink_all(alice.workspace_id, None, batch=1)
    assert links(alice) == {(uid, P, anna.pk) for uid in BOTH}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [P, None], ids=["a record's", "all"])
def test_a_page_that_is_being_written_while_a_record_comes_is_linked_too(alice: Member, kind: RecordKind | None) -> None:
    """The page read the records before Anna was there, and commits after the relink began."""
    desk = Desk(alice, "alice")
    holds, may_commit = threading.Event(), threading.Event()

    def write_a_page() -> None:
        with transaction.atomic():
            lock_writers(alice.workspace_id)
            desk.put("lunch", "anna@acme.example")
            desk.sync()
            holds.set()
            may_commit.wait(5)
        connection.close()

    def link_again() -> None:
        if kind:
            relink.relink_record(alice.workspace_id, kind, anna.pk)
        else:
            relink.relink_all(alice.workspace_id, None)
        connection.close()

    with ThreadPoolExecutor(2) as threads:
        page = threads.submit(write_a_page)
        assert holds.wait(20)
        anna = person(alice, "Anna", "anna@acme.example")
        later = threads.submit(link_again)
        time.sleep(0.2)
        may_commit.set()
        page.result(20)
        later.result(20)
    assert links(alice) == {("lunch", P, anna.pk)}


# --- by hand ------------------------------------------------------------------------------------------------------------------------


def the(alice: Member, uid: str) -> int:
    return Event.objects.of(alice.workspace).get(ical_uid=uid).pk


def test_a_link_by_hand_survives_everything_that_rules_do(desk: Desk, alice: Member) -> None:
    tom = person(alice, "Tom", "tom@gmail.com")
    work()
    link.link_by_hand(alice, the(alice, "future"), "person", tom.pk)
    expected = {("future", P, tom.pk)}
    assert links(alice) == expected
    actions.update_person(alice, tom.pk, addresses=["tom@other.example"], now=NOW)
    work()
    relink.relink_all(alice.workspace_id, None)
    desk.put("future", "anna@acme.example", "zoe@acme.example", start=START + HOUR)
    desk.sync()
    desk.server.expire_cursors()
    desk.sync()
    assert links(alice) == expected
    assert Link.objects.of(alice.workspace).get().starts_at == START + HOUR


def test_what_was_taken_off_by_hand_stays_off(desk: Desk, alice: Member) -> None:
    anna = person(alice, "Anna", "anna@acme.example")
    work()
    link.unlink_by_hand(alice, the(alice, "future"), "person", anna.pk)
    actions.update_person(alice, anna.pk, job_title="Buyer", now=NOW)
    actions.trash(alice, "person", anna.pk, now=NOW)
    actions.restore(alice, "person", anna.pk)
    work()
    desk.put("future", "anna@acme.example", "zoe@acme.example")
    desk.sync()
    relink.relink_all(alice.workspace_id, None)
    assert links(alice) == {("past", P, anna.pk)}


def test_taken_off_and_put_back_by_hand_is_linked(desk: Desk, alice: Member) -> None:
    anna = person(alice, "Anna", "anna@acme.example")
    for _time in range(2):
        link.unlink_by_hand(alice, the(alice, "future"), "person", anna.pk)
        link.link_by_hand(alice, the(alice, "future"), "person", anna.pk)
    assert links(alice) == {("future", P, anna.pk)}
    assert Link.objects.of(alice.workspace).get().because == str(alice.pk)


def test_a_merge_hands_over_what_was_done_by_hand(desk: Desk, alice: Member) -> None:
    desk.put("third", "tom@gmail.com")
    desk.sync()
    keeper, other = person(alice, "Anna", "anna@home.example"), person(alice, "Anna L.", "anna@acme.example")
    work()
    link.link_by_hand(alice, the(alice, "third"), "person", other.pk)
    link.unlink_by_hand(alice, the(alice, "past"), "person", other.pk)
    actions.merge_people(alice, keeper.pk, other.pk, now=NOW)
    work()
    assert links(alice) == {("third", P, keeper.pk), ("future", P, keeper.pk)}


def test_in_a_merge_the_keepers_own_say_stands(desk: Desk, alice: Member) -> None:
    keeper, other = person(alice, "Anna", "anna@home.example"), person(alice, "Anna L.", "anna@acme.example")
    work()
    link.unlink_by_hand(alice, the(alice, "past"), "person", keeper.pk)
    link.link_by_hand(alice, the(alice, "past"), "person", other.pk)
    actions.merge_people(alice, keeper.pk, other.pk, now=NOW)
    work()
    assert links(alice) == {("future", P, keeper.pk)}
    assert not Link.objects.of(alice.workspace).filter(record_id=other.pk, record_kind=P).exists()
