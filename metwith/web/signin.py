"""How allauth opens the door: never to somebody new. New people come by the first page or an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from metwith.lib import addresses
from metwith.workspaces.models import User

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Signing in with a password or passkey."""

    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    @override
    def get_login_stages(self) -> list[str]:
        """The second factor. The library's stages of confirming an address or a telephone have no pages here."""
        return ["allauth.mfa.stages.AuthenticateStage"]


class ClosedSocialDoor(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Signing in through the organisation's own identity provider (OIDC): known addresses only."""

    @override
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    @override
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect a known user by an address the provider has verified; send everybody else back, saying why.

        An identity is connected in no other way: whoever is signed in and comes back as somebody else is that other one from then on.
        """
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(redirect("home"))
        if sociallogin.is_existing:
            return
        address = verified_address(sociallogin)
        user = User.objects.filter(email=address, is_active=True).first() if address else None
        if user is None:
            messages.error(
                request, _("Nobody here has that address, or it is not verified. Ask an admin of your workspace for an invitation.")
            )
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, user)


def verified_address(sociallogin: SocialLogin) -> str:
    """The folded address that the identity provider says it has verified (OpenID Connect Core, section 5.1), or `""`.

    `email_verified` counts as a JSON boolean only: a text "false" is true to Python.
    """
    claims: Any = sociallogin.account.get_provider_account().get_user_data() or {}
    named = claims.get("email")
    return addresses.fold(named) if claims.get("email_verified") is True and isinstance(named, str) else ""
