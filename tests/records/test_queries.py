from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metwith.lib.errors import Invalid
from metwith.records import actions, directory, queries
from metwith.records.models import Company, Opportunity, Person
from metwith.records.queries import COMPANY_SORTS, OPPORTUNITY_SORTS, PERSON_SORTS
from tests import people
from tests.people import NOW
from tests.remembered import once

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.workspaces.models import Member


def names(page: Any) -> list[str]:
    return [record.name for record in page.items]


def walk(ask: Callable[..., Any], *args: Any, **kwargs: Any) -> list[str]:
    """All pages, one row each."""
    found: list[str] = []
    cursor = None
    while True:
        page = ask(*args, cursor=cursor, limit=1, **kwargs)
        found += names(page)
        assert len(found) <= 100, "the pages do not come to an end"
        cursor = page.next
        if not cursor:
            return found


@once
def crowd(alice: Member) -> Member:
    acme, zulu = people.company(alice, "Acme", "acme.example"), people.company(alice, "Zulu", "zulu.example")
    for at, (name, company) in enumerate([("Bea", zulu), ("Ámy", None), ("Amy", acme), ("Cid", acme), ("Amy", None)]):
        people.person(alice, name, f"p{at}@mail.example", company=company, now=NOW + timedelta(minutes=at % 3))
    for at, (stage, amount, day, company) in enumerate(
        [("won", "5", None, acme), ("new", None, "2026-03-01", zulu), ("lost", "20.50", "2026-01-01", None), ("new", "5", None, acme)]
    ):
        made = people.opportunity(alice, f"Deal {at}", stage=stage, amount=amount, close_date=day)
        actions.update_opportunity(alice, made.pk, company_id=company.pk if company else None, now=NOW)
    return alice


@pytest.mark.parametrize(
    ("ask", "sort"),
    [
        *((queries.people, sort) for sort in PERSON_SORTS),
        *((queries.companies, sort) for sort in COMPANY_SORTS),
        *((queries.opportunities, sort) for sort in OPPORTUNITY_SORTS),
    ],
)
def test_pages_of_one_show_the_same_as_one_large_page(crowd: Member, ask: Callable[..., Any], sort: str):
    whole = ask(crowd.workspace_id, sort=sort)
    assert whole.next is None
    assert walk(ask, crowd.workspace_id, sort=sort) == names(whole)
    assert len(whole.items) == whole.items[0].__class__.objects.count()


def test_names_sort_without_accents_and_letter_case(crowd: Member):
    assert names(queries.people(crowd.workspace_id)) == ["Ámy", "Amy", "Amy", "Bea", "Cid"]
    assert names(queries.people(crowd.workspace_id, sort="-name")) == ["Cid", "Bea", "Amy", "Amy", "Ámy"]


def test_rows_without_a_value_come_last_either_way(crowd: Member):
    assert names(queries.people(crowd.workspace_id, sort="company")) == ["Amy", "Cid", "Bea", "Ámy", "Amy"]
    assert names(queries.people(crowd.workspace_id, sort="-company")) == ["Bea", "Cid", "Amy", "Amy", "Ámy"]
    assert names(queries.opportunities(crowd.workspace_id, sort="amount")) == ["Deal 0", "Deal 3", "Deal 2", "Deal 1"]
    assert names(queries.opportunities(crowd.workspace_id, sort="-close_date")) == ["Deal 1", "Deal 2", "Deal 3", "Deal 0"]


def test_stages_sort_in_their_order_not_by_their_names(crowd: Member):
    assert names(queries.opportunities(crowd.workspace_id, sort="stage")) == ["Deal 1", "Deal 3", "Deal 0", "Deal 2"]


