"""What a verb answers when it cannot do what was asked. Pages and the API translate these once, at their border."""

from __future__ import annotations


class Refusal(Exception):
    """Base of the two. `message` is a translated sentence for the person who asked: what is wrong, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(Refusal):
    """Who asked may not do this (403)."""


class Invalid(Refusal):
    """What was given cannot be used (400 or 422). `field` names the input; empty when it concerns the whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
