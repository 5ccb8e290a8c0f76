"""How allauth opens the door: never to somebody new. New people come by the first page or an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from metwith.lib import addresses
from metwith.lib.net import requests_door
from metwith.web.signin.reauthentication_pages import AGAIN, came_back
from metwith.web.site.reauthentication import is_fresh
from metwith.workspaces.models import User
from metwith.workspaces.signals import verified_by_oidc

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest
    from requests import Session


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Signing in with a password or passkey."""

    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    @override
    def get_login_stages(self) -> list[str]:
        """The second factor. The library's stages of confirming an address or a telephone have no pages here."""
        return ["allauth.mfa.stages.AuthenticateStage"]

    @override
    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Password, second factor, passkey; for who has none of them, the identity provider."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not ways and settings.SOCIALACCOUNT_PROVIDERS and SocialAccount.objects.filter(user_id=user.pk).exists():
            ways = [{"id": "reauthenticate_oidc", "description": _("Use single sign-on"), "url": reverse("reauthenticate_oidc")}]
        return ways

    @override
    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """The library's pages are guarded as ours are (web/signin/urls.py), by the same time."""
        return not is_fresh(context.request)


class ClosedSocialDoor(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Signing in through the organisation's own identity provider (OIDC): known addresses only."""

    @override
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    @override
    def get_requests_session(self) -> Session:
        """By our own way out: it ends in time."""
        return requests_door.session()

    @override
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect a known user by an address the provider has verified; send everybody else back, saying why.

        An identity is connected in no other way: whoever is signed in and comes back as somebody else is that other one from then on.
        """
        if not _one_subject(sociallogin):
            raise PermissionDenied
        if sociallogin.state.get("data") == AGAIN:
            came_back(request, sociallogin)
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(redirect("home"))
        address = verified_address(sociallogin)
        if not sociallogin.is_existing:
            user = User.objects.filter(email=address, is_active=True).first() if address else None
            if user is None:
                messages.error(
                    request, _("Nobody here has that address, or it is not verified. Ask an admin of your workspace for an invitation.")
                )
                raise ImmediateHttpResponse(redirect("account_login"))
            sociallogin.connect(request, user)
        if address and address == sociallogin.user.email:
            # Before the second factor is asked for: the hearer may end one that somebody else set.
            verified_by_oidc.send(sender=None, user=sociallogin.user, address=address, identity=sociallogin.account.pk)


def _one_subject(sociallogin: SocialLogin) -> bool:
    """The identity token and what is told with the access token are of the same person (OpenID Connect Core, section 5.3.2)."""
    token: Any = (sociallogin.account.extra_data or {}).get("id_token") or {}
    return bool(token.get("sub", sociallogin.account.uid) == sociallogin.account.uid)


def verified_address(sociallogin: SocialLogin) -> str:
    """The folded address that the identity provider says it has verified (OpenID Connect Core, section 5.1), or `""`.

    `email_verified` counts as a JSON boolean only: a text "false" is true to Python.
    """
    claims: Any = sociallogin.account.get_provider_account().get_user_data() or {}
    named = claims.get("email")
    return addresses.fold(named) if claims.get("email_verified") is True and isinstance(named, str) else ""
