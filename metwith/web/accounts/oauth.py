"""Connecting at the provider's own sign-in page: away, and back.

All links, no forms: `form-action` of the policy (settings.SECURE_CSP) would stop a form whose answer leads to another site.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from metwith.accounts.models import Account
from metwith.accounts.oauth.clients import client_of
from metwith.accounts.oauth.services import KEYS, MICROSOFT, practising, scope_words, service
from metwith.calendars import oauth_connect
from metwith.calendars.actions import connect
from metwith.calendars.inquiries import farewell
from metwith.calendars.inquiries.questions import Arrived, Carried, Failure, failure_of
from metwith.calendars.models import Inquiry
from metwith.engine import inquiries
from metwith.engine.errors import ConnectFailed
from metwith.lib import clock, secrets
from metwith.lib.errors import Invalid
from metwith.lib.net import outgoing
from metwith.web.accounts import pending as carry
from metwith.web.site import inquiry
from metwith.web.site.members import number
from metwith.web.site.redirects import redirect_address
from metwith.web.site.ways_in import going_on

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.calendars.providers.catalogue import Connected
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

_KEY = "away"


@dataclass(frozen=True, slots=True)
class ConnectWay:
    """A choice on the first page of connecting."""

    label: str
    about: str
    url: str


def ways(member: Member) -> tuple[ConnectWay, ...]:
    """Those that are set up; admins also see what they could set up."""
    found = []
    for key in oauth_connect.offered():
        label = _(service(key).label)
        if client_of(member.workspace_id, key):
            about = _("Sign in there and allow reading. No password is typed here.")
            if practising(key):
                about = _("To try it out: a practice server on this machine stands in for the real one.")
            found.append(ConnectWay(label, about, reverse("connect-oauth", args=[key])))
        elif member.is_admin:
            about = _("Not set up yet. It takes a client id and a secret, which you make once for everybody.")
            found.append(ConnectWay(label, about, f"{reverse('clients')}#{key}"))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody who is at a provider's sign-in page. Lies in the session, encrypted, once and for ten minutes."""

    provider: str
    member: int
    at: str
    redirect: str
    state: str
    verifier: str
    account: int
    """The account that is to be reconnected; 0 for a new one."""


@require_GET
def way(request: MemberRequest, provider: str) -> HttpResponse:
    """What is going to happen, and the link to it."""
    _check(request, provider)
    return _page(request, provider)


@require_GET
def go(request: MemberRequest, provider: str) -> HttpResponse:
    """To the sign-in page."""
    _check(request, provider)
    account = _own(request, provider, number(request.GET.get("account", "")))
    back_to = redirect_address(request, provider)
    leaving = oauth_connect.begin_authorization(request.member, provider, back_to, hint=account.address if account else "")
    now = clock.now().isoformat()
    away = Away(provider, request.member.pk, now, back_to, leaving.state, leaving.verifier, account.pk if account else 0)
    request.session[_KEY] = secrets.encrypt(request.member.workspace_id, json.dumps(asdict(away)))
    return redirect(leaving.url)


@require_GET
def back(request: MemberRequest, provider: str) -> HttpResponse:
    """From the sign-in page: with a code, or with the reason why not."""
    away = _taken(request, provider)
    if away is None:
        _check(request, provider)
        message = _("That took longer than ten minutes, or it was begun in another window.")
        return _page(request, provider, failed=Failure(message, advice=_("Please begin again."), refusal=True))
    try:
        if "error" in request.GET or "code" not in request.GET:
            raise oauth_connect.sign_in_refused(request.GET.get("error", ""), request.GET.get("error_description", ""))
        # The one thing that a page asks of an outside server by itself: the code is good for moments, and for this browser.
        with outgoing.allowed():
            grant = oauth_connect.exchange(
                request.member, provider, away.redirect, code=request.GET["code"], verifier=away.verifier, now=clock.now()
            )
    except (ConnectFailed, Invalid) as problem:
        return _page(request, provider, account_id=away.account, failed=failure_of(problem))
    landing = reverse("connect-oauth-arrived", args=[provider])
    return inquiry.ask(request, inquiry.Kind.ARRIVE, Arrived(provider, grant.dump(), away.account), landing=landing)


