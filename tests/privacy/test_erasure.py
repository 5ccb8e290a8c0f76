"""After a person was erased nothing names their address, and nothing ever does again; what is not theirs stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metwith.accounts import blocks
from metwith.accounts.models import Block
from metwith.accounts.queries import blocks_for, digest_of
from metwith.calendars.actions import connect as calendars
from metwith.calendars.actions import link
from metwith.calendars.counters import Tally
from metwith.calendars.models import Attendee, Event, Series
from metwith.calendars.rules.keep import Policy, filter_item
from metwith.calendars.sync import run
from metwith.calendars.sync.access import access, open_account
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import AttendeeKind
from metwith.calendars.vocabulary import RemoteAttendee as Guest
from metwith.engine import lease
from metwith.lib.addresses import fold
from metwith.lib.errors import Invalid, NotAllowed
from metwith.privacy import subject_access
from metwith.privacy.erasure import erase_address
from metwith.records.acts.actions import take_back
from metwith.records.acts.models import ActChange
from metwith.records.models import Company, Person, PersonAddress
from metwith.rules.blocks import Blocks
from metwith.rules.own_identities import OwnIdentities
from metwith.workspaces import actions as workspaces
from metwith.workspaces.models import AuditLine
from tests.calendars.desk import START, Desk, exception, links, meeting
from tests.calendars.worker import work
from tests.people import NOW, company, opportunity, person, us
from tests.records.imports.importing import look, store

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"
BEN = "ben@acme.example"
OWNER = "alice@lumen.example"


def naming(text: str) -> list[str]:
    """The tables of which some row holds `text` anywhere; asked of the database's catalogue, not of a list that somebody keeps."""
    with connection.cursor() as cursor:
        asked = " UNION ALL ".join(
            f"SELECT '{table}' FROM \"{table}\" t WHERE strpos(lower(t::text), %(text)s) > 0"  # noqa: S608  the catalogue's own names
            for table in connection.introspection.table_names(cursor)
        )
        cursor.execute(f"SELECT DISTINCT * FROM ({asked}) found ORDER BY 1", {"text": text})  # noqa: S608  as above
        return [table for (table,) in cursor.fetchall()]


@pytest.fixture
def desk(alice: Member) -> Desk:
    made = Desk(alice, "alice", new_people="on")
    made.put("lunch", ANNA)
    made.put("both", ANNA, BEN)
    made.put("shop", "zoe@shop.example")
    made.sync()
    work()
    return made


def test_nothing_names_the_address_any_more_and_what_is_not_theirs_stays(desk: Desk, alice: Member):
    assert "calendars_attendee" in naming(ANNA)
    report = erase_address(alice, ANNA)
    assert naming(ANNA) == []
    assert desk.uids() == {"shop"}
    assert (report.people, report.meetings, report.copies, report.rows) == (1, 2, 2, 2)
    assert Person.objects.filter(name__contains="ben@").exists(), "others' records stay"


def test_it_stays_out_when_everything_is_read_again(desk: Desk, alice: Member):
    erase_address(alice, ANNA)
    work()
    desk.put("again", ANNA, "zoe@shop.example")
    desk.sync()
    desk.sync()
    assert desk.uids() == {"shop"}
    assert naming(ANNA) == []
    assert desk.dropped() == {"blocked": 3}


def test_of_a_block_in_clear_only_a_digest_is_left_and_admins_lift_it(desk: Desk, alice: Member, bob: Member):
    blocks.add_blocks(bob, "who", (ANNA,), everybody=False)
    erase_address(alice, ANNA)
    block = Block.objects.of(alice.workspace).get()
    assert (block.kind, block.member_id, block.pattern) == ("erased", None, digest_of(alice.workspace_id)(ANNA))
    with pytest.raises(NotAllowed):
        blocks.remove_block(bob, block.pk)
    blocks.remove_block(alice, block.pk)
    work()
    desk.sync()
    assert desk.uids() == {"lunch", "both", "shop"}


