"""Who is one of us: what a change would take away before it is made, and members' further addresses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.accounts.models import Block
from metwith.accounts.queries import who_is_who
from metwith.calendars.models import Calendar
from metwith.calendars.privacy.blocking import leaving
from metwith.lib import addresses
from metwith.lib.errors import Invalid, NotAllowed
from metwith.records.models import PersonAddress
from metwith.rules.ours import Standing
from metwith.workspaces import audit
from metwith.workspaces.audit import Action
from metwith.workspaces.models import Member, MemberAddress
from metwith.workspaces.signals import announce, ours_changed

if TYPE_CHECKING:
    from metwith.calendars.privacy.blocking import Leaving
    from metwith.calendars.rules.keep import Policy

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


def address_effect(member: Member, other: Member, address: str) -> Effect:
    """What it would do to vouch for an address (`vouch`)."""

    def changed(calendar: Calendar, policy: Policy) -> Policy:
        owner = policy.owner | {address} if calendar.account.member_id == other.pk else policy.owner
        return replace(policy, ours=replace(policy.ours, addresses=policy.ours.addresses | {address}), owner=owner)

    return Effect(leaving(member, _calendars(member), changed, Block.Kind.WHO, [address]), more=False)


def _calendars(member: Member) -> list[Calendar]:
    return list(Calendar.objects.of(member.workspace_id).select_related("account__member__user"))


def read_address(member: Member, text: str) -> str:
    """What an admin typed as a member's further address. Raises Invalid (`address`): it is none, or somebody's already; NotAllowed."""
    _admins_only(member)
    try:
        address = addresses.check(text)
    except ValueError as error:
        raise Invalid("address", _("“%(address)s” is not an e-mail address.") % {"address": text.strip()[:100]}) from error
    if address in who_is_who(member.workspace_id).ours.addresses:
        raise Invalid("address", _("%(address)s belongs to a member, or to somebody who is invited.") % {"address": address})
    if PersonAddress.objects.of(member.workspace_id).filter(folded=address).exists():
        raise Invalid("address", _("%(address)s belongs to a person among your records, so it is not one of you.") % {"address": address})
    return address


@transaction.atomic
def vouch(member: Member, other_id: int, text: str) -> MemberAddress:
    """Say that an address is a member's: it is one of us from now on. It lets the member see nothing that they do not see anyway.

    Admins only. Raises as `read_address`, and Member.DoesNotExist.
    """
    address = read_address(member, text)
    other = Member.objects.of(member.workspace_id).get(pk=other_id)
    made = MemberAddress.objects.create(workspace_id=member.workspace_id, member=other, address=address)
    _changed(member, other.pk, "added")
    return made


@transaction.atomic
def take_back(member: Member, address_id: int) -> None:
    """A vouched address is a stranger's again. Admins only. Raises MemberAddress.DoesNotExist."""
    _admins_only(member)
    row = MemberAddress.objects.of(member.workspace_id).get(pk=address_id)
    MemberAddress.objects.of(member.workspace_id).filter(pk=row.pk).delete()
    _changed(member, row.member_id, "removed")


def _changed(member: Member, other_id: int, what: str) -> None:
    announce(ours_changed, workspace_id=member.workspace_id)
    audit.note(member, Action.OURS, kind="address", member_=other_id, to=what)


def _admins_only(member: Member) -> None:
    if not member.is_admin:
        raise NotAllowed(_("Only an admin can do this. Ask an owner or admin of your workspace."))
