"""What a change of who is one of us would take away, before it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metwith.accounts.models import Block
from metwith.calendars.models import Calendar
from metwith.calendars.privacy.blocking import leaving
from metwith.rules.identity import once_named
from metwith.rules.ours import Standing
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from metwith.calendars.privacy.blocking import Leaving
    from metwith.calendars.rules.keep import Policy
    from metwith.workspaces.models import Member

LEAST_TO_MOST = (Standing.ASIDE, Standing.EXACT, Standing.WHOLE)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do."""

    leaving: Leaving
    """Meetings that are internal from then on."""
    more: bool
    """Meetings that were internal may come in."""


def domain_effect(member: Member, domain: str, standing: str) -> Effect:
    """What it would do to say this of a domain (`workspaces.domains.say`). Of colleagues' calendars only a number is told."""
    who = who_is_who(member.workspace_id).ours
    after = who.saying(domain, standing)

    def changed(_calendar: Calendar, policy: Policy) -> Policy:
        return replace(policy, ours=after)

    gone = leaving(member, _calendars(member), changed, Block.Kind.WHO, [domain])
    before = who.standing(domain) or (Standing.WHOLE if who.owns(domain) else Standing.ASIDE)
    return Effect(gone, LEAST_TO_MOST.index(Standing(standing)) < LEAST_TO_MOST.index(before))


def address_effect(member: Member, other: Member | None, address: str) -> Effect:
    """What it would do if an address were one of us, as that member's (`workspaces.addresses`); without one, as somebody's who is to join."""

    def changed(calendar: Calendar, policy: Policy) -> Policy:
        theirs = other is not None and calendar.account.member_id == other.pk
        return replace(policy, ours=once_named(policy.ours, address), owner=policy.owner | {address} if theirs else policy.owner)

    return Effect(leaving(member, _calendars(member), changed, Block.Kind.WHO, [address]), more=False)


def _calendars(member: Member) -> list[Calendar]:
    return list(Calendar.objects.of(member.workspace_id).select_related("account__member__user"))
