"""The verbs of connecting by OAuth, between the sign-in page of a provider and `actions.keep` or `actions.reconnect_granted`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.accounts.oauth import flow
from metwith.accounts.oauth.clients import client_of
from metwith.accounts.oauth.errors import OAuthProblem
from metwith.accounts.oauth.services import KEYS
from metwith.accounts.oauth.tokens import FreshTokens
from metwith.calendars.providers import catalogue
from metwith.engine.access import PortTokens
from metwith.engine.errors import ConnectFailed
from metwith.engine.vocabulary import RemoteAccount as AccountFacts
from metwith.lib import secrets
from metwith.lib.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from metwith.accounts.oauth.clients import Client
    from metwith.calendars.providers.catalogue import Connected
    from metwith.workspaces.models import Member


def offered() -> tuple[str, ...]:
    """The providers that are connected by OAuth."""
    return tuple(key for key in KEYS if key in catalogue.KINDS)


def begin_authorization(member: Member, provider: str, redirect: str, *, hint: str = "") -> flow.AuthorizationRequest:
    """The way to the provider's sign-in page. Raises Invalid when no client is set."""
    return flow.authorization_request(_client(member, provider), redirect, hint=hint)


def exchange(member: Member, provider: str, redirect: str, *, code: str, verifier: str, now: datetime) -> flow.TokenSet:
    """What the code of somebody who came back is worth. Raises Invalid or ConnectFailed."""
    try:
        return flow.exchange_code(_client(member, provider), redirect, code=code, verifier=verifier, now=now)
    except OAuthProblem as problem:
        raise failed(problem) from problem


def open_signed_in_account(member: Member, provider: str, tokens: flow.TokenSet, now: Callable[[], datetime]) -> Connected:
    """Whose the permission is, and what it opens. Stores nothing. Raises Invalid or ConnectFailed. `member.user` must be loaded."""
    client = _client(member, provider)
    try:
        owner = flow.identify(client, tokens)
    except OAuthProblem as problem:
        raise failed(problem) from problem
    facts = AccountFacts(
        provider=provider, address=owner.address, server=client.service.api_url, zone=member.user.time_zone, subject=owner.subject
    )
    keyed = secrets.digester(member.workspace_id, 0)
    found = catalogue.connect(facts, keyed=keyed, now=now, tokens=PortTokens(FreshTokens(tokens)))
    addresses = dict.fromkeys((*found.own_addresses, *owner.aliases))
    account = replace(found.account, server="", secret=tokens.dump())
    return replace(found, account=account, own_addresses=tuple(addresses), verified=owner.verified)


def sign_in_refused(error: str, description: str) -> ConnectFailed:
    """Why the provider sent somebody back without a code."""
    return failed(flow.refused_at_sign_in(error, description))


def failed(problem: OAuthProblem) -> ConnectFailed:
    """A problem of signing in, as the pages show failures."""
    return ConnectFailed(problem.message, step="sign-in", advice=problem.advice, detail=problem.detail)


def _client(member: Member, provider: str) -> Client:
    client = client_of(member.workspace_id, provider)
    if client is None or provider not in offered():
        raise Invalid("provider", _("This way of connecting is not set up. An admin of the workspace can do it under Settings."))
    return client
