"""Before anything is stored: what would come in, and then connect, change or cancel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from metwith.accounts.oauth.services import KEYS
from metwith.calendars.actions import connect
from metwith.calendars.inquiries import farewell
from metwith.calendars.inquiries.questions import Carried, ToPreview
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.web.accounts import pending as carry
from metwith.web.accounts.oauth import permission_words
from metwith.web.calendar.rows import RowContext, past_groups, upcoming_groups
from metwith.web.calendar.words import zone_of
from metwith.web.site import inquiry
from metwith.web.site.ways_in import going_on
from metwith.web.site.words import dropped, provider_label

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.calendars.transparency.preview import Look
    from metwith.web.site.members import MemberRequest


def lead_on(request: MemberRequest, what: Carried, chosen: dict[str, Any]) -> HttpResponse:
    """From the choices to the preview of what they would bring."""
    what = replace(what, chosen=chosen)
    carry.put(request, what, clock.now())
    return _ask(request, what)


def _ask(request: MemberRequest, what: Carried) -> HttpResponse:
    assert what.chosen is not None
    question = ToPreview(what.found, tuple(what.chosen["calendars"]), what.chosen["sharing"])
    # The services' own servers are no member's to name.
    hosts = () if what.provider in KEYS else (connect.outside_server(what.found),)
    return inquiry.ask(request, inquiry.Kind.PREVIEW, question, landing=reverse("connect-preview"), hosts=hosts)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: MemberRequest) -> HttpResponse:
    """What would come in; posted, it may. One may connect without having looked."""
    what = carry.carried(request, clock.now())
    if what is None:
        return too_late(request)
    if what.chosen is None:
        return redirect("connect-choose")
    if request.method == "POST":
        return _connect(request, what, what.chosen)
    context: dict[str, Any] = {"address": what.address, "provider_label": provider_label(what.provider)}
    if inquiry.has(request, inquiry.Kind.PREVIEW):
        got = inquiry.fetch(request, inquiry.Kind.PREVIEW)
        if not isinstance(got, inquiry.FetchedAnswer):
            return got
        seen = got.answer
        context |= {"failure": inquiry.in_words(seen.failure)} if seen.failure else shown(request, seen.look)
    return render(request, "accounts/preview.html", context)


@require_POST
def look_again(request: MemberRequest) -> HttpResponse:
    """The look once more."""
    what = carry.carried(request, clock.now())
    if what is None or what.chosen is None:
        return too_late(request)
    return _ask(request, what)


@require_POST
def cancel(request: MemberRequest) -> HttpResponse:
    """Leave nothing behind, here and, where there is a way, at the provider. Who just goes away has the same done ten minutes later."""
    what = carry.carried(request, clock.now())
    carry.forget(request, clock.now())
    messages.success(request, _("Nothing was connected, and nothing was kept."))
    if what is None or what.provider not in KEYS:
        return redirect("connect")
    return inquiry.ask(
        request, inquiry.Kind.FAREWELL, farewell.declined(request.member.workspace_id, what.found), landing=reverse("connect-left")
    )


@never_cache
@require_safe
def left(request: MemberRequest, to: str) -> HttpResponse:
    """What became of a permission that was given back; then on to the page `to`."""
    got = inquiry.fetch(request, inquiry.Kind.FAREWELL)
    if not isinstance(got, inquiry.FetchedAnswer):
        return got
    if got.answer.revoked is not None:
        messages.info(request, permission_words(got.asked.provider, revoked=got.answer.revoked))
    return redirect(to)


def too_late(request: MemberRequest) -> HttpResponse:
    """Back to the beginning."""
    messages.info(request, _("That was more than ten minutes ago, and passwords are not kept longer. Please type it once more."))
    return inquiry.onward(request, reverse("connect"))


def _connect(request: MemberRequest, what: Carried, chosen: dict[str, Any]) -> HttpResponse:
    try:
        with going_on(request):
            connect.keep_connection(request.member, what.found, now=clock.now(), **chosen)
    except Invalid as wrong:
        messages.error(request, wrong.message)
        return redirect("connect-choose")
    carry.forget(request, clock.now())
    messages.success(request, _("Connected. The first meetings appear within seconds."))
    return redirect("met")


def shown(request: MemberRequest, look: Look) -> dict[str, Any]:
    """A look, in words and in the rows of the Calendar tab, but for their links: there is nothing yet to open."""
    context = RowContext(zone_of(request.member.user.time_zone), clock.now(), links=False)
    reasons = dropped(look.dropped)
    return {
        "look": look,
        "reasons": reasons,
        "left_out": sum(reason.count for reason in reasons),
        "sides": [
            {"own": True, "upcoming": upcoming_groups(look.own_upcoming, context), "latest": past_groups(look.own_latest, context)},
            {"own": False, "upcoming": upcoming_groups(look.upcoming, context), "latest": past_groups(look.latest, context)},
        ]
        if look.meetings
        else [],
    }
