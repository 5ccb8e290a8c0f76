"""Keeps child processes running: one that ends is started again, later each time it ends soon; all end together."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from metwith.server import parent_watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.2
FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
SETTLED_SECONDS = 60.0
STOP_SECONDS = 30.0
# A child ends with this when starting it again cannot help: a setting or the key is wrong.
REFUSED = 2


class ChildRefused(Exception):
    """A child will not start as things are; it said why itself."""


@dataclass
class Child:
    """One process to keep: its name in the log and the words that start it."""

    name: str
    words: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    not_before: float = 0.0
    delay: float = field(default=FIRST_DELAY)

    def look(self, now: float) -> None:
        """Start it if it is not running and its time has come. Raises Refused."""
        if self.process is None:
            if now >= self.not_before:
                self._start(now)
        elif (code := self.process.poll()) is not None:
            self._ended(code, now)

    def _start(self, now: float) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, which stops all in order.
        self.process = subprocess.Popen(  # noqa: S603  our own words
            self.words,
            env=os.environ | {parent_watch.VARIABLE: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started = now

    def _ended(self, code: int, now: float) -> None:
        if code == REFUSED:
            raise ChildRefused(self.name)
        self.process = None
        self.delay = next_delay(self.delay, now - self.started)
        self.not_before = now + self.delay
        log.warning("process ended, starting it again", process=self.name, code=code, seconds=self.delay)

    def ask_to_stop(self) -> None:
        """SIGTERM; it finishes what it is at."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Wait for it to end, and end it when it has not by then (monotonic seconds)."""
        if not self.process:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("process did not stop, killing it", process=self.name)
            self.process.kill()
            self.process.wait()


def next_delay(delay: float, lived: float) -> float:
    """Seconds to wait before the next start: twice as long each time, from the beginning after a settled life."""
    return FIRST_DELAY if lived >= SETTLED_SECONDS else min(delay * 2, LONGEST_DELAY)


def keep_running(children: Sequence[Child], *, tick: Callable[[], None] = lambda: None) -> None:
    """Keep the children until this process is asked to stop (an exception in the main thread), then stop them.

    `tick` is called at each look, several times a second. Raises Refused when a child cannot be started as things are.
    """
    try:
        while True:
            for child in children:
                child.look(time.monotonic())
            tick()
            time.sleep(LOOK_SECONDS)
    finally:
        _stop(children)


def _stop(children: Sequence[Child]) -> None:
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C: no more waiting for this one
            child.wait(until)
            continue
        child.wait(0)
