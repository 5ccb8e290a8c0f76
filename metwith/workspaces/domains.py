"""The verbs about a workspace's own domains: whoever is at one of them is one of us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.lib import domains
from metwith.lib.addresses import domain_of
from metwith.lib.errors import Invalid
from metwith.rules import own_identities
from metwith.rules.own_identities import DomainOwnership
from metwith.workspaces import addresses, audit, signals
from metwith.workspaces.audit import Action
from metwith.workspaces.may import admins_only
from metwith.workspaces.models import OwnDomain

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of which something holds."""

    name: str
    standing: own_identities.DomainOwnership
    brought_by: tuple[str, ...]
    """The members whose verified sign-in address is there, by name. Nobody: an admin added it."""
    waits: bool = False
    """Nobody said anything of it: a company on record has it, so an admin has to decide."""


def domains_of(workspace_id: int) -> tuple[Domain, ...]:
    """The domains that members' verified sign-in addresses bring or an admin names, by name; free-mail ones never."""
    brought: dict[str, list[str]] = {}
    sign_ins = addresses.verified_sign_ins(workspace_id)
    for address, member in sorted(sign_ins.items(), key=lambda row: str(row[1])):
        brought.setdefault(domain_of(address), []).append(str(member))
    rows = {row.domain: row for row in OwnDomain.objects.of(workspace_id)}
    found = own_identities.own_domains(sign_ins, {domain: row.standing for domain, row in rows.items()})
    return tuple(
        Domain(name, standing, tuple(brought.get(name, ())), waits=name in rows and rows[name].waits)
        for name, standing in sorted(found.items())
    )


def read_domain(member: Member, text: str) -> str:
    """What somebody typed as a folded domain. Raises Invalid (`domain`): it is none, a public suffix, or a free-mail provider's."""
    if text in {domain.name for domain in domains_of(member.workspace_id)}:
        return text
    try:
        return domains.check_domain(text)
    except ValueError as error:
        raise Invalid("domain", str(error)) from error


@transaction.atomic
def decide_domain(member: Member, text: str, ownership: str) -> str:
    """Say what holds for a domain from now on: ours with its subdomains, without them, or not ours. Returns the folded domain.

    Admins only. Raises Invalid (`domain`, `standing`).
    """
    admins_only(member)
    if ownership not in DomainOwnership:
        raise Invalid("standing", _("Choose one of these: %(choices)s.") % {"choices": ", ".join(DomainOwnership)})
    domain = read_domain(member, text)
    rows = OwnDomain.objects.of(member.workspace_id)
    held = dict(rows.select_for_update().values_list("domain", "standing"))
    if _needs_no_word(member, domain, ownership, held):
        changed = rows.filter(domain=domain).delete()[0] > 0
    else:
        changed = held.get(domain) != ownership
        said = {"standing": ownership, "waits": False}
        rows.update_or_create(workspace_id=member.workspace_id, domain=domain, defaults=said)
    if changed:
        signals.announce_ours(member.workspace_id, domains=[domain])
        audit.note(member, Action.OURS, kind="domain", to=ownership)
    return domain


def _needs_no_word(member: Member, domain: str, ownership: str, ownerships: dict[str, str]) -> bool:
    """Whether the same holds when nothing is said: a member's domain is ours by itself, and what nobody names is not."""
    others = {at: word for at, word in ownerships.items() if at != domain}
    without = own_identities.own_domains(addresses.verified_sign_ins(member.workspace_id), others)
    if ownership == DomainOwnership.ASIDE:
        return not own_identities.own_identities((), without).owns(domain)
    return without.get(domain) == ownership
