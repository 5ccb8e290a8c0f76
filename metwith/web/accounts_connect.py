"""Connecting calendars: type, try, choose, go. The first page's password never leaves the session unencrypted (accounts_carry)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from metwith.calendars import actions
from metwith.calendars.providers.port import ConnectFailed
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.web import accounts_carry as carry
from metwith.web.accounts_forms import CalDavForm, ChooseForm, FeedForm
from metwith.web.accounts_oauth import ways
from metwith.web.accounts_preview import lead_on, too_late
from metwith.web.accounts_sharing import cards
from metwith.web.accounts_words import provider_label
from metwith.web.forms import refuse

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from metwith.calendars.vocabulary import RemoteCalendar
    from metwith.web.members import MemberRequest

FORMS: dict[str, type[CalDavForm | FeedForm]] = {"caldav": CalDavForm, "ics": FeedForm}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a connection did not come about, in the words of port.ConnectFailed."""

    message: str
    advice: str
    detail: str


@require_safe
def connect(request: MemberRequest) -> HttpResponse:
    """The ways in."""
    return render(request, "accounts/connect.html", {"ways": ways(request.member)})


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def typed(request: MemberRequest, provider: str) -> HttpResponse:
    """The first page. Without scripts the answer to its form comes when the try is over; with them the steps are shown meanwhile."""
    if request.method != "POST":
        return _form_page(request, provider, FORMS[provider](initial={"address": request.member.user.email}))
    form = FORMS[provider](request.POST)
    if not form.is_valid():
        return _form_page(request, provider, form, status=422)
    data = form.cleaned_data
    what = carry.Typed(provider, data["address"], data.get("server", ""), data.get("username", ""), data["secret"])
    if request.htmx:  # type: ignore[attr-defined]
        carry.forget(request)
        carry.put(request, what, clock.now())
        return render(request, "accounts/trying.html", {"provider": provider, "ticks": ()})
    return _try(request, what, carry.Steps())


@require_POST
def run(request: MemberRequest) -> HttpResponse:
    """The try itself, asked for by the page that shows the steps."""
    what = carry.held(request, clock.now())
    if what is None:
        messages.info(request, _("That took too long. Please type it once more."))
        return HttpResponseClientRedirect(reverse("connect"))
    return _try(request, what, carry.Steps(request))


@require_safe
def steps(request: MemberRequest) -> HttpResponse:
    """The steps so far of the try that runs in another request."""
    return render(request, "accounts/steps.html", {"ticks": carry.watched(request)})


def _try(request: MemberRequest, what: carry.Typed, ticking: carry.Steps) -> HttpResponse:
    try:
        found = actions.try_connection(
            request.member,
            what.provider,
            address=what.address,
            server=what.server,
            username=what.username,
            secret=what.secret,
            on_step=ticking,
            now=clock.now,
        )
    except ConnectFailed as failed:
        failure = Failure(_(failed.message), _(failed.advice), failed.detail)
        return _failed(request, what, ticking.ticks(failed.step), failure=failure)
    except Invalid as wrong:
        return _failed(request, what, ticking.ticks(), wrong=wrong)
    carry.forget(request)
    carry.put(request, carry.Typed.of(found), clock.now())
    choose = reverse("connect-choose")
    return HttpResponseClientRedirect(choose) if request.htmx else redirect(choose)  # type: ignore[attr-defined]


def _failed(
    request: MemberRequest, what: carry.Typed, ticks: tuple[carry.Tick, ...], failure: Failure | None = None, wrong: Invalid | None = None
) -> HttpResponse:
    """The form again with what was typed, but for the secret, and what went wrong on top."""
    carry.forget(request)
    kept = {"address": what.address, "server": what.server, "username": what.username}
    form = FORMS[what.provider](kept, initial=kept) if wrong else FORMS[what.provider](initial=kept)
    if wrong:
        form.errors.clear()
        refuse(form, wrong)
    return _form_page(request, what.provider, form, status=422, failure=failure, ticks=ticks, unfold=not what.server)


def _form_page(request: MemberRequest, provider: str, form: forms.Form, status: int = 200, **shown: Any) -> HttpResponse:
    folded = [form[name] for name in ("server", "username") if name in form.fields]
    context = {
        "provider": provider,
        "form": form,
        "plain_fields": [field for field in form if field not in folded],
        "folded_fields": folded,
        "unfolded": shown.get("unfold") or any(field.errors or field.value() for field in folded),
    }
    piece = "#typing" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"accounts/{provider}.html{piece}", context | shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: MemberRequest) -> HttpResponse:
    """The second page: which calendars, what colleagues see, new contacts or not. What was chosen before stands there again."""
    what = carry.held(request, clock.now())
    if what is None or what.calendars is None:
        return too_late(request)
    initial = what.chosen or {
        "calendars": [c.id for c in what.calendars if c.primary],
        "sharing": request.member.workspace.sharing_default,
    }
    form = ChooseForm(request.POST if request.method == "POST" else None, initial=initial, found=what.calendars)
    if form.is_valid():
        return lead_on(request, what, form.cleaned_data)
    piece = "#choosing" if request.htmx else ""  # type: ignore[attr-defined]
    return render(
        request,
        f"accounts/choose.html{piece}",
        _choices(form, what) | cards(request.member, form["sharing"].value()),
        status=422 if form.is_bound else 200,
    )


def _choices(form: ChooseForm, what: carry.Typed) -> dict[str, Any]:
    found: tuple[RemoteCalendar, ...] = what.calendars or ()
    ticked = set(form["calendars"].value() or ())
    return {
        "form": form,
        "address": what.address,
        "provider_label": provider_label(what.provider),
        "calendars": [(calendar, calendar.id in ticked) for calendar in found if calendar.readable],
    }
