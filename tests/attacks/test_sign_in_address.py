"""Whoever could change the address that they sign in with would be somebody else: nothing changes it, whatever is tried."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.account.models import EmailAddress
from allauth.account.utils import user_email
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from metwith.workspaces import actions
from metwith.workspaces.models import User
from tests.attacks.test_forms import signing_in
from tests.people import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.workspaces.models import Member

CHIEF = "chief@lumen.example"


def _saved(user: User) -> None:
    user.email = CHIEF
    user.save()


def _many(user: User) -> None:
    user.email = CHIEF
    User.objects.bulk_update([user], ["email"])


def _again(user: User) -> None:
    User.objects.update_or_create(pk=user.pk, defaults={"email": CHIEF})


def _by_statement(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update workspaces_user set email = %s where id = %s", [CHIEF, user.pk])


def _replaced(user: User) -> None:
    User.objects.bulk_create([User(pk=user.pk, email=CHIEF)], update_conflicts=True, update_fields=["email"], unique_fields=["id"])


WAYS: dict[str, Callable[[User], Any]] = {
    "saving": _saved,
    "an update": lambda user: User.objects.filter(pk=user.pk).update(email=CHIEF),
    "many at once": _many,
    "made or changed": _again,
    "made over": _replaced,
    "a statement": _by_statement,
    "the login library": lambda user: user_email(user, CHIEF, commit=True),
    "its table, confirmed": lambda user: EmailAddress.objects.create(user=user, email=CHIEF, verified=True, primary=True),
    "its table, by its own verb": lambda user: EmailAddress.objects.add_new_email(None, user, CHIEF),
    "its table, as before a letter is sent": sync_user_email_address,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_nothing_gives_a_user_another_address(alice: Member, way: Callable[[User], Any]):
    with pytest.raises(DatabaseError), transaction.atomic():
        way(User.objects.get(pk=alice.user_id))
    assert User.objects.get().email == "alice@lumen.example"
    assert not EmailAddress.objects.exists()


def test_everything_else_of_a_user_is_saved_as_before(alice: Member):
    user = User.objects.get(pk=alice.user_id)
    user.name = "Alice Anders"
    user.save()
    assert User.objects.get().name == "Alice Anders"


def test_no_page_of_signing_in_takes_one(alice: Member):
    """Every field and every button that the library's pages of addresses and of signing up have, sent to every address of signing in."""
    actions.set_password(alice.user, PASSWORD)
    browser = Client()
    browser.post("/sign-in/login/", {"login": alice.user.email, "password": PASSWORD})
    fields = dict.fromkeys(("email", "email2", "login", "username", "primary"), CHIEF)
    buttons = ("action_add", "action_primary", "action_verify", "action_remove", "action_send")
    paths = [*signing_in(), "/sign-in/email/", "/sign-in/confirm-email/", "/sign-in/3rdparty/", "/sign-in/3rdparty/signup/"]
    for path in paths:
        if path != reverse("account_logout"):
            for button in buttons:
                browser.post(path, fields | {button: ""})
    assert [user.email for user in User.objects.all()] == ["alice@lumen.example"]
    assert not EmailAddress.objects.exists()


def test_a_link_for_a_new_password_leaves_no_address_and_hinders_no_second_factor(alice: Member):
    """The library's own link wrote an unconfirmed address down, and then refused a second factor because of it."""
    actions.set_password(alice.user, PASSWORD)
    cache.clear()  # only so many letters go to an address in a minute
    Client().post("/sign-in/password/reset/", {"email": alice.user.email})
    assert [letter.to for letter in mail.outbox] == [["alice@lumen.example"]]
    browser = Client()
    browser.post("/sign-in/login/", {"login": alice.user.email, "password": PASSWORD})
    browser.post("/sign-in/reauthenticate/", {"password": PASSWORD})
    browser.get("/sign-in/2fa/totp/activate/")
    code = format_hotp_value(hotp_value(browser.session["mfa.totp.secret"], int(time.time()) // 30))
    answer = browser.post("/sign-in/2fa/totp/activate/", {"code": code})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