def test_a_colleagues_copy_that_does_not_name_them_stays(desk: Desk, alice: Member, bob: Member):
    other = Desk(bob, "bob")
    event = meeting("both", "bob@lumen.example", BEN)
    other.server.put("work", event)
    other.sync()
    erase_address(alice, ANNA)
    assert (desk.uids(), other.uids()) == ({"shop"}, {"both"})
    assert naming(ANNA) == []


def test_an_older_copy_that_alone_names_them_goes(alice: Member, bob: Member):
    """One meeting, whose guests are those of all its copies: the other copy stays, and brings them no more."""
    newer, older = Desk(alice, "newer"), Desk(bob, "older")
    newer.put("one", BEN, sequence=2)
    older.server.put("work", meeting("one", OWNER, "bob@lumen.example", BEN, ANNA))
    newer.sync()
    older.sync()
    assert Event.objects.of(alice.workspace).count() == Attendee.objects.of(alice.workspace).filter(address=ANNA).count() == 1
    assert erase_address(alice, ANNA).copies == 1
    assert naming(ANNA) == []
    assert newer.uids() == {"one"}


def test_a_series_with_them_goes_also_where_nothing_of_it_is_stored_yet(desk: Desk, alice: Member):
    weekly = desk.series("weekly", BEN, rule="FREQ=WEEKLY;COUNT=4")
    guests = (*weekly.attendees, Guest(ANNA))
    desk.server.put("work", replace(weekly, exceptions=(exception(weekly, START, attendees=guests),)))
    desk.series("far", ANNA, start=START.replace(year=2031))
    desk.sync()
    assert Series.objects.of(alice.workspace).count() == 2
    erase_address(alice, ANNA)
    assert naming(ANNA) == []
    work()
    desk.sync()
    assert {uid for uid, _, _ in desk.entries()} == {"shop", "weekly"}
    assert len([1 for uid, _, _ in desk.entries() if uid == "weekly"]) == 3
    assert naming(ANNA) == []


def test_even_as_a_room_they_are_not_named(desk: Desk, alice: Member):
    event = desk.put("room", BEN)
    desk.server.put("work", replace(event, attendees=(*event.attendees, Guest(ANNA, kind=AttendeeKind.ROOM))))
    desk.sync()
    erase_address(alice, ANNA)
    assert naming(ANNA) == []
    work()
    desk.sync()
    assert naming(ANNA) == []


def test_a_record_with_further_addresses_goes_or_stays_without_this_one_as_chosen(alice: Member):
    stays = person(alice, "Anna Lindt", ANNA, "anna@home.example")
    goes = person(alice, "A. Lindt", "lindt@gmx.example", ANNA)
    report = erase_address(alice, ANNA, spared=[stays.pk])
    assert (report.people, report.addresses) == (1, 1)
    assert not Person.objects.filter(pk=goes.pk).exists()
    assert list(stays.addresses.values_list("folded", "primary")) == [("anna@home.example", True)]


def test_companies_that_a_rule_made_for_them_alone_go_and_others_stay(alice: Member):
    desk = Desk(alice, "makes", new_people="on")
    desk.put("one", "tom@solo.example")
    desk.put("two", "eve@duo.example")
    desk.put("three", "max@duo.example")
    desk.put("four", "kim@deal.example")
    desk.sync()
    opportunity(alice, "Deal", company=Company.objects.get(domains__domain="deal.example"))
    company(alice, "By hand", "hand.example")
    for address, gone in (("tom@solo.example", 1), ("eve@duo.example", 0), ("kim@deal.example", 0)):
        assert erase_address(alice, address).companies == gone
    assert set(Company.objects.values_list("name", flat=True)) == {"DUO", "Deal", "By hand"}


def test_what_is_linked_by_hand_to_their_record_is_taken_off_and_stays_itself(desk: Desk, alice: Member):
    anna = Person.objects.get(addresses__folded=ANNA)
    shop = Event.objects.get(ical_uid="shop")
    link.link_by_hand(alice, shop.pk, "person", anna.pk)
    erase_address(alice, ANNA)
    work()
    assert "shop" in desk.uids()
    assert all(record != anna.pk or kind != 1 for _, kind, record in links(alice))


