"""Before anything is stored: what would come in, and then connect, change or cancel."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from metwith.accounts.oauth.services import KEYS
from metwith.calendars import actions, signing_in
from metwith.calendars.privacy.preview import look
from metwith.calendars.providers.port import ProviderError
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.web import accounts_carry as carry
from metwith.web.accounts_oauth import permission_words
from metwith.web.accounts_words import dropped, provider_label
from metwith.web.calendar_rows import Eyes, past_groups, upcoming_groups
from metwith.web.calendar_words import zone_of
from metwith.web.ways_in import going_on

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.calendars.privacy.preview import Look
    from metwith.web.members import MemberRequest

WAIT = "wait"
"""In the address: the page comes at once and asks for the rest itself, which takes scripts."""


def lead_on(request: MemberRequest, what: carry.Typed, chosen: dict[str, Any]) -> HttpResponse:
    """From the choices to the preview of what they would bring."""
    carry.put(request, replace(what, chosen=chosen), clock.now())
    there = reverse("connect-preview")
    return HttpResponseClientRedirect(f"{there}?{WAIT}") if request.htmx else redirect(there)  # type: ignore[attr-defined]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: MemberRequest) -> HttpResponse:
    """What would come in; posted, it may."""
    what = carry.held(request, clock.now())
    if what is None or what.calendars is None:
        return too_late(request)
    if what.chosen is None:
        return redirect("connect-choose")
    if request.method == "POST":
        return _connect(request, what, what.chosen)
    context = {"address": what.address, "provider_label": provider_label(what.provider)}
    looked = {} if WAIT in request.GET else _looked(request, what, what.chosen)
    return render(request, "accounts/preview.html", context | looked)


@never_cache
@require_safe
def result(request: MemberRequest) -> HttpResponse:
    """The look itself, asked for by the page that came at once."""
    what = carry.held(request, clock.now())
    if what is None or what.calendars is None or what.chosen is None:
        return too_late(request)
    return render(request, "accounts/look.html", _looked(request, what, what.chosen))


@require_POST
def cancel(request: MemberRequest) -> HttpResponse:
    """Leave nothing behind, here and, where there is a way, at the provider."""
    # However late: what was allowed is given back.
    what = carry.held(request, clock.now(), timedelta.max)
    carry.forget(request)
    messages.success(request, _("Nothing was connected, and nothing was kept."))
    if what is not None and what.calendars is not None and what.provider in KEYS:
        revoked = signing_in.decline(request.member, what.found)
        if revoked is not None:
            messages.info(request, permission_words(what.provider, revoked=revoked))
    return redirect("connect")


def too_late(request: MemberRequest) -> HttpResponse:
    """Back to the beginning."""
    messages.info(request, _("That was more than ten minutes ago, and passwords are not kept longer. Please type it once more."))
    return HttpResponseClientRedirect(reverse("connect")) if request.htmx else redirect("connect")  # type: ignore[attr-defined]


def _connect(request: MemberRequest, what: carry.Typed, chosen: dict[str, Any]) -> HttpResponse:
    try:
        with going_on(request):
            account = actions.keep(request.member, what.found, now=clock.now(), **chosen)
    except Invalid as wrong:
        messages.error(request, wrong.message)
        return redirect("connect-choose")
    carry.forget(request)
    messages.success(request, _("Connected. The first meetings appear within seconds."))
    return redirect("account", account.pk)


def _looked(request: MemberRequest, what: carry.Typed, chosen: dict[str, Any]) -> dict[str, Any]:
    try:
        found = look(request.member, what.found, chosen["calendars"], chosen["sharing"], clock=clock.now)
    except ProviderError as error:
        return {"failure": {"message": _(error.message), "detail": error.detail}}
    return shown(request, found)


def shown(request: MemberRequest, found: Look) -> dict[str, Any]:
    """A look, in words and in the rows of the Calendar tab, but for their links: there is nothing yet to open."""
    eyes = Eyes(zone_of(request.member.user.time_zone), clock.now(), links=False)
    reasons = dropped(found.dropped)
    return {
        "look": found,
        "reasons": reasons,
        "left_out": sum(reason.count for reason in reasons),
        "upcoming": upcoming_groups(found.upcoming, eyes),
        "latest": past_groups(found.latest, eyes),
    }
