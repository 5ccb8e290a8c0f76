"""Questions about who is in a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metwith.lib import sql
from metwith.lib.addresses import fold
from metwith.workspaces.models import ApiToken, Invitation, Member, User, Workspace

if TYPE_CHECKING:
    from django.db.models import QuerySet


def membership(user: User) -> Member | None:
    """The membership of a user who signs in, with its user and workspace at hand; None when there is none (any more)."""
    found = sql.rows(MEMBERSHIP, [user.pk])
    return _member(found[0]) if found else None


def token_with(token_hash: str) -> ApiToken | None:
    """The token with this hash, its member with user and workspace at hand; None for a wrong one, or one of a user who may not sign in."""
    found = sql.rows(TOKEN, [token_hash])
    if not found:
        return None
    token = sql.instance(ApiToken, found[0][-len(ApiToken._meta.concrete_fields) :])
    token.member = _member(found[0])
    return token


def acting(workspace_id: int, member_id: int) -> Member | None:
    """A member in whose name something is read without a sign-in, with user and workspace at hand; None for one who may not sign in."""
    found = Member.objects.of(workspace_id).filter(pk=member_id, user__is_active=True, left_at=None)
    return found.select_related("user", "workspace").first()


WHOLE = f"{sql.columns(Member, 'm')}, {sql.columns(User, 'u')}, {sql.columns(Workspace, 'w')}"
"""These two are asked on every request. Signing in and the token tell the workspace: the only tables asked across the border."""
MEMBERSHIP = f"""SELECT {WHOLE} FROM workspaces_member m JOIN workspaces_user u ON u.id = m.user_id
JOIN workspaces_workspace w ON w.id = m.workspace_id WHERE m.user_id = %s AND m.workspace_id > 0 AND m.left_at IS NULL ORDER BY m.id LIMIT 1"""  # noqa: S608  columns
TOKEN = f"""SELECT {WHOLE}, {sql.columns(ApiToken, "t")} FROM workspaces_apitoken t
JOIN workspaces_member m ON m.workspace_id = t.workspace_id AND m.id = t.member_id AND m.left_at IS NULL
JOIN workspaces_user u ON u.id = m.user_id AND u.is_active
JOIN workspaces_workspace w ON w.id = m.workspace_id WHERE t.token_hash = %s"""  # noqa: S608  columns


def _member(values: tuple[Any, ...]) -> Member:
    """From a row that begins with WHOLE."""
    users = len(Member._meta.concrete_fields)
    workspaces = users + len(User._meta.concrete_fields)
    member = sql.instance(Member, values[:users])
    member.user = sql.instance(User, values[users:workspaces])
    member.workspace = sql.instance(Workspace, values[workspaces : workspaces + len(Workspace._meta.concrete_fields)])
    return member


def member_with_address(address: str) -> Member | None:
    """The member whose login address this is, in whichever workspace: for the command line, where an operator names members by it."""
    found = Member.objects.across_workspaces("the operator names members by address").filter(user__email=fold(address), left_at=None)
    return found.select_related("user", "workspace").order_by("id").first()


def members_of(workspace: Workspace | int) -> QuerySet[Member]:
    """The members with their users, by name; without former ones."""
    return Member.objects.of(workspace).filter(left_at=None).select_related("user").order_by("user__name", "user__email", "id")


def former_members(workspace: Workspace | int) -> QuerySet[Member]:
    """Those who left and whose meetings stayed, with their users, by name."""
    return Member.objects.of(workspace).exclude(left_at=None).select_related("user").order_by("user__name", "id")


def open_invitations(workspace: Workspace | int) -> QuerySet[Invitation]:
    """Invitations that nobody took up yet, newest first, also those whose link ran out."""
    return Invitation.objects.of(workspace).filter(accepted_at=None).order_by("-created_at", "-id")


def tokens_of(member: Member) -> QuerySet[ApiToken]:
    """The member's API tokens, newest first."""
    return ApiToken.objects.of(member.workspace_id).filter(member=member).order_by("-created_at", "-id")
