"""An act is taken back: once, within a day, by its maker or an admin, and nothing that somebody did since is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.actions import link
from metwith.calendars.models import Event
from metwith.lib.errors import Invalid, NotAllowed
from metwith.records import actions, jobs
from metwith.records.acts import restoring
from metwith.records.acts.actions import acts_of, find_act, take_back
from metwith.records.acts.models import Act, ActChange
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress
from metwith.rules.link import RecordKind
from tests import people
from tests.calendars.desk import Desk, links
from tests.calendars.worker import work
from tests.people import NOW
from tests.records.imports.importing import bring_in, look, store

if TYPE_CHECKING:
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member

SOON, LATER = NOW + timedelta(minutes=30), NOW + timedelta(hours=1)
PEOPLE = "name,email,additional_emails,job_title,company_domain\n"


def imported(member: Member, text: str, kind: Kind = "person") -> Act:
    return store(member, look(member, kind, text))


def counts(act: Act) -> tuple[int, int, int]:
    return act.counts["removed"], act.counts["restored"], act.counts["left"]


def test_what_an_import_made_goes_and_what_it_changed_is_as_before(alice: Member):
    acme = people.company(alice, "Acme", "acme.example")
    anna = people.person(alice, "Anna", "anna@acme.example", "a@acme.example", company=acme, job_title="Buyer")
    before = Person.objects.get().updated_at
    act = imported(alice, PEOPLE + "Änna L,a@acme.example,new@acme.example,CTO,bolt.example\nBen,ben@core.example,,,core.example\n")
    assert (Person.objects.count(), Company.objects.count()) == (2, 3)
    act = take_back(alice, act.pk, LATER)
    assert (act.state, counts(act)) == ("taken-back", (3, 1, 0))
    anna = Person.objects.get()
    assert (anna.name, anna.name_key, anna.job_title, anna.company, anna.updated_at) == ("Anna", "anna", "Buyer", acme, before)
    addresses = PersonAddress.objects.order_by("-primary", "id").values_list("address", "primary")
    assert list(addresses) == [("anna@acme.example", True), ("a@acme.example", False)]
    assert Company.objects.get() == acme
    assert not ActChange.objects.exists()


def test_companies_and_opportunities_come_back_too(alice: Member):
    acme = people.company(alice, "Acme", "acme.example")
    deal = people.opportunity(alice, "Deal", company=acme, amount="10.50", close_date="2026-12-24", stage="new")
    one = imported(alice, "name,domains\nACME,acme.example;acme.test\n", "company")
    two = imported(alice, "name,company_domain,stage,amount,close_date\nDEAL,acme.example,won,99,2027-01-01\n", "opportunity")
    for act in (two, one):
        assert counts(take_back(alice, act.pk, LATER)) == (0, 1, 0)
    deal.refresh_from_db()
    assert (deal.name, deal.stage, str(deal.amount), str(deal.close_date)) == ("Deal", "new", "10.50", "2026-12-24")
    assert Company.objects.get().name == "Acme"
    assert list(CompanyDomain.objects.values_list("domain", flat=True)) == ["acme.example"]


def test_what_somebody_changed_since_is_left_and_counted(alice: Member, bob: Member):
    anna = people.person(alice, "Anna", "anna@acme.example")
    act = imported(alice, "name,email\nAnna L,anna@acme.example\nBen,ben@acme.example\nCid,cid@acme.example\nDan,dan@acme.example\n")
    ben, cid = Person.objects.get(name="Ben"), Person.objects.get(name="Cid")
    actions.update_person(bob, anna.pk, now=LATER, job_title="CTO")
    actions.update_person(bob, ben.pk, now=LATER, job_title="Buyer")
    actions.trash(bob, "person", cid.pk, now=LATER)
    assert counts(take_back(alice, act.pk, LATER)) == (1, 0, 3)
    assert set(Person.objects.values_list("name", "job_title")) == {("Anna L", "CTO"), ("Ben", "Buyer"), ("Cid", "")}


def test_what_something_hangs_on_is_left_and_counted(alice: Member, bob: Member):
    act = imported(alice, PEOPLE + "Anna,anna@acme.example,,,acme.example\nBen,ben@bolt.example,,,bolt.example\n")
    people.opportunity(bob, "Deal", contact=Person.objects.get(name="Anna"))
    people.person(bob, "Zoe", company=Company.objects.get(name="bolt.example"))
    assert counts(take_back(alice, act.pk, LATER)) == (1, 0, 3)
    assert Opportunity.objects.get().contact == Person.objects.get(name="Anna")
    assert Person.objects.get(name="Zoe").company == Company.objects.get(name="bolt.example")


def test_whom_a_meeting_was_linked_to_by_hand_stays(alice: Member):
    desk = Desk(alice, "alice")
    desk.put("lunch", "kim@kin.example")
    desk.sync()
    act = imported(alice, "name\nAnna\nBen\n")
    link.link_by_hand(alice, Event.objects.get().pk, "person", Person.objects.get(name="Anna").pk)
    assert counts(take_back(alice, act.pk, LATER)) == (1, 0, 1)
    assert Person.objects.get().name == "Anna"


def test_two_acts_are_taken_back_in_the_order_of_a_stack(alice: Member):
    people.person(alice, "A", "anna@acme.example")
    first = imported(alice, "name,email\nB,anna@acme.example\n")
    second = store(alice, look(alice, "person", "name,email\nC,anna@acme.example\n"), SOON)
    for act in (second, first):
        assert counts(take_back(alice, act.pk, LATER)) == (0, 1, 0)
    assert Person.objects.get().name == "A"


def test_the_first_of_two_acts_leaves_what_the_second_changed(alice: Member):
    people.person(alice, "A", "anna@acme.example")
    first = imported(alice, "name,email\nB,anna@acme.example\n")
    store(alice, look(alice, "person", "name,email\nC,anna@acme.example\n"), SOON)
    assert counts(take_back(alice, first.pk, LATER)) == (0, 0, 1)
    assert Person.objects.get().name == "C"


def test_a_company_that_is_gone_by_now_does_not_come_back(alice: Member):
    acme = people.company(alice, "Acme", "acme.example")
    people.person(alice, "Anna", "anna@acme.example", company=acme)
    act = imported(alice, PEOPLE + "Anna,anna@acme.example,,,bolt.example\n")
    acme.delete()
    assert counts(take_back(alice, act.pk, LATER)) == (1, 1, 0)
    assert Person.objects.get().company is None


def test_it_is_taken_back_once(alice: Member):
    act = imported(alice, "name\nAnna\n")
    take_back(alice, act.pk, LATER)
    people.person(alice, "Anna")
    with pytest.raises(Invalid, match="taken back already"):
        take_back(alice, act.pk, LATER)
    assert Person.objects.count() == 1


def test_only_its_maker_or_an_admin_takes_it_back(alice: Member, bob: Member, charlie: Member):
    hers, his = imported(alice, "name\nAnna\n"), imported(bob, "name\nBen\n")
    with pytest.raises(NotAllowed):
        take_back(bob, hers.pk, LATER)
    with pytest.raises(Act.DoesNotExist):
        take_back(charlie, his.pk, LATER)
    assert Person.objects.count() == 2
    assert list(acts_of(bob, LATER)) == [his]
    assert list(acts_of(alice, LATER)) == [his, hers]
    assert take_back(alice, his.pk, LATER).state == "taken-back"


def test_after_a_day_it_can_not_be_taken_back_and_its_earlier_values_go(alice: Member, monkeypatch: pytest.MonkeyPatch):
    people.person(alice, "A", "anna@acme.example")
    act = imported(alice, "name,email\nB,anna@acme.example\nBen,ben@acme.example\n")
    over = NOW + timedelta(days=1)
    with pytest.raises(Act.DoesNotExist):
        take_back(alice, act.pk, over)
    monkeypatch.setattr("metwith.lib.clock.now", lambda: over - timedelta(seconds=1))
    jobs.tidy_acts(0)
    assert ActChange.objects.count() == 2
    monkeypatch.setattr("metwith.lib.clock.now", lambda: over)
    jobs.tidy_acts(0)
    assert not ActChange.objects.exists()
    assert not Act.objects.exists()
    assert Person.objects.count() == 2


def test_while_it_runs_it_waits(alice: Member):
    act = Act.objects.create(workspace=alice.workspace, member=alice, kind="import", record_kind=1, state="running")
    with pytest.raises(Invalid, match="still going on"):
        take_back(alice, act.pk, NOW)


def test_killed_anywhere_and_run_again_it_comes_to_the_same(alice: Member, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(restoring, "AT_ONCE", 2)
    act = imported(alice, "name,email\n" + "".join(f"P{n},p{n}@acme.example\n" for n in range(7)))
    take_back(alice, act.pk, LATER)
    act.refresh_from_db()
    assert (act.state, act.done, act.total, Person.objects.count()) == ("taking-back", 2, 7, 5)
    with pytest.raises(Invalid):
        take_back(alice, act.pk, LATER)
    assert not restoring.restore(alice.workspace_id, act.pk, pages=1)
    jobs.restore_values(alice.workspace_id, act.pk)
    jobs.restore_values(alice.workspace_id, act.pk)
    act = find_act(alice, act.pk, LATER)
    assert (act.state, counts(act), Person.objects.count()) == ("taken-back", (7, 0, 0), 0)


def test_who_was_deleted_or_merged_leaves_no_earlier_values(alice: Member):
    gone = people.person(alice, "A", "gone@acme.example")
    keeper = people.person(alice, "K", "keeper@acme.example")
    other = people.person(alice, "O", "other@acme.example")
    act = imported(alice, "name,email\nA2,gone@acme.example\nK2,keeper@acme.example\nO2,other@acme.example\n")
    actions.trash(alice, "person", gone.pk, now=LATER)
    assert ActChange.objects.count() == 3
    actions.delete_for_good(alice, "person", gone.pk)
    actions.merge_people(alice, keeper.pk, other.pk, now=LATER)
    assert set(ActChange.objects.values_list("record_id", flat=True)) == {keeper.pk}
    assert counts(take_back(alice, act.pk, LATER)) == (0, 0, 1)


def test_after_taking_back_meetings_follow(alice: Member):
    desk = Desk(alice, "alice")
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    bring_in(alice, "person", "name,email\nAnna,anna@acme.example\n")
    work()
    anna = Person.objects.get()
    assert links(alice) == {("lunch", RecordKind.PERSON, anna.pk)}
    take_back(alice, Act.objects.get().pk, LATER)
    work()
    assert links(alice) == set()
