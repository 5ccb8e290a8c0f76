"""How long others are waited for at most (product.md, section 8). The one place of these figures, and how a caller asks for less.

    with deadline.within(deadline.TRY):
        catalogue.connect(account, keyed=keyed, now=clock.now)

Whatever is asked inside, by `lib.http` or of the DNS, ends after so many seconds, all of it together. Within another one the shorter holds.
"""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = 30.0
"""Seconds to the end of an answer's head: connecting and redirects included."""
EXCHANGE = 300.0
"""Seconds for a question and the whole of its answer."""
TRY = 90.0
"""Seconds for trying a connection, and for looking for something while a person waits."""
NAMES = 5.0
"""Seconds for looking up a name."""

_until: ContextVar[float] = ContextVar("until", default=math.inf)
"""On the monotonic clock."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is asked of others inside ends after so many seconds, with `http_errors.TimedOut`."""
    token = _until.set(time.monotonic() + seconds_left(seconds))
    try:
        yield
    finally:
        _until.reset(token)


def seconds_left(most: float) -> float:
    """Seconds that may still be waited here, `most` at most; nothing or less when the time is over."""
    return min(most, _until.get() - time.monotonic())


def handed_on[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """The function for another thread: what is left here is left there. A thread begins without any deadline."""
    until = _until.get()

    @wraps(function)
    def bound(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _until.set(until)
        try:
            return function(*args, **kwargs)
        finally:
            _until.reset(token)

    return bound
