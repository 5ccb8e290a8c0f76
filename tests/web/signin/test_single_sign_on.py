"""Signing in through an identity provider that speaks OpenID Connect: a small real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount

from metwith.workspaces.models import User
from metwith.workspaces.signals import verified_by_oidc
from tests.web.identity import come_back

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member
    from tests.web.identity import Provider

pytestmark = pytest.mark.server


def test_the_sign_in_page_offers_it(stranger: Client, alice: Member, provider: Provider):
    assert "Continue with Lumen ID" in stranger.get("/sign-in/login/").content.decode()


def test_a_member_with_a_verified_address_comes_in_and_is_known_from_then_on(stranger: Client, alice: Member, provider: Provider):
    provider.claims = {"sub": "1", "email": "Alice@Lumen.example", "email_verified": True}
    assert "Alice Adler" in come_back(stranger).content.decode()
    stranger.logout()
    provider.claims = {"sub": "1", "email": "renamed@lumen.example", "email_verified": True}
    assert "Alice Adler" in come_back(stranger).content.decode()


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "2", "email": "alice@lumen.example", "email_verified": False},
        {"sub": "2", "email": "alice@lumen.example"},
        {"sub": "2", "email": "alice@lumen.example", "email_verified": "false"},
        {"sub": "2", "email": "alice@lumen.example", "email_verified": "true"},
        {"sub": "2", "email": "alice@lumen.example", "email_verified": 1},
        {"sub": "2", "email": ["alice@lumen.example"], "email_verified": True},
        {"sub": "2", "email": "eve@elsewhere.example", "email_verified": True},
        {"sub": "2"},
    ],
)
def test_nobody_else_comes_in(stranger: Client, alice: Member, provider: Provider, claims: dict[str, Any]):
    provider.claims = claims
    page = come_back(stranger).content.decode()
    assert "Ask an admin of your workspace for an invitation" in page
    assert "_auth_user_id" not in stranger.session
    assert User.objects.count() == 1


def test_a_link_to_connect_signs_in_and_connects_nothing(as_bob: Client, alice: Member, bob: Member, provider: Provider):
    """A borrowed session, or a picture in a letter, would else tie a stranger's identity to whoever is signed in, for good."""
    provider.claims = {"sub": "666", "email": "eve@elsewhere.example", "email_verified": True}
    for process in ("connect", "redirect", "nonsense"):
        come_back(as_bob, f"process={process}&scope=admin&auth_params=prompt%3Dnone")
        assert SocialAccount.objects.count() == 0
    provider.claims = {"sub": "1", "email": "alice@lumen.example", "email_verified": True}
    assert "Alice Adler" in come_back(as_bob, "process=connect").content.decode()
    assert [known.user for known in SocialAccount.objects.all()] == [alice.user]


def test_the_way_there_carries_nothing_that_the_link_said(stranger: Client, alice: Member, provider: Provider):
    away = stranger.get("/sign-in/oidc/oidc/login/?scope=admin&auth_params=prompt%3Dnone%26login_hint%3Dx")
    sent = parse_qs(urlsplit(away["Location"]).query)
    assert sorted(sent["scope"][0].split()) == ["email", "openid", "profile"]
    assert {"prompt", "login_hint"}.isdisjoint(sent)
    assert stranger.get("/sign-in/oidc/nobody/login/").status_code == 404


def test_a_state_that_wants_to_connect_is_refused_too(as_bob: Client, bob: Member, provider: Provider):
    """Were there ever another way to begin one."""
    provider.claims = {"sub": "666", "email": "bob@lumen.example", "email_verified": True}
    away = as_bob.get("/sign-in/oidc/oidc/login/")
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    session = as_bob.session
    session["socialaccount_states"][state][0]["process"] = "connect"
    session.save()
    as_bob.get("/sign-in/oidc/oidc/login/callback/", {"code": "c", "state": state}, follow=True)
    assert SocialAccount.objects.count() == 0


def test_what_goes_wrong_on_the_way_has_a_page(stranger: Client, alice: Member, provider: Provider):
    callback = "/sign-in/oidc/oidc/login/callback/"
    assert stranger.get(callback, {"code": "c", "state": "forged"}).status_code == 401
    for error, status in (("access_denied", 200), ("server_error", 401)):
        away = stranger.get("/sign-in/oidc/oidc/login/")
        state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
        assert stranger.get(callback, {"error": error, "state": state}, follow=True).status_code == status


def test_somebody_who_may_no_longer_sign_in_does_not_come_in(stranger: Client, alice: Member, provider: Provider):
    provider.claims = {"sub": "1", "email": "alice@lumen.example", "email_verified": True}
    come_back(stranger)
    stranger.logout()
    User.objects.update(is_active=False)
    assert come_back(stranger).redirect_chain[-1][0] == "/sign-in/inactive/"


def test_token_and_told_facts_of_two_people_let_nobody_in(stranger: Client, alice: Member, provider: Provider):
    """OpenID Connect Core, section 5.3.2: what is told with the access token counts only for the token's own subject."""
    provider.claims = {"sub": "1", "email": "alice@lumen.example", "email_verified": True}
    provider.token = {"sub": "2"}
    assert come_back(stranger).status_code == 401
    assert "_auth_user_id" not in stranger.session


def test_the_hearer_learns_which_address_was_verified(stranger: Client, alice: Member, provider: Provider):
    heard: list[tuple[str, str]] = []

    def hear(user: User, address: str, **_rest: Any) -> None:
        heard.append((user.email, address))

    verified_by_oidc.connect(hear)
    try:
        provider.claims = {"sub": "1", "email": "Alice@Lumen.example", "email_verified": True}
        come_back(stranger)
        stranger.logout()
        for claims in ({"email": "renamed@lumen.example", "email_verified": True}, {"email": "alice@lumen.example"}, {}):
            provider.claims = {"sub": "1"} | claims
            come_back(stranger)
            stranger.logout()
    finally:
        verified_by_oidc.disconnect(hear)
    assert heard == [("alice@lumen.example", "alice@lumen.example")]
