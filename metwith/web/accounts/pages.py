"""Settings → Accounts: what is connected, how it is doing, and the verbs on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from metwith.accounts.models import SharingLevel
from metwith.accounts.oauth.clients import client_of
from metwith.accounts.oauth.services import KEYS
from metwith.calendars.account_status import account_overview, in_first_reading, own_accounts
from metwith.calendars.actions import choose, connect
from metwith.calendars.actions import share as sharing
from metwith.calendars.actions.undo_contacts import made_by
from metwith.calendars.delegation import enrolment
from metwith.calendars.inquiries.questions import Again
from metwith.calendars.models import Calendar, Inquiry, NewPeople
from metwith.calendars.reads import numbers
from metwith.calendars.retained import retained
from metwith.engine import inquiries
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.web.accounts.forms import DisconnectForm, ReconnectForm, SharingForm
from metwith.web.accounts.oauth import permission_words
from metwith.web.accounts.sharing import cards
from metwith.web.calendar.words import moment, since, zone_of
from metwith.web.site import inquiry
from metwith.web.site.forms import refuse
from metwith.web.site.members import number
from metwith.web.site.words import Counted, counted, provider_label

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from metwith.calendars.account_status import AccountView, CalendarView
    from metwith.calendars.inquiries.farewell import Farewell
    from metwith.web.site.members import MemberRequest


@require_safe
def accounts(request: MemberRequest) -> HttpResponse:
    """All accounts the member may see: their own first."""
    views = account_overview(request.member, now=clock.now(), everybody=True)
    context = {
        "own": [_context(request, v) for v in views if v.mine],
        "others": [_context(request, v) for v in views if not v.mine],
        "notices": [enrolment.told_in_words(row) for row in enrolment.untold(request.member)],
    }
    return render(request, "accounts/accounts.html", context)


@require_safe
def account(request: MemberRequest, account_id: int) -> HttpResponse:
    """One account with its calendars."""
    return _page(request, _find(request, account_id))


@require_safe
def state(request: MemberRequest, account_id: int) -> HttpResponse:
    """How its calendars are doing: asks for itself again while something is being read."""
    return render(request, "accounts/state.html", _in_numbers(request, _find(request, account_id)))


@require_POST
def share(request: MemberRequest, account_id: int) -> HttpResponse:
    """What colleagues see; holds at once, for the past too."""
    _mine(request, account_id)
    form = SharingForm(request.POST)
    if not form.is_valid():
        return _page(request, _find(request, account_id), status=422, problem=_("Choose one of the three."))
    sharing.set_sharing(request.member, account_id, form.cleaned_data["sharing"])
    return _said_at(request, account_id, "sharing", _("Saved. It holds at once, for past meetings too."))


@require_POST
def set_apart(request: MemberRequest, account_id: int) -> HttpResponse:
    """Levels of single calendars; empty means the account's."""
    levels = _mine(request, account_id).values_list("pk", "sharing")
    wanted = {calendar_id: request.POST.get(f"level-{calendar_id}", level) for calendar_id, level in levels}
    try:
        with transaction.atomic():
            for calendar_id, level in wanted.items():
                sharing.set_calendar_sharing(request.member, calendar_id, level)
    except Invalid as wrong:
        return _page(request, _find(request, account_id), status=422, problem=wrong.message)
    return _said_at(request, account_id, "apart", _("Saved. It holds at once, for past meetings too."))


@require_POST
def choose_calendars(request: MemberRequest, account_id: int) -> HttpResponse:
    """Which calendars are read, and whether new people come in with them."""
    known = set(_mine(request, account_id).values_list("pk", flat=True))
    chosen = {number(text) for text in request.POST.getlist("calendars")} & known
    now, before = clock.now(), _settings(request, account_id)
    try:
        # All of it or nothing: a refused choice must not have switched off another calendar.
        with transaction.atomic():
            choose.choose_calendars(request.member, account_id, sorted(chosen), now)
            for calendar_id in sorted(chosen):
                wanted = request.POST.get(f"new_people_{calendar_id}")
                if wanted is not None:
                    choose.set_new_people(request.member, calendar_id, wanted, now=now)
    except Invalid as wrong:
        return _page(request, _find(request, account_id), status=422, problem=wrong.message)
    after = _settings(request, account_id)
    return _said_at(request, account_id, "calendars", _what_changed(before, after))


def _said_at(request: MemberRequest, account_id: int, part: str, words: str) -> HttpResponse:
    """Back to the part of the long page that was changed, which says so."""
    messages.success(request, words, extra_tags=part)
    return redirect(f"{reverse('account', args=[account_id])}#{part}")


def _settings(request: MemberRequest, account_id: int) -> dict[str, tuple[bool, str]]:
    """Of each calendar, by its name, whether it is on, and of whose meetings people are made."""
    rows = _mine(request, account_id).order_by("pk").values_list("name", "enabled", "new_people")
    return {name: (enabled, new_people) for name, enabled, new_people in rows}


