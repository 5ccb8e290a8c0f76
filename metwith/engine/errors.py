"""The errors that a provider may answer with, of whatever channel: five, each with one next step, and one while connecting."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class ProviderError(Exception):
    """Base of the five. `message` and `advice`, what to do where that is known, are msgids, each for itself.

    `detail` is for the folded-out technical line: status codes and hosts, never content or secrets.
    """

    def __init__(self, message: str, *, advice: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.detail = detail


class NeedsReconnect(ProviderError):
    """Credentials or permission are gone. Next step: the user reconnects; the cursor is kept."""


class SlowDown(ProviderError):
    """The provider asks for patience. Next step: nothing before `until` (aware; None: our own back-off)."""

    def __init__(self, message: str, *, until: datetime | None = None, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.until = until


class CursorExpired(ProviderError):
    """The cursor is no longer known. Next step: a full read into the same rows."""


class Gone(ProviderError):
    """The calendar is not there (any more). Next step: doubt it, tell the user, keep everything."""


class ProviderBroken(ProviderError):
    """It does not answer, or not sensibly. Next step: try again later by ourselves."""


class ConnectFailed(ProviderError):
    """Connecting did not work. Raised only while connecting, never by `changes`. Names the step, the likely cause and what to do."""

    def __init__(self, message: str, *, step: str, advice: str, detail: str = "") -> None:
        super().__init__(message, advice=advice, detail=detail)
        self.step = step
