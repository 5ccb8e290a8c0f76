"""Who is asking: the member behind a request."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest

from metwith.workspaces.models import Member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from metwith.workspaces.models import User

WORKSPACE_KEY = "workspace"
"""Where the session remembers which of several workspaces somebody looks at."""


class MemberRequest(HttpRequest):
    """A request behind the door: the middleware has set `member`."""

    member: Member
    user: User


def memberships(user: User) -> QuerySet[Member]:
    """All memberships of somebody, the oldest first, each with its workspace and user."""
    rows = Member.objects.across_workspaces("signing in asks which workspaces somebody belongs to")
    return rows.filter(user=user).select_related("workspace", "user").order_by("pk")


def chosen(request: HttpRequest) -> Member | None:
    """The membership a signed-in user works with: the one they switched to, else their first."""
    if not request.user.is_authenticated:
        return None
    found = list(memberships(request.user))
    wanted = request.session.get(WORKSPACE_KEY)
    return next((member for member in found if member.workspace_id == wanted), found[0] if found else None)


@contextmanager
def or_404() -> Iterator[None]:
    """What does not exist, or exists only behind another workspace's border, is not found."""
    try:
        yield
    except ObjectDoesNotExist as error:
        raise Http404 from error
