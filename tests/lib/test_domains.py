from __future__ import annotations

import pytest

from metwith.lib.domains import check_domain


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("acme.com", "acme.com"),
        (" ACME.com. ", "acme.com"),
        ("www.acme.com", "acme.com"),
        ("https://www.acme.com:8080/contact?x=1#top", "acme.com"),
        ("http://user@acme.com", "acme.com"),
        ("@acme.com", "acme.com"),
        ("anna@acme.com", "acme.com"),
        ("www.test", "www.test"),
        ("eu.acme.co.uk", "eu.acme.co.uk"),
        ("büro.example", "xn--bro-hoa.example"),
    ],
)
def test_a_domain_may_be_typed_as_people_know_it(typed: str, domain: str):
    assert check_domain(typed) == domain


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "not a domain"),
        ("acme", "not a domain"),
        ("acme com", "not a domain"),
        ("ac me.com", "not a domain"),
        ("co.uk", "shared by many"),
        ("www.co.uk", "shared by many"),
        ("gmail.com", "free-mail"),
        ("www.gmx.de", "free-mail"),
    ],
)
def test_what_is_nobodys_own_domain_is_refused_in_words(typed: str, words: str):
    with pytest.raises(ValueError, match=words):
        check_domain(typed)