def test_an_open_invitation_goes_too(alice: Member):
    workspaces.invite(alice, ANNA, "member", NOW)
    assert subject_access.held_about(alice.workspace_id, ANNA).invitations == 1
    assert erase_address(alice, ANNA).invitations == 1
    assert naming(ANNA) == []


def test_members_and_their_accounts_are_not_erased_so_and_members_erase_nobody(alice: Member, bob: Member):
    with pytest.raises(Invalid):
        erase_address(alice, "bob@lumen.example")
    with pytest.raises(NotAllowed):
        erase_address(bob, ANNA)
    assert not Block.objects.exists()


def test_another_workspace_keeps_what_it_holds(desk: Desk, alice: Member, charlie: Member):
    theirs = Desk(charlie, "charlie")
    theirs.put("theirs", ANNA)
    theirs.sync()
    erase_address(alice, ANNA)
    work()
    theirs.sync()
    assert theirs.uids() == {"theirs"}
    assert digest_of(alice.workspace_id)(ANNA) != digest_of(charlie.workspace_id)(ANNA)


def test_it_is_noted_with_numbers_only(desk: Desk, alice: Member):
    report = erase_address(alice, ANNA)
    line = AuditLine.objects.of(alice.workspace_id).get(action="erased")
    assert line.facts == {"many": report.many, "purged": 2}


def test_a_sync_that_began_before_writes_nothing_of_them_afterwards(desk: Desk, alice: Member):
    desk.put("late", ANNA)
    calendar = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, NOW)
    assert calendar is not None
    found = access(calendar)
    erase_address(alice, ANNA)
    with pytest.raises(lease.LeaseLost), open_account(found, lambda: NOW) as provider:
        run.read_calendar(calendar, found, provider, lambda: NOW)
    assert naming(ANNA) == []


def test_erasing_twice_is_erasing_once(desk: Desk, alice: Member):
    erase_address(alice, ANNA)
    assert erase_address(alice, ANNA).many == 0
    assert Block.objects.of(alice.workspace).count() == 1


def test_what_is_held_is_what_goes(desk: Desk, alice: Member):
    held = subject_access.held_about(alice.workspace_id, ANNA)
    assert [row.name for row in held.people] == [ANNA]
    assert (len(held.meetings), held.copies, held.rows, held.erased_at) == (2, 2, 2, None)
    erase_address(alice, ANNA)
    after = subject_access.held_about(alice.workspace_id, ANNA)
    assert not after.anything
    assert after.erased_at is not None


# --- the property ------------------------------------------------------------------------------------------------------------------

GUESTS = st.lists(st.sampled_from([ANNA, BEN, "zoe@shop.example", "Anna@ACME.example"]), min_size=1, max_size=3, unique=True)


PLANS = st.lists(st.tuples(st.booleans(), GUESTS, GUESTS), min_size=1, max_size=4)


@pytest.mark.thorough
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=PLANS, contacts=st.booleans())
def test_whatever_the_calendars_hold_no_row_names_who_was_erased(
    db: None, plan: list[tuple[bool, list[str], list[str]]], *, contacts: bool
):
    owner = workspaces.create_workspace("Lumen", OWNER, None, "Alice", now=NOW)
    desk = Desk(owner, "property", new_people="on" if contacts else "off")
    for number, (recurs, guests, others) in enumerate(plan):
        _plan(desk, f"m{number}", guests, others if recurs else [])
    desk.sync()
    untouched = frozenset(uid for uid, _, _ in desk.entries()) if not _named(plan) else None
    erase_address(owner, ANNA)
    assert naming(ANNA) == []
    work()
    for _ in range(2):
        desk.server.expire_cursors()
        desk.sync()
        assert naming(ANNA) == []
    assert untouched in {None, frozenset(uid for uid, _, _ in desk.entries())}
    workspaces.delete_workspace(owner)


