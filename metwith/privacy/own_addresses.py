"""What a change of who is one of us would take away, before it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from metwith.accounts.models import Block
from metwith.calendars.models import Calendar, Entry, Event
from metwith.lib.addresses import domain_of, registrable
from metwith.lib.freemail import is_free_mail
from metwith.privacy.block_effect import leaving
from metwith.rules.identity import once_named
from metwith.rules.own_identities import DomainOwnership
from metwith.workspaces.addresses import who_is_who
from metwith.workspaces.signals import on_record

if TYPE_CHECKING:
    from metwith.calendars.rules.keep import Policy
    from metwith.privacy.block_effect import BlockEffect
    from metwith.workspaces.models import Member

LEAST_TO_MOST = (DomainOwnership.ASIDE, DomainOwnership.EXACT, DomainOwnership.WHOLE)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do."""

    leaving: BlockEffect
    """Meetings that are internal from then on."""
    more: bool
    """Meetings that were internal may come in."""


def domain_effect(member: Member, domain: str, ownership: str) -> Effect:
    """What it would do to say this of a domain (`workspaces.domains.say`). Of colleagues' calendars only a number is told."""
    who = who_is_who(member.workspace_id).own_identities
    after = who.saying(domain, ownership)

    def changed(_calendar: Calendar, policy: Policy) -> Policy:
        return replace(policy, own_identities=after)

    gone = leaving(member, _calendars(member), changed, Block.Kind.WHO, [domain])
    before = who.ownership_of(domain) or (DomainOwnership.WHOLE if who.owns(domain) else DomainOwnership.ASIDE)
    return Effect(gone, LEAST_TO_MOST.index(DomainOwnership(ownership)) < LEAST_TO_MOST.index(before))


def address_effect(member: Member, other: Member | None, address: str) -> Effect:
    """What it would do if an address were one of us, as that member's (`workspaces.addresses`); without one, as somebody's who is to join."""

    def changed(calendar: Calendar, policy: Policy) -> Policy:
        theirs = other is not None and calendar.account.member_id == other.pk
        return replace(
            policy, own_identities=once_named(policy.own_identities, address), owner=policy.owner | {address} if theirs else policy.owner
        )

    return Effect(leaving(member, _calendars(member), changed, Block.Kind.WHO, [address]), more=False)


@dataclass(frozen=True, slots=True)
class Joining:
    """What it would do if somebody joined by an invitation; for the admin who is about to invite them, and for nobody else."""

    effect: Effect
    """Of their address; and of its domain, where that would become ours."""
    on_record: bool
    """The address is a person's among the records."""
    domain: str
    """The domain that would become ours, or would wait for an admin's word; else empty."""
    waits: bool


def joining(member: Member, address: str, *, mailed: bool) -> Joining:
    """Of a folded address. Only a link that is mailed verifies it, so only then its domain becomes ours."""
    who, domain = who_is_who(member.workspace_id).own_identities, domain_of(address)
    unsaid = who.ownership_of(domain) is None and not who.owns(domain)  # an admin's word wins over a member's address
    becomes = mailed and unsaid and bool(registrable(domain)) and not is_free_mail(domain)
    waits = becomes and on_record(member.workspace_id, domain)
    effect = domain_effect(member, domain, DomainOwnership.WHOLE) if becomes and not waits else address_effect(member, None, address)
    return Joining(effect, on_record(member.workspace_id, address), domain if becomes else "", waits)


@dataclass(frozen=True, slots=True)
class RemovalEffect:
    """What stands in a member's calendars."""

    many: int
    """Meetings."""
    alone: int
    """Of these, those that nobody else's calendar has."""


def departure(workspace_id: int, member_id: int) -> RemovalEffect:
    """What a member who leaves would leave behind, or take along."""
    theirs = Entry.objects.of(workspace_id).filter(calendar__account__member_id=member_id, event_id=OuterRef("pk"))
    others = Entry.objects.of(workspace_id).filter(event_id=OuterRef("pk")).exclude(calendar__account__member_id=member_id)
    events = Event.objects.of(workspace_id).filter(Exists(theirs))
    return RemovalEffect(events.count(), events.exclude(Exists(others)).count())


def opened_by(workspace_id: int, address: str) -> int:
    """How many meetings name an address: what vouching for it would open to its member."""
    return Entry.objects.of(workspace_id).filter(attendees__contains=[[address]]).values("event_id").distinct().count()


def _calendars(member: Member) -> list[Calendar]:
    return list(Calendar.objects.of(member.workspace_id).select_related("account__member__user"))
