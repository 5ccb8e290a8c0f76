from __future__ import annotations

import pytest

from metwith.records.models import Company, Opportunity, Person
from tests.people import company, opportunity, person

BIG = 2**63


def test_a_person_is_made_with_all_that_can_be_said(api, alice):
    acme = company(alice, "Acme", "acme.test")
    answer = api.post(
        "/people",
        name="Anna Lindt",
        email="Anna@Acme.test",
        additional_emails=["al@gmail.com"],
        job_title="Head of sales",
        company_id=acme.pk,
    )
    assert answer.status == 201
    created, updated = answer.body.pop("created_at"), answer.body.pop("updated_at")
    assert created == updated
    assert answer.body == {
        "id": Person.objects.of(alice.workspace_id).get().pk,
        "name": "Anna Lindt",
        "email": "Anna@Acme.test",
        "additional_emails": ["al@gmail.com"],
        "job_title": "Head of sales",
        "company": {"id": acme.pk, "name": "Acme"},
        "from_calendar": False,
    }


def test_a_person_needs_only_a_name(api):
    body = api.post("/people", name="Anna").body
    assert (body["email"], body["additional_emails"], body["job_title"], body["company"]) == (None, [], "", None)


def test_people_are_found_by_address_in_any_letter_case(api, alice):
    anna = person(alice, "Anna", "anna@acme.test", "al@gmail.com")
    person(alice, "Ben", "ben@acme.test")
    assert [item["id"] for item in api.get("/people", email="AL@GMAIL.com").body["items"]] == [anna.pk]
    assert api.get("/people", email="a@acme.test").body["items"] == []


@pytest.mark.parametrize("email", ["no address", "a\0b@acme.test", "@", "x" * 400])
def test_an_address_that_is_none_finds_nobody_or_is_refused(api, email):
    answer = api.get("/people", email=email)
    assert (answer.status, answer.body.get("items")) == (200, []) or answer.field == "email"


def test_people_are_found_by_words(api, alice):
    person(alice, "Änna Lindt", "al@acme.test")
    person(alice, "Ben", "ben@acme.test")
    assert [item["name"] for item in api.get("/people", q="lin ann").body["items"]] == ["Änna Lindt"]


def test_those_that_a_calendar_made_are_told_from_the_others(api, alice):
    people = [person(alice, name, f"{name}@acme.test") for name in ("anna", "ben")]
    companies = [company(alice, name, f"{name}.test") for name in ("acme", "kin")]
    Person.objects.of(alice.workspace_id).filter(pk=people[0].pk).update(made_by_rule=True)
    Company.objects.of(alice.workspace_id).filter(pk=companies[0].pk).update(made_by_rule=True)
    for path in ("/people", "/companies"):
        told = {item["name"]: item["from_calendar"] for item in api.get(path).body["items"]}
        assert list(told.values()) == [True, False]
        for wanted in (True, False):
            found = api.get(path, from_calendar=str(wanted).lower()).body["items"]
            assert [item["name"] for item in found] == [name for name, made in told.items() if made is wanted]
        assert api.get(path, from_calendar="perhaps").field == "from_calendar"


def test_companies_are_found_by_domain(api, alice):
    acme = company(alice, "Acme", "acme.test", "acme.example")
    company(alice, "Other", "other.test")
    found = api.get("/companies", domain="ACME.example").body["items"]
    assert [(item["id"], item["domains"]) for item in found] == [(acme.pk, ["acme.test", "acme.example"])]


def test_opportunities_are_found_by_their_companys_name(api, alice):
    opportunity(alice, "Renewal", company=company(alice, "Acme"))
    opportunity(alice, "Other")
    assert [item["name"] for item in api.get("/opportunities", q="acme").body["items"]] == ["Renewal"]


def test_a_list_is_read_page_by_page_each_record_once(api, alice):
    for number in range(7):
        person(alice, f"P {number}")
    names, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        body = api.get("/people", limit=3, **({"cursor": cursor} if cursor else {})).body
        names += [item["name"] for item in body["items"]]
        cursor, pages = body["next"], pages + 1
    assert (names, pages) == ([f"P {number}" for number in range(7)], 3)


