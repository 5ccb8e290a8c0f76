"""How allauth opens the door: never to somebody new. New people come by the first page or an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from metwith.workspaces.models import User

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Signing in with a password or passkey."""

    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class ClosedSocialDoor(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Signing in through the organisation's own identity provider (OIDC): known addresses only."""

    @override
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    @override
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect a known user by an address the provider has verified; send everybody else back, saying why."""
        if sociallogin.is_existing or request.user.is_authenticated:
            return
        verified = [known.email.lower() for known in sociallogin.email_addresses if known.verified]
        user = User.objects.filter(email__in=verified, is_active=True).first()
        if user is None:
            messages.error(
                request, _("Nobody here has that address, or it is not verified. Ask an admin of your workspace for an invitation.")
            )
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, user)
