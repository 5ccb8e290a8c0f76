"""When a sign-in address turns out to be its user's: whoever just showed it goes on, and chooses anew how to come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import update_session_auth_hash

from metwith.web import fresh
from metwith.workspaces.ways_in import end_other_ways_in

if TYPE_CHECKING:
    from django.http import HttpRequest

    from metwith.workspaces.models import User


def end_others(request: HttpRequest, user: User) -> None:
    """End every way in but this very session, which has just shown who they are: `account_set_password` is open to it.

    For a mailed link and for a calendar's provider; an identity provider's sign-in has no session yet (`signals.verified_by_oidc`).
    """
    end_other_ways_in(user)
    if request.user == user:
        update_session_auth_hash(request, user)
        fresh.note(request, user)
