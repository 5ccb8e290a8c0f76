"""Lists of people, companies and opportunities, and the search."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.lib import clock
from metwith.records.models import Person
from tests.calendars.desk import Desk
from tests.people import company, opportunity, person
from tests.web.tight import tight

if TYPE_CHECKING:
    from typing import Any

    from django.test import Client

    from metwith.workspaces.models import Member


def _names(page: str) -> list[str]:
    return re.findall(r'class="open"[^>]*>([^<]+)</a>', page)


def _get(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return tight(answer.content.decode())


def test_a_list_is_sorted_by_a_click_on_a_heading_and_the_other_way_by_the_next(as_alice: Client, alice: Member):
    for name in ("Berta", "ägidius", "Carl"):
        person(alice, name)
    page = _get(as_alice, "/people/?sort=name")
    assert _names(page) == ["ägidius", "Berta", "Carl"]
    assert 'aria-sort="ascending"' in page
    turned = re.search(r'<th [^>]*aria-sort="ascending"><a href="([^"]+)"', page)
    assert turned
    assert _names(_get(as_alice, f"/people/{turned[1]}")) == ["Carl", "Berta", "ägidius"]


def test_typing_filters_by_name_and_address(as_alice: Client, alice: Member):
    person(alice, "Anna Lindt", "anna@acme.example")
    person(alice, "Marco Reis", "marco@globex.example")
    assert _names(_get(as_alice, "/people/?q=acme")) == ["Anna Lindt"]
    assert _names(_get(as_alice, "/people/?q=REIS")) == ["Marco Reis"]
    assert "Nothing here matches “&lt;b&gt;”" in _get(as_alice, "/people/?q=<b>")


def test_htmx_gets_the_table_alone_and_then_the_rows_alone(as_alice: Client, alice: Member):
    for number in range(51):
        person(alice, f"Person {number:02}")
    table = _get(as_alice, "/people/", **{"HX-Request": "true"})
    assert "<html" not in table
    assert "<thead>" in table
    assert len(_names(table)) == 50
    following = re.search(r'<a href="(\?[^"]+)">More', table)
    assert following
    rows = _get(as_alice, "/people/" + following[1].replace("&amp;", "&"), **{"HX-Request": "true"})
    assert "<thead>" not in rows
    assert _names(rows) == ["Person 50"]
    assert "More" not in rows


def test_the_next_page_is_a_link_too(as_alice: Client, alice: Member):
    for number in range(51):
        company(alice, f"Company {number:02}")
    following = re.search(r'<a href="(\?[^"]+)">More', _get(as_alice, "/companies/?sort=-name"))
    assert following
    page = _get(as_alice, "/companies/" + following[1].replace("&amp;", "&"))
    assert "<html" in page
    assert _names(page) == ["Company 00"]


@pytest.mark.parametrize("query", ["?cursor=rubbish", "?sort=shoe-size"])
def test_a_marker_that_is_not_ours_is_refused_in_words(as_alice: Client, query: str):
    answer = as_alice.get(f"/people/{query}")
    assert answer.status_code == 400
    assert "That did not work" in answer.content.decode()


def test_an_empty_list_says_what_to_do(as_alice: Client):
    page = _get(as_alice, "/opportunities/")
    assert "No opportunities yet" in page
    assert "/opportunities/new/" in page


def test_nothing_of_another_workspace_is_listed_or_found(as_alice: Client, charlie: Member):
    person(charlie, "Secret Contact", "secret@acme.example")
    company(charlie, "Secret Company")
    opportunity(charlie, "Secret Deal")
    for path in ("/people/", "/companies/", "/opportunities/", "/search/?q=secret", "/people/offers/?contact=secret", "/people/export.csv"):
        answer = as_alice.get(path)
        body = answer.getvalue().decode()
        assert "Secret" not in body, path


def test_what_is_in_the_trash_is_not_listed(as_alice: Client, alice: Member):
    gone = person(alice, "Gone")
    as_alice.post(f"/people/{gone.pk}/trash/")
    assert _names(_get(as_alice, "/people/")) == []
    assert "Gone" in _get(as_alice, "/people/trash/")


def test_the_people_of_one_company(as_alice: Client, alice: Member):
    acme = company(alice, "Acme")
    person(alice, "Anna", company=acme)
    person(alice, "Marco")
    assert _names(_get(as_alice, f"/people/?company={acme.pk}")) == ["Anna"]
    assert _names(_get(as_alice, "/people/?company=nonsense")) == []


@pytest.mark.parametrize("path", ["/people/", "/companies/", "/opportunities/"])
def test_a_page_of_fifty_costs_as_many_queries_as_one_of_one(
    as_alice: Client, alice: Member, path: str, django_assert_max_num_queries: Any
):
    for number in range(20):
        acme = company(alice, f"Company {number}", f"company{number}.example")
        somebody = person(alice, f"Person {number}", f"p{number}@acme.example", f"q{number}@acme.example", company=acme)
        opportunity(alice, f"Deal {number}", company=acme, contact=somebody)
    # Session, user, member · who is whose, who is here, what is on its way out, on what figures rest, which are out of date, these
    # · rows of both halves, addresses or domains, tags, who knows them · all tags, the total.
    with django_assert_max_num_queries(16):
        as_alice.get(path)


@pytest.fixture
def met(alice: Member, bob: Member) -> None:
    """Anna of Acme, last week with Bob; Kim, a year ago, and planned; Zed never."""
    acme = company(alice, "Acme", "acme.example")
    person(alice, "Anna", "anna@acme.example", company=acme)
    person(alice, "Kim", "kim@kin.example")
    person(alice, "Zed")
    opportunity(alice, "Deal", company=acme)
    desk, now = Desk(alice, "alice"), clock.now()
    desk.put("old", "kim@kin.example", start=now - timedelta(days=400))
    desk.put("new", "anna@acme.example", "bob@lumen.example", start=now - timedelta(days=7))
    desk.put("plan", "kim@kin.example", start=now + timedelta(days=3))
    desk.sync()


@pytest.mark.usefixtures("met")
def test_a_list_begins_with_whom_we_met_last_and_says_when_with_whom_and_how_often(as_alice: Client):
    page = _get(as_alice, "/people/")
    assert _names(page) == ["Anna", "Kim", "Zed"]
    assert "7 days ago" in page
    assert "with you and Bob" in page
    assert "3 in all" in page
    assert "Never met" in page
    assert _names(_get(as_alice, "/companies/")) == ["Acme"]
    assert "with you and Bob" in _get(as_alice, "/opportunities/")


@pytest.mark.usefixtures("met")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?sort=last_met", ["Kim", "Anna", "Zed"]),
        ("?sort=next", ["Kim", "Anna", "Zed"]),
        ("?sort=-meetings", ["Anna", "Kim", "Zed"]),
        ("?met=not-30", ["Kim", "Zed"]),
        ("?met=never", ["Zed"]),
        ("?met=quarter&sort=name", None),
        ("?plan=planned", ["Kim"]),
        ("?plan=none", ["Anna", "Zed"]),
        ("?known=nobody", ["Zed"]),
        ("?known=999999", []),
        ("?known=x", []),
        ("?owner=nobody&sort=name", ["Anna", "Kim", "Zed"]),
        ("?tag=vip", []),
        ("?made=calendar", []),
        ("?tag=v%00ip&stage=%00&met=%00", []),
        ("?owner=99999999999999999999999", []),
        ("?known=-1", []),
    ],
)
def test_a_list_is_narrowed_by_what_meetings_come_to(as_alice: Client, query: str, names: list[str] | None):
    found = _names(_get(as_alice, f"/people/{query}"))
    assert found == names if names is not None else "Zed" not in found


@pytest.mark.usefixtures("met")
def test_whom_a_colleague_knows(as_alice: Client, bob: Member):
    assert _names(_get(as_alice, f"/people/?known={bob.pk}")) == ["Anna"]


@pytest.mark.usefixtures("met")
def test_a_colleague_who_was_not_there_reads_the_same_figures(as_alice: Client, as_bob: Client):
    assert _names(_get(as_alice, "/people/")) == _names(_get(as_bob, "/people/"))
    assert "with Alice" not in _get(as_alice, "/people/?q=kim")
    assert "with Alice" in _get(as_bob, "/people/?q=kim")


@pytest.mark.usefixtures("met")
def test_details_say_who_of_us_knows_somebody_and_whom_of_a_company_we_met(as_bob: Client, alice: Member, bob: Member):
    anna = Person.objects.of(alice.workspace_id).get(name="Anna")
    page = _get(as_bob, f"/people/{anna.pk}/details/")
    assert "Who of us knows them" in page
    assert "best way in" in page
    assert "Alice Adler" in page
    page = _get(as_bob, f"/companies/{anna.company_id}/details/")
    assert "7 days ago, with you and Alice" in page


def test_the_search_finds_all_kinds(as_alice: Client, alice: Member):
    acme = company(alice, "Acme", "acme.example")
    person(alice, "Anna Lindt", "anna@acme.example", company=acme)
    opportunity(alice, "Acme pilot", company=acme)
    page = _get(as_alice, "/search/?q=acme")
    for found in ("Anna Lindt", ">Acme</a>", "Acme pilot"):
        assert found in page
    assert "Nothing found" in _get(as_alice, "/search/?q=zzz")
    assert 'value="acme"' in page
    assert "Nothing found" not in _get(as_alice, "/search/")
    assert _get(as_alice, "/search/?q=%00")


def test_a_field_is_offered_names_that_its_form_understands(as_alice: Client, alice: Member):
    company(alice, "Acme", "acme.example")
    company(alice, "Acme", "acme.test")
    offers = re.findall(r'value="([^"]+)"', _get(as_alice, "/companies/offers/?company=acm"))
    assert offers == ["Acme (acme.example)", "Acme (acme.test)"]
    as_alice.post("/people/new/", {"name": "Anna", "company": offers[1]})
    assert "acme.test" in _get(as_alice, "/companies/?q=acme.test")
    assert _names(_get(as_alice, "/people/")) == ["Anna"]
    assert _get(as_alice, "/companies/offers/") == ""
