"""Around a fresh sign-in: the way to the identity provider for who has nothing else, and back to what was being done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from metwith.web.site import reauthentication

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest, HttpResponse

    from metwith.web.site.members import MemberRequest

AGAIN = "again"
"""In the state of somebody on the way: they are to show who they are, and are signed in already."""


@require_safe
def carry_on(request: MemberRequest) -> HttpResponse:
    """What was sent before the sign-in, to be sent again by its sender: the page that it goes to answers as it always does."""
    form = reauthentication.held_form(request)
    if form is None:
        messages.info(request, _("What you sent could not be kept. Please fill in the form again."))
        return redirect("settings")
    path, fields = form
    return render(request, "account/carry_on.html", {"there": path, "fields": fields})


@require_safe
def by_oidc(request: MemberRequest) -> HttpResponse:
    """What is going to happen, and the link to it: a form could not leave this site (`form-action` of the policy)."""
    there = get_next_redirect_url(request) or reverse("settings")
    go = f"{reverse('reauthenticate_oidc_go')}?{urlencode({REDIRECT_FIELD_NAME: there})}"
    return render(request, "account/again_oidc.html", {"name": _provider(request).name, "go": go})


@require_safe
def by_oidc_go(request: MemberRequest) -> HttpResponse:
    """To the provider, which is to ask for a sign-in again and to say when it was (OpenID Connect Core, section 3.1.2.1)."""
    asked = {"prompt": "login", "max_age": str(int(reauthentication.LASTS.total_seconds()))}
    there = get_next_redirect_url(request) or reverse("settings")
    answer: HttpResponse = _provider(request).redirect(request, process=AuthProcess.REDIRECT, next_url=there, data=AGAIN, auth_params=asked)
    return answer


def came_back(request: HttpRequest, login: SocialLogin) -> None:
    """Believe who came back, if they are who is signed in and the provider has just seen them. Always ends in another page."""
    there = login.state.get("next") or reverse("settings")
    if login.user == request.user and login.is_existing and signed_in_lately(login):
        reauthentication.note(request, login.user)
        raise ImmediateHttpResponse(redirect(there))
    messages.error(
        request,
        _("Your identity provider did not say that you have just signed in there, as who you are here. Try again, or ask who runs it."),
    )
    raise ImmediateHttpResponse(redirect(f"{reverse('reauthenticate_oidc')}?{urlencode({REDIRECT_FIELD_NAME: there})}"))


def signed_in_lately(login: SocialLogin) -> bool:
    """By the identity token's `auth_time` (OpenID Connect Core, section 2). Without one nothing is shown."""
    at = ((login.account.extra_data or {}).get("id_token") or {}).get("auth_time")
    if not isinstance(at, int) or isinstance(at, bool):
        return False
    try:
        return reauthentication.recent(datetime.fromtimestamp(at, UTC))
    except (ValueError, OverflowError, OSError):
        return False


def _provider(request: MemberRequest) -> Any:
    """The one that this member signs in by."""
    known = SocialAccount.objects.filter(user_id=request.user.pk).first()
    try:
        return get_adapter().get_provider(request, provider=known.provider if known else "")
    except SocialApp.DoesNotExist as unknown:
        raise Http404 from unknown
