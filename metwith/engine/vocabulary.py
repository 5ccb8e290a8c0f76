"""The words that all channels share. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class RemoteAccount:
    """What a provider needs to know to open an account. Made by engine/access.py from the stored account; never logged."""

    provider: str
    address: str
    """The owner's own address, folded."""
    server: str = ""
    username: str = ""
    secret: str = field(default="", repr=False)
    zone: str = "UTC"
    """The owner's zone: where floating times are read."""
    subject: str = ""
    """The provider's own name for the owner, which outlives a change of address (OAuth providers)."""
    content_key: str = field(default="", repr=False)
    """Under which items are known by their content, where their identifiers tell nothing; the workspace's."""
    by_content: bool = False
    """That is so with this account: its feed makes its identifiers anew."""


@dataclass(frozen=True, slots=True)
class PushChannel:
    """A way by which a provider tells us that a source, or any of an account's, changed."""

    id: str
    """Ours, random; comes back with every notice."""
    secret: str = field(default="", repr=False)
    """Ours, random; comes back with every notice. Known only to whoever makes the channel."""
    resource_id: str = ""
    """The provider's own, by which it is renewed or stopped."""
    expires_at: datetime | None = None
    proven: bool = False
    """The provider has tried the address and got the right answer."""


class NoticeKind(StrEnum):
    """What a notice says."""

    CHANGED = "changed"
    OPENED = "opened"
    """The channel stands; nothing changed."""
    MISSED = "missed"
    """Notices were lost."""
    ENDING = "ending"
    """The channel must be renewed now."""
    ENDED = "ended"
    """The channel is gone."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody said who claims to be a provider. Nothing in it is true before its secret was compared."""

    channel: str
    secret: str = field(repr=False)
    news: NoticeKind