def _what_changed(before: Mapping[str, tuple[bool, str]], after: Mapping[str, tuple[bool, str]]) -> str:
    """What will happen now, in words."""
    told = [_("Saved.")]
    for name, (enabled, new_people) in after.items():
        was_on, made = before.get(name, (False, NewPeople.OFF))
        if enabled and not was_on:
            told.append(_("%(name)s is being read.") % {"name": name})
        elif was_on and not enabled:
            told.append(_("%(name)s is off; the meetings that only it knew are gone.") % {"name": name})
        elif enabled and new_people not in {made, NewPeople.OFF}:
            told.append(_("%(name)s is read once more for the people you meet; above it says how many were added.") % {"name": name})
    return " ".join(told)


@require_POST
def sync(request: MemberRequest, account_id: int) -> HttpResponse:
    """Read now."""
    _mine(request, account_id)
    asked = choose.sync_now(request.member, account_id=account_id, now=clock.now())
    if not request.htmx:
        messages.success(request, _("Reading now.") if asked else _("It is being read already."))
        return redirect("account", account_id)
    return render(request, "accounts/state.html", _in_numbers(request, _find(request, account_id)))


@require_POST
def confirm_empty(request: MemberRequest, account_id: int, calendar_id: int) -> HttpResponse:
    """The calendar is empty for a reason: its meetings may go."""
    _calendar(request, account_id, calendar_id)
    choose.confirm_empty(request.member, calendar_id, clock.now())
    messages.success(request, _("Understood. Its meetings are removed with the next reading."))
    return redirect("account", account_id)


@require_POST
def pause(request: MemberRequest, account_id: int, calendar_id: int) -> HttpResponse:
    """Stand still, or go on."""
    _calendar(request, account_id, calendar_id)
    if "resume" in request.POST:
        choose.resume(request.member, calendar_id, clock.now())
    else:
        choose.pause(request.member, calendar_id)
    return redirect("account", account_id)


def _sign_in_again(request: MemberRequest, account: AccountView) -> HttpResponse:
    if client_of(request.member.workspace_id, account.provider) is None:
        messages.error(request, _("This way of connecting is not set up. An admin of the workspace can do it under Settings."))
        return redirect("account", account.id)
    return redirect(f"{reverse('connect-oauth-go', args=[account.provider])}?account={account.id}")


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def reconnect(request: MemberRequest, account_id: int) -> HttpResponse:
    """A new password where the old one no longer opens; where there is none, straight to the provider's sign-in page."""
    found = _find(request, account_id)
    if found.provider in KEYS:
        return _sign_in_again(request, found)
    form = ReconnectForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        landing, again = reverse("account-reconnected", args=[account_id]), Again(account_id, form.cleaned_data["secret"])
        return inquiry.ask(request, inquiry.Kind.RECONNECT, again, landing=landing, hosts=(connect.host_of(request.member, account_id),))
    return _reconnect_page(request, found, form, status=422 if form.is_bound else 200)


@never_cache
@require_safe
def reconnected(request: MemberRequest, account_id: int) -> HttpResponse:
    """What became of a new password."""
    found = _find(request, account_id)
    got = inquiry.fetch(request, inquiry.Kind.RECONNECT)
    if not isinstance(got, inquiry.FetchedAnswer):
        return got
    failure = got.answer.failure
    if failure is None:
        messages.success(request, _("Connected again. What changed meanwhile is being read now."))
        return redirect("account", account_id)
    form = ReconnectForm()
    if failure.refusal:
        form = ReconnectForm({})
        form.errors.clear()
        refuse(form, Invalid(failure.field, failure.message))
    return _reconnect_page(request, found, form, status=422, failure=None if failure.refusal else inquiry.in_words(failure))


def _reconnect_page(request: MemberRequest, account: AccountView, form: ReconnectForm, status: int, **shown: Any) -> HttpResponse:
    if account.provider == "ics":
        form.fields["secret"].label = _("Address of the calendar")
    return render(request, "accounts/reconnect.html", _context(request, account) | {"form": form} | shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: MemberRequest, account_id: int) -> HttpResponse:
    """On a page of its own: what happens to the meetings is a decision."""
    found = _find(request, account_id)
    if found.disconnected and request.POST.get("what") != "purge":
        return redirect("account-purge", account_id)
    form = DisconnectForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        purge = form.cleaned_data["what"] == "purge"
        leaving = connect.disconnect(request.member, account_id, purge=purge, now=clock.now())
        messages.success(request, _("Disconnected, and its meetings were removed.") if purge else _("Disconnected. Its meetings stay."))
        return _say_farewell(request, found, leaving)
    context = _context(request, found) | {"form": form, "signed_in": found.provider in KEYS, "held": retained(request.member, account_id)}
    return render(request, "accounts/disconnect.html", context, status=422 if form.is_bound else 200)


