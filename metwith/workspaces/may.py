"""Who may: what a verb asks before it does anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.lib.errors import NotAllowed

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


def admins_only(member: Member) -> None:
    """Owners are admins too. Raises NotAllowed."""
    if not member.is_admin:
        raise NotAllowed(_("Only an admin can do this. Ask an owner or admin of your workspace."))


def owners_only(member: Member) -> None:
    """Raises NotAllowed."""
    if member.role != member.MemberRole.OWNER:
        raise NotAllowed(_("Only an owner can do this. Ask an owner of your workspace."))
