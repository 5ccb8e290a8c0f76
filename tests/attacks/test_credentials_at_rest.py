"""A backup, a replica or a look into the database opens no door: no credential that is good stands there as itself.

Looked for twice: each secret that the product hands out or is given, wherever it may have gone; and, for the kinds that nobody thought of,
everything in any column of any table that looks like one.
"""

from __future__ import annotations

import itertools
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client

from metwith.calendars.models import Inquiry
from metwith.lib import secrets
from metwith.practice.serve import serving
from metwith.workspaces import actions
from metwith.workspaces.models import Workspace
from tests.engine.told import ORIGIN, Told
from tests.exits.world import World
from tests.people import NOW, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member

pytestmark = [pytest.mark.django_db, pytest.mark.thorough, pytest.mark.server]

TOKEN = re.compile(r"[A-Za-z0-9+/=_.-]{16,}")
"""What a secret made by chance looks like, whoever made it."""
SEALED = re.compile(r"gAAAAA[A-Za-z0-9_-]{60,}={0,2}")
"""What `lib.secrets` encrypted (Fernet's format)."""
NOT_CREDENTIALS = {
    "workspaces_user.password": "hashed slowly, with a salt",
    "workspaces_apitoken.token_hash": "a hash of 256 random bits",
    "workspaces_invitation.token_hash": "a hash of 256 random bits",
    "calendars_subscription.token_hash": "a hash of 256 random bits",
    "django_session.session_key": "a hash of 165 random bits",
    "calendars_channel.secret": "a keyed hash",
    "calendars_channel.remote_id": "names a channel, and is believed with its secret alone",
    "calendars_channel.resource_id": "the provider's name for what the channel tells of",
    "calendars_trace.item": "a keyed hash",
    "calendars_takenout.mark": "a keyed hash",
    "calendars_inquiry.session": "a keyed hash",
    "calendars_inquiry.hosts": "keyed hashes",
}
"""Columns in which something that looks like a secret may stand, and why it is none."""


