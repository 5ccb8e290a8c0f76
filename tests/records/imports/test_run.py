from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from metwith.records import actions, queries, signals
from metwith.records.csv_export import export
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress
from tests import people
from tests.people import NOW
from tests.records.imports.importing import bring_in, counted, look, store

if TYPE_CHECKING:
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member

KINDS: tuple[Kind, ...] = ("company", "person", "opportunity")
PEOPLE = "name,email,additional_emails,job_title,company_domain\r\n"
DEALS = "name,company_domain,contact_email,stage,amount,currency,close_date\r\n"


def addresses(person: Person) -> list[tuple[str, bool]]:
    return list(PersonAddress.objects.filter(person=person).order_by("-primary", "id").values_list("address", "primary"))


def test_a_preview_stores_nothing(alice: Member):
    preview = look(alice, "person", PEOPLE + "Anna Lindt,Anna@Acme.example,a.lindt@acme.example,CTO,acme.example\r\n")
    assert [(row.number, row.name, row.detail) for row in preview.create] == [(2, "Anna Lindt", "Anna@Acme.example, a.lindt@acme.example")]
    assert (preview.update, preview.errors, preview.new_companies) == ((), (), ("acme.example",))
    assert not Person.objects.exists()
    assert not Company.objects.exists()


def test_people_come_in_with_their_addresses_and_a_company_named_after_an_unknown_domain(alice: Member):
    counts = bring_in(alice, "person", PEOPLE + "Anna Lindt,Anna@Acme.example,a.lindt@acme.example;al@other.example,CTO,eu.acme.example\n")
    anna = Person.objects.get()
    assert (counts.created, counts.updated, counts.new_companies) == (1, 0, 1)
    assert (anna.name, anna.name_key, anna.job_title, anna.created_at) == ("Anna Lindt", "anna lindt", "CTO", NOW)
    assert addresses(anna) == [("Anna@Acme.example", True), ("a.lindt@acme.example", False), ("al@other.example", False)]
    assert anna.company is not None
    assert (anna.company.name, anna.company.domains.get().domain) == ("eu.acme.example",) * 2


def test_of_a_domain_and_its_subdomain_one_company_is_made(alice: Member):
    bring_in(alice, "person", PEOPLE + "A,,,,eu.acme.example\nB,,,,acme.example\nC,,,,us.acme.example\n")
    assert list(Company.objects.values_list("name", flat=True)) == ["acme.example"]
    assert Person.objects.filter(company=Company.objects.get()).count() == 3


def test_people_join_the_company_that_has_the_domain_above_theirs(alice: Member):
    acme = people.company(alice, "Acme", "acme.example")
    bring_in(alice, "person", PEOPLE + "Anna Lindt,,,,www.eu.acme.example\n")
    assert Person.objects.get().company == acme


def test_a_known_address_updates_instead_of_making_a_second_person(alice: Member):
    anna = people.person(alice, "A. Lindt", "anna@acme.example", "old@acme.example", job_title="CTO")
    counts = bring_in(alice, "person", PEOPLE + "Anna Lindt,OLD@acme.example,new@acme.example,,\n")
    anna.refresh_from_db()
    assert (counts.created, counts.updated) == (0, 1)
    assert (anna.name, anna.job_title) == ("Anna Lindt", "CTO")
    assert addresses(anna) == [("OLD@acme.example", True), ("new@acme.example", False), ("anna@acme.example", False)]


def test_further_addresses_alone_leave_the_primary(alice: Member):
    anna = people.person(alice, "Anna Lindt", "anna@acme.example", "old@acme.example")
    bring_in(alice, "person", PEOPLE + "Anna Lindt,,old@acme.example;new@acme.example,,\n")
    assert addresses(anna)[0] == ("anna@acme.example", True)
    assert {address for address, _ in addresses(anna)} == {"anna@acme.example", "old@acme.example", "new@acme.example"}


def test_without_an_address_people_are_known_by_name(alice: Member):
    anna = people.person(alice, "Änna  Lindt", "anna@acme.example")
    bring_in(alice, "person", "name,job_title\nanna lindt,CTO\n")
    anna.refresh_from_db()
    assert (anna.name, anna.job_title, Person.objects.count()) == ("anna lindt", "CTO", 1)
    assert addresses(anna) == [("anna@acme.example", True)]


def test_a_name_that_is_there_twice_is_asked_about(alice: Member):
    people.person(alice, "Anna Lindt")
    people.person(alice, "Anna Lindt")
    (error,) = look(alice, "person", "name\nAnna Lindt\n").errors
    assert (error.number, error.column) == (2, "name")
    assert "2 times" in error.message


