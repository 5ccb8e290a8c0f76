"""Connecting calendars: type, try, choose, go. What was typed lies sealed until it was tried (asked, accounts_carry)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from metwith.calendars.inquiries.questions import Carried, Typed
from metwith.engine.inquiries import Busy
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.web.accounts import pending as carry
from metwith.web.accounts.forms import CalDavForm, ChooseForm, FeedForm
from metwith.web.accounts.oauth import ways
from metwith.web.accounts.preview import lead_on, too_late
from metwith.web.accounts.sharing import cards
from metwith.web.site import inquiry
from metwith.web.site.forms import refuse
from metwith.web.site.words import provider_label

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest

FORMS: dict[str, type[CalDavForm | FeedForm]] = {"caldav": CalDavForm, "ics": FeedForm}


@require_safe
def connect(request: MemberRequest) -> HttpResponse:
    """The ways in."""
    return render(request, "accounts/connect.html", {"ways": ways(request.member)})


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def typed(request: MemberRequest, provider: str) -> HttpResponse:
    """The first page. What was typed is tried by a worker; the page that it leads to shows each step as it happens."""
    if request.method != "POST":
        return _form_page(request, provider, FORMS[provider](initial={"address": request.member.user.email}))
    form = FORMS[provider](request.POST)
    if not form.is_valid():
        return _form_page(request, provider, form, status=422)
    data = form.cleaned_data
    what = Typed(provider, data["address"], data.get("server", ""), data.get("username", ""), data["secret"])
    try:
        return inquiry.put(request, inquiry.Kind.TRY, what, landing=reverse("connect-tried"), hosts=(what.host,))
    except Busy as busy:
        watch = reverse("asked", args=[busy.under_way.pk]) if busy.under_way else ""
        return _form_page(request, provider, form, status=422, busy=busy.message, watch=watch)


@never_cache
@require_safe
def tried(request: MemberRequest) -> HttpResponse:
    """What became of it: on to the choices, or the form again with what was typed, but for the secret, and what went wrong on top."""
    got = inquiry.fetch(request, inquiry.Kind.TRY)
    if not isinstance(got, inquiry.FetchedAnswer):
        return got
    if got.answer.found:
        carry.put(request, Carried(got.answer.found), clock.now())
        return redirect("connect-choose")
    what, failure = got.asked, got.answer.failure
    kept = {"address": what.address, "server": what.server, "username": what.username}
    if failure.refusal:
        form = FORMS[what.provider](kept, initial=kept)
        form.errors.clear()
        refuse(form, Invalid(failure.field, failure.message))
        return _form_page(request, what.provider, form, status=422, unfold=not what.server)
    told = inquiry.in_words(failure)
    form = FORMS[what.provider](initial=kept)
    return _form_page(request, what.provider, form, status=422, failure=told, ticks=got.ticks(failure.step), unfold=not what.server)


def _form_page(request: MemberRequest, provider: str, form: forms.Form, status: int = 200, **shown: Any) -> HttpResponse:
    folded = [form[name] for name in ("server", "username") if name in form.fields]
    context = {
        "provider": provider,
        "form": form,
        "plain_fields": [field for field in form if field not in folded],
        "folded_fields": folded,
        "unfolded": shown.get("unfold") or any(field.errors or field.value() for field in folded),
    }
    piece = "#typing" if request.htmx else ""
    return render(request, f"accounts/{provider}.html{piece}", context | shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: MemberRequest) -> HttpResponse:
    """The second page: which calendars, what colleagues see, new contacts or not. What was chosen before stands there again."""
    what = carry.carried(request, clock.now())
    if what is None:
        return too_late(request)
    initial = what.chosen or {
        "calendars": [c.id for c in what.calendars if c.primary],
        "sharing": request.member.workspace.sharing_default,
    }
    form = ChooseForm(request.POST if request.method == "POST" else None, initial=initial, calendars=what.calendars)
    if form.is_valid():
        return lead_on(request, what, form.cleaned_data)
    piece = "#choosing" if request.htmx else ""
    return render(
        request,
        f"accounts/choose.html{piece}",
        _choices(form, what) | cards(request.member, form["sharing"].value()),
        status=422 if form.is_bound else 200,
    )


def _choices(form: ChooseForm, what: Carried) -> dict[str, Any]:
    ticked = set(form["calendars"].value() or ())
    return {
        "form": form,
        "address": what.address,
        "provider_label": provider_label(what.provider),
        "more_calendars": what.found.more_calendars,
        "more_addresses": what.found.more_addresses,
        "calendars": [(calendar, calendar.id in ticked) for calendar in what.calendars if calendar.readable],
    }
