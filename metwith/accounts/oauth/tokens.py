"""The tokens of a stored account. Two workers never refresh at once, and a rotated refresh token is saved before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from metwith.accounts.models import Account
from metwith.accounts.oauth import delegation, flow
from metwith.accounts.oauth.clients import client_of
from metwith.accounts.oauth.errors import ClientRefused, OAuthProblem, Withdrawn
from metwith.accounts.oauth.services import PRACTICE_CLIENT, practising
from metwith.lib import secrets
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from metwith.accounts.oauth.clients import Client


@dataclass(slots=True)
class StoredTokens:
    """The access token of an account, renewed when it must be. Lives as long as one sync."""

    workspace_id: int
    account_id: int
    clock: Callable[[], datetime]
    known: flow.TokenSet | None = None
    practising: bool = False
    """Whether a practice server stands in for the service."""

    @classmethod
    def of(cls, row: Account, clock: Callable[[], datetime]) -> StoredTokens:
        """Those of an account that was just loaded: as long as its token is good, the database is not asked again."""
        return cls(row.workspace_id, row.pk, clock, grant_of(row), practising(row.provider))

    def access_token(self, *, refresh: bool = False) -> str:
        """A token that is good for a minute. `refresh` says that the last one was refused. Raises errors.OAuthProblem."""
        refused = self.known.access_token if refresh and self.known else ""
        if self.known is None or refused or not self.known.good_at(self.clock()):
            self.known = self._current(refused)
        keep_apart(self.known, practising=self.practising)
        return self.known.access_token

    def _current(self, refused: str) -> flow.TokenSet:
        """The grant as it is stored, refreshed if need be. Whoever comes second finds what the first has stored.

        Durable: inside somebody else's transaction a rotated refresh token could be used and then rolled back.
        The lock leaves alone those who only point at the account (NO KEY).
        """
        with transaction.atomic(durable=True):
            row = Account.objects.of(self.workspace_id).select_for_update(no_key=True).filter(pk=self.account_id).first()
            grant = grant_of(row) if row else None
            if row is None or grant is None:
                raise Withdrawn(_("The account was disconnected."))
            if grant.access_token == refused or not grant.good_at(self.clock()):
                keep_apart(grant, practising=self.practising)
                grant = renewed(row, grant, self.clock())
                row.secret = secrets.encrypt(self.workspace_id, grant.dump())
                row.save(update_fields=["secret"])
        return grant


def keep_apart(tokens: flow.TokenSet, *, practising: bool) -> None:
    """What was given for practice goes to no real service, and what a real one gave to no practice server. Neither is lost."""
    if (tokens.client_id == PRACTICE_CLIENT) != practising:
        for_practice = _("This account was connected for practice. It is read while Metwith is served with --with-fakes.")
        raise ClientRefused(_("This account is not read while Metwith is served for practice.") if practising else for_practice)


def grant_of(row: Account) -> flow.TokenSet | None:
    """What an account's owner allowed us; None when it was disconnected."""
    return flow.TokenSet.load(secrets.decrypt(row.workspace_id, row.secret)) if row.secret else None


def renewed(row: Account, tokens: flow.TokenSet, now: datetime) -> flow.TokenSet:
    """A grant with a fresh access token, by what opened the account. Raises errors.OAuthProblem."""
    if row.delegated:
        return delegation.token_for(delegation.granted(row.workspace_id, row.provider), row.address, now)
    return flow.refresh(_client(row), tokens, now)


def _client(row: Account) -> Client:
    client = client_of(row.workspace_id, row.provider)
    if client is None:
        raise ClientRefused(_("No client id and secret are set any more."))
    return client


@dataclass(slots=True)
class FreshTokens:
    """The token of somebody who has just signed in, before anything is stored."""

    grant: flow.TokenSet

    def access_token(self, *, refresh: bool = False) -> str:
        """The token. A fresh one that is refused cannot be helped by another."""
        if refresh:
            raise Withdrawn(_("The service does not accept the permission that it has just given."))
        return self.grant.access_token


def decline(workspace_id: int, provider: str, subject: str, secret: str) -> bool | None:
    """Revoke a permission at the service, where there is a way (`secret`: a grant in clear). True when it is gone there.

    A service takes back all that one person gave to one client: left alone (None) while another account rests on it. Without `subject` it is
    asked whose it is; left alone too (False) when that cannot be learned.
    """
    return _revoke(Account(workspace_id=workspace_id, provider=provider, subject=subject), flow.TokenSet.load(secret))


def _revoke(row: Account, tokens: flow.TokenSet) -> bool | None:
    client = client_of(row.workspace_id, row.provider)
    if client is None or tokens.client_id != client.client_id:
        return False
    try:
        row.subject = row.subject or flow.identify(client, tokens).subject
    except OAuthProblem:
        return False
    return None if _shared(row, client) else flow.revoke(client, tokens)


def _shared(row: Account, client: Client) -> bool:
    same = Account.objects.across_workspaces("a permission at a service knows no workspaces").exclude(pk=row.pk)
    others = same.filter(provider=row.provider, subject=row.subject, disconnected_at=None).exclude(secret="")
    return any((found := client_of(other.workspace_id, other.provider)) and found.client_id == client.client_id for other in others)
