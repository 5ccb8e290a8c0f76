from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from metwith.lib.errors import Invalid, NotAllowed
from metwith.records import actions, queries, signals
from metwith.records.models import Company, Opportunity, Person, PersonAddress
from tests import people
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member

LATER = NOW + timedelta(hours=1)
KINDS: tuple[Kind, ...] = ("person", "company", "opportunity")


@pytest.fixture
def told() -> Any:
    """What signals told of the actions within a `with told() as facts`."""

    @contextmanager
    def listening() -> Iterator[list[tuple[object, ...]]]:
        facts: list[tuple[object, ...]] = []
        names = ("record_changed", "record_removed", "people_merged", "companies_merged")
        for name in names:
            getattr(signals, name).connect(_noting(facts, name), weak=False, dispatch_uid="test")
        yield facts
        for name in names:
            getattr(signals, name).disconnect(dispatch_uid="test")

    return listening


def _noting(facts: list[tuple[object, ...]], name: str) -> Any:
    def note(*, signal: object, sender: object, workspace_id: int, **ids: object) -> None:
        facts.append((name, *ids.values()))

    return note


def addresses(person: Person) -> list[tuple[str, str, bool]]:
    return list(PersonAddress.objects.filter(person=person).order_by("-primary", "id").values_list("address", "folded", "primary"))


def domains(company: Company) -> list[str]:
    return [row.domain for row in company.domains.order_by("id")]


def test_a_person_has_a_name_and_addresses_the_first_primary(alice: Member, told: Any):
    with told() as facts:
        anna = actions.create_person(
            alice, name="  Änna \n Lindt\0", job_title="CTO", addresses=[" Anna@Büro.example ", "", "al@acme.example"], now=NOW
        )
    assert (anna.name, anna.name_key, anna.job_title, anna.workspace_id) == ("Änna Lindt", "anna lindt", "CTO", alice.workspace_id)
    assert (anna.created_at, anna.updated_at) == (NOW, NOW)
    assert addresses(anna) == [("Anna@Büro.example", "anna@xn--bro-hoa.example", True), ("al@acme.example", "al@acme.example", False)]
    assert facts == [("record_changed", "person", anna.pk)]


def test_an_edit_changes_what_is_given_and_nothing_else(alice: Member):
    anna = people.person(alice, "Anna Lindt", "anna@acme.example", job_title="CTO")
    rows = list(PersonAddress.objects.values_list("pk", flat=True))
    actions.update_person(alice, anna.pk, name="Anna Berg", now=LATER)
    anna.refresh_from_db()
    assert (anna.name, anna.name_key, anna.job_title, anna.updated_at, anna.created_at) == ("Anna Berg", "anna berg", "CTO", LATER, NOW)
    assert list(PersonAddress.objects.values_list("pk", flat=True)) == rows


def test_addresses_are_replaced_by_the_list_given(alice: Member):
    anna = people.person(alice, "Anna", "a@acme.example", "b@acme.example")
    actions.update_person(alice, anna.pk, addresses=["B@acme.example", "c@acme.example"], now=LATER)
    assert [(folded, primary) for _, folded, primary in addresses(anna)] == [("b@acme.example", True), ("c@acme.example", False)]
    actions.update_person(alice, anna.pk, addresses=[], now=LATER)
    assert addresses(anna) == []


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"name": " "}, "name", "missing"),
        ({"name": "x" * 301}, "name", "at most 300"),
        ({"job_title": "x" * 201}, "job_title", "at most 200"),
        ({"addresses": ["anna"]}, "addresses", "“anna”"),
        ({"addresses": ["a@acme.example", "A@ACME.example"]}, "addresses", "“A@ACME.example” stands here twice"),
        ({"addresses": [f"a{n}@acme.example" for n in range(51)]}, "addresses", "At most 50"),
        ({"company_id": 0}, "company_id", "does not exist"),
    ],
)
def test_what_is_wrong_with_a_person_is_named_and_nothing_is_stored(alice: Member, given: dict[str, Any], field: str, words: str):
    with pytest.raises(Invalid, match=words) as caught:
        actions.create_person(alice, now=NOW, **{"name": "Anna", **given})
    assert caught.value.field == field
    assert not Person.objects.exists()


