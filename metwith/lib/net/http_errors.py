"""What a guarded request may end with. Messages name the host at most, never a path, a query or credentials."""

from __future__ import annotations


class HttpError(Exception):
    """Base of the family. `message` and `hint` are sentences for people, `host` says whom we asked."""

    def __init__(self, message: str, *, host: str = "", hint: str = "") -> None:
        super().__init__(f"{message} ({host})" if host else message)
        self.message = message
        self.host = host
        self.hint = hint


class Refused(HttpError):
    """The guard does not go there."""


class TooLarge(HttpError):
    """The answer is larger than allowed."""


class Endless(HttpError):
    """The server says this and that, and does not come to an answer."""


class Unreachable(HttpError):
    """No answer: the name is unknown, nobody listens, it took too long, or the connection broke."""


class UnknownHost(Unreachable):
    """The name has no address."""


class TimedOut(Unreachable):
    """Not done within the time there is, however much came."""


class BadCertificate(HttpError):
    """The server could not prove who it is. `hint` says what is wrong with its certificate, `advice` what may be done."""

    def __init__(self, message: str, *, host: str = "", hint: str = "", advice: str = "") -> None:
        super().__init__(message, host=host, hint=hint)
        self.advice = advice
