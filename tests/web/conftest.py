"""Browsers without JavaScript: Django's test client, signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.web.identity import provider

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.remembered import Remembered

__all__ = ["provider"]


def signed_in(member: Member) -> Client:
    """A client with a session of its own."""
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _with_the_cookies_of(name: str, member: Member, remembered: Remembered) -> Client:
    client = Client()
    client.cookies = remembered(f"as {name}", lambda: signed_in(member).cookies)
    return client


@pytest.fixture
def as_alice(alice: Member, remembered: Remembered) -> Client:
    return _with_the_cookies_of("alice", alice, remembered)


@pytest.fixture
def as_bob(bob: Member, remembered: Remembered) -> Client:
    return _with_the_cookies_of("bob", bob, remembered)


@pytest.fixture
def as_charlie(charlie: Member, remembered: Remembered) -> Client:
    return _with_the_cookies_of("charlie", charlie, remembered)


@pytest.fixture
def stranger(db: None) -> Client:
    return Client()
