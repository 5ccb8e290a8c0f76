"""What goes wrong at the practice service of Microsoft Graph, until it is taken back: each in a way that the real one was seen to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from metwith.practice.asgi import Answer


@dataclass
class Faults:
    """Switches. All are off at first."""

    lost: str = "410"
    """How a token that is no longer known is answered: by 410 with a Location, or by 400 with this code (`syncStateNotFound` …)."""
    answers: deque[tuple[str, Answer]] = field(default_factory=deque)
    """Given instead of what was asked for, each once, to the next request whose path holds the text beside it."""
    cuts: deque[str] = field(default_factory=deque)
    """Likewise: the answer breaks off in the middle."""
    replays: bool = False
    """Delta gives every group of items again on the next page."""
    empty_pages: bool = False
    """Every other page of delta is empty."""
    endless: bool = False
    """Delta gives one page for ever, each time with a new link to the next."""
    latency: float = 0
    """Seconds that every answer takes."""
    batch_throttled: bool = False
    """Within a batch, all but four requests are told to wait."""
    forgets_cancelled: bool = False
    """A series does not tell which of its occurrences were deleted."""
    bare_exceptions: bool = False
    """A series tells of its exceptions no more than the ids."""
    silent_outside: bool = False
    """Delta says nothing of what lies outside its window, where else it calls removed whatever changed there."""
    all_day_floats: bool = False
    """All-day events begin at midnight in every zone."""

    def instead(self, path: str) -> Answer | None:
        """The answer that waits for this request, if one does."""
        for waiting in self.answers:
            if waiting[0] in path:
                self.answers.remove(waiting)
                return waiting[1]
        return None

    def cut(self, path: str) -> bool:
        """Whether the answer to this request breaks off."""
        for waiting in self.cuts:
            if waiting in path:
                self.cuts.remove(waiting)
                return True
        return False


def error(status: int, code: str, message: str = "", **headers: str) -> Answer:
    """An error as Graph writes it. Names of headers with `_` for `-`."""
    inner = {"date": "2026-11-21T03:00:00", "request-id": "00000000-0000-0000-0000-000000000001", "client-request-id": "1"}
    body = {"error": {"code": code, "message": message or code, "innerError": inner}}
    return Answer(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def throttled(seconds: int = 10) -> Answer:
    """What somebody hears who asks too much at a time."""
    return error(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.", retry_after=str(seconds))
