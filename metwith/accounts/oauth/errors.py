"""What can go wrong between us, a service and a person. Each has one next step, and whose it is.

`message` is an English sentence, a msgid that names no service: whoever shows it names it. `detail` has codes and hosts, never content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class OAuthProblem(Exception):
    """Base of the family."""

    def __init__(self, message: str, *, advice: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.detail = detail


class Withdrawn(OAuthProblem):
    """The permission is gone. Next step: its owner signs in again."""


class NotGranted(OAuthProblem):
    """Signing in did not lead to what we need: refused, left out, somebody else. Next step: the person tries again."""


class ClientRefused(OAuthProblem):
    """The service does not accept our client id or secret. Next step: an admin mends them; no user can."""


class Unavailable(OAuthProblem):
    """The service does not answer sensibly. Next step: later, by ourselves, not before `until` (aware) when it says so."""

    def __init__(self, message: str, *, until: datetime | None = None, advice: str = "", detail: str = "") -> None:
        super().__init__(message, advice=advice, detail=detail)
        self.until = until
