"""What changes how somebody signs in, or hands out a key, asks for a sign-in of the last ten minutes; and nothing typed is lost by it."""

from __future__ import annotations

import inspect
import json
import re
import time
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from metwith.calendars.subscriptions import Subscription
from metwith.web.site.reauthentication import LONGEST, MARK
from metwith.workspaces import actions
from metwith.workspaces.models import ApiToken, Invitation
from tests.people import PASSWORD, person
from tests.web.conftest import signed_in
from tests.web.credentials import makers
from tests.web.fresh import stale
from tests.web.identity import come_back

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member
    from tests.web.identity import Provider

TOKENS = "/settings/tokens/"
WAYS_IN = {
    "metwith.web.signin.first_visit.Welcome": "the first page: whoever is there has no other way in yet",
    "metwith.web.signin.first_visit.Join": "an invitation taken up: the same",
    "metwith.web.signin.first_visit.sample": "opens nobody's data",
}
"""What makes a credential for a stranger, who has none to show."""
OTHERS_THAT_NEED_ONE = {"address_vouch", "client_remove", "organisation_remove", "invite", "member_role", "member_password"}
"""They make no credential, and are guarded all the same: names of addresses. An invitation and a role hand out what one may do, a mailed link a way in."""
FREE = {
    "account_login": "signs in", "account_logout": "ends", "account_inactive": "says so", "openid_connect_callback": "signs in",
    "account_reauthenticate": "is how it is shown", "mfa_reauthenticate": "the same", "mfa_reauthenticate_webauthn": "the same",
    "account_change_password": "asks for the password itself, in the same form",
    "account_reset_password": "shown by the mailbox", "account_reset_password_done": "the same",
    "account_reset_password_from_key_done": "the same",
    "mfa_index": "tells which there are", "mfa_list_webauthn": "tells their names", "mfa_authenticate": "a part of signing in",
    "mfa_login_webauthn": "signs in", "socialaccount_login_cancelled": "says so",
}  # fmt: skip
"""Pages of the login library that need none, each with the reason."""


def _leaves(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _leaves(entry, route)
        else:
            yield route, entry


def _name(entry: URLPattern) -> str:
    view = getattr(entry.callback, "view_class", None) or inspect.unwrap(entry.callback)
    return f"{view.__module__}.{view.__qualname__}" if hasattr(view, "__qualname__") else ""


def test_whatever_makes_a_credential_is_guarded():
    found = makers()
    assert {"metwith.workspaces.actions.create_token", "metwith.web.settings.profile.TokensPage", *WAYS_IN} <= found
    ours = [(entry, _name(entry)) for _route, entry in _leaves(get_resolver()) if _name(entry).startswith("metwith.")]
    open_to = {name for entry, name in ours if name in found and not hasattr(entry.callback, MARK)}
    assert open_to == set(WAYS_IN), "guard it with fresh_sign_in (web/site/reauthentication.py)"
    assert {name for name in found if name.startswith("metwith.api.")} == set(), "a program cannot sign in afresh"
    guarded = {str(entry.name) for entry, name in ours if hasattr(entry.callback, MARK) and name not in found}
    assert guarded == OTHERS_THAT_NEED_ONE


def test_each_page_of_the_library_is_guarded_or_needs_it_not():
    theirs = {str(entry.name): entry for _route, entry in _leaves(get_resolver()) if entry.callback.__module__.startswith("allauth.")}
    assert {name for name, entry in theirs.items() if not hasattr(entry.callback, MARK)} == set(FREE)


def test_no_guarded_address_acts_for_who_signed_in_long_ago(alice: Member):
    actions.set_password(alice.user, PASSWORD)
    browser = stale(signed_in(alice))
    guarded = [(route, entry) for route, entry in _leaves(get_resolver()) if hasattr(entry.callback, MARK)]
    assert len(guarded) > 15
    for route, _entry in guarded:
        path = "/" + re.sub(r"<(?:int:)?[a-z_]+>", "1", route).replace("<slug:provider>", "google").replace("<str:kind>", "person")
        assert browser.post(path)["Location"].startswith("/sign-in/reauthenticate/?next="), path


def test_a_borrowed_session_makes_nobody_an_owner(alice: Member, bob: Member):
    """Neither by an invitation, of which the link is shown without a mail server, nor by another role for somebody who is here."""
    actions.set_password(alice.user, PASSWORD)
    browser = stale(signed_in(alice))
    invited = {"invite-address": "eve@evil.example", "invite-role": "owner", "confirmed": "1"}
    for path, sent in (("/settings/workspace/invite/", invited), (f"/settings/workspace/members/{bob.pk}/role/", {"role": "owner"})):
        assert browser.post(path, sent)["Location"].startswith("/sign-in/reauthenticate/"), path
    assert not Invitation.objects.of(alice.workspace).exists()
    bob.refresh_from_db()
    assert bob.role == "member"


def _fields(page: str) -> dict[str, str]:
    found = {name: unescape(text) for name, text in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)}
    return {name: text for name, text in found.items() if name != "csrfmiddlewaretoken"}