def _plan(desk: Desk, uid: str, guests: list[str], others: list[str]) -> None:
    """A meeting; with others, a series whose first occurrence has them instead."""
    if not others:
        desk.put(uid, *guests)
        return
    series = desk.series(uid, *guests)
    people = (*series.attendees[:1], *(Guest(fold(other)) for other in others))
    desk.server.put("work", replace(series, exceptions=(exception(series, START, attendees=people),)))


def _named(plan: list[tuple[bool, list[str], list[str]]]) -> bool:
    return any(ANNA in map(fold, [*guests, *(others if recurs else [])]) for recurs, guests, others in plan)


ADDRESSES = st.sampled_from([ANNA, BEN, "x@y.example", "info@acme.example"])


@given(st.frozensets(ADDRESSES, max_size=3), st.lists(ADDRESSES, max_size=4), ADDRESSES)
def test_a_hash_block_stops_exactly_what_a_block_in_clear_would(who: frozenset[str], guests: list[str], owner: str):
    def digest(text: str) -> str:
        return f"#{hash(text)}"

    ours = OwnIdentities(us(owner), frozenset())
    event = meeting("m", owner, *guests)
    clear = filter_item(event, Policy(ours, frozenset({owner}), Blocks(who)))
    hashed = filter_item(event, Policy(ours, frozenset({owner}), Blocks(erased=frozenset(map(digest, who)), digest=digest)))
    assert hashed == clear


def test_the_digest_is_handed_out_only_where_somebody_was_erased(alice: Member):
    assert blocks_for(alice.workspace_id, alice.pk).digest is None
    erase_address(alice, ANNA)
    found = blocks_for(alice.workspace_id, alice.pk)
    assert found.keeps_out([ANNA])
    assert not found.keeps_out([BEN])


def test_of_a_series_that_nobody_can_read_again_only_their_occurrence_goes(desk: Desk, alice: Member):
    weekly = desk.series("weekly", "zoe@shop.example")
    asked = exception(weekly, START, attendees=(*weekly.attendees, Guest(ANNA)))
    desk.server.put("work", replace(weekly, exceptions=(asked,)))
    desk.sync()
    calendars.disconnect(alice, desk.account.pk, purge=False, now=NOW)
    erase_address(alice, ANNA)
    assert naming(ANNA) == []
    assert [key for uid, key, _ in desk.entries() if uid == "weekly"] != []
    assert {key for uid, key, _ in desk.entries() if uid == "weekly"}.isdisjoint({"20260610T090000Z"})
    assert Series.objects.of(alice.workspace).filter(ical_uid="weekly").exists()


def test_the_receipt_tells_how_much_went(desk: Desk, alice: Member):
    erase_address(alice, ANNA)
    purged = Tally.objects.of(alice.workspace).filter(what="purged", reason="blocked")
    assert sum(purged.values_list("many", flat=True)) == 2


def test_the_earlier_values_that_an_import_could_give_back_go_too(alice: Member):
    """Theirs, and where a record that lost the address would get it back."""
    person(alice, "Anna", "anna@acme.example", "anna@home.example")
    keeps = person(alice, "Desk", "desk@acme.example", "anna@acme.example")
    act = store(alice, look(alice, "person", "name,email\nAnna L,anna@home.example\nThe desk,desk@acme.example\nBen,ben@acme.example\n"))
    addresses = [["desk@acme.example"] * 2, ["anna@acme.example"] * 2]
    ActChange.objects.filter(record_id=keeps.pk).update(before={"name": "Desk", "addresses": addresses})
    assert subject_access.held_about(alice.workspace_id, "anna@acme.example").earlier == 2
    erase_address(alice, "anna@acme.example", spared=[keeps.pk])
    assert subject_access.held_about(alice.workspace_id, "anna@acme.example").earlier == 0
    take_back(alice, act.pk, NOW)
    assert set(Person.objects.values_list("name", flat=True)) == {"The desk"}
    assert not PersonAddress.objects.filter(folded="anna@acme.example").exists()
