"""Questions about who is in a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.lib.addresses import fold
from metwith.rules import ours
from metwith.workspaces.models import ApiToken, Invitation, Member, OwnDomain, Workspace

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from metwith.workspaces.models import User


def any_workspace() -> bool:
    """Whether there is one; when not, the first page makes it."""
    return Workspace.objects.exists()


def membership(user: User) -> Member | None:
    """The membership of a user who signs in, with its user and workspace at hand; None when there is none (any more)."""
    found = Member.objects.across_workspaces("signing in tells the workspace").filter(user=user)
    return found.select_related("user", "workspace").order_by("id").first()


def member_with_address(address: str) -> Member | None:
    """The member whose login address this is, in whichever workspace: for the command line, where an operator names members by it."""
    found = Member.objects.across_workspaces("the operator names members by address").filter(user__email=fold(address))
    return found.select_related("user", "workspace").order_by("id").first()


def members_of(workspace: Workspace | int) -> QuerySet[Member]:
    """The members with their users, by name."""
    return Member.objects.of(workspace).select_related("user").order_by("user__name", "user__email", "id")


def member_addresses(workspace: Workspace | int) -> frozenset[str]:
    """The members' login addresses, folded."""
    return frozenset(Member.objects.of(workspace).values_list("user__email", flat=True))


def open_invitations(workspace: Workspace | int) -> QuerySet[Invitation]:
    """Invitations that nobody took up yet, newest first.

    An invitation whose link ran out stays open until it is withdrawn: nobody stops being one of us because a clock struck.
    """
    return Invitation.objects.of(workspace).filter(accepted_at=None).order_by("-created_at", "-id")


def added_domains(workspace: Workspace | int) -> QuerySet[OwnDomain]:
    """The own domains that an admin added, by name."""
    return OwnDomain.objects.of(workspace).order_by("domain")


def own_domains(workspace: Workspace | int) -> frozenset[str]:
    """The organisation's own domains, folded: those of the members' addresses and the added ones, free-mail ones never."""
    return ours.own_domains(member_addresses(workspace), added_domains(workspace).values_list("domain", flat=True))


def tokens_of(member: Member) -> QuerySet[ApiToken]:
    """The member's API tokens, newest first."""
    return ApiToken.objects.of(member.workspace_id).filter(member=member).order_by("-created_at", "-id")