def test_what_was_filled_in_comes_back_after_the_password(alice: Member):
    actions.set_password(alice.user, PASSWORD)
    browser = stale(signed_in(alice))
    asked = browser.post(TOKENS, {"name": 'My "own" <script>'}, follow=True)
    assert asked.redirect_chain == [("/sign-in/reauthenticate/?next=%2Fsign-in%2Fcarry-on%2F", 302)]
    wrong = browser.post("/sign-in/reauthenticate/", {"password": "wrong", "next": "/sign-in/carry-on/"})
    assert wrong.status_code == 200
    assert not ApiToken.objects.of(alice.workspace).exists()
    back = browser.post("/sign-in/reauthenticate/", {"password": PASSWORD, "next": "/sign-in/carry-on/"}, follow=True)
    page = back.content.decode()
    assert f'action="{TOKENS}"' in page
    fields = _fields(page)
    assert fields == {"name": 'My "own" <script>'}
    assert browser.post(TOKENS, fields).status_code == 200
    assert [token.name for token in ApiToken.objects.of(alice.workspace)] == ['My "own" <script>']


def test_it_lies_sealed_once_and_for_its_sender_alone(alice: Member, bob: Member):
    for member in (alice, bob):
        actions.set_password(member.user, PASSWORD)
    hers, his = stale(signed_in(alice)), signed_in(bob)
    hers.post(TOKENS, {"name": "a secret word"})
    assert "a secret word" not in json.dumps(dict(hers.session))
    session = his.session
    session["held-form"] = hers.session["held-form"]
    session.save()
    assert "a secret word" not in his.get("/sign-in/carry-on/", follow=True).content.decode()
    assert "a secret word" in hers.get("/sign-in/carry-on/").content.decode()
    assert "Please fill in the form again" in hers.get("/sign-in/carry-on/", follow=True).content.decode()


def test_what_is_too_long_is_not_kept_and_said_so(alice: Member):
    actions.set_password(alice.user, PASSWORD)
    browser = stale(signed_in(alice))
    browser.post(TOKENS, {"name": "short"})
    browser.post(TOKENS, {"name": "x" * LONGEST})
    assert "held-form" not in browser.session
    assert "Please fill in the form again" in browser.get("/sign-in/carry-on/", follow=True).content.decode()


