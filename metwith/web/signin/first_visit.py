"""The ways in for people who are not members yet: the first page, the sample, an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST

from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.lib.throttle import Guesses, address_of
from metwith.web.site import first_run
from metwith.web.site.forms import JoinForm, WelcomeForm, refuse
from metwith.workspaces import actions

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from metwith.workspaces.models import Member

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WRONG_LINKS = Guesses("invitation", 30)


@method_decorator(login_not_required, name="dispatch")
class Welcome(View):
    """The first workspace and its owner. Gone as soon as there is one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        if not first_run.needed():
            return redirect("home")
        return _greet(request, WelcomeForm(), 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the workspace and sign its owner in."""
        if not first_run.needed():
            return redirect("home")
        form = WelcomeForm(request.POST)
        if form.is_valid():
            try:
                member = _make_workspace(form.cleaned_data, clock.now())
            except Invalid as error:
                _say(form, error)
            else:
                if member is None:
                    return redirect("home")
                _leave_sample(request)
                _sign_in(request, member)
                return redirect("home")
        return _greet(request, form, 422)


def _greet(request: HttpRequest, form: WelcomeForm, status: int) -> HttpResponse:
    return render(request, "signin/welcome.html", {"form": form}, status=status)


def _say(form: WelcomeForm, error: Invalid) -> None:
    """The verb calls the workspace's name `name`; on this page that is the owner's."""
    refuse(form, Invalid("workspace" if error.field == "name" else error.field, error.message))


@transaction.atomic
def _make_workspace(form: dict[str, Any], now: datetime) -> Member | None:
    """None when somebody else was a moment earlier."""
    first_run.alone()
    if not first_run.needed():
        return None
    member = actions.create_workspace(form["workspace"], form["address"], form["password"], form["name"], now=now)
    actions.change_profile(member, name=form["name"], time_zone=form["time_zone"])
    return member


def _leave_sample(request: HttpRequest) -> None:
    """Whoever came from the sample has seen it: it goes when their own workspace is there."""
    member: Member | None = getattr(request, "member", None)
    if member is not None and member.workspace.sample:
        logout(request)
        actions.delete_workspace(member)


def _sign_in(request: HttpRequest, member: Member) -> None:
    login(request, member.user, backend=BACKEND)


@login_not_required
@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    """Look at the sample workspace as its owner; only before there is a real one, so it opens nobody's data."""
    if first_run.needed():
        _sign_in(request, first_run.offer_sample(request.POST.get("zone", ""), clock.now()))
    return redirect("home")


@method_decorator(login_not_required, name="dispatch")
class Join(View):
    """An invitation's link."""

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whoever tries one link after the other has to wait."""
        if WRONG_LINKS.over(address_of(request)):
            message = _("Too many wrong links came from your address. Try again in a minute.")
            return render(request, "signin/too_late.html", {"message": message}, status=429)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Who invited whom, and the form."""
        return _join(request, token, JoinForm(), 200)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Join, signed in."""
        form = JoinForm(request.POST)
        if form.is_valid() and not request.user.is_authenticated:
            given = form.cleaned_data
            try:
                member = actions.accept_invitation(token, given["name"], given["password"], clock.now())
            except Invalid as error:
                refuse(form, error)
            else:
                actions.change_profile(member, name=given["name"], time_zone=given["time_zone"])
                _sign_in(request, member)
                return redirect("home")
        return _join(request, token, form, 422)


def _join(request: HttpRequest, token: str, form: JoinForm, status: int) -> HttpResponse:
    try:
        invitation = actions.invitation_for(token, clock.now())
    except Invalid as error:
        WRONG_LINKS.wrong(address_of(request))
        return render(request, "signin/too_late.html", {"message": error.message}, status=404)
    inviter = invitation.invited_by.user if invitation.invited_by_id and invitation.invited_by else None
    context = {"form": form, "invitation": invitation, "inviter": inviter or _("Somebody")}
    return render(request, "signin/join.html", context, status=status)
