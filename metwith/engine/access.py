"""Opening an account of whatever channel: its facts with the secret in clear, its tokens, and their problems in the port's words."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.accounts import rate_limits
from metwith.accounts.oauth import services
from metwith.accounts.oauth.errors import OAuthProblem, Unavailable, Withdrawn
from metwith.accounts.oauth.tokens import StoredTokens
from metwith.engine.errors import NeedsReconnect, ProviderBroken, SlowDown
from metwith.engine.port import Tokens
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import clock as the_clock
from metwith.lib import secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from metwith.accounts.models import Account


def describe(row: Account) -> RemoteAccount:
    """A stored account as providers want it, with its secret in clear; `row.member.user` must be loaded.

    For an OAuth provider without it: tokens are handed out one by one, and where they are sent is the operator's word, never the row's.
    """
    signs_in = row.provider in services.KEYS
    return RemoteAccount(
        provider=row.provider,
        address=row.address,
        server=services.service(row.provider).api_url if signs_in else row.server,
        username=row.username,
        secret=secrets.decrypt(row.workspace_id, row.secret) if row.secret and not signs_in else "",
        zone=row.member.user.time_zone,
        subject=row.subject,
    )


def tokens_of(row: Account, clock: Callable[[], datetime]) -> PortTokens:
    """The tokens of an OAuth account, as a provider that opens it wants them."""
    stored = StoredTokens.of(row, clock)
    client = rate_limits.key_of(row.provider, stored.known.client_id if stored.known else "")
    return PortTokens(stored, rate_limits.Pace(client, row.subject or str(row.pk), rate_limits.limits(row.provider), the_clock.now))


@dataclass(frozen=True, slots=True)
class PortTokens(Tokens):
    """Tokens of an account, whose problems are told in the port's words. Each request asks for one, so here its turn is waited for."""

    inner: Tokens
    limiter: rate_limits.Pace | None = None

    def access_token(self, *, refresh: bool = False) -> str:
        """See port.Tokens."""
        with _port_errors():
            if self.limiter:
                self.limiter.acquire()
            return self.inner.access_token(refresh=refresh)


@contextmanager
def _port_errors() -> Iterator[None]:
    try:
        yield
    except Withdrawn as problem:
        raise NeedsReconnect(problem.message, detail=problem.detail) from problem
    except Unavailable as problem:
        if problem.until:
            raise SlowDown(problem.message, until=problem.until, detail=problem.detail) from problem
        raise ProviderBroken(problem.message, detail=problem.detail) from problem
    except OAuthProblem as problem:
        raise ProviderBroken(problem.message, detail=problem.detail) from problem
