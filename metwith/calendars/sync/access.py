"""Step 4: open a calendar's account with fresh credentials, and collect the facts that its decisions rest on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from metwith.accounts.oauth import services
from metwith.accounts.oauth.flow import TokenSet
from metwith.accounts.oauth.tokens import FreshTokens
from metwith.accounts.queries import blocks_for
from metwith.calendars.providers import catalogue
from metwith.calendars.rules.keep import Policy
from metwith.calendars.sync.overrides import out_of
from metwith.calendars.tables import TABLES
from metwith.engine.access import PortTokens, describe, tokens_of
from metwith.engine.push import PushSetup
from metwith.lib import secrets
from metwith.workspaces.addresses import of_account, who_is_who

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta

    from metwith.accounts.models import Account as AccountRow
    from metwith.calendars.models import Calendar
    from metwith.calendars.providers.port import CalendarProvider
    from metwith.engine.vocabulary import RemoteAccount
    from metwith.rules.identity import WorkspaceIdentities
    from metwith.workspaces.models import Member
type Keyed = Callable[[str], str]
"""A text → its keyed hash, of this calendar alone."""


@dataclass(frozen=True)
class Access:
    """All that a run needs to know besides the calendar's own row."""

    account: RemoteAccount
    facts: Callable[[], Policy]
    keyed: Keyed
    every: timedelta
    """How often a calendar of this kind is read."""
    signed_in: AccountRow | None = None
    """The account whose tokens open it; None for a provider without OAuth."""

    @cached_property
    def policy(self) -> Policy:
        """What keeps or drops events, read once, and only when there are some: most polls bring none."""
        return self.facts()


def access(calendar: Calendar) -> Access:
    """What a run of this calendar works with. `calendar.account.member.user` must be loaded."""
    row = calendar.account
    signed_in = row if row.provider in services.KEYS else None
    keyed = secrets.digester(calendar.workspace_id, calendar.pk)
    account = replace(describe(row), content_key=content_key(row.workspace_id), by_content=calendar.by_content)
    return Access(account, partial(policy, calendar), keyed, catalogue.poll_every(row.provider), signed_in)


def policy(calendar: Calendar) -> Policy:
    """The facts that keep or drop a calendar's events."""
    member = calendar.account.member
    who = who_is_who(calendar.workspace_id)
    return Policy(
        own_identities=who.own_identities,
        owner=owner_addresses(calendar.account, who),
        claimed=who.claimed,
        blocks=blocks_for(calendar.workspace_id, member.pk),
        switched_on=calendar.enabled and calendar.account.disconnected_at is None,
        out=out_of(calendar.workspace_id, member.pk),
    )


def policy_for(member: Member, addresses: Iterable[str]) -> Policy:
    """The same for a calendar that is not stored yet, whose owner goes by these addresses there."""
    who = who_is_who(member.workspace_id)
    return Policy(
        own_identities=who.own_identities,
        owner=_goes_by(who, member.pk, frozenset(addresses) - {""}),
        claimed=who.claimed,
        blocks=blocks_for(member.workspace_id, member.pk),
        out=out_of(member.workspace_id, member.pk),
    )


def owner_addresses(account: AccountRow, who: WorkspaceIdentities) -> frozenset[str]:
    """Whose calendar it is: what the account brought, and all else that its member goes by.

    Where the provider itself tells accounts apart, the calendar is that of the address, whoever opened it.
    """
    named = of_account(account.workspace_id, account.pk) | {account.address}
    return (named - {""} if account.subject else frozenset()) | _goes_by(who, account.member_id, named)


def _goes_by(who: WorkspaceIdentities, member_id: int, named: frozenset[str]) -> frozenset[str]:
    """These and all that is the member's already. Nobody goes by an address that is known to be a colleague's, whatever a server says."""
    return frozenset(a for a in named if a and who.members.get(a, member_id) == member_id) | who.addresses_of(member_id)


def content_key(workspace_id: int) -> str:
    """Under which meetings are known by their content: the workspace's, so that two who subscribe to one feed have one meeting."""
    return secrets.digester(workspace_id, 0)("feeds by content")


def open_account(access: Access, clock: Callable[[], datetime]) -> AbstractContextManager[CalendarProvider]:
    """The provider, opened; leaving the `with` closes it."""
    tokens = tokens_of(access.signed_in, clock) if access.signed_in else None
    return catalogue.open_provider(access.account, keyed=access.keyed, now=clock, tokens=tokens)


def access_to(member: Member, account: RemoteAccount, own_addresses: Iterable[str] = ()) -> Access:
    """What a look into a connection works with that is not stored. `account` has its secret in clear."""
    keyed = secrets.digester(member.workspace_id, 0)
    facts = partial(policy_for, member, (account.address, *own_addresses))
    return Access(account, facts, keyed, catalogue.poll_every(account.provider))


def open_unstored(access: Access, clock: Callable[[], datetime]) -> AbstractContextManager[CalendarProvider]:
    """A connection that is not stored, opened."""
    account = access.account
    if account.provider not in services.KEYS:
        return catalogue.open_provider(account, keyed=access.keyed, now=clock)
    tokens = PortTokens(FreshTokens(TokenSet.load(account.secret)))
    signed_in = replace(account, server=services.service(account.provider).api_url, secret="")
    return catalogue.open_provider(signed_in, keyed=access.keyed, now=clock, tokens=tokens)


def open_signed_in(row: AccountRow, clock: Callable[[], datetime]) -> AbstractContextManager[CalendarProvider]:
    """The same for an OAuth account as such, whichever of its calendars. `row.member.user` must be loaded."""
    return catalogue.open_provider(describe(row), keyed=secrets.digester(row.workspace_id, 0), now=clock, tokens=tokens_of(row, clock))


PUSH = PushSetup(TABLES, {key: kind.push for key, kind in catalogue.KINDS.items() if kind.push}, open_signed_in)
"""What the calendars hand the engine, so that it looks after their push channels."""