@never_cache
@require_GET
def arrived(request: MemberRequest, provider: str) -> HttpResponse:
    """What the permission opens: on to the choice of calendars, or to the account that is mended."""
    _check(request, provider)
    got = inquiry.fetch(request, inquiry.Kind.ARRIVE)
    if not isinstance(got, inquiry.FetchedAnswer):
        return got
    account_id, failed = got.asked.account_id, got.answer.failure
    try:
        if not failed:
            return _onward(request, got.answer.found, account_id)
    except Invalid as wrong:
        failed = failure_of(wrong)
    unused = farewell.unused(request.member.workspace_id, provider, got.asked.grant)
    inquiries.leave_word(Inquiry, request.member.workspace_id, inquiry.Kind.FAREWELL, unused, clock.now())
    return _page(request, provider, account_id=account_id, failed=failed)


def _onward(request: MemberRequest, connected: Connected, account_id: int) -> HttpResponse:
    now = clock.now()
    if account_id:
        with going_on(request):
            connect.reconnect_granted(request.member, account_id, connected, now)
        messages.success(request, _("Connected again. What changed meanwhile is being read now."))
        return redirect("account", account_id)
    carry.put(request, Carried(connected), now)
    return redirect("connect-choose")


def _taken(request: MemberRequest, provider: str) -> Away | None:
    """Who went away from here with this very state; at once forgotten, so that it is good once."""
    sealed = request.session.pop(_KEY, "")
    try:
        away = Away(**json.loads(secrets.decrypt(request.member.workspace_id, sealed)))
    except (secrets.KeyWrong, ValueError):
        return None
    fits = hmac.compare_digest(away.state.encode(), request.GET.get("state", "").encode())
    in_time = clock.now() - datetime.fromisoformat(away.at) <= carry.VALID
    return away if fits and in_time and (away.provider, away.member) == (provider, request.member.pk) else None


def _check(request: MemberRequest, provider: str) -> None:
    if provider not in oauth_connect.offered() or client_of(request.member.workspace_id, provider) is None:
        raise Http404


def _own(request: MemberRequest, provider: str, account_id: int) -> Account | None:
    if not account_id:
        return None
    mine = Account.objects.of(request.member.workspace_id).filter(member=request.member, provider=provider, pk=account_id)
    if (account := mine.first()) is None:
        raise Http404
    return account


def _page(request: MemberRequest, provider: str, *, account_id: int = 0, failed: Failure | None = None) -> HttpResponse:
    needed = service(provider).needed
    left_out = [_(scope_words(scope)) for scope in needed if failed and scope in failed.detail.split()]
    context = {
        "label": _(service(provider).label),
        "scopes": [_(scope_words(scope)) for scope in needed],
        "go": reverse("connect-oauth-go", args=[provider]) + (f"?account={account_id}" if account_id else ""),
        "failure": failed and inquiry.in_words(failed) | {"left_out": left_out},
    }
    return render(request, "accounts/oauth.html", context, status=422 if failed else 200)


def permission_words(provider: str, *, revoked: bool) -> str:
    """What became of the permission at the provider when an account was disconnected; empty where there is none."""
    if provider not in KEYS:
        return ""
    there = service(provider)
    if revoked:
        return _("The permission was taken back at %(provider)s too.") % {"provider": _(there.label)}
    words = {"provider": _(there.label), "page": there.own_page}
    if provider == MICROSOFT:
        return _("%(provider)s lets only you take the permission back; you can do so at %(page)s.") % words
    return _("%(provider)s still lists the permission; you can take it back at %(page)s.") % words