def test_addresses_of_two_people_in_one_row_are_asked_about(alice: Member):
    people.person(alice, "Anna", "anna@acme.example")
    people.person(alice, "Ben", "ben@acme.example")
    (error,) = look(alice, "person", PEOPLE + "Anna,anna@acme.example,ben@acme.example,,\n").errors
    assert error.number == 2
    assert "“Anna” · “Ben”" in error.message


def test_two_rows_that_mean_one_person_are_asked_about(alice: Member):
    people.person(alice, "Anna", "anna@acme.example", "a@acme.example")
    (error,) = look(alice, "person", "name,email\nAnna,anna@acme.example\nAnna B,a@acme.example\n").errors
    assert (error.number, "row 2" in error.message) == (3, True)


def test_who_is_in_the_trash_is_not_touched(alice: Member):
    anna = people.person(alice, "Anna", "anna@acme.example")
    actions.trash(alice, "person", anna.pk, now=NOW)
    assert bring_in(alice, "person", "name,email\nAnna,anna@acme.example\n").created == 1


def test_who_is_in_another_workspace_is_not_seen(alice: Member, charlie: Member):
    people.person(charlie, "Anna", "anna@acme.example", company=people.company(charlie, "Acme", "acme.example"))
    counts = bring_in(alice, "person", PEOPLE + "Anna,anna@acme.example,,,acme.example\n")
    assert (counts.created, counts.new_companies) == (1, 1)


def test_companies_are_known_by_a_domain_and_then_by_name(alice: Member):
    acme = people.company(alice, "Acme", "acme.example")
    bolt = people.company(alice, "Bolt")
    counts = bring_in(alice, "company", "name,domains\nAcme Inc,acme.example;acme.test\nbolt,bolt.example\nCore,\n")
    assert (counts.created, counts.updated) == (1, 2)
    assert list(Company.objects.order_by("id").values_list("name", flat=True)) == ["Acme Inc", "bolt", "Core"]
    assert list(CompanyDomain.objects.order_by("id").values_list("company", "domain")) == [
        (acme.pk, "acme.example"),
        (acme.pk, "acme.test"),
        (bolt.pk, "bolt.example"),
    ]


def test_of_companies_that_share_a_domain_the_one_of_that_name_is_meant(alice: Member):
    people.company(alice, "Acme North", "acme.example")
    south = people.company(alice, "Acme South", "acme.example")
    (error,) = look(alice, "company", "name,domains\nAcme,acme.example\n").errors
    assert "“Acme North” · “Acme South”" in error.message
    (row,) = look(alice, "company", "name,domains\nACME SOUTH,acme.example\n").update
    assert row.record_id == south.pk


def test_opportunities_come_in_whole(alice: Member):
    acme = people.company(alice, "Acme", "acme.example")
    anna = people.person(alice, "Anna", "anna@acme.example")
    bring_in(alice, "opportunity", DEALS + 'Big deal,acme.example,ANNA@acme.example,Proposal,"1,234.50",eur,30.11.2026\n')
    deal = Opportunity.objects.get()
    assert (deal.company, deal.contact, deal.stage, deal.amount, deal.currency) == (acme, anna, "proposal", Decimal("1234.50"), "EUR")
    assert str(deal.close_date) == "2026-11-30"


def test_opportunities_are_known_by_name_within_their_company(alice: Member):
    acme, bolt = people.company(alice, "Acme", "acme.example"), people.company(alice, "Bolt", "bolt.example")
    first = people.opportunity(alice, "Renewal", company=acme, stage="new", amount="10")
    second = people.opportunity(alice, "Renewal", company=bolt)
    bring_in(alice, "opportunity", "name,company_domain,stage\nRenewal,acme.example,won\n")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.stage, first.amount, second.stage) == ("won", Decimal(10), "new")
    (error,) = look(alice, "opportunity", "name\nRenewal\n").errors
    assert error.column == "name"