def test_a_company_has_domains_folded_and_without_www(alice: Member, told: Any):
    with told() as facts:
        acme = actions.create_company(alice, name="Acme", domains=["https://www.Acme.example/en", "@acme.co.uk", ""], now=NOW)
    assert domains(acme) == ["acme.example", "acme.co.uk"]
    assert facts == [("record_changed", "company", acme.pk)]
    actions.update_company(alice, acme.pk, domains=["acme.co.uk", "acme.test"], now=LATER)
    assert domains(acme) == ["acme.co.uk", "acme.test"]


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("gmail.com", "free-mail"),
        ("mail.gmx.de", "free-mail"),
        ("co.uk", "shared by many"),
        ("acme", "not a domain"),
        ("a b.com", "not a domain"),
    ],
)
def test_a_domain_that_is_nobodys_own_is_refused(alice: Member, domain: str, words: str):
    with pytest.raises(Invalid, match=words) as caught:
        actions.create_company(alice, name="Acme", domains=[domain], now=NOW)
    assert caught.value.field == "domains"


def test_an_opportunity_is_about_money_a_day_a_company_and_a_person(alice: Member, told: Any):
    acme, anna = people.company(alice, "Acme"), people.person(alice, "Anna")
    with told() as facts:
        deal = actions.create_opportunity(
            alice,
            name="Big deal",
            stage="Won",
            amount="1.234,50",
            currency="eur",
            close_date="2026-11-30",
            company_id=acme.pk,
            contact_id=anna.pk,
            now=NOW,
        )
    deal.refresh_from_db()
    assert (deal.stage, deal.amount, deal.currency, str(deal.close_date)) == ("won", Decimal("1234.50"), "EUR", "2026-11-30")
    assert (deal.company, deal.contact) == (acme, anna)
    assert facts == [("record_changed", "opportunity", deal.pk)]
    actions.update_opportunity(alice, deal.pk, amount=None, close_date="", contact_id=None, currency="", now=LATER)
    deal.refresh_from_db()
    assert (deal.amount, deal.close_date, deal.contact_id, deal.currency, deal.company) == (None, None, None, "", acme)


@pytest.mark.parametrize("field", ["company_id", "contact_id"])
def test_a_reference_into_another_workspace_or_the_trash_does_not_exist(alice: Member, charlie: Member, field: str):
    make = people.company if field == "company_id" else people.person
    theirs, trashed = make(charlie, "Theirs"), make(alice, "Trashed")
    actions.trash(alice, "company" if field == "company_id" else "person", trashed.pk, now=NOW)
    for record in (theirs, trashed):
        with pytest.raises(Invalid) as caught:
            people.opportunity(alice, "Deal", **{field: record.pk})
        assert caught.value.field == field


def test_a_reference_to_what_was_trashed_since_may_stay(alice: Member):
    acme = people.company(alice, "Acme")
    anna = people.person(alice, "Anna", company=acme)
    actions.trash(alice, "company", acme.pk, now=NOW)
    assert actions.update_person(alice, anna.pk, company_id=acme.pk, name="Anna B", now=LATER).company_id == acme.pk


