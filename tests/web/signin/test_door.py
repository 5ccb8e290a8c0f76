"""Who may come in, and what strangers get."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import URLResolver, get_resolver

from metwith.workspaces import actions
from tests.passkey import kept
from tests.people import NOW, PASSWORD
from tests.web.conftest import signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.urls import URLPattern

    from metwith.workspaces.models import Member

OPEN = {"privacy", "welcome", "sample", "join", "subscribed", "account_signup", "openid_connect_login", "account_reset_password_from_key"}


def _ours(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _ours(entry, prefix + str(entry.pattern))
        elif entry.callback.__module__.startswith("metwith.web"):
            yield prefix + str(entry.pattern), entry


def test_every_page_of_ours_is_closed_to_strangers(stranger: Client, alice: Member):
    checked = 0
    for route, entry in _ours(get_resolver()):
        if entry.name in OPEN:
            continue
        path = "/" + re.sub("<int:[a-z_]+>", "1", route).replace("<str:kind>", "person").replace("<slug:provider>", "google").replace(
            "<slug:kind>", "json"
        )
        answer = stranger.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/sign-in/login/?next="), path
        checked += 1
    assert checked > 60


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(stranger: Client, alice: Member):
    answer = stranger.get("/people/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/people/?q=a"})
    assert answer["HX-Redirect"] == "/sign-in/login/?next=/people/%3Fq%3Da"


def test_password_sign_in_works_and_a_wrong_one_says_so(stranger: Client, alice: Member):
    actions.set_password(alice.user, PASSWORD)
    wrong = stranger.post("/sign-in/login/", {"login": alice.user.email, "password": "wrong"})
    assert "The e-mail address or the password is wrong." in wrong.content.decode()
    right = stranger.post("/sign-in/login/", {"login": alice.user.email, "password": PASSWORD})
    assert right["Location"] == "/"
    assert stranger.get("/").status_code == 200


def test_nobody_can_sign_up(stranger: Client, alice: Member):
    assert "invitation" in stranger.get("/sign-in/signup/").content.decode()
    stranger.post("/sign-in/signup/", {"email": "eve@elsewhere.example", "password1": PASSWORD})
    assert "_auth_user_id" not in stranger.session


def test_somebody_who_is_in_no_workspace_is_told_so(alice: Member, bob: Member):
    client = signed_in(bob)
    bob.delete()
    answer = client.get("/people/")
    assert answer.status_code == 403
    assert "You are in no workspace" in answer.content.decode()


@pytest.mark.parametrize("path", ["/people/999/", "/no/such/page/", "/people/999/merge/", "/settings/tokens/1/"])
def test_what_is_not_there_has_a_page_in_words(as_alice: Client, path: str):
    answer = as_alice.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_strangers_get_the_page_for_nothing_too(stranger: Client, alice: Member):
    assert "There is nothing here" in stranger.get("/no/such/page/").content.decode()


def test_a_form_without_its_token_is_refused_in_words(alice: Member):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post("/settings/tokens/", {"name": "x"})
    assert answer.status_code == 403
    assert "Please send it again" in answer.content.decode()


def test_pages_speak_the_members_language_and_zone(alice: Member):
    actions.change_profile(alice, name="Alice", time_zone="Asia/Tokyo", language="de")
    answer = signed_in(alice).get("/settings/you/")
    assert '<html lang="de">' in answer.content.decode()


def test_a_zone_the_database_no_longer_knows_is_read_as_utc(alice: Member):
    alice.user.time_zone = "Mars/Olympus"
    alice.user.save()
    assert signed_in(alice).get("/settings/you/").status_code == 200


@pytest.mark.parametrize("path", ["/people/", "/settings/you/", "/sign-in/login/", "/welcome/", "/people/new/"])
def test_nothing_on_a_page_is_inline(alice: Member, path: str):
    client = Client() if path.startswith(("/sign-in", "/welcome")) else signed_in(alice)
    answer = client.get(path, follow=True)
    page = answer.content.decode()
    assert " style=" not in page
    assert "<style" not in page
    assert " onclick=" not in page
    assert "'unsafe" not in answer["Content-Security-Policy"]


def test_the_time_somebody_is_shown_is_not_the_servers(alice: Member):
    actions.create_token(alice, "Script", now=NOW.replace(hour=23))
    actions.change_profile(alice, name="Alice", time_zone="Asia/Tokyo")
    assert "2 June 2026" in signed_in(alice).get("/settings/tokens/").content.decode()


def test_a_key_is_asked_for_only_from_who_has_one(alice: Member):
    actions.set_password(alice.user, PASSWORD)
    TOTP.activate(alice.user, generate_totp_secret())
    halfway = Client()
    asked = halfway.post("/sign-in/login/", {"login": alice.user.email, "password": PASSWORD}, follow=True).content.decode()
    assert 'name="code"' in asked
    assert "mfa_webauthn_authenticate" not in asked
    Authenticator.objects.create(user=alice.user, type="webauthn", data=kept())
    asked = halfway.get("/sign-in/2fa/authenticate/").content.decode()
    assert 'id="mfa_webauthn_authenticate"' in asked
