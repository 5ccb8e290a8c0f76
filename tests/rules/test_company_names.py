"""What a company is called of which nothing is known but its domain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from metwith.lib.addresses import fold_domain
from metwith.rules.company_names import name_from_domain


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("lindqvist-shipping.example", "Lindqvist Shipping"),
        ("eu.lindqvist-shipping.co.uk", "Lindqvist Shipping"),
        ("acme.com", "Acme"),
        ("ibm.com", "IBM"),
        ("hp.com", "HP"),
        ("hsbc.com", "HSBC"),
        ("kpmg-law.de", "KPMG Law"),
        ("sk-telecom.com", "SK Telecom"),
        ("sea-food.example", "Sea Food"),
        ("3m.com", "3M"),
        ("de-jong.nl", "De Jong"),
        ("1und1.de", "1und1"),
        ("mueller-und-sohn.de", "Mueller und Sohn"),
        ("und-so.de", "Und So"),
        ("acme-gmbh.de", "Acme GmbH"),
        ("casa-de-cha-ltda.com.br", "Casa de Cha Ltda"),
        ("xn--mller-kva.de", "Müller"),
        ("xn--bcher-kva.example", "Bücher"),
        ("xn--wgv71a119e.jp", "日本語"),
        ("xn--0.example", "XN 0"),
        ("acme.github.io", "Acme"),
        ("a--b.example", "A B"),
        ("my_shop.example", "My Shop"),
        ("co.uk", "co.uk"),
        ("com", "com"),
    ],
)
def test_a_name_is_what_somebody_would_write(domain: str, name: str):
    assert name_from_domain(domain) == name


@given(some.text(max_size=80))
def test_every_domain_has_a_name(text: str):
    domain = fold_domain(f"{text}.example")
    if domain:
        name = name_from_domain(domain)
        assert name.strip() == name
        assert 0 < len(name) <= 253
