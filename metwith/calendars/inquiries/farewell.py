"""Leaving a provider: what has to be said there once an account's credentials are forgotten here.

Taken out of the account when it is let go, said afterwards by a job: nobody waits for a provider to leave it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from metwith.accounts.models import Account
from metwith.accounts.oauth import tokens
from metwith.accounts.oauth.flow import TokenSet
from metwith.accounts.oauth.services import KEYS, practising, service
from metwith.calendars.providers import catalogue
from metwith.calendars.sync.access import PUSH
from metwith.engine import push
from metwith.engine.access import PortTokens
from metwith.engine.errors import ProviderError
from metwith.engine.port import Pushes
from metwith.engine.vocabulary import PushChannel
from metwith.engine.vocabulary import RemoteAccount as Facts
from metwith.lib import secrets

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from metwith.calendars.providers.catalogue import Connected

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Farewell:
    """A permission that is to be given back, and the push channels that end with it."""

    workspace_id: int
    provider: str
    address: str
    subject: str
    """Whose it is at the provider; empty where that is not known yet, and is asked."""
    delegated: bool
    grant: str = field(repr=False)
    """`Grant.dump`."""
    channels: tuple[PushChannel, ...] = ()


def prepare_farewell(account: Account) -> Farewell | None:
    """What is to be said for an account that is let go; None when there is nothing. Its channels are forgotten here at once."""
    channels = push.forgotten(PUSH, account)
    if account.provider not in KEYS or not account.secret:
        return None
    try:
        grant = secrets.decrypt(account.workspace_id, account.secret)
    except secrets.KeyWrong:  # what cannot be read any more cannot be given back either
        return None
    return Farewell(account.workspace_id, account.provider, account.address, account.subject, account.delegated, grant, channels)


def declined(workspace_id: int, connected: Connected) -> Farewell:
    """The same for what somebody allowed just now and does not want after all."""
    account = connected.account
    return Farewell(workspace_id, account.provider, account.address, account.subject, connected.delegated, account.secret)


def unused(workspace_id: int, provider: str, tokens: str) -> Farewell:
    """The same for what somebody allowed just now and of which nothing came. `grant`: `Grant.dump`."""
    return Farewell(workspace_id, provider, "", "", delegated=False, grant=tokens)


def say_farewell(farewell: Farewell, now: Callable[[], datetime]) -> bool | None:
    """Say it. True when the permission is gone at the provider too; None when it stays because another account rests on it."""
    lent = _Lent(farewell, now)
    if farewell.channels:
        _stop(farewell, lent, now)
    if farewell.delegated:
        # What the organisation granted is not one person's to give back.
        return False
    return tokens.decline(farewell.workspace_id, farewell.provider, farewell.subject, lent.grant.dump())


def _stop(farewell: Farewell, lent: _Lent, now: Callable[[], datetime]) -> None:
    facts = Facts(farewell.provider, farewell.address, server=service(farewell.provider).api_url, subject=farewell.subject)
    try:
        keyed = secrets.digester(farewell.workspace_id, 0)
        with catalogue.open_provider(facts, keyed=keyed, now=now, tokens=PortTokens(lent)) as provider:
            for channel in farewell.channels:
                if isinstance(provider, Pushes):
                    provider.stop(channel)
    except (ProviderError, secrets.KeyProblem) as error:
        log.info("push runs out by itself", provider=farewell.provider, kind=type(error).__name__)


class _Lent:
    """The tokens of an account that is let go already: renewed here, and kept nowhere."""

    def __init__(self, farewell: Farewell, now: Callable[[], datetime]) -> None:
        self.grant, self.now = TokenSet.load(farewell.grant), now
        self.row = Account(
            workspace_id=farewell.workspace_id,
            provider=farewell.provider,
            address=farewell.address,
            subject=farewell.subject,
            delegated=farewell.delegated,
        )

    def access_token(self, *, refresh: bool = False) -> str:
        """A token that is good for a minute. Raises errors.OAuthProblem."""
        tokens.keep_apart(self.grant, practising=practising(self.row.provider))
        if refresh or not self.grant.good_at(self.now()):
            self.grant = tokens.renewed(self.row, self.grant, self.now())
        return self.grant.access_token