def test_an_unknown_contact_is_named(alice: Member):
    (error,) = look(alice, "opportunity", "name,contact_email\nDeal,ghost@acme.example\n").errors
    assert (error.number, error.column) == (2, "contact_email")
    assert "ghost@acme.example" in error.message


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",anna@acme.example,,,", "name", "missing"),
        ("Anna,anna,,,", "email", "“anna”"),
        ("Anna,anna@acme.example,nope@,,", "additional_emails", "“nope@”"),
        ("Anna,a@acme.example,b@acme.example;B@acme.example,,", "additional_emails", "twice"),
        ("Anna,,,,gmail.com", "company_domain", "free-mail"),
        ("Anna,,,,co.uk", "company_domain", "shared by many"),
        ("Anna,,,,acme", "company_domain", "not a domain"),
        ("x" * 301 + ",,,,", "name", "too long"),
        ("Anna,,," + "x" * 201 + ",", "job_title", "too long"),
        ("Anna,,,,acme.example,more", "", "more cells"),
    ],
)
def test_a_bad_row_is_named_by_its_number_and_column(alice: Member, row: str, column: str, words: str):
    preview = look(alice, "person", PEOPLE + "Fine,fine@acme.example,,,\n\n" + row + "\n")
    (error,) = preview.errors
    assert (error.number, error.column) == (4, column)
    assert words in error.message


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("D,,,maybe,,,", "stage"),
        ("D,,,,much,,", "amount"),
        ("D,,,,-5,,", "amount"),
        ("D,,,,1.234,,", "amount"),
        ("D,,,,,EURO,", "currency"),
        ("D,,,,,,11/30/2026", "close_date"),
        ("D,,,,,,31.02.2026", "close_date"),
    ],
)
def test_a_bad_cell_of_an_opportunity_is_named(alice: Member, row: str, column: str):
    (error,) = look(alice, "opportunity", DEALS + row + "\n").errors
    assert (error.number, error.column) == (2, column)


def test_a_row_that_repeats_another_is_named(alice: Member):
    (error,) = look(alice, "person", "name,email\nAnna,a@acme.example\nBen,b@acme.example\nCid,A@Acme.example\n").errors
    assert (error.number, "row 2" in error.message) == (4, True)
    (error,) = look(alice, "company", "name,domains\nAcme,\nacme,acme.example\n").errors
    assert (error.number, error.column) == (3, "name")


def test_the_good_rows_come_in_and_the_others_are_given_back(alice: Member):
    looked = look(alice, "person", "name,email\nAnna,anna@acme.example\nBen,nonsense\nCid,cid@acme.example\n")
    assert (counted(store(alice, looked)).created, counted(store(alice, looked)).rejected) == (2, 1)
    assert set(Person.objects.values_list("name", flat=True)) == {"Anna", "Cid"}


def test_a_company_that_only_bad_rows_name_is_not_made(alice: Member):
    counts = bring_in(alice, "person", PEOPLE + "Anna,nonsense,,,acme.example\nBen,ben@bolt.example,,,bolt.example\n")
    assert (counts.created, counts.new_companies) == (1, 1)
    assert Company.objects.get().name == "bolt.example"


def test_what_became_wrong_since_it_was_looked_at_is_given_back_too(alice: Member):
    anna = people.person(alice, "Anna", "anna@acme.example")
    looked = look(alice, "opportunity", "name,contact_email\nDeal,anna@acme.example\nOther,\n")
    assert not looked.errors
    actions.trash(alice, "person", anna.pk, now=NOW)
    counts = counted(store(alice, looked))
    assert (counts.created, counts.rejected) == (1, 1)


def test_what_was_added_since_it_was_looked_at_is_updated_not_doubled(alice: Member):
    looked = look(alice, "person", "name,email\nAnna,anna@acme.example\n")
    people.person(alice, "A", "anna@acme.example")
    counts = counted(store(alice, looked))
    assert (counts.created, counts.updated, Person.objects.count()) == (0, 1, 1)


def test_a_company_may_be_given_by_its_name(alice: Member):
    acme = people.company(alice, "Acme", "acme.example")
    text = "name,company,company_domain\nAnna,ACME,\nBen,Bolt,\nCid,bolt,bolt.example\nDan,Acme,acme.test\n"
    counts = bring_in(alice, "person", text)
    assert (counts.created, counts.new_companies) == (4, 1)
    of = dict(Person.objects.values_list("name", "company__name"))
    assert of == {"Anna": "Acme", "Ben": "Bolt", "Cid": "Bolt", "Dan": "Acme"}
    assert list(CompanyDomain.objects.exclude(company=acme).values_list("domain", flat=True)) == ["bolt.example"]


def test_a_company_of_which_there_are_two_is_asked_about_unless_the_person_is_in_one(alice: Member):
    people.company(alice, "Acme")
    second = people.company(alice, "Acme")
    people.person(alice, "Ben", "ben@acme.example", company=second)
    text = "name,email,company\nAnna,anna@acme.example,Acme\nBen,ben@acme.example,Acme\n"
    looked = look(alice, "person", text)
    assert [(error.number, error.column) for error in looked.errors] == [(2, "company")]
    assert looked.unchanged == 1


def test_somebody_known_comes_into_a_company_that_is_new(alice: Member):
    anna = people.person(alice, "Anna", "anna@acme.example")
    counts = bring_in(alice, "person", PEOPLE + "Anna,anna@acme.example,,,acme.example\n")
    anna.refresh_from_db()
    assert (counts.updated, anna.company and anna.company.name) == (1, "acme.example")


