"""A fresh sign-in: what changes how somebody signs in, or hands out a key, is done by whoever has just shown who they are.

A borrowed browser has a session; it has no password, second factor or passkey. Shown counts for `LASTS`, in that session alone. Who has neither
password nor second factor shows it at the identity provider (web/signin/reauthentication_pages.py). What was sent meanwhile lies sealed in the session.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from metwith.lib import clock, secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import User

LASTS = timedelta(minutes=10)
LONGEST = 64_000
"""Of a form that is kept while its sender signs in, in characters."""
MARK = "needs_fresh_sign_in"
"""An attribute of each view that is guarded: tests/web/site/test_reauthentication.py walks them."""
_SHOWN, _HELD = "fresh-sign-in", "held-form"
_LOOKING = {"GET", "HEAD", "OPTIONS"}


def note(request: HttpRequest, user: User) -> None:
    """They have just shown who they are, in this session."""
    request.session[_SHOWN] = [user.pk, clock.now().isoformat()]


def is_fresh(request: HttpRequest) -> bool:
    """Whether they did so within `LASTS`."""
    user, at = request.session.get(_SHOWN) or (0, "")
    return bool(at) and user == request.user.pk and recent(datetime.fromisoformat(at))


def recent(at: datetime) -> bool:
    """Within `LASTS`, and not in the future."""
    return timedelta() <= clock.now() - at <= LASTS


def fresh_sign_in[View: Callable[..., HttpResponseBase]](view: View) -> View:
    """A view that acts for whoever has just shown who they are. Looking is free; what else is sent waits until they did."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.method in _LOOKING or is_fresh(request) else _ask(request)

    setattr(guarded, MARK, True)
    return cast("View", guarded)


def fresh_page[View: Callable[..., HttpResponseBase]](view: View) -> View:
    """The same for a page that shows a secret, or begins what its form ends: looking needs it too. Strangers are the page's own affair."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if is_fresh(request) or not request.user.is_authenticated else _ask(request)

    setattr(guarded, MARK, True)
    return cast("View", guarded)


def _ask(request: MemberRequest) -> HttpResponse:
    ways = get_adapter().get_reauthentication_methods(request.user)
    if not ways:
        return render(request, "account/no_way.html", status=403)
    there = request.get_full_path()
    if request.method not in _LOOKING:
        _hold(request)
        there = reverse("carry_on")
    way = f"{ways[0]['url']}?{urlencode({REDIRECT_FIELD_NAME: there})}"
    # A part of a page cannot show the whole one.
    return HttpResponseClientRedirect(way) if getattr(request, "htmx", False) else redirect(way)


def _hold(request: MemberRequest) -> None:
    """Keep what was sent: for this member, once and for `LASTS`. What is too long is not kept."""
    fields = [(name, text) for name, texts in request.POST.lists() if name != "csrfmiddlewaretoken" for text in texts]
    form = {"member": request.member.pk, "at": clock.now().isoformat(), "path": request.get_full_path(), "fields": fields}
    text = json.dumps(form)
    request.session.pop(_HELD, None)
    if len(text) <= LONGEST and not request.FILES:
        request.session[_HELD] = secrets.encrypt(request.member.workspace_id, text)


def held_form(request: MemberRequest) -> tuple[str, list[tuple[str, str]]] | None:
    """Where a form was sent and what was in it, once; None when there is none, or it is too old or somebody else's."""
    sealed = request.session.pop(_HELD, "")
    try:
        form = json.loads(secrets.decrypt(request.member.workspace_id, sealed))
    except (secrets.KeyWrong, ValueError):
        return None
    if form["member"] != request.member.pk or not recent(datetime.fromisoformat(form["at"])):
        return None
    return form["path"], [cast("tuple[str, str]", (name, text)) for name, text in form["fields"]]
