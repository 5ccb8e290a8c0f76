"""One wrong password, token, link or reset after the other: limited by who is asked for, and by who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import encrypt
from django.core import mail
from django.core.cache import cache
from django.test import Client

from metwith.api.auth import WRONG_TOKENS
from metwith.lib.throttle import Guesses
from metwith.web.signin.first_visit import WRONG_LINKS
from metwith.workspaces import actions
from metwith.workspaces.actions import create_token
from tests.people import NOW, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    """What this test does wrong is not held against others."""
    cache.clear()
    yield
    cache.clear()


def at(address: str) -> Client:
    return Client(REMOTE_ADDR=address)


def sign_in(client: Client, login: str, password: str) -> bool:
    client.post("/sign-in/login/", {"login": login, "password": password})
    return "_auth_user_id" in client.session


def test_after_five_wrong_passwords_even_the_right_one_waits(alice: Member, bob: Member):
    """From five places, so it is the one who is asked for that counts."""
    for member in (alice, bob):
        actions.set_password(member.user, PASSWORD)
    for number in range(5):
        assert not sign_in(at(f"203.0.113.{number}"), alice.user.email, "wrong")
    assert not sign_in(at("203.0.113.9"), alice.user.email, PASSWORD)
    assert sign_in(at("203.0.113.9"), bob.user.email, PASSWORD)


def test_one_place_may_be_wrong_about_ten_people_in_a_minute(alice: Member):
    actions.set_password(alice.user, PASSWORD)
    for number in range(10):
        sign_in(at("203.0.113.1"), f"nobody{number}@lumen.example", "wrong")
    assert not sign_in(at("203.0.113.1"), alice.user.email, PASSWORD)
    assert sign_in(at("203.0.113.2"), alice.user.email, PASSWORD)


def test_an_invented_head_makes_nobody_somebody_else(alice: Member):
    """Without METWITH_PROXIES, `X-Forwarded-For` is anybody's word."""
    actions.set_password(alice.user, PASSWORD)
    for number in range(10):
        client = Client(REMOTE_ADDR="203.0.113.1", headers={"X-Forwarded-For": f"198.51.100.{number}"})
        sign_in(client, f"nobody{number}@lumen.example", "wrong")
    client = Client(REMOTE_ADDR="203.0.113.1", headers={"X-Forwarded-For": "198.51.100.99"})
    assert not sign_in(client, alice.user.email, PASSWORD)


def test_after_five_wrong_codes_even_the_right_one_waits(alice: Member):
    """The second factor has a million codes, and the password is known already: from five places, so it is the one who is asked for."""
    actions.set_password(alice.user, PASSWORD)
    Authenticator.objects.create(user=alice.user, type="totp", data={"secret": encrypt("JBSWY3DPEHPK3PXP")})
    RecoveryCodes.activate(alice.user)
    right = RecoveryCodes(Authenticator.objects.get(user=alice.user, type="recovery_codes")).get_unused_codes()[0]
    for number in range(5):
        thief = at(f"203.0.113.{number}")
        assert not sign_in(thief, alice.user.email, PASSWORD)
        assert thief.post("/sign-in/2fa/authenticate/", {"code": f"{number:06}"}).status_code == 200
        assert "_auth_user_id" not in thief.session
    late = at("203.0.113.9")
    sign_in(late, alice.user.email, PASSWORD)
    late.post("/sign-in/2fa/authenticate/", {"code": right})
    assert "_auth_user_id" not in late.session
    cache.clear()
    late.post("/sign-in/2fa/authenticate/", {"code": right})
    assert "_auth_user_id" in late.session


def test_the_password_of_a_borrowed_session_cannot_be_guessed(alice: Member):
    """Who sits down at an open browser may try the password where it is asked for again."""
    actions.set_password(alice.user, PASSWORD)
    browser = at("203.0.113.1")
    assert sign_in(browser, alice.user.email, PASSWORD)
    said = [browser.post("/sign-in/reauthenticate/", {"password": f"wrong {number}"}).status_code for number in range(11)]
    assert said[-1] == 429
    assert [browser.post("/sign-in/password/change/", {"oldpassword": "wrong"}).status_code for _ in range(6)][-1] == 429