def test_importing_twice_changes_nothing_the_second_time(alice: Member):
    text = PEOPLE + "Anna,anna@acme.example,a@acme.example,CTO,acme.example\nBen,ben@acme.example,,,\n"
    bring_in(alice, "person", text)
    counts = bring_in(alice, "person", text)
    assert (counts.created, counts.updated, counts.unchanged, counts.new_companies) == (0, 0, 2, 0)


def test_one_signal_tells_of_an_import(alice: Member):
    told: list[object] = []

    def note(*, signal: object, sender: object, **facts: object) -> None:
        told.append((signal, facts))

    for signal in (signals.records_imported, signals.record_changed):
        signal.connect(note, weak=False, dispatch_uid="test")
    try:
        bring_in(alice, "person", "name\nAnna\nBen\n")
    finally:
        for signal in (signals.records_imported, signals.record_changed):
            signal.disconnect(dispatch_uid="test")
    assert told == [(signals.records_imported, {"workspace_id": alice.workspace_id})]


def test_an_import_of_companies_and_people_takes_few_queries(alice: Member, django_assert_max_num_queries: Any):
    companies = "name,domains\n" + "".join(f"Company {n},c{n}.example\n" for n in range(100))
    text = PEOPLE + "".join(f"Person {n},p{n}@c{n % 100}.example,,Role,c{n % 100}.example\n" for n in range(500))
    with django_assert_max_num_queries(220):
        assert bring_in(alice, "company", companies).created == 100
        assert bring_in(alice, "person", text).created == 500
        assert bring_in(alice, "person", text.replace("Role", "Rule")).updated == 500
    assert Person.objects.filter(company=None).count() == 0


def test_an_export_comes_in_again_unchanged(alice: Member, charlie: Member):
    acme = people.company(alice, '=Acme, "the" one', "acme.example", "acme.test")
    also = people.company(alice, "'-Also here", "also.example")
    anna = people.person(alice, "@nna\tLindt", "+anna@acme.example", "a@acme.example", company=acme, job_title="-x")
    people.person(alice, "Ägidius", company=also)
    people.opportunity(alice, "'=Deal", company=acme, contact=anna, amount="1234.50", currency="EUR", close_date="2026-11-30", stage="won")
    people.opportunity(alice, "Plain")
    for kind in KINDS:
        out = "".join(export(alice.workspace_id, kind))
        counts = bring_in(alice, kind, out)
        assert (counts.created, counts.updated, counts.new_companies) == (0, 0, 0), kind
        bring_in(charlie, kind, out)
        assert "".join(export(charlie.workspace_id, kind)) == out


def test_an_export_tells_what_a_calendar_made_and_an_import_passes_over_it(alice: Member):
    people.person(alice, "Anna", "anna@acme.example")
    Person.objects.of(alice.workspace).update(made_by_rule=True)
    out = "".join(export(alice.workspace_id, "person"))
    assert out.splitlines() == [f"{PEOPLE.strip()},from_calendar", "Anna,anna@acme.example,,,,yes"]
    bring_in(alice, "person", out.replace("Anna,anna@", "Ben,ben@"))
    assert set(Person.objects.of(alice.workspace).values_list("name", "made_by_rule")) == {("Anna", True), ("Ben", False)}


def test_an_export_comes_in_again_where_records_share_addresses_and_domains(alice: Member):
    north, south = people.company(alice, "North", "acme.example"), people.company(alice, "South", "acme.example")
    people.person(alice, "Anna", "desk@acme.example", "anna@acme.example", company=north)
    ben = people.person(alice, "Ben", "desk@acme.example", company=south)
    people.opportunity(alice, "Deal", company=south, contact=ben)
    for kind in KINDS:
        counts = bring_in(alice, kind, "".join(export(alice.workspace_id, kind)))
        assert (counts.created, counts.updated, counts.new_companies) == (0, 0, 0), kind


def test_an_imported_file_may_be_what_spreadsheets_write(alice: Member):
    bring_in(alice, "person", "﻿Name;E-Mail\r\n".replace("E-Mail", "Email").encode() + "Jürgen Groß;juergen@acme.example\r\n".encode())
    bring_in(alice, "company", "name;domains\nCafé Zürich;cafe.example\n".encode("cp1252"))
    bring_in(alice, "company", "name\tdomains\nΩmega\tomega.example\n".encode("utf-16"))
    assert queries.people(alice.workspace_id).items[0].name == "Jürgen Groß"
    assert set(Company.objects.values_list("name", flat=True)) == {"Café Zürich", "Ωmega"}
