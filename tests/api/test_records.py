from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from metwith.lib import clock
from metwith.records import actions
from metwith.records.models import Company, Opportunity, Person
from tests.calendars.desk import Desk
from tests.people import NOW, company, opportunity, person

BIG = 2**63


def test_a_person_is_made_with_all_that_can_be_said(api, alice):
    acme = company(alice, "Acme", "acme.test")
    answer = api.post(
        "/people",
        name="Anna Lindt",
        email="Anna@Acme.test",
        additional_emails=["al@gmail.com"],
        job_title="Head of sales",
        phone="+49 30 1234",
        company_id=acme.pk,
        owner_id=alice.pk,
        tags=["VIP", "Fair 2026", "vip"],
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
        "phone": "+49 30 1234",
        "company": {"id": acme.pk, "name": "Acme"},
        "from_calendar": False,
        "last_met_at": None,
        "next_at": None,
        "meetings_12m": 0,
        "known_by": [],
        "tags": ["Fair 2026", "VIP"],
        "owner": {"id": alice.pk, "name": "Alice Adler"},
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
    with django_assert_max_num_queries(14):
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


# --- figures ------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def met(alice, bob):
    """Anna, a week ago with Bob; Kim, long ago and again in three days, for a day; Zed never."""
    anna = person(alice, "Anna", "anna@acme.test", company=company(alice, "Acme", "acme.test"))
    kim, zed = person(alice, "Kim", "kim@kin.test"), person(alice, "Zed")
    actions.update_person(alice, zed.pk, now=NOW, tags=["VIP"], owner_id=bob.pk)
    desk, now = Desk(alice, "alice"), clock.now().replace(microsecond=0)
    desk.put("old", "kim@kin.test", start=now - timedelta(days=400))
    desk.put("new", "anna@acme.test", "bob@lumen.example", start=now - timedelta(days=7))
    desk.put("fair", "kim@kin.test", start=now.date() + timedelta(days=3), length=timedelta(days=1))
    desk.sync()
    return SimpleNamespace(anna=anna, kim=kim, zed=zed, now=now)


def test_a_list_says_of_each_what_its_meetings_come_to(api, alice, bob, met):
    anna, kim, zed = api.get("/people?order=-last_met").body["items"]
    when = (met.now - timedelta(days=7)).isoformat().replace("+00:00", "Z")
    known = {"meetings": 1, "last_met_at": when}
    assert (anna["last_met_at"], anna["next_at"], anna["meetings_12m"]) == (when, None, 1)
    assert anna["known_by"] == [
        {"member_id": alice.pk, "name": "Alice Adler"} | known,
        {"member_id": bob.pk, "name": bob.user.name} | known,
    ]
    assert kim["next_at"] == (met.now.date() + timedelta(days=3)).isoformat()
    assert (zed["last_met_at"], zed["known_by"], zed["tags"], zed["owner"]["id"]) == (None, [], ["VIP"], bob.pk)
    assert api.get(f"/people/{met.anna.pk}").body == anna


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Anna", "Kim", "Zed"]),
        ("order=-name", ["Zed", "Kim", "Anna"]),
        ("order=last_met", ["Kim", "Anna", "Zed"]),
        ("order=-last_met", ["Anna", "Kim", "Zed"]),
        ("order=next", ["Kim", "Anna", "Zed"]),
        ("order=meetings", ["Kim", "Anna", "Zed"]),
        ("order=-meetings", ["Anna", "Kim", "Zed"]),
        ("not_met_for=30", ["Kim", "Zed"]),
        ("never_met=true", ["Zed"]),
        ("planned=true", ["Kim"]),
        ("planned=false", ["Anna", "Zed"]),
        ("known_by=nobody", ["Zed"]),
        ("tag=vip", ["Zed"]),
    ],
)
@pytest.mark.usefixtures("met")
def test_a_list_is_ordered_and_narrowed_by_them(api, query, names):
    found = api.get(f"/people?{query}").body
    assert [item["name"] for item in found["items"]] == names
    assert found["total"] == len(names)
    pages = [api.get(f"/people?{query}&limit=1").body]
    while pages[-1]["next"]:
        pages.append(api.get(f"/people?{query}&limit=1&cursor={pages[-1]['next']}").body)
    assert [item["name"] for page in pages for item in page["items"]] == names


@pytest.mark.parametrize(
    "query", ["order=secret", "not_met_for=0", "not_met_for=x", "never_met=maybe", "known_by=0", "known_by=-1", "known_by=x"]
)
def test_what_nobody_can_ask_of_figures_is_refused(api, query):
    assert api.get(f"/people?{query}").status == 422


def test_a_member_of_another_workspace_knows_nobody_here(api, charlie):
    answer = api.get(f"/people?known_by={charlie.pk}")
    assert (answer.status, answer.body["error"]["field"]) == (422, "known_by")


@pytest.mark.parametrize(
    "field", [{"owner_id": 10**9}, {"tags": ["a,b"]}, {"tags": ["x" * 51]}, {"tags": [str(n) for n in range(31)]}, {"phone": "1" * 51}]
)
def test_an_owner_a_tag_or_a_number_that_cannot_be_is_refused(api, field):
    assert api.post("/people", name="Anna", **field).status == 422


def test_somebody_who_left_owns_nothing_new(api, alice, charlie):
    assert api.post("/companies", name="Acme", owner_id=charlie.pk).status == 422
    assert api.post("/opportunities", name="Deal", owner_id=alice.pk, tags=["Q3"]).body["tags"] == ["Q3"]