def test_a_list_costs_the_same_few_queries_however_long(api, alice, django_assert_max_num_queries):
    acme = company(alice, "Acme", "acme.test")
    for number in range(20):
        person(alice, f"P {number}", f"p{number}@acme.test", company=acme)
    api.get("/people")
    with django_assert_max_num_queries(3):
        assert len(api.get("/people", limit=200).body["items"]) == 20


def test_what_is_left_out_stays(api, alice):
    acme = company(alice, "Acme")
    anna = person(alice, "Anna", "anna@acme.test", "al@gmail.com", company=acme, job_title="Boss")
    body = api.patch(f"/people/{anna.pk}", name="Anna Lindt").body
    assert (body["name"], body["email"], body["additional_emails"]) == ("Anna Lindt", "anna@acme.test", ["al@gmail.com"])
    assert (body["job_title"], body["company"]["id"]) == ("Boss", acme.pk)


def test_null_takes_away(api, alice):
    anna = person(alice, "Anna", "anna@acme.test", company=company(alice, "Acme"))
    body = api.patch(f"/people/{anna.pk}", email=None, company_id=None).body
    assert (body["email"], body["company"]) == (None, None)


def test_an_additional_address_becomes_the_primary_one(api, alice):
    anna = person(alice, "Anna", "anna@acme.test", "al@gmail.com")
    body = api.patch(f"/people/{anna.pk}", email="AL@gmail.com").body
    assert (body["email"], body["additional_emails"]) == ("AL@gmail.com", [])


def test_the_additional_addresses_change_without_the_primary_one(api, alice):
    anna = person(alice, "Anna", "anna@acme.test", "old@acme.test")
    body = api.patch(f"/people/{anna.pk}", additional_emails=["b@acme.test", "c@acme.test"]).body
    assert (body["email"], body["additional_emails"]) == ("anna@acme.test", ["b@acme.test", "c@acme.test"])


def test_without_its_primary_the_next_address_takes_its_place(api, alice):
    anna = person(alice, "Anna", "anna@acme.test", "al@gmail.com")
    assert api.patch(f"/people/{anna.pk}", email=None).body["email"] == "al@gmail.com"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "not one"}, "email"),
        ({"additional_emails": ["not one"]}, "additional_emails"),
        ({"email": "a@acme.test", "additional_emails": ["A@acme.test"]}, "additional_emails"),
        ({"additional_emails": [f"p{n}@acme.test" for n in range(60)]}, "additional_emails"),
        ({"name": ""}, "name"),
        ({"name": " \n "}, "name"),
        ({"name": "x" * 301}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"job_title": "x" * 201}, "job_title"),
        ({"company_id": 0}, "company_id"),
        ({"company_id": True}, "company_id"),
        ({"company_id": BIG - 1}, "company_id"),
        ({"company_id": BIG}, "company_id"),
        ({"company_id": -1}, "company_id"),
    ],
)
def test_what_a_person_cannot_have_is_refused_by_name_and_nothing_is_stored(api, alice, given, field):
    answer = api.post("/people", **{"name": "Anna"} | given)
    assert (answer.status, answer.field) == (422, field)
    assert not Person.objects.of(alice.workspace_id).exists()
    anna = person(alice, "Anna", "x@acme.test")
    assert api.patch(f"/people/{anna.pk}", **given).status == 422
    assert api.get(f"/people/{anna.pk}").body["email"] == "x@acme.test"


@pytest.mark.parametrize(
    ("domains", "word"),
    [(["gmail.com"], "free-mail"), (["co.uk"], "shared"), (["not a domain"], "domain"), (["a.test", "A.test"], "twice")],
)
def test_what_a_company_cannot_have_is_refused_with_words(api, alice, domains, word):
    answer = api.post("/companies", name="Acme", domains=domains)
    assert (answer.status, answer.field) == (422, "domains")
    assert word in answer.message
    assert not Company.objects.of(alice.workspace_id).exists()


