"""When a sign-in address turns out to be somebody's, nothing that was set before lets anybody in: but the way just used."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.test import Client, RequestFactory

from metwith.calendars.exports.subscribe import held_by, subscribe
from metwith.calendars.subscriptions import Subscription
from metwith.web.site.ways_in import going_on
from metwith.workspaces import actions
from metwith.workspaces.audit import Action
from metwith.workspaces.models import ApiToken, AuditLine, Member, User
from metwith.workspaces.ways_in import end_other_ways_in
from tests.people import NOW, PASSWORD, person
from tests.web.conftest import signed_in

ENDED = {Authenticator, SocialAccount, ApiToken, Subscription}
"""Rows of a user or member that let somebody in."""
NO_WAY_IN = {
    "workspaces.Member": "what a user may do, not how they come in",
    "workspaces.MemberAddress": "whose an address is; the sign-in itself is the user's",
    "workspaces.Invitation": "who invited; the link is somebody else's way in",
    "accounts.Account": "our way to a provider, not one to us",
    "accounts.Enrolment": "the same",
    "accounts.Block": "keeps out",
    "calendars.TakenOut": "the same",
    "calendars.MeetingLevel": "how much colleagues see",
    "calendars.NotAContact": "keeps out too",
    "notes.Note": "what they wrote",
    "overview.Acquaintance": "whom they met",
    "overview.PutOff": "of whom they do not want to be told for a while",
    "records.Act": "what they did to many records, for a day",
    "records.Company": "who looks after it",
    "records.ImportFile": "a file that waits, sealed",
    "records.Opportunity": "who looks after it",
    "records.Person": "the same",
    "calendars.Inquiry": "what was asked outside, sealed for one session",
    "account.EmailAddress": "always empty: the database refuses a row",
}
"""What else belongs to a user or a member."""


def test_every_kind_of_row_that_belongs_to_somebody_is_ended_or_is_no_way_in():
    """One that is new has to be looked at here."""
    owned = {
        model
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.many_to_one and field.concrete and field.related_model in {User, Member}
    }
    assert {model._meta.label for model in owned - ENDED} == set(NO_WAY_IN)


@pytest.fixture
def before(alice: Member) -> dict[str, Any]:
    """Everything that somebody else may have set up in Alice's name."""
    actions.set_password(alice.user, PASSWORD)
    browser = signed_in(alice)
    cache.clear()  # only so many letters go to an address in a minute
    Client().post("/sign-in/password/reset/", {"email": alice.user.email})
    link = re.search(r"/sign-in/password/reset/key/[^\s/]+/", str(mail.outbox[-1].body))
    assert link
    secret = generate_totp_secret()
    TOTP.activate(alice.user, secret)
    codes = RecoveryCodes.activate(alice.user).get_unused_codes()
    Authenticator.objects.create(user=alice.user, type="webauthn", data={"name": "Key", "credential": {}})
    for subject in ("1", "2"):
        SocialAccount.objects.create(user=alice.user, provider="oidc", uid=subject)
    anna = person(alice, "Anna", "anna@acme.example")
    return {
        "browser": browser,
        "link": link[0],
        "codes": codes,
        "secret": secret,
        "token": actions.create_token(alice, "Script", now=NOW),
        "address": subscribe(alice, "person", anna.pk, now=NOW),
    }


def _works(before: dict[str, Any], alice: Member) -> set[str]:
    """Which of it lets anybody in."""
    halfway = Client()
    answer = halfway.post("/sign-in/login/", {"login": alice.user.email, "password": PASSWORD})
    program = Client(headers={"Authorization": f"Bearer {before['token']}"})
    found = {
        "password": answer.status_code == 302,
        "session": before["browser"].get("/people/").status_code == 200,
        "link": "set-password" in Client().get(before["link"]).headers.get("Location", ""),
        "token": program.get("/api/v1/people").status_code == 200,
        "subscription": held_by(before["address"]) is not None,
        "second factors": Authenticator.objects.filter(user=alice.user).exists(),
    }
    return {name for name, works in found.items() if works}


def test_all_of_it_lets_in_before_and_nothing_afterwards(alice: Member, before: dict[str, Any]):
    assert _works(before, alice) == {"password", "session", "link", "token", "subscription", "second factors"}
    end_other_ways_in(User.objects.get(pk=alice.user_id))
    assert _works(before, alice) == set()
    assert not SocialAccount.objects.exists()
    assert [line.action for line in AuditLine.objects.of(alice.workspace).filter(action=Action.WAYS_ENDED)] == ["ways-ended"]


def test_the_identity_that_just_signed_in_stays(alice: Member, before: dict[str, Any]):
    kept = SocialAccount.objects.get(uid="2")
    end_other_ways_in(alice.user, keep=kept.pk)
    assert [known.uid for known in SocialAccount.objects.all()] == ["2"]
    assert _works(before, alice) == set()


def test_others_keep_theirs(alice: Member, bob: Member, before: dict[str, Any]):
    actions.set_password(bob.user, PASSWORD)
    browser, token = signed_in(bob), actions.create_token(bob, "Script", now=NOW)
    end_other_ways_in(alice.user)
    assert browser.get("/people/").status_code == 200
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/people").status_code == 200


def test_a_sign_in_that_waits_for_its_second_factor_gets_no_further(alice: Member, before: dict[str, Any]):
    halfway = Client()
    halfway.post("/sign-in/login/", {"login": alice.user.email, "password": PASSWORD})
    end_other_ways_in(User.objects.get(pk=alice.user_id))
    code = format_hotp_value(hotp_value(before["secret"], int(time.time()) // 30))
    for shown in (code, before["codes"][0]):
        halfway.post("/sign-in/2fa/authenticate/", {"code": shown})
        halfway.get("/sign-in/login/")
        assert "_auth_user_id" not in halfway.session


def test_the_session_that_showed_it_goes_on_and_may_choose_a_password(alice: Member, before: dict[str, Any]):
    browser, other = before["browser"], signed_in(alice)
    request: Any = RequestFactory().get("/")
    request.session, request.user = browser.session, User.objects.get(pk=alice.user_id)
    with going_on(request):
        end_other_ways_in(User.objects.get(pk=alice.user_id))
    request.session.save()
    browser.cookies["sessionid"] = request.session.session_key
    assert browser.get("/people/").status_code == 200
    assert other.get("/people/").status_code == 302
    assert _works(before, alice) == {"session"}
    assert browser.get("/sign-in/password/set/").status_code == 200


def test_who_left_comes_in_by_nothing_and_may_be_invited_anew(alice: Member, bob: Member):
    """The identity would else lead to the former member for ever."""
    SocialAccount.objects.create(user=bob.user, provider="oidc", uid="7")
    actions.create_token(bob, "Script", now=NOW)
    subscribe(bob, "person", person(alice, "Anna", "anna@acme.example").pk, now=NOW)
    actions.remove_member(alice, bob.pk, keep=True, now=NOW)
    assert {model.__name__ for model in (SocialAccount, Authenticator) if model.objects.exists()} == set()
    assert not ApiToken.objects.of(alice.workspace).exists()
    assert not Subscription.objects.of(alice.workspace).exists()
