from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.lib.addresses import LONGEST, check_address, domain_of, fold, fold_domain, parents, registrable, reversed_domain, written


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
    assert check_address(address) == fold(address)


@pytest.mark.parametrize("typed", ["anna", "anna@", "anna@acme", "Anna <anna@acme.example>", "anna@-acme.example", "a@b@acme.example"])
def test_a_typed_address_is_checked(typed: str):
    with pytest.raises(ValueError, match=r"\w"):
        check_address(typed)


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


@pytest.mark.parametrize(
    "text",
    [
        "'jo@acme.example'",
        "mailto:'jo@acme.example'",
        "'mailto:jo@acme.example'",
        "mailto:%27jo%40acme.example%27",
        "\u2018jo@acme.example\u2019",
        "mailto:jo%40acme.example",
        "mailto:jo%2540acme.example",
        "MAILTO:%6ao@acme.example?subject=Re%3A%20offer",
        "smtp:jo@acme.example",
        "MAILTO:SMTP:Jo@Acme.Example",
        "mailto:mailto:jo@acme.example",
        "mailto://jo@acme.example",
        "Jo Doe <jo@acme.example>",
        '"Doe, Jo" <mailto:jo@acme.example>',
        "jo@acme.example;",
        "<jo@acme.example>,",
    ],
)
def test_what_calendars_write_for_an_address_is_one(text: str):
    assert written(text) == "jo@acme.example"


@pytest.mark.parametrize(
    "text",
    ["", "jo", "iCloud", "mailto:", "mailto:jo%40", "/o=ExchangeLabs/ou=First/cn=jo", "x500:/o=acme/cn=jo", "invalid:nomail",
     "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "jo doe@acme.example", "jo\ud800@acme.example", "jo\0@acme.example",
     "tel:+49@acme.example", "mailto:" * 1000 + "jo@acme.example", "%40" * 300],
)  # fmt: skip
def test_what_is_none_is_none(text: str):
    assert written(text) == ""


@pytest.mark.parametrize("local", ["o'brien", "50%off", "a/b", "jo+crm", "#jo!"])
def test_a_local_part_of_odd_letters_stays(local: str):
    assert written(f"mailto:{local}@acme.example") == f"{local}@acme.example"


GIANTS = ["İ" * 300, "ß" * 300, "ﬃ" * 200, "a" * 310, "\ud800" * 10, "\0", "a\u202eb", "㎯" * 100, "🦄" * 310, "ŉ" * 310]


@pytest.mark.parametrize("giant", GIANTS)
@pytest.mark.parametrize("shape", ["{}@a.de", "a@{}.de", "{0}@{0}.de", "mailto:{}@a.de", "a@" + "{0}." * 8 + "de"])
def test_a_folded_address_fits_its_column_or_is_none(giant: str, shape: str):
    for read in (fold, written):
        found = read(shape.format(giant))
        assert len(found) <= LONGEST
        found.encode()
        assert fold(found) == found
        assert "\0" not in found


@given(st.text(max_size=400))
def test_no_text_gives_an_address_that_does_not_fit(text: str):
    for found in (fold(text), written(text), fold(f"{text}@acme.example"), written(f"anna@{text}")):
        assert len(found) <= LONGEST
        assert fold(found) == found