def test_an_opportunity_is_made_with_all_that_can_be_said(api, alice):
    acme = company(alice, "Acme")
    anna = person(alice, "Anna")
    given = {"stage": "proposal", "amount": "1234.50", "currency": "eur", "close_date": "2026-12-24"}
    answer = api.post("/opportunities", name="Renewal", company_id=acme.pk, contact_id=anna.pk, **given)
    assert answer.status == 201
    assert {key: answer.body[key] for key in given} == given | {"currency": "EUR"}
    assert (answer.body["company"]["name"], answer.body["contact"]["name"]) == ("Acme", "Anna")


def test_an_amount_may_be_a_number(api):
    assert api.post("/opportunities", name="Renewal", amount=1234.5).body["amount"] == "1234.50"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"stage": "lunch"}, "stage"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1e20"}, "amount"),
        ({"amount": "1.234"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "Infinity"}, "amount"),
        ({"amount": True}, "amount"),
        ({"currency": "XX"}, "currency"),
        ({"currency": "XYZ"}, "currency"),
        ({"close_date": "24.12.2026"}, "close_date"),
        ({"close_date": "2026-02-30"}, "close_date"),
        ({"contact_id": 999_999}, "contact_id"),
    ],
)
def test_what_an_opportunity_cannot_have_is_refused_by_name(api, alice, given, field):
    answer = api.post("/opportunities", **{"name": "Renewal"} | given)
    assert (answer.status, answer.field) == (422, field)
    assert not Opportunity.objects.of(alice.workspace_id).exists()


@pytest.mark.parametrize("kind", ["people", "companies", "opportunities"])
def test_deleting_puts_into_the_trash_and_out_of_sight(api, kind):
    pk = api.post(f"/{kind}", name="Thing").body["id"]
    assert api.delete(f"/{kind}/{pk}").status == 204
    assert api.get(f"/{kind}").body["items"] == []
    for answer in (
        api.get(f"/{kind}/{pk}"),
        api.patch(f"/{kind}/{pk}", name="x"),
        api.delete(f"/{kind}/{pk}"),
        api.get(f"/{kind}/{pk}/calendar"),
    ):
        assert (answer.status, answer.code) == (404, "not-found")


def test_a_company_in_the_trash_is_out_of_sight_on_its_people_too(api, alice):
    acme = company(alice, "Acme")
    anna = person(alice, "Anna", company=acme)
    api.delete(f"/companies/{acme.pk}")
    assert api.get(f"/people/{anna.pk}").body["company"] is None


@pytest.mark.parametrize("kind", ["people", "companies", "opportunities"])
@pytest.mark.parametrize("pk", ["0", "999999", str(BIG), str(10**40), "-1", "abc", "1.5"])
def test_an_unknown_id_is_not_found(api, kind, pk):
    for answer in (
        api.get(f"/{kind}/{pk}"),
        api.patch(f"/{kind}/{pk}", name="x"),
        api.delete(f"/{kind}/{pk}"),
        api.get(f"/{kind}/{pk}/calendar"),
    ):
        assert answer.status == 404


@pytest.mark.parametrize("kind", ["people", "companies", "opportunities"])
def test_another_workspaces_record_does_not_exist(api, charlie, program, kind):
    theirs = program(charlie)
    pk = theirs.post(f"/{kind}", name="Theirs").body["id"]
    for answer in (
        api.get(f"/{kind}/{pk}"),
        api.patch(f"/{kind}/{pk}", name="x"),
        api.delete(f"/{kind}/{pk}"),
        api.get(f"/{kind}/{pk}/calendar"),
    ):
        assert (answer.status, answer.code) == (404, "not-found")
    assert api.get(f"/{kind}").body["items"] == []
    assert theirs.get(f"/{kind}/{pk}").body["name"] == "Theirs"


def test_another_workspaces_company_cannot_be_referred_to(api, charlie):
    theirs = company(charlie, "Theirs", "theirs.test")
    answer = api.post("/people", name="Anna", company_id=theirs.pk)
    assert (answer.status, answer.field) == (422, "company_id")
