"""Everything that signing in says: each page of the login library, right and wrong answers to its forms, and its letters."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from metwith.workspaces import actions
from tests.attacks.test_forms import signing_in
from tests.people import PASSWORD

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

NEW = "another long enough sentence"
TAGS = re.compile(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)
SEEN = re.compile(r'(?:value|placeholder|title|aria-label|alt)="([^"]*)"')


@dataclass
class Walk:
    """A way through them, in one language."""

    member: Member
    language: str
    patient: bool = True
    """Nothing is counted against us, until the end."""
    said: dict[str, str] = field(default_factory=dict)
    """Where and how it was asked → the words that came."""

    def __post_init__(self) -> None:
        actions.set_password(self.member.user, PASSWORD)
        actions.change_profile(self.member, name="Alice", time_zone="UTC", language=self.language)
        self.browser = self.stranger()
        self.signed_in()
        self.every_page()
        self.wrong_answers()
        self.second_factor()
        self.forgotten()
        self.too_often()
        for letter in mail.outbox:
            self.said[f"letter {letter.subject}"] = f"{letter.subject}\n{letter.body}"

    def stranger(self) -> Client:
        """Somebody whose browser asks for the language."""
        return Client(headers={"accept-language": self.language})

    def ask(self, browser: Client, path: str, sent: dict[str, Any] | None = None) -> Any:
        """Look, or send a form; and note what is said."""
        if self.patient:
            cache.clear()
        answer = browser.get(path, follow=True) if sent is None else browser.post(path, sent, follow=True)
        if "html" in answer.headers.get("Content-Type", ""):
            page = answer.content.decode()
            if answer.status_code != 404:
                self.said[f"{path} {sorted(sent or {})} {len(self.said)}"] = unescape(
                    "\n".join([TAGS.sub("\n", page), *SEEN.findall(page)])
                )
        return answer

    def signed_in(self, password: str = PASSWORD) -> Any:
        return self.ask(self.browser, "/sign-in/login/", {"login": self.member.user.email, "password": password})

    def every_page(self) -> None:
        """As a stranger and as a member, the form of each sent empty too."""
        for browser in (self.stranger(), self.browser):
            for path in signing_in():
                self.ask(browser, path)
                if not path.endswith(("/logout/", "/download/")):
                    self.ask(browser, path, {})
        self.ask(self.browser, "/sign-in/logout/", {})
        self.signed_in()

    def wrong_answers(self) -> None:
        stranger = self.stranger()
        self.ask(stranger, "/sign-in/login/", {"login": "nobody", "password": "x"})
        self.ask(stranger, "/sign-in/login/", {"login": self.member.user.email, "password": "wrong"})
        change = "/sign-in/password/change/"
        for old, new, again in (
            ("wrong", NEW, NEW),
            (PASSWORD, "12345", "12345"),
            (PASSWORD, NEW, "x"),
            (PASSWORD, "alice@lumen", "alice@lumen"),
        ):
            self.ask(self.browser, change, {"oldpassword": old, "password1": new, "password2": again})
        self.ask(self.browser, change, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
        self.ask(self.browser, "/sign-in/reauthenticate/", {"password": "wrong"})
        self.ask(self.browser, "/sign-in/reauthenticate/", {"password": NEW})
        self.ask(self.stranger(), "/sign-in/password/reset/", {"email": "nobody"})
        self.ask(self.stranger(), "/sign-in/password/reset/", {"email": "nobody@lumen.example"})
        self.ask(self.stranger(), "/sign-in/password/reset/key/1-abc/")

    def second_factor(self) -> None:
        activate = "/sign-in/2fa/totp/activate/"
        self.ask(self.browser, activate)
        self.ask(self.browser, activate, {"code": "1"})
        secret = self.browser.session["mfa.totp.secret"]
        self.ask(self.browser, activate, {"code": format_hotp_value(hotp_value(secret, int(time.time()) // 30))})
        for path in (
            "/sign-in/2fa/",
            "/sign-in/2fa/recovery-codes/",
            "/sign-in/2fa/recovery-codes/generate/",
            "/sign-in/2fa/totp/deactivate/",
        ):
            self.ask(self.browser, path)
        self.ask(self.browser, "/sign-in/2fa/recovery-codes/generate/", {})
        self.ask(self.browser, "/sign-in/2fa/webauthn/add/")
        self.ask(self.browser, "/sign-in/2fa/webauthn/add/", {"name": ""})
        key = Authenticator.objects.create(user=self.member.user, type="webauthn", data={"name": "Laptop", "credential": {}})
        for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
            assert self.ask(self.browser, reverse(name, kwargs={"pk": key.pk})).status_code == 200
        key.delete()
        halfway = self.stranger()
        self.ask(halfway, "/sign-in/login/", {"login": self.member.user.email, "password": NEW})
        self.ask(halfway, "/sign-in/2fa/authenticate/", {"code": "123"})
        self.ask(self.browser, "/sign-in/2fa/totp/deactivate/", {})

    def forgotten(self) -> None:
        self.ask(self.stranger(), "/sign-in/password/reset/", {"email": self.member.user.email})
        link = re.search(r"/sign-in/password/reset/key/[^\s/]+/", str(mail.outbox[-1].body))
        assert link
        holder = self.stranger()
        page = self.ask(holder, link[0])
        there = page.redirect_chain[-1][0]
        self.ask(holder, there, {"password1": "x", "password2": "y"})
        self.ask(holder, there, {"password1": NEW + "!", "password2": NEW + "!"})
        self.ask(self.stranger(), link[0])

    def too_often(self) -> None:
        self.patient = False
        for _ in range(12):
            self.ask(self.stranger(), "/sign-in/login/", {"login": self.member.user.email, "password": "wrong"})
        for _ in range(7):
            self.ask(self.stranger(), "/sign-in/password/reset/", {"email": "nobody@lumen.example"})
        cache.clear()