def test_records_of_another_workspace_do_not_exist(alice: Member, charlie: Member):
    anna = people.person(charlie, "Anna")
    with pytest.raises(Person.DoesNotExist):
        actions.update_person(alice, anna.pk, name="Eve", now=NOW)
    with pytest.raises(Person.DoesNotExist):
        actions.restore(alice, "person", anna.pk)
    with pytest.raises(Person.DoesNotExist):
        actions.delete_for_good(alice, "person", anna.pk)
    with pytest.raises(Person.DoesNotExist):
        actions.trash(alice, "person", anna.pk, now=NOW)
    with pytest.raises(Person.DoesNotExist):
        actions.merge_people(alice, people.person(alice, "Ours").pk, anna.pk, now=NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_trashed_leaves_and_what_is_restored_comes_back(alice: Member, told: Any, kind: Kind):
    make: dict[Kind, Any] = {"person": people.person, "company": people.company, "opportunity": people.opportunity}
    record = make[kind](alice, "It")
    with told() as facts:
        actions.trash(alice, kind, record.pk, now=LATER)
        actions.trash(alice, kind, record.pk, now=LATER + timedelta(days=1))
    assert facts == [("record_removed", kind, record.pk)]
    assert [found.trashed_at for found in queries.trash(alice.workspace_id, kind).items] == [LATER]
    with told() as facts:
        actions.restore(alice, kind, record.pk)
        actions.restore(alice, kind, record.pk)
    assert facts == [("record_changed", kind, record.pk)]
    assert queries.trash(alice.workspace_id, kind).items == ()


def test_what_is_in_the_trash_is_not_edited(alice: Member):
    anna = people.person(alice, "Anna")
    actions.trash(alice, "person", anna.pk, now=NOW)
    with pytest.raises(Invalid, match="Restore it first"):
        actions.update_person(alice, anna.pk, name="Eve", now=NOW)


def test_only_an_admin_deletes_for_good_and_only_from_the_trash(alice: Member, bob: Member, told: Any):
    anna = people.person(alice, "Anna", "anna@acme.example")
    with pytest.raises(Invalid, match="trash first"):
        actions.delete_for_good(alice, "person", anna.pk)
    actions.trash(bob, "person", anna.pk, now=NOW)
    with pytest.raises(NotAllowed):
        actions.delete_for_good(bob, "person", anna.pk)
    with told() as facts:
        actions.delete_for_good(alice, "person", anna.pk)
    assert facts == [("record_removed", "person", anna.pk)]
    assert not Person.objects.exists()


def test_merging_people_keeps_everything_of_both(alice: Member, told: Any):
    acme = people.company(alice, "Acme")
    keeper = people.person(alice, "Anna Lindt", "anna@acme.example", "shared@acme.example")
    other = people.person(alice, "A. Lindt", "al@acme.example", "Shared@acme.example", company=acme, job_title="CTO")
    deal = people.opportunity(alice, "Deal", contact=other)
    with told() as facts:
        merged = actions.merge_people(alice, keeper.pk, other.pk, now=LATER)
    assert facts == [("people_merged", keeper.pk, other.pk)]
    assert (merged.name, merged.job_title, merged.company_id, merged.updated_at) == ("Anna Lindt", "CTO", acme.pk, LATER)
    assert [(address, primary) for address, _, primary in addresses(merged)] == [
        ("anna@acme.example", True),
        ("shared@acme.example", False),
        ("al@acme.example", False),
    ]
    assert Opportunity.objects.get(pk=deal.pk).contact_id == keeper.pk
    assert not Person.objects.filter(pk=other.pk).exists()


def test_the_keeper_of_a_merge_keeps_what_it_has(alice: Member):
    acme, bolt = people.company(alice, "Acme"), people.company(alice, "Bolt")
    keeper = people.person(alice, "Anna", company=acme, job_title="CEO")
    other = people.person(alice, "Ann", "ann@bolt.example", company=bolt, job_title="CTO")
    merged = actions.merge_people(alice, keeper.pk, other.pk, now=LATER)
    assert (merged.job_title, merged.company_id) == ("CEO", acme.pk)
    assert [primary for _, _, primary in addresses(merged)] == [True]


def test_nobody_is_merged_with_themselves_or_from_the_trash(alice: Member):
    anna, ann = people.person(alice, "Anna"), people.person(alice, "Ann")
    with pytest.raises(Invalid, match="two different"):
        actions.merge_people(alice, anna.pk, anna.pk, now=NOW)
    actions.trash(alice, "person", ann.pk, now=NOW)
    with pytest.raises(Invalid, match="trash"):
        actions.merge_people(alice, anna.pk, ann.pk, now=NOW)


def test_merging_companies_moves_people_domains_and_opportunities(alice: Member, told: Any):
    keeper, other = people.company(alice, "Acme", "acme.example"), people.company(alice, "Acme Inc", "acme.test", "acme.example")
    anna, deal = people.person(alice, "Anna", company=other), people.opportunity(alice, "Deal", company=other)
    with told() as facts:
        actions.merge_companies(alice, keeper.pk, other.pk, now=LATER)
    assert facts == [("companies_merged", keeper.pk, other.pk)]
    assert domains(keeper) == ["acme.example", "acme.test"]
    assert Person.objects.get(pk=anna.pk).company_id == Opportunity.objects.get(pk=deal.pk).company_id == keeper.pk
    assert list(Company.objects.all()) == [keeper]


def test_what_a_rule_made_counts_as_made_by_hand_once_a_person_merged_it_into_theirs(alice: Member):
    keeper, other = people.person(alice, "Anna"), people.person(alice, "anna@acme.example")
    Person.objects.filter(pk=other.pk).update(made_by_rule=True)
    assert actions.merge_people(alice, other.pk, keeper.pk, now=LATER).made_by_rule is False
