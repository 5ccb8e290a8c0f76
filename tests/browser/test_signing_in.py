"""The first start and every way to sign in, under the same Content-Security-Policy as always."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from playwright.sync_api import expect

from metwith.workspaces import actions
from tests.browser.conftest import OpenAs, accessible
from tests.people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from metwith.workspaces.models import Member


def _sign_in(page: Page, member: Member) -> None:
    page.goto("/sign-in/login/")
    page.locator("[name=login]").fill(member.user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _confirm(page: Page) -> None:
    """Sensitive pages ask for the password once more."""
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


STEP, MARGIN = 30, 5
"""Seconds: how long a code holds (RFC 6238), and how long sending one may take."""


def _code(secret: str) -> str:
    """That holds until it has been sent: at the end of a step the next one is waited for."""
    left = STEP - time.time() % STEP
    time.sleep(left if left < MARGIN else 0)
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // STEP), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_the_first_start(open_as: OpenAs, db: None):
    page = open_as(None, timezone_id="America/Sao_Paulo")
    page.goto("/")
    expect(page.get_by_label("Time zone")).to_have_value("America/Sao_Paulo")
    page.get_by_label("Name of your workspace").fill("Lumen")
    page.get_by_label("Your name").fill("Alice Adler")
    page.get_by_label("Your e-mail address").fill("alice@lumen.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the workspace").click()
    expect(page.locator(".bar .workspace")).to_contain_text("Lumen")
    expect(page.locator(".bar")).to_contain_text("Alice Adler")


@pytest.mark.parametrize("mailed", [True, False], ids=["mailed", "shown"])
def test_an_invitation_from_link_to_home(open_as: OpenAs, alice: Member, settings: Any, *, mailed: bool):
    if not mailed:
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
    page = open_as(alice)
    page.goto("/settings/members/")
    page.locator("#invitations").get_by_label("E-mail address").fill("dora@lumen.example")
    page.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("heading", name="Invite dora@lumen.example?")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Mail the link" if mailed else "Make the link").click()
    expect(page.locator("#invitations")).to_contain_text("dora@lumen.example")
    link = re.findall(r"http://\S+", str(mail.outbox[-1].body))[0] if mailed else page.locator("#fresh").inner_text()
    guest = open_as(None)
    guest.goto(link)
    accessible(guest)
    guest.get_by_label("Your name").fill("Dora")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Join").click()
    expect(guest.locator(".bar")).to_contain_text("Dora")


def test_a_second_factor_is_set_up_and_asked_for(open_as: OpenAs, alice: Member):
    actions.set_password(alice.user, PASSWORD)
    page = open_as(None)
    _sign_in(page, alice)
    page.goto("/sign-in/2fa/totp/activate/")
    if page.locator("[name=password]").count():
        _confirm(page)
    secret = page.get_by_label("Secret of the app").input_value()
    accessible(page)
    page.locator("[name=code]").fill(_code(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_label("Codes not used yet")).to_be_visible()
    recovery = page.get_by_label("Codes not used yet").input_value().split()[0]
    accessible(page)
    page.goto("/sign-in/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    _sign_in(page, alice)
    expect(page.locator("[name=code]")).to_be_visible()
    accessible(page)
    page.locator("[name=code]").fill(recovery)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".bar")).to_contain_text("Alice Adler")


def test_a_passkey_is_added_and_signs_in(open_as: OpenAs, alice: Member):
    actions.set_password(alice.user, PASSWORD)
    page = open_as(None, base_url=None)
    # A passkey belongs to a domain; an IP address is none.
    server = _by_name(open_as)
    _virtual_key(page)
    page.goto(server + "/sign-in/login/")
    page.locator("[name=login]").fill(alice.user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(server + "/sign-in/2fa/webauthn/add/")
    if page.locator("[name=password]").count():
        _confirm(page)
    accessible(page)
    page.locator("[name=name]").fill("Laptop")
    page.get_by_label("Sign in with this key alone").check()
    page.locator("#mfa_webauthn_add").click()
    expect(page).not_to_have_url(re.compile("add/$"))
    page.goto(server + "/sign-in/2fa/webauthn/")
    expect(page.get_by_role("main")).to_contain_text("Laptop")
    accessible(page)
    page.goto(server + "/sign-in/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto(server + "/sign-in/login/")
    page.locator("#passkey_login").click()
    expect(page.locator(".bar")).to_contain_text("Alice Adler")


def _by_name(open_as: OpenAs) -> str:
    probe = open_as(None)
    probe.goto("/sign-in/login/")
    return re.sub(r"//[^:/]+", "//localhost", probe.url.partition("/sign-in")[0])


def _virtual_key(page: Page) -> None:
    """A platform authenticator that always agrees (Chrome DevTools Protocol, WebAuthn)."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})
