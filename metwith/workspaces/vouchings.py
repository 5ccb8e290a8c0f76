"""Whoever vouches for an address opens meetings to its member, so everybody is told, once: by the audit log, which nobody can take back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.rules.identity import Way
from metwith.workspaces.addresses import who_is_who
from metwith.workspaces.audit import Action
from metwith.workspaces.models import AuditLine, Member, MemberAddress

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Vouching:
    """That an address was vouched for."""

    by: str
    """The owner's name then; empty: the operator."""
    member: str
    """The name of whose it is; empty for somebody of whom nothing is left."""
    address: str
    """Folded; empty when it is theirs no more."""


def unheard(member: Member, most: int) -> tuple[list[Vouching], int]:
    """What others vouched for since the member last said that they have read it, or since they joined; of others' addresses, oldest first.

    `most` of them, and how many there are besides.
    """
    lines = AuditLine.objects.of(member.workspace_id).filter(action=Action.OURS.value, at__gt=member.heard_at or member.created_at)
    vouched = lines.filter(facts__to__in=[Way.VOUCHED, Way.OPERATOR]).exclude(member_id=member.pk).exclude(facts__member=member.pk)
    found = list(vouched.order_by("at", "pk")[:most])
    if not found:
        return [], 0
    names = who_is_who(member.workspace_id).names
    rows = MemberAddress.objects.of(member.workspace_id).filter(pk__in=[line.facts.get("held", 0) for line in found])
    addresses = dict(rows.values_list("pk", "address"))
    told = [Vouching(line.who, names.get(line.facts["member"], ""), addresses.get(line.facts.get("held", 0), "")) for line in found]
    return told, vouched.count() - len(found)


def note_heard(member: Member, now: datetime) -> None:
    """They have read it."""
    Member.objects.of(member.workspace_id).filter(pk=member.pk).update(heard_at=now)
