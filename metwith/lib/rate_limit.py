"""How fast a service may be asked, as arithmetic: a leaky bucket that needs one instant (GCRA, ITU-T I.371). No clock, no database.

`free_at` is when all that was asked so far will have leaked away. Somebody who asks moves it on, at most so far ahead of now that in no
span of `per` more than `requests` are asked, wherever that span begins: a burst of a part of them, and the rest in an even flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BURST = 0.2
"""The part of a limit that may be used at once."""
NONSENSE = timedelta(minutes=1)
"""What is used up for so much longer than it can be was written by a clock that has been set back since: it is begun anew."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `requests` in any span of `per`."""

    requests: int
    per: timedelta

    @property
    def cost(self) -> timedelta:
        """How far one request moves `free_at` on."""
        return self.per / (self.requests * (1 - BURST))

    @property
    def ahead(self) -> timedelta:
        """How far ahead of now `free_at` may be."""
        return self.per * BURST / (1 - BURST)

    def part(self, share: float) -> Limit:
        """A smaller limit, to leave room for others."""
        return Limit(max(1, int(self.requests * share)), self.per)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a wish. `until` is None when it was granted; else nothing was taken, and it may be worth asking again then."""

    free_at: datetime
    until: datetime | None = None


def acquire(limit: Limit, free_at: datetime, now: datetime, count: int = 1) -> Taken:
    """Ask for `count` requests at once. What is more than fits into an idle bucket is never granted."""
    if free_at > now + limit.ahead + NONSENSE:
        free_at = now
    after = max(free_at, now) + limit.cost * count
    if after <= now + limit.ahead:
        return Taken(after)
    return Taken(free_at, until(limit, free_at, count))


def until(limit: Limit, free_at: datetime, count: int = 1) -> datetime:
    """When `count` requests fit again, if nobody else asks meanwhile."""
    return free_at + limit.cost * count - limit.ahead


def chunk(limit: Limit, wanted: int) -> int:
    """How many requests are taken at a time: those wanted, but at most a fifth of a burst, so that others find some, too."""
    return max(1, min(wanted, int(limit.requests * BURST / 5)))