def test_resets_of_a_password_are_limited_and_tell_nothing(alice: Member):
    def ask(address: str, number: int) -> int:
        return at(f"203.0.113.{number}").post("/sign-in/password/reset/", {"email": address}).status_code

    known = [ask(alice.user.email, number) for number in range(6)]
    unknown = [ask("nobody@lumen.example", number) for number in range(10, 16)]
    assert known == unknown == [302] * 5 + [429]
    assert len([message for message in mail.outbox if alice.user.email in message.to]) <= 5


def test_a_made_up_link_to_a_new_password_is_none(alice: Member):
    for key in ("1-abc", f"{alice.user.pk}-set-password", "0-0"):
        page = at("203.0.113.1").get(f"/sign-in/password/reset/key/{key}/")
        assert "password1" not in page.content.decode()


def test_after_many_wrong_tokens_nothing_more_is_looked_up(bob: Member, django_assert_num_queries: object):
    token = create_token(bob, "a program", now=NOW)

    def ask(token: str, address: str) -> int:
        return Client(REMOTE_ADDR=address, headers={"Authorization": f"Bearer {token}"}).get("/api/v1/people").status_code

    assert {ask(f"metwith_{number}", "203.0.113.1") for number in range(WRONG_TOKENS.most)} == {401}
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert ask("metwith_again", "203.0.113.1") == 429
        assert ask(token, "203.0.113.1") == 429
    assert ask(token, "203.0.113.2") == 200


def test_the_refusal_has_words_and_says_when_to_come_back(bob: Member):
    for _ in range(WRONG_TOKENS.most):
        WRONG_TOKENS.wrong("127.0.0.1")
    answer = Client(headers={"Authorization": "Bearer metwith_x"}).get("/api/v1/people")
    assert (answer.status_code, answer.json()["error"]["code"], answer["Retry-After"]) == (429, "too-many-requests", "60")


def test_right_tokens_are_never_counted(bob: Member):
    client = Client(headers={"Authorization": f"Bearer {create_token(bob, 'a program', now=NOW)}"})
    assert {client.get("/api/v1/accounts").status_code for _ in range(WRONG_TOKENS.most + 1)} == {200}


def test_invitations_are_not_tried_one_after_the_other(alice: Member):
    _invitation, token = actions.invite(alice, "fay@fern.example", "member", NOW)
    for number in range(WRONG_LINKS.most):
        assert at("203.0.113.1").get(f"/join/made-up-{number}/").status_code == 404
    for answer in (at("203.0.113.1").get(f"/join/{token}/"), at("203.0.113.1").post(f"/join/{token}/", {"name": "Fay"})):
        assert answer.status_code == 429
        assert "Too many wrong links" in answer.content.decode()
    assert at("203.0.113.2").get("/join/made-up/").status_code == 404


def test_what_was_tried_is_kept_nowhere(bob: Member):
    Client(headers={"Authorization": "Bearer metwith_secret-of-somebody"}).get("/api/v1/people")
    at("203.0.113.1").get("/join/secret-of-somebody/")
    assert "secret-of-somebody" not in str(vars(cache._cache if hasattr(cache, "_cache") else cache))


def test_a_customers_many_addresses_count_as_one():
    guesses = Guesses("test", 2)
    guesses.wrong("2001:db8:1:2::1")
    guesses.wrong("2001:db8:1:2:ffff::9")
    assert guesses.over("2001:db8:1:2:aaaa::")
    assert not guesses.over("2001:db8:1:3::1")
    guesses.wrong("::ffff:203.0.113.7")
    guesses.wrong("203.0.113.7")
    assert guesses.over("203.0.113.7")


def test_who_comes_from_nowhere_is_counted_too(bob: Member):
    """A server on a socket of the file system names no address."""
    client = Client(REMOTE_ADDR="", headers={"Authorization": "Bearer metwith_x"})
    for _ in range(WRONG_TOKENS.most):
        WRONG_TOKENS.wrong("")
    assert client.get("/api/v1/people").status_code == 429
