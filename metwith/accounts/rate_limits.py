"""How fast the services are asked (docs/decisions/quotas.md): a limit for each account, and one for each client that all accounts share.

An account's is kept by each process for itself. A client's is one row that all workers move on, several requests at a time.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from django.db import connection

from metwith.accounts.oauth.errors import Unavailable
from metwith.accounts.oauth.services import GOOGLE, MICROSOFT
from metwith.lib import rate_limit, sql
from metwith.lib.i18n import _
from metwith.lib.rate_limit import LONG_AGO, Limit, Taken
from metwith.server import environment

if TYPE_CHECKING:
    from collections.abc import Callable

    type Fetch = Callable[[str, Limit, datetime, int], Taken]

PATIENCE = timedelta(seconds=3)
"""So long a request waits here for its turn at most; for longer, the sync is put off."""
KEEPS = timedelta(seconds=5)
"""So long what was taken from a client's limit may be used."""
CHUNK = 50
MANY = 5000
"""Accounts after which those are forgotten who asked nothing lately."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a service allows: to one account, and to one client with all its accounts."""

    account: Limit
    client: Limit


def limits(provider: str) -> Limits:
    """A service's limits, less what keeps us clear of them. The client's can be raised at the service, and is then set by the operator.

    Google: developers.google.com/workspace/calendar/api/guides/quota. Microsoft: learn.microsoft.com/graph/throttling-limits (Outlook; global).
    An account's is halved, since two processes may read two of its calendars.
    """
    minute, ten = timedelta(minutes=1), timedelta(seconds=10)
    known = {
        GOOGLE: Limits(Limit(600, minute).part(0.5), Limit(environment.GOOGLE_QUOTA(), minute).part(0.9)),
        MICROSOFT: Limits(Limit(10_000, minute * 10).part(0.5), Limit(environment.MICROSOFT_QUOTA(), ten).part(0.9)),
    }
    return known[provider]


# One statement, so of two workers who ask at once the second sees what the first took. No row comes back when it does not fit.
TAKE = """INSERT INTO accounts_quota (key, free_at) VALUES (%(key)s, %(now)s + %(cost)s)
ON CONFLICT (key) DO UPDATE SET free_at = (CASE WHEN accounts_quota.free_at > %(nonsense)s THEN %(now)s
    ELSE greatest(accounts_quota.free_at, %(now)s) END) + %(cost)s
WHERE accounts_quota.free_at > %(nonsense)s OR greatest(accounts_quota.free_at, %(now)s) + %(cost)s <= %(now)s + %(ahead)s
RETURNING free_at"""


def fetch(key: str, limit: Limit, now: datetime, count: int) -> Taken:
    """`lib.quota.take` on the row of a client.

    Inside somebody's transaction the row would be held up for all workers until its end: there it is left alone, and the service judges.
    """
    if connection.in_atomic_block:
        return rate_limit.acquire(limit, LONG_AGO, now, count)
    # Requests are also sent by threads that live for a moment: whoever opens a connection for this gives it back.
    borrowed = connection.connection is None
    try:
        return _fetched(key, limit, now, count)
    finally:
        if borrowed:
            connection.close()


def _fetched(key: str, limit: Limit, now: datetime, count: int) -> Taken:
    nonsense = now + limit.ahead + rate_limit.NONSENSE
    taken = sql.rows(TAKE, {"key": key, "now": now, "cost": limit.cost * count, "ahead": limit.ahead, "nonsense": nonsense})
    if taken:
        return Taken(taken[0][0])
    found = sql.rows("SELECT free_at FROM accounts_quota WHERE key = %s", (key,))
    free_at = found[0][0] if found else now
    return Taken(free_at, max(rate_limit.until(limit, free_at, count), now))


def key_of(provider: str, client_id: str) -> str:
    """What a client's quota is kept under."""
    return f"{provider}:{blake2b(client_id.encode(), digest_size=16).hexdigest()}"


@dataclass(slots=True)
class _Share:
    """What is left of a chunk."""

    left: int
    until: datetime


@dataclass(slots=True, eq=False)
class RateLimiter:
    """What a process knows of limits. `fetch` takes from what all processes share."""

    fetch: Fetch = fetch
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _shares: dict[str, _Share] = field(default_factory=dict)
    _accounts: dict[str, datetime] = field(default_factory=dict)

    def acquire(self, client: str, account: str, limits: Limits, now: datetime) -> datetime | None:
        """One request of an account. None when it may go; else when to ask again."""
        with self._lock:
            # First the account's, which may be refused; what was taken of the client's, which others wait for, is then used.
            mine = rate_limit.acquire(limits.account, self._accounts.get(f"{client} {account}", LONG_AGO), now)
            if mine.until:
                return mine.until
            if wait := self._take_share(client, limits.client, now):
                return wait
            self._accounts[f"{client} {account}"] = mine.free_at
            if len(self._accounts) > MANY:
                self._accounts = {key: free_at for key, free_at in self._accounts.items() if free_at > now}
            return None

    def _take_share(self, client: str, limit: Limit, now: datetime) -> datetime | None:
        share = self._shares.get(client)
        if share is None or share.left == 0 or not now < share.until:
            count = rate_limit.chunk(limit, CHUNK)
            taken = self.fetch(client, limit, now, count)
            if taken.until:
                return taken.until
            share = self._shares[client] = _Share(count, now + KEEPS)
        share.left -= 1
        return None


PACES = RateLimiter()
"""This process's."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The turns of one account."""

    client: str
    account: str
    limits: Limits
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep
    limiter: RateLimiter = PACES

    def acquire(self) -> None:
        """Before each request. Waits a little where that is enough. Raises Unavailable that says until when it would have to wait."""
        waited = timedelta()
        while wait := self.limiter.acquire(self.client, self.account, self.limits, now := self.clock()):
            # A whisker more than nothing: clocks have steps.
            for_so_long = max(wait - now, timedelta(milliseconds=5))
            waited += for_so_long
            if waited > PATIENCE:
                raise Unavailable(_("What the service allows is used up for the moment."), until=wait, detail=self.client.partition(":")[0])
            self.sleep(for_so_long.total_seconds())
