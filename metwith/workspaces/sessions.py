"""Where signed-in browsers are remembered: Django's table of sessions, which holds of each cookie only a hash.

Who reads the table, a backup of it or a replica can be nobody by it: the word that a browser sends is not there. What a session holds is
encrypted too: a second factor that is being set up lies there, and what goes to and fro with an identity provider.
Settings name this module as `SESSION_ENGINE`; whoever reads Django's table reads it through here.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, override

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from metwith.lib import secrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.contrib.sessions.base_session import AbstractBaseSession

LENGTH = 40
"""Of a hash in hexadecimal, 160 bits: what the column of Django's table holds."""


def kept_as(key: str) -> str:
    """What stands in the table for a cookie's word.

    Without a key and a salt: the word is 165 random bits, which nobody guesses backwards. Migration 0006 says the same in SQL.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]


def all_sessions() -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Every session: when it ends, and what it holds."""
    store = SessionStore()
    for row in Session.objects.iterator():
        yield row.expire_date, store.decode(row.session_data)


class SessionStore(db.SessionStore):
    """Django's own, with each way to the table led over the hash. Its name is part of how Django signs what a session holds."""

    @override
    def encode(self, session_dict: dict[str, Any]) -> str:
        return secrets.encrypt_for(secrets.SESSIONS, super().encode(session_dict))

    @override
    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """What `encode` was given; nothing, when another key wrote it: whoever it was signs in again."""
        try:
            return super().decode(secrets.decrypt_for(secrets.SESSIONS, str(session_data)))
        except secrets.KeyWrong:
            return {}

    @override
    def load(self) -> dict[str, Any]:
        rows = self.model.objects.filter(session_key=kept_as(self.session_key or ""), expire_date__gt=timezone.now())
        if (row := rows.first()) is None:
            self._session_key = None
            return {}
        return self.decode(row.session_data)

    @override
    def exists(self, session_key: str) -> bool:
        return super().exists(kept_as(session_key))

    @override
    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = kept_as(row.session_key)
        return row

    @override
    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(kept_as(key))

    # Django writes each of these twice; ours is one.
    @override
    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    @override
    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    @override
    async def asave(self, must_create: bool = False) -> None:
        await sync_to_async(self.save)(must_create)

    @override
    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)
