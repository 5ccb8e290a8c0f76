"""When somebody has shown who they are: at a sign-in, and at the pages that ask for one again. And what is kept of what an identity provider says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import signals as library
from allauth.account.authentication import get_authentication_records
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from metwith.web.signin.reauthentication_pages import signed_in_lately
from metwith.web.site import reauthentication

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest

    from metwith.workspaces.models import User


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **_rest: Any) -> None:
    """By whatever way, but for an identity provider's alone: that may have let them in by a session of its own, as old as it likes."""
    steps = get_authentication_records(request, user)
    if not steps or steps[-1]["method"] != "socialaccount":
        reauthentication.note(request, user)


@receiver(library.user_logged_in)
def signed_in_there(request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **_rest: Any) -> None:
    """By an identity provider that says when it has seen them."""
    if sociallogin is not None and signed_in_lately(sociallogin):
        reauthentication.note(request, user)


@receiver(library.authentication_step_completed)
def shown_again(request: HttpRequest, user: User, *, reauthenticated: bool = False, **_rest: Any) -> None:
    """On a page that asks for password, second factor or passkey of somebody who is signed in."""
    if reauthenticated and request.user == user:
        reauthentication.note(request, user)


@receiver(pre_save, sender=SocialAccount)
def keep_no_claims(instance: SocialAccount, **_rest: Any) -> None:
    """What an identity provider says of somebody is read at each sign-in and stored nowhere: the library would keep all of it, in clear."""
    instance.said, instance.extra_data = instance.extra_data, {}


@receiver(post_save, sender=SocialAccount)
def have_claims_again(instance: SocialAccount, **_rest: Any) -> None:
    """For the rest of this sign-in."""
    instance.extra_data = instance.said
