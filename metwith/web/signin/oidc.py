"""On the way to the organisation's own identity provider (OpenID Connect)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_not_required
@require_safe
def away(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider, to sign in and for nothing else.

    The library's own view takes the purpose (`process=connect`), the scope and any further parameter from whoever made the link.
    """
    try:
        provider = OpenIDConnectOAuth2Adapter(request, provider_id).get_provider()
    except SocialApp.DoesNotExist as unknown:
        raise Http404 from unknown
    answer: HttpResponse = provider.redirect(request, process=AuthProcess.LOGIN, next_url=get_next_redirect_url(request))
    return answer