@given(order=st.permutations(["name", "-name", "created", "-created"]), typed=st.lists(st.text("aäB ", min_size=1), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_page_loses_or_repeats_a_row(alice: Member, order: list[str], typed: list[str]):
    Company.objects.all().delete()
    for at, name in enumerate(typed):
        people.company(alice, f"{name}x", now=NOW + timedelta(minutes=at // 2))
    for sort in order:
        assert sorted(walk(queries.companies, alice.workspace_id, sort=sort)) == sorted(Company.objects.values_list("name", flat=True))


def test_a_row_that_comes_in_between_pages_moves_no_other(alice: Member):
    for name in ("B", "D", "F"):
        people.company(alice, name)
    first = queries.companies(alice.workspace_id, limit=2)
    people.company(alice, "A")
    people.company(alice, "E")
    assert names(queries.companies(alice.workspace_id, limit=2, cursor=first.next)) == ["E", "F"]


@pytest.mark.parametrize("cursor", ["x", "W10:abc", "eyJ9", "\0", "é"])
def test_a_made_up_cursor_is_refused(crowd: Member, cursor: str):
    with pytest.raises(Invalid) as caught:
        queries.people(crowd.workspace_id, cursor=cursor)
    assert caught.value.field == "cursor"


def test_a_cursor_of_another_list_or_sort_is_refused(crowd: Member):
    cursor = queries.people(crowd.workspace_id, limit=1).next
    with pytest.raises(Invalid, match="another list"):
        queries.people(crowd.workspace_id, cursor=cursor, sort="-name")
    with pytest.raises(Invalid, match="another list"):
        queries.opportunities(crowd.workspace_id, cursor=cursor)


@pytest.mark.parametrize("limit", [-1, 0, 201])
def test_a_page_has_a_sensible_size(crowd: Member, limit: int):
    with pytest.raises(Invalid) as caught:
        queries.people(crowd.workspace_id, limit=limit)
    assert caught.value.field == "limit"


def test_an_unknown_sort_is_refused(crowd: Member):
    with pytest.raises(Invalid, match="name, -name"):
        queries.people(crowd.workspace_id, sort="password")


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("lindt anna", ["Ánna Lindt"]),
        ("ACME.ex", ["Ánna Lindt"]),
        ("anna acme", ["Ánna Lindt"]),
        ("anna bolt", []),
        ("100%", []),
        ("_", []),
        ("\0", ["Ánna Lindt", "Ben Bolt"]),
        ("", ["Ánna Lindt", "Ben Bolt"]),
    ],
)
def test_search_finds_words_in_names_and_addresses(alice: Member, q: str, found: list[str]):
    people.person(alice, "Ánna Lindt", "al@acme.example")
    people.person(alice, "Ben Bolt", "ben@bolt.example")
    assert names(queries.people(alice.workspace_id, q=q)) == found


def test_companies_are_found_by_name_and_domain_and_opportunities_by_name_and_company(alice: Member):
    acme = people.company(alice, "Acme", "widgets.example")
    people.opportunity(alice, "Renewal", company=acme)
    assert names(queries.companies(alice.workspace_id, q="widg")) == ["Acme"]
    assert names(queries.companies(alice.workspace_id, domain="WIDGETS.example")) == ["Acme"]
    assert names(queries.companies(alice.workspace_id, domain="dgets.example")) == []
    assert names(queries.opportunities(alice.workspace_id, q="acme renew")) == ["Renewal"]


def test_people_are_found_by_one_whole_address(alice: Member):
    people.person(alice, "Anna", "anna@acme.example", "a@acme.example")
    assert names(queries.people(alice.workspace_id, email="A@Acme.example")) == ["Anna"]
    assert names(queries.people(alice.workspace_id, email="na@acme.example")) == []
    assert names(queries.people(alice.workspace_id, email="nonsense")) == []


def test_lists_show_neither_the_trash_nor_another_workspace(alice: Member, charlie: Member):
    people.person(charlie, "Theirs", "x@acme.example", company=people.company(charlie, "Theirs"))
    gone = people.person(alice, "Gone", "gone@acme.example")
    actions.trash(alice, "person", gone.pk, now=NOW)
    assert names(queries.people(alice.workspace_id)) == names(queries.companies(alice.workspace_id)) == []
    assert directory.people_by_addresses(alice.workspace_id, ["x@acme.example", "gone@acme.example"]) == {}


def test_a_list_takes_three_queries_however_long_it_is(crowd: Member, django_assert_num_queries: Any):
    with django_assert_num_queries(3):
        for person in queries.people(crowd.workspace_id).items:
            assert person.addresses.all()
            assert person.company is None or person.company.name
            assert not person.tags.all()
    with django_assert_num_queries(2):
        assert {deal.company.name for deal in queries.opportunities(crowd.workspace_id).items if deal.company} == {"Acme", "Zulu"}


def test_a_record_of_another_workspace_does_not_exist(alice: Member, charlie: Member):
    theirs = people.person(charlie, "Theirs")
    with pytest.raises(Person.DoesNotExist):
        queries.person(alice.workspace_id, theirs.pk)
    with pytest.raises(Company.DoesNotExist):
        queries.company(alice.workspace_id, 10**30)
    with pytest.raises(Opportunity.DoesNotExist):
        queries.opportunity(alice.workspace_id, -1)


def test_of_people_who_share_an_address_the_primary_wins_then_the_older_record(alice: Member):
    people.person(alice, "Additional", "own@acme.example", "desk@acme.example", now=NOW - timedelta(days=9))
    people.person(alice, "Younger", "desk@acme.example", now=NOW)
    older = people.person(alice, "Older", "desk@acme.example", now=NOW - timedelta(days=1))
    assert directory.people_by_addresses(alice.workspace_id, ["desk@acme.example", "nobody@acme.example"]) == {"desk@acme.example": older}
    assert [row.person.name for row in directory.others_with(alice.workspace_id, ["desk@acme.example"], besides=older.pk)] == [
        "Additional",
        "Younger",
    ]


def test_companies_that_share_a_domain_come_oldest_first(alice: Member):
    younger = people.company(alice, "Younger", "acme.example", now=NOW)
    older = people.company(alice, "Older", "acme.example", now=NOW - timedelta(days=1))
    assert directory.companies_by_domains(alice.workspace_id, ["acme.example", "eu.acme.example"]) == {"acme.example": (older, younger)}


def test_the_facts_of_a_company_count_what_is_there_and_open(alice: Member):
    acme = people.company(alice, "Acme")
    gone = people.person(alice, "Gone", company=acme)
    actions.trash(alice, "person", gone.pk, now=NOW)
    people.person(alice, "Anna", company=acme)
    for stage in ("new", "proposal", "won", "lost"):
        people.opportunity(alice, stage, stage=stage, company=acme)
    assert queries.company_facts(alice.workspace_id, acme.pk) == queries.CompanyFacts(people=1, open_opportunities=2)
