from __future__ import annotations

import pytest

from metwith.rules.own_identities import DomainOwnership, OwnIdentities, is_non_person, own_domains, own_identities, role_address
from tests.people import us

LUMEN = OwnIdentities(us("alice@lumen.example", "alice.private@gmail.com"), us("lumen.example", "lumen.co.uk"))


@pytest.mark.parametrize(
    "address",
    ["alice@lumen.example", "new.colleague@lumen.example", "x@berlin.lumen.example", "x@a.b.lumen.co.uk", "alice.private@gmail.com"],
)
def test_members_and_everybody_at_an_own_domain_are_one_of_us(address: str):
    assert LUMEN.includes(address)


@pytest.mark.parametrize(
    "address", ["anna@acme.example", "someone.else@gmail.com", "x@notlumen.example", "x@lumen.example.org", "x@co.uk", "x@example", ""]
)
def test_strangers_are_not(address: str):
    assert not LUMEN.includes(address)


def test_own_domains_are_those_of_members_and_those_added():
    said = {"lumen.co.uk": "whole", "eu.lumen.test": "aside", "lumen.example": "exact"}
    assert own_domains(["alice@lumen.example", "bob@lumen.example", "eva@eu.lumen.test", "kim@kin.example"], said) == {
        "lumen.example": "exact",
        "eu.lumen.test": "aside",
        "lumen.co.uk": "whole",
        "kin.example": "whole",
    }


@pytest.mark.parametrize(
    ("domain", "owned"),
    [
        ("lumen.example", True),
        ("eu.lumen.example", True),
        ("client.lumen.example", False),
        ("x.client.lumen.example", False),
        ("own.client.lumen.example", True),
        ("lumen.test", True),
        ("eu.lumen.test", False),
        ("other.example", False),
        ("", False),
    ],
)
def test_the_most_specific_domain_that_is_named_decides(domain: str, owned: bool):
    said = {"lumen.example": "whole", "client.lumen.example": "aside", "own.client.lumen.example": "whole", "lumen.test": "exact"}
    found = own_identities(us("kim@x.client.lumen.example"), own_domains([], said))
    assert found.owns(domain) is owned
    assert found.includes(f"anna@{domain}") is owned
    assert found.includes("kim@x.client.lumen.example")


def test_something_else_said_of_a_domain_leaves_the_others_alone():
    found = own_identities([], own_domains([], {"lumen.example": "whole", "lumen.test": "exact"}))
    assert found.saying("lumen.test", "whole") == own_identities([], own_domains([], {"lumen.example": "whole", "lumen.test": "whole"}))
    assert found.saying("lumen.test", None) == own_identities([], own_domains([], {"lumen.example": "whole"}))
    assert [found.ownership_of(domain) for domain in ("lumen.example", "lumen.test", "other.example")] == [
        DomainOwnership.WHOLE,
        DomainOwnership.EXACT,
        None,
    ]


@pytest.mark.parametrize("domain", ["gmail.com", "mail.gmx.de", "uol.com.br", "hey.com"])
def test_a_free_mail_domain_is_never_anybodys_own(domain: str):
    assert own_domains([f"alice@{domain}"], {domain: "whole"}) == {}
    assert not own_identities(us(f"alice@{domain}"), own_domains([f"alice@{domain}"], {})).includes(f"bob@{domain}")


def test_a_public_suffix_is_never_anybodys_own():
    assert own_domains(["alice@localhost"], {"com": "whole", "co.uk": "exact"}) == {}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "unknownorganizer@calendar.google.com",
        "lumen.example_1888abc@resource.calendar.google.com",
        "abc@group.calendar.google.com",
        "de.german#holiday@group.v.calendar.google.com",
        "xyz@import.calendar.google.com",
        "imceaex-_o=lumen_ou=first@lumen.example",
        "imceainvalid-somebody@lumen.example",
        "/o=lumen/ou=first/cn=recipients/cn=anna@lumen.example",
        "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e@lumen.example",
        "team@group",
        "everybody@intern",
        "nomail@nowhere.invalid",
        "2_gezdgnbvgy3tqojq@imip.me.com",
        "outlook_3c0b4a2f91d7e6a8@outlook.com",
        "outlook_3c0b4a2f91d7e6a8@hotmail.com",
    ],
)
def test_rooms_and_made_up_addresses_are_nobody(address: str):
    assert is_non_person(address)


@pytest.mark.parametrize(
    "address",
    [
        "anna@acme.example",
        "anna@calendar.google.com",
        "room@acme.example",
        "anna@gmail.com",
        "anna@localhost",
        "outlook_anna@outlook.com",
        "imcea@acme.example",
        "anna@me.com",
        "group@acme.example",
    ],
)
def test_an_address_that_could_be_somebodys_is_somebody(address: str):
    assert not is_non_person(address)


@pytest.mark.parametrize(
    "address",
    [
        "noreply@acme.example",
        "no-reply@acme.example",
        "no_reply.billing@acme.example",
        "donotreply@acme.example",
        "do-not-reply@acme.example",
        "nao-responda@acme.example",
        "info@acme.example",
        "sales+eu@acme.example",
        "support@acme.example",
        "kontakt@acme.example",
        "contato@acme.example",
        "mailer-daemon@acme.example",
        "owner-dev@acme.example",
        "dev-request@acme.example",
        "dev@lists.acme.example",
        "team-x@googlegroups.com",
    ],
)
def test_tasks_and_lists_are_no_people(address: str):
    assert role_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "anna@acme.example",
        "information.officer@acme.example",
        "norep@acme.example",
        "sally@acme.example",
        "anna@enlists.example",
        "nora@acme.example",
    ],
)
def test_people_are_not_taken_for_tasks(address: str):
    assert not role_address(address)
