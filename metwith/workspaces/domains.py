"""The verbs about a workspace's own domains: whoever is at one of them is one of us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.lib import domains
from metwith.lib.errors import Invalid, NotAllowed
from metwith.rules import ours
from metwith.rules.ours import Standing
from metwith.workspaces import audit, queries, signals
from metwith.workspaces.audit import Action
from metwith.workspaces.models import OwnDomain

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


def read(member: Member, text: str) -> str:
    """What somebody typed as a folded domain. Raises Invalid (`domain`): it is none, a public suffix, or a free-mail provider's."""
    if text in {domain.name for domain in queries.domains_of(member.workspace_id)}:
        return text
    try:
        return domains.check(text)
    except ValueError as error:
        raise Invalid("domain", str(error)) from error


@transaction.atomic
def say(member: Member, text: str, standing: str) -> str:
    """Say what holds for a domain from now on: ours with its subdomains, without them, or not ours. Returns the folded domain.

    Admins only. Raises Invalid (`domain`, `standing`).
    """
    if not member.is_admin:
        raise NotAllowed(_("Only an admin can do this. Ask an owner or admin of your workspace."))
    if standing not in Standing:
        raise Invalid("standing", _("Choose one of these: %(choices)s.") % {"choices": ", ".join(Standing)})
    domain = read(member, text)
    rows = OwnDomain.objects.of(member.workspace_id)
    held = dict(rows.select_for_update().values_list("domain", "standing"))
    if _needs_no_word(member, domain, standing, held):
        changed = rows.filter(domain=domain).delete()[0] > 0
    else:
        changed = held.get(domain) != standing
        rows.update_or_create(workspace_id=member.workspace_id, domain=domain, defaults={"standing": standing})
    if changed:
        signals.announce(signals.ours_changed, workspace_id=member.workspace_id)
        audit.note(member, Action.OURS, kind="domain", to=standing)
    return domain


def _needs_no_word(member: Member, domain: str, standing: str, held: dict[str, str]) -> bool:
    """Whether the same holds when nothing is said: a member's domain is ours by itself, and what nobody names is not."""
    others = {at: word for at, word in held.items() if at != domain}
    without = ours.own_domains(queries.member_addresses(member.workspace_id), others)
    if standing == Standing.ASIDE:
        return not ours.ours((), without).owns(domain)
    return without.get(domain) == standing
