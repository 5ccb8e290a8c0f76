from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metwith.lib import sql
from metwith.lib.text import sort_key
from metwith.records import actions, queries
from metwith.records.models import Person
from tests import people
from tests.people import NOW
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member


def best(member: Member, kind: Kind, q: str, limit: int = 8) -> list[str]:
    return [record.name for record in queries.best_matches(member.workspace, kind, q, limit=limit)[0]]


@once
def crowd(alice: Member) -> Member:
    lindt = people.company(alice, "Lindt & Söhne", "lindt.example")
    people.company(alice, "Company 50", "fifty.example")
    people.company(alice, "Company 5", "five.example")
    people.company(alice, "Old Company 5", "old.example")
    people.company(alice, "株式会社アクメ", "acme.example")
    for name, address in (
        ("Gunnar Lindqvist", "g.lindqvist@nord.example"),
        ("Anna Lindt", "anna.lindt@lindt.example"),
        ("Lindsay Moor", "moor@lumen.example"),
        ("Rosalind Young", "ry@lumen.example"),
        ("O'Brien, Pat", "pat@lumen.example"),
    ):
        people.person(alice, name, address)
    deal = people.opportunity(alice, "Renewal")
    actions.update_opportunity(alice, deal.pk, company_id=lindt.pk, now=NOW)
    return alice


def test_exact_comes_first_then_what_begins_with_it_then_the_rest(crowd: Member):
    assert best(crowd, "company", "company 5") == ["Company 5", "Company 50", "Old Company 5"]
    assert best(crowd, "person", "lind") == ["Lindsay Moor", "Anna Lindt", "Gunnar Lindqvist", "Rosalind Young"]


def test_a_whole_address_is_exact_and_a_domain_too(crowd: Member):
    assert best(crowd, "person", "moor@lumen.example") == ["Lindsay Moor"]
    assert best(crowd, "company", "LINDT.example") == ["Lindt & Söhne"]


@pytest.mark.parametrize(
    "q", ["Lndqvist", "Lindqvsit", "Lindqvisst", "Linqvist", "Lindkvist", "lindqviat", "gunnar lindqvits", "gunar lindqvist"]
)
def test_one_slip_in_a_long_word_is_forgiven(crowd: Member, q: str):
    assert best(crowd, "person", q) == ["Gunnar Lindqvist"]


@pytest.mark.parametrize("q", ["Lnt", "Lindkvits", "lumon", "gunnar lindt"])
def test_two_slips_or_one_in_a_short_word_find_nobody_else(crowd: Member, q: str):
    assert "Gunnar Lindqvist" not in best(crowd, "person", q)


def test_what_is_written_so_is_not_mixed_with_what_nearly_is(crowd: Member):
    people.person(crowd, "Gunnar Lindkvist", "gl@nord.example")
    assert best(crowd, "person", "lindkvist") == ["Gunnar Lindkvist"]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("l", ["Lindsay Moor"]),
        ("li", ["Lindsay Moor"]),
        ("o'b", ["O'Brien, Pat"]),
        ("brien", ["O'Brien, Pat"]),
        ("pat o'brien", ["O'Brien, Pat"]),
    ],
)
def test_a_letter_or_two_begin_a_word_and_signs_part_words(crowd: Member, q: str, found: list[str]):
    assert best(crowd, "person", q, limit=1) == found


@pytest.mark.parametrize("q", ["会社", "アクメ", "株", "社アクメ", "クメ"])
def test_a_name_without_spaces_is_found_by_any_part_of_it(crowd: Member, q: str):
    assert best(crowd, "company", q) == ["株式会社アクメ"]


def test_an_opportunity_is_found_by_its_companys_name(crowd: Member):
    assert best(crowd, "opportunity", "söhne") == best(crowd, "opportunity", "renew") == ["Renewal"]


def test_more_is_told_and_the_trash_is_left_out(crowd: Member):
    found, more = queries.best_matches(crowd.workspace, "person", "lind", limit=2)
    assert (len(found), more) == (2, True)
    moor = Person.objects.of(crowd.workspace).get(name="Lindsay Moor")
    actions.trash(crowd, "person", moor.pk, now=NOW)
    assert "Lindsay Moor" not in best(crowd, "person", "lind")


@pytest.mark.parametrize("q", ["", " ", "%", "_", "\\", "'", "@", "\0", "x" * 10_000, "x " * 100, '"', "株" * 500, "é" * 70])
def test_no_words_break_a_search(crowd: Member, q: str):
    for kind in ("person", "company", "opportunity"):
        assert best(crowd, kind, q) == []


def test_nobody_of_another_workspace_is_found_or_looked_at(crowd: Member, charlie: Member):
    people.person(charlie, "Lindgren Elsewhere", "x@far.example")
    assert "Lindgren Elsewhere" not in best(crowd, "person", "lind")
    [(shared,)] = sql.rows(
        "SELECT metwith_trigrams(%s, 'lindgren') && metwith_trigrams(%s, 'lindgren')", (crowd.workspace_id, charlie.workspace_id)
    )
    assert not shared


NAMES = st.text(st.sampled_from("abß Éé.-'@株式%_"), min_size=1, max_size=12).filter(str.strip)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, at=st.integers(0, 11), length=st.integers(1, 6))
def test_a_list_holds_whoever_has_the_words_by_the_index_as_by_looking_at_all(alice: Member, name: str, at: int, length: int):
    """Held to the plain condition: each word stands in the name."""
    person = people.person(alice, name, "q@zzz.example")
    q = sort_key(name)[at : at + length]
    try:
        found = {row.pk for row in queries.people(alice.workspace, q=q, limit=200).items}
        held = {
            row.pk
            for row in Person.objects.of(alice.workspace)
            if all(word in row.name_key or word in "q@zzz.example" for word in q.split())
        }
        assert found >= held & {person.pk}
    finally:
        person.delete()
