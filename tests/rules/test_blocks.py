"""Who and what must never come in."""

from __future__ import annotations

import pytest

from metwith.rules.blocks import Blocks, blocked, fold_word


@pytest.mark.parametrize(
    ("address", "block", "expected"),
    [
        ("anna@acme.example", "anna@acme.example", True),
        ("anna@acme.example", "acme.example", True),
        ("anna@eu.acme.example", "acme.example", True),
        ("anna@eu.acme.example", "anna@acme.example", False),
        ("anna@acme.example", "eu.acme.example", False),
        ("anna@notacme.example", "acme.example", False),
        ("anna@acme.example.org", "acme.example", False),
        ("tom@gmail.com", "gmail.com", True),
        ("dev@project.github.io", "github.io", True),
        ("mayor@town.gov.uk", "gov.uk", True),
        ("x@a.b.localhost", "localhost", True),
    ],
)
def test_a_block_matches_an_address_or_a_domain_with_its_subdomains(address: str, block: str, *, expected: bool) -> None:
    assert blocked(address, frozenset({block})) is expected


@pytest.mark.parametrize(
    ("word", "title", "expected"),
    [
        ("Salary", "About your SALARY", True),
        ("pay", "Payment terms", False),
        ("pay", "Repay", False),
        ("pay", "pay-rise", True),
        ("legal privilege", "Legal\n privilege: Acme", True),
        ("straße", "STRASSE 7", True),
        ("c++", "Talk about C++", True),
        ("médico", "Consulta com o Médico", True),
    ],
)
def test_a_word_is_found_whole_and_in_any_spelling_of_its_letters(word: str, title: str, *, expected: bool) -> None:
    assert Blocks(words=frozenset({fold_word(word)})).stop([], title) is expected


def test_no_blocks_stop_nothing() -> None:
    assert not Blocks().stop(["anna@acme.example"], "Salary")
