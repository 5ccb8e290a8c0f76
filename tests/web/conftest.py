"""Browsers without JavaScript: Django's test client, signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.web.identity import provider

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

__all__ = ["provider"]


def signed_in(member: Member) -> Client:
    """A client with a session of its own."""
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def as_alice(alice: Member) -> Client:
    return signed_in(alice)


@pytest.fixture
def as_bob(bob: Member) -> Client:
    return signed_in(bob)


@pytest.fixture
def as_charlie(charlie: Member) -> Client:
    return signed_in(charlie)


@pytest.fixture
def stranger(db: None) -> Client:
    return Client()
