"""One question and its answer: how long it may take, and how much may come that is no content. No network: it is asked before each step."""

from __future__ import annotations

import math
import re
import time
from typing import Self

from metwith.lib.i18n import _
from metwith.lib.net import deadline
from metwith.lib.net.http_errors import Endless, TimedOut, TooLarge

HEAD_BYTES = 100_000
"""Of an answer's head, the informational ones before it included."""
FEW = 5
"""Informational answers (1xx, RFC 9110, section 15.2) before the one that counts."""
_FRAMING = 1_000_000
"""Bytes of chunk heads and trailers (RFC 9112, section 7.1) that may come on top of as many as the body's own."""
_INFORMATIONAL = re.compile(rb"HTTP/\d\.\d 1\d\d\b")
_END_OF_HEAD = re.compile(rb"\n\r?\n")


class Exchange(float):
    """A time-out that runs out: `left` is what the next step may take. As a number it is what it began with.

    It holds for all that follows from one request: connecting, redirects, signing in, head and body. `head` seconds to the end of the
    answer's head, and for each silence in its body; `whole` for everything. The caller's `deadline.within` holds, too.
    """

    host: str

    def __new__(cls, head: float, *, whole: float = deadline.EXCHANGE, most_bytes: int = 50_000_000) -> Self:  # noqa: ARG004, D102  a float is made of its number
        return super().__new__(cls, head)

    def __init__(self, head: float, *, whole: float = deadline.EXCHANGE, most_bytes: int = 50_000_000) -> None:
        now = time.monotonic()
        self.silence = min(head, deadline.HEAD)
        self.head_until = now + deadline.seconds_left(self.silence)
        self.until = now + deadline.seconds_left(min(whole, deadline.EXCHANGE))
        self.most_bytes = most_bytes
        self.ask("")

    def ask(self, host: str) -> None:
        """A request goes out, the first or a further one."""
        self.host = host
        self.in_body = False
        self._bytes = 0
        self._informational = 0
        self._head: bytearray | None = bytearray()

    def left(self, most: float = math.inf) -> float:
        """Seconds that the next step may take. Raises TimedOut when none are left."""
        until = self.until if self.in_body else min(self.until, self.head_until)
        seconds = min(until - time.monotonic(), self.silence, most)
        if seconds <= 0:
            raise self.too_slow()
        return seconds

    def arrived(self, data: bytes) -> None:
        """Something came. Raises TooLarge and Endless."""
        self._bytes += len(data)
        if self._bytes > (2 * self.most_bytes + _FRAMING if self.in_body else HEAD_BYTES):
            raise TooLarge(_("The server's answer is larger than Metwith reads."), host=self.host)
        if self._head is not None and not self.in_body:
            self._watch(self._head, data)

    def too_slow(self) -> TimedOut:
        """The error that fits."""
        slow = _("The server sends its answer too slowly.") if self.in_body else _("The server does not answer in time.")
        return TimedOut(slow, host=self.host)

    def _watch(self, head: bytearray, data: bytes) -> None:
        """Count informational answers; what follows the first other one is none of this."""
        begin = max(0, len(head) - 2)
        head += data
        while end := _END_OF_HEAD.search(head, begin):
            if not _INFORMATIONAL.match(head):
                self._head = None
                return
            self._informational += 1
            if self._informational > FEW:
                raise Endless(_("The server goes on without coming to its answer."), host=self.host)
            del head[: end.end()]
            begin = 0
