"""Which addresses a service verifies to be whoever signed in's (product.md, section 3, (c))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from metwith.accounts.models import OAuthClient
from metwith.accounts.oauth import flow, owners
from metwith.accounts.oauth.clients import client_of, from_environment, remove_client, save_client
from metwith.accounts.oauth.delegation import owner as owner_by_grant
from metwith.accounts.oauth.owners import ProviderAddress
from metwith.practice.microsoft import organisation
from metwith.workspaces import actions
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.accounts.signing_in import SignInServer

TENANT = "8d2f2a3c-0f0c-4a6e-9d0a-5f8b6f0f1c2d"
ANOTHER = "11111111-2222-3333-4444-555555555555"
ME = {"id": "aad-1", "mail": "Ines@North.example", "userPrincipalName": "ines@north.onmicrosoft.example"}
DOMAINS = frozenset({"north.example", "north.onmicrosoft.example"})


def _graph(ident: str = TENANT, *domains: str) -> dict[str, Any]:
    return {"value": [organisation(ident, *(domains or tuple(sorted(DOMAINS))))]}


# --- Google ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "verified"), [(True, True), (False, False), ("true", False), ("false", False), (1, False), (None, False)])
def test_google_verifies_what_it_says_it_has(said: Any, verified: bool):
    facts = {"sub": "1", "email": "Anna@Acme.example", "email_verified": said}
    assert owners.google(facts).addresses == (ProviderAddress("anna@acme.example", verified),)


def test_what_google_does_not_speak_of_is_claimed(service: SignInServer):
    del service.person["email_verified"]
    client = from_environment("google")
    assert client
    leaving = flow.authorization_request(client, "http://127.0.0.1/back")
    service.visit(leaving.url)
    grant = flow.exchange_code(client, "http://127.0.0.1/back", code="yes", verifier=leaving.verifier, now=NOW)
    assert flow.identify(client, grant).verified == frozenset()


# --- Microsoft ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [TENANT, TENANT.upper(), "north.example", "North.Example", "north.onmicrosoft.example"])
def test_an_organisation_is_named_by_its_id_or_by_a_domain_of_its_own(named: str):
    assert owners.verified_domains(_graph(), named) == DOMAINS


@pytest.mark.parametrize("named", ["", ANOTHER, "south.example", "example", "common", "organizations", "consumers", "*"])
def test_another_organisation_than_the_one_that_was_named_has_none(named: str):
    assert owners.verified_domains(_graph(), named) == frozenset()


@pytest.mark.parametrize("nobodys", sorted(owners.NOBODYS))
def test_what_stands_for_everybody_or_for_personal_accounts_names_nobody(nobodys: str):
    assert owners.verified_domains(_graph(nobodys), nobodys) == frozenset()
    assert owners.verified_domains(_graph("9188040d-6c67-4c5b-b112-36a304b66dad"), "north.example") == frozenset()


def test_only_addresses_at_its_own_domains_are_verified():
    """`mail` and further addresses are whatever somebody wrote into the tenant."""
    others = [
        "SMTP:Ines@North.example",
        "smtp:chief@acme.example",
        "smtp:ines@eu.north.example",
        "smtp:ines@notnorth.example",
        "smtp:ines@north.example.evil.example",
    ]
    owner = owners.microsoft(ME | {"proxyAddresses": others}, DOMAINS)
    assert owner.verified == {"ines@north.example", "ines@north.onmicrosoft.example"}
    assert len(owner.addresses) == 6
    forged = owners.microsoft(ME | {"mail": "ceo@acme.example"}, DOMAINS)
    assert forged.addresses[0] == ProviderAddress("ceo@acme.example", verified=False)


def test_a_guest_is_known_by_the_address_elsewhere_and_not_verified():
    guest = {"id": "aad-9", "mail": "eve@elsewhere.example", "userPrincipalName": "eve_elsewhere.example#EXT#@north.onmicrosoft.example"}
    assert ProviderAddress("eve@elsewhere.example", verified=True) not in owners.microsoft(guest, DOMAINS).addresses


def _microsoft(service: SignInServer, tenant: str, monkeypatch: pytest.MonkeyPatch) -> owners.Owner:
    """Who signed in, by a client that the operator set up."""
    monkeypatch.setenv("METWITH_MICROSOFT_TENANT", tenant)
    service.at_tenant(tenant or "common")
    client = from_environment("microsoft")
    assert client
    return _identified(service, client)


def _identified(service: SignInServer, client: Any) -> owners.Owner:
    service.scope, service.me = None, ME
    leaving = flow.authorization_request(client, "http://127.0.0.1/back")
    service.visit(leaving.url)
    grant = flow.exchange_code(client, "http://127.0.0.1/back", code="yes", verifier=leaving.verifier, now=NOW)
    return flow.identify(client, grant)


def test_a_tenant_that_the_operator_named_is_asked_for_its_domains(service: SignInServer, monkeypatch: pytest.MonkeyPatch):
    service.organisation = _graph()
    assert _microsoft(service, TENANT, monkeypatch).verified == {"ines@north.example", "ines@north.onmicrosoft.example"}


def test_where_nobody_named_one_nothing_is_asked_and_nothing_verified(service: SignInServer, monkeypatch: pytest.MonkeyPatch):
    service.organisation = _graph()
    assert _microsoft(service, "", monkeypatch).verified == frozenset()
    assert not [path for _method, path, _headers, _body in service.web.asked if "organization" in path]


@pytest.mark.parametrize(
    "said",
    [
        None, {}, [], {"value": []}, {"value": [{}]}, {"value": [None]}, {"value": [{"id": TENANT}]}, {"value": [{"id": 7, "verifiedDomains": []}]},
        {"value": [{"id": TENANT, "verifiedDomains": None}]}, {"value": [{"id": TENANT, "verifiedDomains": [{}]}]},
        {"value": [{"id": TENANT, "verifiedDomains": [{"name": 7}]}]}, {"value": [*_graph()["value"], *_graph()["value"]]}, _graph(ANOTHER),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_understood_verifies_nothing(service: SignInServer, monkeypatch: pytest.MonkeyPatch, said: Any):
    service.organisation = said
    owner = _microsoft(service, TENANT, monkeypatch)
    assert (owner.address, owner.verified) == ("ines@north.example", frozenset())


def test_a_tenant_counts_when_an_owner_named_it(alice: Member, bob: Member):
    def named() -> bool:
        client = client_of(alice.workspace_id, "microsoft")
        return bool(client and client.tenant_named)

    actions.change_role(alice, bob.pk, "admin")
    bob.refresh_from_db()
    save_client(bob, "microsoft", client_id="one", secret="s", tenant=TENANT)
    assert not named(), "an admin is not believed"
    save_client(alice, "microsoft", client_id="one", tenant=TENANT)
    assert named()
    save_client(bob, "microsoft", client_id="two", secret="s", tenant=TENANT)
    assert named(), "what an owner named stays named"
    save_client(bob, "microsoft", client_id="two", tenant=ANOTHER)
    assert not named()
    save_client(alice, "microsoft", client_id="two", tenant=ANOTHER)
    save_client(alice, "microsoft", client_id="two", tenant="")
    assert not named(), "everybody's is nobody's"
    save_client(alice, "microsoft", client_id="two", tenant=TENANT)
    remove_client(bob, "microsoft")
    save_client(bob, "microsoft", client_id="two", secret="s", tenant=TENANT)
    assert not named()


def test_a_tenant_that_was_named_before_this_was_kept_is_nobodys_word(alice: Member):
    """Who had named it is not known any more: an owner saves it once."""
    OAuthClient.objects.create(workspace=alice.workspace, provider="microsoft", client_id="one", secret="x", tenant=TENANT)
    assert not OAuthClient.objects.of(alice.workspace).get().tenant_by_owner


@pytest.mark.parametrize("key", ["google", "microsoft"])
def test_what_an_organisation_grants_verifies_nothing(service: SignInServer, monkeypatch: pytest.MonkeyPatch, key: str):
    service.organisation, service.me, service.scope = _graph(), ME, None
    monkeypatch.setenv("METWITH_MICROSOFT_TENANT", TENANT)
    service.at_tenant(TENANT)
    client = from_environment(key)
    assert client
    leaving = flow.authorization_request(client, "http://127.0.0.1/back")
    service.visit(leaving.url)
    grant = flow.exchange_code(client, "http://127.0.0.1/back", code="yes", verifier=leaving.verifier, now=NOW)
    owner = owner_by_grant(client, grant, "ines@north.example")
    assert owner.address
    assert owner.verified == frozenset()
