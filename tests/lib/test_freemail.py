from __future__ import annotations

import pytest

from metwith.lib.addresses import fold_domain, registrable
from metwith.lib.freemail import free_mail_domains, is_free_mail, with_parents


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com",
        "googlemail.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "uol.com.br",
        "bol.com.br",
        "hey.com",
        "proton.me",
        "icloud.com",
        "me.com",
        "mailbox.org",
        "posteo.de",
        "tuta.com",
        "t-online.de",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.co.uk",
        "yahoo.co.jp",
        "aol.com",
        "qq.com",
        "163.com",
        "naver.com",
        "yandex.ru",
        "mail.ru",
        "orange.fr",
        "libero.it",
        "seznam.cz",
        "wp.pl",
        "globo.com",
        "comcast.net",
        "fastmail.com",
        "zoho.com",
        "mail.gmx.de",
        "anna.hey.com",
    ],
)
def test_a_provider_everybody_can_have_an_address_at_is_free_mail(domain: str):
    assert is_free_mail(domain)


@pytest.mark.parametrize(
    "domain",
    [
        "acme.example",
        "gmail.com.acme.example",
        "notgmail.com",
        "google.com",
        "microsoft.com",
        "apple.com",
        "siemens.com",
        "sap.com",
        "facebook.com",
        "amazon.de",
        "com",
        "co.uk",
        "com.br",
        "lumen.example",
        "za.com",
    ],
)
def test_an_organisation_is_not(domain: str):
    assert not is_free_mail(domain)


def test_the_list_is_folded_and_holds_no_public_suffix():
    assert len(free_mail_domains()) > 4000
    assert [domain for domain in free_mail_domains() if fold_domain(domain) != domain or not registrable(domain)] == []


def test_a_domain_and_everything_it_is_under():
    assert with_parents("eu.acme.com") == ("eu.acme.com", "acme.com", "com")
