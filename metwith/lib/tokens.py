"""Secrets that we hand out ourselves: made from chance, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

USE_NOTED = timedelta(minutes=1)
"""When one was last used is noted no finer than this, so that reading does not mean writing each time."""


def make() -> str:
    """256 random bits, as they may stand in an address."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is kept of it. Random bits cannot be guessed backwards from a plain hash, and looking one up takes the same time for every wrong one."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def same(stored: str, digest: str) -> bool:
    """Whether two hashes are one, in a time that does not tell how alike they are."""
    return hmac.compare_digest(stored, digest)


def to_note(last_used_at: datetime | None, now: datetime) -> bool:
    """Whether a use is to be written down."""
    return last_used_at is None or now - last_used_at >= USE_NOTED
