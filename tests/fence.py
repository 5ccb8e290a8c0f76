"""Ends what would not end. No measure of speed: what stays within a fence takes a small part of it, what does not would take minutes."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Endless(BaseException):
    """It went on and on. No Exception, so that nothing under test swallows it."""


LONG = 60
"""Seconds that no test needs, on a busy machine either."""


@contextmanager
def no_waiting_for_ever() -> Iterator[None]:
    """Raise Endless for what would wait on: after a time that has nothing to do with the one that is tried. For the main thread."""

    def end(_signal: int, _frame: object) -> None:
        raise Endless

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, LONG)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def fence(seconds: float) -> Iterator[None]:
    """Raise Endless once so many seconds of this process's CPU are used up. For the main thread."""

    def end(_signal: int, _frame: object) -> None:
        raise Endless

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
