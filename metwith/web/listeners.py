"""When somebody has shown who they are: at a sign-in, and at the pages that ask for one again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import signals as library
from allauth.account.authentication import get_authentication_records
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from metwith.web import fresh
from metwith.web.fresh_pages import signed_in_lately

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest

    from metwith.workspaces.models import User


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **_rest: Any) -> None:
    """By whatever way, but for an identity provider's alone: that may have let them in by a session of its own, as old as it likes."""
    steps = get_authentication_records(request, user)
    if not steps or steps[-1]["method"] != "socialaccount":
        fresh.note(request, user)


@receiver(library.user_logged_in)
def signed_in_there(request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **_rest: Any) -> None:
    """By an identity provider that says when it has seen them."""
    if sociallogin is not None and signed_in_lately(sociallogin):
        fresh.note(request, user)


@receiver(library.authentication_step_completed)
def shown_again(request: HttpRequest, user: User, *, reauthenticated: bool = False, **_rest: Any) -> None:
    """On a page that asks for password, second factor or passkey of somebody who is signed in."""
    if reauthenticated and request.user == user:
        fresh.note(request, user)
