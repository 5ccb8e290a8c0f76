"""Before every page: who is asking, in which language and zone, and whether they may come in at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.views import redirect_to_login
from django.db import connection
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django_htmx.http import HttpResponseClientRedirect

from metwith.lib.errors import Invalid, NotAllowed
from metwith.lib.net import outgoing
from metwith.web.site import first_run
from metwith.workspaces.queries import membership

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    from metwith.web.site.members import HtmxRequest
    from metwith.workspaces.models import Member

OURS = "metwith.web"


class MemberMiddleware:
    """Sets `request.member` (None for strangers) and closes every view of ours to strangers.

    A view that strangers may see says so with Django's `login_not_required`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Everything of the request happens in the member's language and zone."""
        member = membership(request.user) if request.user.is_authenticated else None
        request.member = member  # type: ignore[attr-defined]  # see members.MemberRequest
        if member is None:
            return self.get_response(request)
        with timezone.override(zone_of(member)), translation.override(member.user.language or translation.get_language()):
            return self.get_response(request)

    def process_view(self, request: HtmxRequest, view: Callable[..., Any], _args: Any, _kwargs: Any) -> HttpResponseBase | None:
        """A way in for strangers, or nothing when the page may be shown."""
        if request.member is not None:  # type: ignore[attr-defined]
            return None
        if view.__module__.startswith("allauth.account") and first_run.nobody_yet():
            return redirect("welcome")
        if view.__module__.startswith(OURS) and getattr(view, "login_required", True):
            return _turned_away(request)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """A verb's refusal that no form caught becomes a page with its words."""
        if not getattr(request.resolver_match, "route", "").startswith("api/"):
            if isinstance(error, NotAllowed):
                return render(request, "403.html", {"exception": error.message}, status=403)
            if isinstance(error, Invalid):
                return render(request, "site/refused.html", {"message": error.message}, status=400)
        return None


class PrivateMiddleware:
    """Answers are for who asked, and for now: no cache on the way keeps them, and no browser for whoever sits down there next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Whatever has not said for itself how it is kept is not kept; and nothing is asked of others meanwhile."""
        with outgoing.closed():
            response = self.get_response(request)
        # Everything is in memory (web/site/files.py): while it is sent, however slowly, the database's connection is another's.
        if not connection.in_atomic_block:
            connection.close()
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def zone_of(member: Member) -> ZoneInfo:
    """The viewer's zone; UTC when a newer zone database no longer knows it."""
    try:
        return ZoneInfo(member.user.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _turned_away(request: HtmxRequest) -> HttpResponseBase:
    if first_run.needed():
        return redirect("welcome")
    if request.user.is_authenticated:
        return render(request, "signin/no_workspace.html", status=403)
    htmx = request.htmx
    way_in = redirect_to_login((htmx.current_url_abs_path if htmx else None) or request.get_full_path())
    return HttpResponseClientRedirect(way_in.url) if htmx else way_in