def values() -> Iterator[tuple[str, str]]:
    """Every value of every column of every table: `table.column`, and the text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            cursor.execute(f'SELECT {", ".join(f"""encode("{c}"::text::bytea, 'escape')""" for c in columns)} FROM "{table}"')  # noqa: S608
            for row in cursor.fetchall():
                yield from ((f"{table}.{column}", value) for column, value in zip(columns, row, strict=True) if value)


class Used:
    """An installation in which every kind of credential was made, by the product's own pages where there is one."""

    def __init__(self) -> None:
        cache.clear()
        self.world = World("metadata", "everything")
        self.owner, self.secrets = self.world.alice, dict[str, str]()
        Authenticator.objects.filter(user=self.owner.user).delete()  # the world's passkey, which nobody can answer with
        self.browser = self._signed_in(self.owner)
        self.secrets["password"] = PASSWORD
        self._second_factors()
        self._handed_out()
        self._connecting()
        self.secrets["cookie"] = self.browser.cookies["sessionid"].value

    def _signed_in(self, member: Member) -> Client:
        actions.set_password(member.user, PASSWORD)
        browser = Client()
        browser.post("/sign-in/login/", {"login": member.user.email, "password": PASSWORD})
        browser.post("/sign-in/reauthenticate/", {"password": PASSWORD})
        return browser

    def _second_factors(self) -> None:
        activate = "/sign-in/2fa/totp/activate/"
        self.browser.get(activate)
        self.secrets["app"] = secret = self.browser.session["mfa.totp.secret"]
        self.browser.post(activate, {"code": format_hotp_value(hotp_value(secret, int(time.time()) // 30))})
        assert Authenticator.objects.filter(user=self.owner.user, type="totp").exists()
        codes = Authenticator.objects.get(user=self.owner.user, type="recovery_codes")
        self.secrets |= {f"code {n}": code for n, code in enumerate(RecoveryCodes(codes).get_unused_codes())}
        self.secrets["seed"] = secrets.decrypt_for(secrets.SECOND_FACTORS, codes.data["seed"])
        # Bob is setting his up.
        bob = self._signed_in(self.world.bob)
        bob.get(activate)
        self.secrets["app being set up"] = bob.session["mfa.totp.secret"]

    def _handed_out(self) -> None:
        for name, viewer in self.world.viewers.items():
            self.secrets |= {f"{name}'s address of {kind}": secret for kind, secret in viewer.secrets.items()}
        self.secrets["api token"] = actions.create_token(self.owner, "a program", now=NOW)
        self.secrets["invitation"] = actions.invite(self.owner, "gil@guests.example", "member", NOW)[1]
        Client().post("/sign-in/password/reset/", {"email": self.owner.user.email})
        link = re.search(r"/reset/key/[^-]+-([^/]+)/", str(mail.outbox[-1].body))
        assert link
        self.secrets["reset key"] = link[1]

    def _connecting(self) -> None:
        """Connected accounts, and people who are about to connect one."""
        told = Told(self.owner, "google")
        with serving(told.app) as server, pytest.MonkeyPatch.context() as patched:
            patched.setenv("METWITH_GOOGLE_SERVER", server)
            told.sync()
            told.keep()
        self.secrets |= {"access": "access-0", "refresh": "refresh-0"}
        self.secrets |= {f"channel {n}": channel.token for n, channel in enumerate(told.google.channels.open.values())}
        assert "channel 0" in self.secrets
        self.browser.post("/settings/clients/google/", {"client_id": "metwith", "secret": "0auth-client-s3cret"})
        erin = self.world.viewers["a colleague"].browser
        typed = {"address": "erin@lumen.example", "server": "https://dav.example/", "secret": "typed-pass-w0rd"}
        assert erin.post("/settings/accounts/connect/caldav/", typed, headers={"HX-Request": "true"}).headers["HX-Redirect"]
        self.secrets |= {"client's": "0auth-client-s3cret", "typed": "typed-pass-w0rd"}
        away = self.browser.get("/settings/accounts/connect/google/go/")
        state = re.search(r"state=([^&]+)", str(away.headers.get("Location", "")))
        assert state, away
        self.secrets["state"] = state[1]


@pytest.fixture
def used(settings: Any) -> Used:
    settings.ORIGIN = ORIGIN
    return Used()


def test_no_credential_that_is_good_stands_anywhere_as_itself(used: Used):
    found = [(name, place) for place, value in values() for name, secret in used.secrets.items() if secret in value]
    assert found == []
    assert len(used.secrets) > 20


def test_whatever_looks_like_a_secret_is_encrypted_or_known_to_be_none(used: Used):
    """A new column with a secret in clear fails here, and so does one whose encryption is not ours."""
    purposes = [f"workspace/{space.pk}" for space in Workspace.objects.all()]
    purposes += [secrets.SECOND_FACTORS, secrets.SESSIONS, "check"]
    purposes += [f"inquiry/{row.workspace_id}/{row.session}" for row in Inquiry.objects.across_workspaces("all of them")]
    filled, found = set(), set()
    for place, value in values():
        filled.add(place)
        for token in SEALED.findall(value):
            assert any(opens(purpose, token) for purpose in purposes), place
        if any(map(by_chance, TOKEN.findall(SEALED.sub(" ", value)))):
            found.add(place)
    assert found <= NOT_CREDENTIALS.keys()
    # Each of these by name, not by its looks: the one hash that a column has can look written by chance.
    assert filled >= NOT_CREDENTIALS.keys()


def opens(purpose: str, token: str) -> bool:
    try:
        secrets.decrypt_for(purpose, token)
    except secrets.KeyWrong:
        return False
    return True


def by_chance(word: str) -> bool:
    """Whether a word looks as if nobody had written it: letters and digits that change places often."""
    turns = sum(a.isdigit() != b.isdigit() or a.isupper() != b.isupper() for a, b in itertools.pairwise(word))
    return turns >= len(word) / 5 and any(map(str.isdigit, word)) and any(map(str.isalpha, word))


def test_every_word_of_the_database_as_a_cookie_opens_nothing(used: Used):
    words = {word for _place, value in values() for word in re.findall(r"[A-Za-z0-9]{8,64}", value)} | {
        word[at : at + 32] for _place, value in values() for word in re.findall(r"[a-z0-9]{33,}", value) for at in (0, len(word) - 32)
    }
    assert len(words) > 300
    browser = Client()
    for word in words:
        browser.cookies["sessionid"] = word
        assert "_auth_user_id" not in browser.session, word
    browser.cookies["sessionid"] = used.secrets["cookie"]
    assert "_auth_user_id" in browser.session
