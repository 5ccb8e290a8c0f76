from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.lib.addresses import check, domain_of, fold, fold_domain, parents, registrable, reversed_domain


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("anna@acme.example", "anna@acme.example"),
        ("  Anna.Lindt@ACME.Example. ", "anna.lindt@acme.example"),
        ("mailto:Anna@acme.example", "anna@acme.example"),
        ("MAILTO: anna@acme.example", "anna@acme.example"),
        ("<anna@acme.example>", "anna@acme.example"),
        ("anna@BÜRO.example", "anna@xn--bro-hoa.example"),
        ("anna@büro。example", "anna@xn--bro-hoa.example"),
        ("anna@straße.example", "anna@xn--strae-oqa.example"),
        ("anna@xn--strae-oqa.example", "anna@xn--strae-oqa.example"),
        ("Ännä@acme.example", "ännä@acme.example"),
        ("anna+crm@acme.example", "anna+crm@acme.example"),
        ("anna@localhost", "anna@localhost"),
        ("odd@name@acme.example", "odd@name@acme.example"),
    ],
)
def test_one_person_has_one_spelling(written: str, folded: str):
    assert fold(written) == folded


@pytest.mark.parametrize(
    "written",
    [
        "",
        "anna",
        "anna@",
        "@acme.example",
        "an na@acme.example",
        "anna@acme..example",
        "anna@ac me.example",
        "anna@bü ro.example",
        "a,b@acme.example",
    ],
)
def test_what_is_no_address_folds_to_nothing(written: str):
    assert fold(written) == ""


@given(st.text())
def test_folding_twice_is_folding_once(text: str):
    assert fold(fold(text)) == fold(text)
    assert fold_domain(fold_domain(text)) == fold_domain(text)


@pytest.mark.parametrize("address", ["anna@straße.example", "anna@xn--strae-oqa.example", "Anna@STRASSE.example"])
def test_what_is_typed_and_what_a_calendar_sends_fold_to_the_same(address: str):
    assert check(address) == fold(address)


@pytest.mark.parametrize("typed", ["anna", "anna@", "anna@acme", "Anna <anna@acme.example>", "anna@-acme.example", "a@b@acme.example"])
def test_a_typed_address_is_checked(typed: str):
    with pytest.raises(ValueError, match=r"\w"):
        check(typed)


@pytest.mark.parametrize(
    ("domain", "base", "above"),
    [
        ("acme.com", "acme.com", ("acme.com",)),
        ("eu.mail.acme.com", "acme.com", ("eu.mail.acme.com", "mail.acme.com", "acme.com")),
        ("eu.acme.co.uk", "acme.co.uk", ("eu.acme.co.uk", "acme.co.uk")),
        ("co.uk", "", ()),
        ("com", "", ()),
        ("localhost", "", ()),
        ("acme.example", "acme.example", ("acme.example",)),
    ],
)
def test_a_domain_knows_the_organisation_it_is_under(domain: str, base: str, above: tuple[str, ...]):
    assert registrable(domain) == base
    assert parents(domain) == above


def test_a_domain_and_its_subdomains_share_a_beginning_and_no_others_do():
    assert reversed_domain("acme.com") == "com.acme."
    assert reversed_domain("eu.acme.com").startswith(reversed_domain("acme.com"))
    assert not reversed_domain("acmeindustries.com").startswith(reversed_domain("acme.com"))


def test_the_domain_of_an_address():
    assert domain_of("odd@name@acme.example") == "acme.example"
