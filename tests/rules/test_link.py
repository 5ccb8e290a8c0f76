"""Whose meeting is it? The table of product.md, section 5."""

from __future__ import annotations

from itertools import permutations

import pytest

from metwith.rules.link import Directory, KnownPerson, RecordKind, WantedLink, links_for, lookup_domains

P, C = RecordKind.PERSON, RecordKind.COMPANY
ACME, ACME_EU, TWIN, SHOP, UK = 10, 11, 12, 13, 14
DIRECTORY = Directory(
    people={
        "anna@acme.example": KnownPerson(1, ACME),
        "anna@gmail.com": KnownPerson(1, ACME),
        "tom@gmail.com": KnownPerson(2, None),
        "zoe@shop.example": KnownPerson(3, ACME),
    },
    companies={
        "acme.example": (ACME,),
        "eu.acme.example": (ACME_EU,),
        "shop.example": (SHOP, TWIN),
        "acme.co.uk": (UK,),
    },
)


def found(*addresses: str) -> set[tuple[RecordKind, int, str, str]]:
    return {(link.kind, link.record_id, link.reason, link.because) for link in links_for(addresses, DIRECTORY)}


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ((), set()),
        (("stranger@nowhere.example",), set()),
        # A person, and the company through its person.
        (("anna@acme.example",), {(P, 1, "address", "anna@acme.example"), (C, ACME, "person", "anna@acme.example")}),
        # Through an additional address, also a free-mail one.
        (("anna@gmail.com",), {(P, 1, "address", "anna@gmail.com"), (C, ACME, "person", "anna@gmail.com")}),
        # A person without a company.
        (("tom@gmail.com",), {(P, 2, "address", "tom@gmail.com")}),
        # A company by its domain, subdomains included.
        (("new@acme.example",), {(C, ACME, "domain", "new@acme.example")}),
        (("new@us.acme.example",), {(C, ACME, "domain", "new@us.acme.example")}),
        (("new@a.b.acme.example",), {(C, ACME, "domain", "new@a.b.acme.example")}),
        # The most specific domain wins.
        (("new@eu.acme.example",), {(C, ACME_EU, "domain", "new@eu.acme.example")}),
        (("new@fr.eu.acme.example",), {(C, ACME_EU, "domain", "new@fr.eu.acme.example")}),
        # What only looks like the domain does not count.
        (("new@notacme.example",), set()),
        (("new@acme.example.org",), set()),
        # Two companies share a domain: both.
        (("new@shop.example",), {(C, SHOP, "domain", "new@shop.example"), (C, TWIN, "domain", "new@shop.example")}),
        # Under a public suffix of two labels.
        (("new@mail.acme.co.uk",), {(C, UK, "domain", "new@mail.acme.co.uk")}),
        (("new@other.co.uk",), set()),
        # Somebody who works for one company and writes from another's domain.
        (
            ("zoe@shop.example",),
            {
                (P, 3, "address", "zoe@shop.example"),
                (C, ACME, "person", "zoe@shop.example"),
                (C, SHOP, "domain", "zoe@shop.example"),
                (C, TWIN, "domain", "zoe@shop.example"),
            },
        ),
    ],
)
def test_addresses_lead_to_records(addresses: tuple[str, ...], expected: set[tuple[RecordKind, int, str, str]]) -> None:
    assert found(*addresses) == expected


def test_each_record_is_linked_once_with_its_first_and_strongest_reason() -> None:
    everybody = ("anna@gmail.com", "anna@acme.example", "aaron@acme.example")
    for order in permutations(everybody):
        assert set(links_for(order, DIRECTORY)) == {
            WantedLink(P, 1, "address", "anna@acme.example"),
            # Aaron's domain leads there too, but a person is the better reason.
            WantedLink(C, ACME, "person", "anna@acme.example"),
        }
        assert len(links_for(order, DIRECTORY)) == 2


def test_a_directory_is_asked_for_a_domain_and_its_parents_down_to_the_registrable_one() -> None:
    assert lookup_domains(["a@x.eu.acme.co.uk", "b@acme.example"]) == {"x.eu.acme.co.uk", "eu.acme.co.uk", "acme.co.uk", "acme.example"}


@pytest.mark.parametrize("address", ["a@co.uk", "a@localhost", "a@example"])
def test_a_public_suffix_is_nobodys_domain(address: str) -> None:
    assert lookup_domains([address]) == frozenset()
