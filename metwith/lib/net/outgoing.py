"""No page asks an outside server while somebody waits for it: a server that drips would hold its thread, and there are few of them.

The middleware closes the way out for the length of a request (`closed`); the client of `lib.http` asks here before it sends anything. Who
wants to know something from outside leaves an inquiry (engine/inquiries.py). A thread of its own begins with the way open.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_closed: ContextVar[bool] = ContextVar("closed", default=False)


class Closed(RuntimeError):
    """A page wanted to ask an outside server: a defect of ours."""


@contextmanager
def closed() -> Iterator[None]:
    """While a page is made."""
    token = _closed.set(True)
    try:
        yield
    finally:
        _closed.reset(token)


@contextmanager
def allowed() -> Iterator[None]:
    """For the one exception: the exchange of an OAuth code, with a calendar's provider or with an identity provider (lib.net.requests_door)."""
    token = _closed.set(False)
    try:
        yield
    finally:
        _closed.reset(token)


def check_way_out() -> None:
    """Raise Closed where nothing may be asked."""
    if _closed.get():
        raise Closed("A page asks an outside server. Leave an inquiry instead (engine/inquiries.py).")
