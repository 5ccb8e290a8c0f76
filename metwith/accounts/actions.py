"""What happens to an account, whatever is read by it: whose it is, the same one again, taken over with fresh credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.accounts.models import SharingLevel
from metwith.accounts.queries import blocks_for
from metwith.lib import secrets
from metwith.lib.errors import Invalid, NotAllowed
from metwith.workspaces.addresses import bring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.accounts.models import Account
    from metwith.rules.identity import Way
    from metwith.workspaces.models import Member


def check_level(level: str) -> None:
    """Raises Invalid for what is no sharing level."""
    if level not in SharingLevel.values:
        raise Invalid("sharing", _("The sharing level is one of: %(levels)s.") % {"levels": ", ".join(SharingLevel.values)})


def own_account(among: QuerySet[Account], member: Member, account_id: int, *, admin: bool = False) -> Account:
    """The member's own account; with `admin` also somebody else's, for admins. Raises Account.DoesNotExist, NotAllowed."""
    account = among.select_related("member__user").get(pk=account_id)
    if account.member_id != member.pk and not (admin and member.is_admin):
        raise NotAllowed(_("This account belongs to somebody else. Only its owner can change it."))
    return account


def same_account(
    among: QuerySet[Account], provider: str, *, address: str, server: str, username: str, subject: str, secret: str
) -> Account | None:
    """Of a member's accounts the one that is connected again: by its subject, else by what was typed; a feed by its secret address."""
    mine = among.filter(provider=provider)
    if subject:
        return mine.filter(subject=subject).first()
    same = mine.filter(address=address, server=server, username=username)
    if provider == "caldav":
        return same.first()
    # One that was disconnected has forgotten its secret.
    return next((row for row in same if row.secret and secrets.decrypt(row.workspace_id, row.secret) == secret), None)


def take_over(row: Account, secret: str, named: Mapping[str, Way], now: datetime) -> bool:
    """Keep an account with fresh credentials, and its owner's addresses as they are now: one that was renamed stays theirs, older meetings name it.

    `named`: the addresses, folded, each by the way in which it came. True when an address counts for something else than before.
    """
    row.secret, row.disconnected_at = secrets.encrypt(row.workspace_id, secret), None
    row.save()
    blocks = blocks_for(row.workspace_id, row.member_id)
    return bring(row.member, row.pk, {a: way for a, way in named.items() if a and not blocks.keeps_out([a])}, now)