def _say_farewell(request: MemberRequest, account: AccountView, leaving: Farewell | None) -> HttpResponse:
    """To the page that watches how a permission is given back, where there is one."""
    if leaving and not account.delegated:
        return inquiry.ask(request, inquiry.Kind.FAREWELL, leaving, landing=reverse("account-left"))
    if leaving:
        inquiries.leave_word(Inquiry, request.member.workspace_id, inquiry.Kind.FAREWELL, leaving, clock.now())
    elif words := permission_words(account.provider, revoked=False):
        messages.info(request, words)
    return redirect("accounts")


@require_http_methods(["GET", "HEAD", "POST"])
def purge(request: MemberRequest, account_id: int) -> HttpResponse:
    """What was kept when the account was disconnected goes after all. What would go is shown first."""
    found = _find(request, account_id)
    if not found.disconnected:
        return redirect("account-disconnect", account_id)
    if request.method == "POST":
        # Its permission was given back when it was disconnected.
        connect.disconnect(request.member, account_id, purge=True, now=clock.now())
        messages.success(request, _("Its meetings were removed."))
        return redirect("accounts")
    return render(request, "accounts/purge.html", _context(request, found) | {"held": retained(request.member, account_id)})


def _find(request: MemberRequest, account_id: int) -> AccountView:
    """One of the member's own accounts; anybody else's is not found."""
    found = account_overview(request.member, now=clock.now(), account_id=account_id)
    if not found:
        raise Http404
    return found[0]


def _mine(request: MemberRequest, account_id: int) -> QuerySet[Calendar]:
    """The calendars of one of the member's own accounts; anybody else's is not found. Nothing is counted for that."""
    if not own_accounts(request.member).filter(pk=account_id).exists():
        raise Http404
    return Calendar.objects.of(request.member.workspace_id).filter(account_id=account_id)


def _calendar(request: MemberRequest, account_id: int, calendar_id: int) -> None:
    if not _mine(request, account_id).filter(pk=calendar_id).exists():
        raise Http404


def _page(request: MemberRequest, account: AccountView, status: int = 200, **shown: Any) -> HttpResponse:
    context = _in_numbers(request, account)
    made = context["made"]
    context |= cards(request.member, account.sharing, account_id=account.id) | {
        "sharing_levels": SharingLevel.choices,
        "newcomers": [(calendar, *made[calendar.id]) for calendar in account.calendars if calendar.id in made],
    }
    return render(request, "accounts/account.html", context | shown, status=status)


def under_way(calendar: CalendarView, now: datetime) -> bool:
    """It is being read, or its turn has come; or it was not read to its end yet, also between two attempts: worth watching."""
    due = calendar.next_sync_at is not None and calendar.next_sync_at <= now
    return calendar.enabled and not calendar.paused and (calendar.syncing or due or in_first_reading(calendar))


def _needs_reconnecting(calendar: CalendarView, now: datetime) -> bool:
    """Access was lost, and nobody has given it again: what is being tried may have it back."""
    return calendar.enabled and calendar.state == "reconnect" and not under_way(calendar, now)


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """How a calendar is doing, with words beside its facts."""

    view: CalendarView
    last: str
    """The last success: `Today 09:30`; empty when there was none."""
    next: str
    """The next try; empty when there is none."""
    made: tuple[int, int] | None = None
    """How many people and how many companies came of it; None where none did."""
    counted: Counted | None = None
    """Where its numbers are shown."""


def _in_numbers(request: MemberRequest, view: AccountView) -> dict[str, Any]:
    """An account with its words, and with the numbers that its owner's privacy receipt has too."""
    made = made_by(request.member.workspace_id, [calendar.id for calendar in view.calendars])
    found = numbers.of_calendars(request.member.workspace_id, [calendar.id for calendar in view.calendars])
    context = _context(request, view)
    return context | {
        "reading": [
            replace(health, counted=counted(found[health.view.id]), made=made.get(health.view.id)) for health in context["reading"]
        ],
        "made": made,
        "everything": counted(numbers.total([*found.values()])),
        "alone": len(context["reading"]) == len(found) == 1,
    }


def _context(request: MemberRequest, view: AccountView) -> dict[str, Any]:
    """An account with the words that belong to it."""
    zone, now = zone_of(request.member.user.time_zone), clock.now()

    def moment_words(at: datetime | None) -> str:
        return moment(at, zone, now.astimezone(zone).date()) if at else ""

    calendars = [AccountHealth(c, moment_words(c.last_success_at), moment_words(c.next_sync_at)) for c in view.calendars]
    return {
        "account": view,
        "label": provider_label(view.provider),
        "calendars": calendars,
        "reading": [health for health in calendars if health.view.enabled],
        "since": since(view.disconnected_at, zone) if view.disconnected_at else "",
        "may_return": view.disconnected and not view.delegated and not view.is_file,
        "apart": len(view.calendars) > 1 or any(calendar.sharing for calendar in view.calendars),
        "lives": not view.disconnected and not view.is_file,
        "syncing": any(calendar.syncing for calendar in view.calendars),
        "watch": any(under_way(calendar, now) for calendar in view.calendars),
        "broken": None if view.disconnected else next((c for c in view.calendars if _needs_reconnecting(c, now)), None),
        "new_people": NewPeople.choices,
    }