def test_a_part_of_a_page_is_led_there_as_a_whole(alice: Member):
    actions.set_password(alice.user, PASSWORD)
    answer = stale(signed_in(alice)).post(TOKENS, {"name": "x"}, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith("/sign-in/reauthenticate/")


def test_looking_and_a_sign_in_of_now_need_nothing_more(alice: Member):
    actions.set_password(alice.user, PASSWORD)
    assert stale(signed_in(alice)).get(TOKENS).status_code == 200
    browser = Client()
    browser.post("/sign-in/login/", {"login": alice.user.email, "password": PASSWORD})
    assert "metwith_" in browser.post(TOKENS, {"name": "x"}).content.decode()


@pytest.mark.parametrize("by", [timedelta(seconds=1), timedelta(days=1), timedelta(days=-1)])
def test_a_sign_in_counts_for_ten_minutes_and_none_of_tomorrow(alice: Member, by: timedelta):
    actions.set_password(alice.user, PASSWORD)
    assert stale(signed_in(alice), by).post(TOKENS, {"name": "x"}).status_code == 302


def test_a_subscription_needs_it_too(alice: Member):
    actions.set_password(alice.user, PASSWORD)
    path = reverse("subscribe", args=["person", person(alice, "Anna", "anna@acme.example").pk])
    browser = signed_in(alice)
    stale(browser).post(path)
    assert not Subscription.objects.of(alice.workspace).exists()


def _code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_a_second_factor_or_a_recovery_code_shows_it_too(alice: Member):
    secret = generate_totp_secret()
    TOTP.activate(alice.user, secret)
    codes = RecoveryCodes.activate(alice.user).get_unused_codes()
    for shown in (_code(secret), codes[0]):
        browser = stale(signed_in(alice))
        there = browser.post(TOKENS, {"name": "x"})["Location"]
        assert there.startswith("/sign-in/2fa/reauthenticate/")
        assert browser.post(there, {"code": "000000", "next": "/sign-in/carry-on/"}).status_code == 200
        assert browser.post(there, {"code": shown, "next": "/sign-in/carry-on/"})["Location"] == "/sign-in/carry-on/"
        assert browser.post(TOKENS, {"name": "x"}).status_code == 200


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes", "account_set_password"])
def test_pages_that_begin_or_show_a_secret_are_not_even_shown(alice: Member, name: str):
    TOTP.activate(alice.user, generate_totp_secret())
    RecoveryCodes.activate(alice.user)
    answer = stale(signed_in(alice)).get(reverse(name))
    assert answer["Location"] == f"/sign-in/2fa/reauthenticate/?next={reverse(name).replace('/', '%2F')}"


def test_a_borrowed_session_sets_no_second_factor(alice: Member):
    actions.set_password(alice.user, PASSWORD)
    browser = stale(signed_in(alice))
    browser.get("/sign-in/2fa/totp/activate/")
    browser.post("/sign-in/2fa/totp/activate/", {"code": "123456"})
    assert "mfa.totp.secret" not in browser.session
    assert not Authenticator.objects.exists()


def test_who_has_nothing_to_show_is_told_what_to_do(alice: Member):
    answer = stale(signed_in(alice)).post(TOKENS, {"name": "x"})
    assert answer.status_code == 403
    assert "Ask for a new password with your address" in answer.content.decode()


class TestByTheIdentityProvider:
    """For who has neither password nor second factor."""

    GO = "/sign-in/reauthenticate/oidc/go/"

    @pytest.fixture
    def browser(self, alice: Member, provider: Provider) -> Client:
        """Alice, who signed in there some time ago."""
        provider.claims = {"sub": "1", "email": "alice@lumen.example", "email_verified": True}
        browser = Client()
        come_back(browser)
        return browser

    def test_it_is_asked_for_a_sign_in_and_shows_it(self, browser: Client, provider: Provider):
        asked = browser.post(TOKENS, {"name": "x"}, follow=True)
        assert "Continue with Lumen ID" in asked.content.decode()
        assert "prompt=login&max_age=600" in browser.get(self.GO)["Location"]
        provider.token = {"auth_time": int(time.time()) - 5}
        back = come_back(browser, "next=/sign-in/carry-on/", self.GO)
        assert _fields(back.content.decode()) == {"name": "x"}
        assert "metwith_" in browser.post(TOKENS, {"name": "x"}).content.decode()

    def test_a_sign_in_that_it_saw_itself_is_fresh_at_once(self, browser: Client, provider: Provider):
        provider.token = {"auth_time": int(time.time()) - 5}
        browser.logout()
        come_back(browser)
        assert browser.post(TOKENS, {"name": "x"}).status_code == 200

    @pytest.mark.parametrize("at", [None, 0, True, "now", -700, 3600, 10**30, [1]])
    def test_it_must_say_when(self, browser: Client, provider: Provider, at: Any):
        """An old session there, or a link with `prompt=login` taken off, shows nothing."""
        relative = isinstance(at, int) and not isinstance(at, bool) and 0 < abs(at) < 10**6
        provider.token = {} if at is None else {"auth_time": int(time.time()) + at if relative else at}
        page = come_back(browser, "", self.GO).content.decode()
        assert "did not say that you have just signed in" in page
        assert browser.post(TOKENS, {"name": "x"}).status_code == 302

    def test_somebody_else_shows_nothing_and_is_tied_to_nobody(self, browser: Client, bob: Member, provider: Provider):
        for claims in ({"sub": "2", "email": "bob@lumen.example", "email_verified": True}, {"sub": "3", "email": "alice@lumen.example"}):
            provider.claims, provider.token = claims, {"auth_time": int(time.time())}
            come_back(browser, "", self.GO)
            assert browser.post(TOKENS, {"name": "x"}).status_code == 302
        assert "Alice Adler" in browser.get("/settings/you/").content.decode()

    def test_who_has_a_password_shows_that(self, browser: Client, alice: Member):
        actions.set_password(alice.user, PASSWORD)
        again = stale(signed_in(alice))
        assert again.post(TOKENS, {"name": "x"})["Location"].startswith("/sign-in/reauthenticate/?")
