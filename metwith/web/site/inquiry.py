"""The page that watches while a worker asks an outside server, and what every page does that wants to know something from outside.

No view asks by itself (lib/net/outgoing.py): it leaves an inquiry, leads here, and from here to where the answer is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from metwith.calendars.inquiries.answers import answer_of, give_back, request_of
from metwith.calendars.models import Inquiry
from metwith.engine import inquiries
from metwith.engine.inquiries import Busy
from metwith.lib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from metwith.calendars.inquiries.questions import Failure
    from metwith.web.site.members import MemberRequest

Kind = Inquiry.Kind
State = Inquiry.State

SOON = timedelta(seconds=10)
"""So long nothing is said about why it takes long."""
STARTS = {
    Kind.TRY: "connect",
    Kind.ARRIVE: "connect",
    Kind.RECONNECT: "accounts",
    Kind.PREVIEW: "connect-preview",
    Kind.MISSING: "missing",
    Kind.CHECK_CLIENT: "clients",
    Kind.CHECK_ORGANISATION: "organisation",
    Kind.FAREWELL: "accounts",
}
"""The page where an inquiry begins, by name."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One step."""

    label: str
    state: str
    """`now`, `done` or `failed`."""


@dataclass(frozen=True, slots=True)
class FetchedAnswer:
    """An answer, with what was asked; gone from where it lay."""

    asked: Any
    answer: Any
    steps: list[tuple[str, str, bool]]

    def ticks(self, failed: str = "") -> tuple[Tick, ...]:
        """The steps; `failed` is the key of the one that did not work."""
        return tuple(Tick(label, "failed" if key == failed else "done" if done else "now") for key, label, done in self.steps)


def session_of(request: MemberRequest) -> str:
    """The digest of the session that asks."""
    return inquiries.session_digest(request.session.session_key)


def onward(request: MemberRequest, url: str) -> HttpResponse:
    """To another page, with scripts or without."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def ask(request: MemberRequest, kind: Inquiry.Kind, asked: object, *, landing: str, hosts: Iterable[str] = ()) -> HttpResponse:
    """Leave an inquiry; then to the page that watches it. Where another goes on, there, with a word about it."""
    try:
        return put(request, kind, asked, landing=landing, hosts=hosts)
    except Busy as busy:
        messages.warning(request, busy.message)
        return onward(request, reverse("asked", args=[busy.under_way.pk]) if busy.under_way else reverse(STARTS[kind]))


def put(request: MemberRequest, kind: Inquiry.Kind, asked: object, *, landing: str, hosts: Iterable[str] = ()) -> HttpResponse:
    """The same for a page that says itself that it cannot be asked now. Raises Busy."""
    row = inquiries.ask_worker(Inquiry, request.member, session_of(request), kind, asked, now=clock.now(), landing=landing, hosts=hosts)
    return onward(request, reverse("asked", args=[row.pk]))


def in_words(failure: Failure) -> dict[str, str]:
    """Why something did not come about, as templates show it."""
    if failure.refusal:
        return {"message": failure.message, "advice": failure.advice, "detail": ""}
    return {"message": _(failure.message), "advice": failure.advice and _(failure.advice), "detail": failure.detail}


def has(request: MemberRequest, kind: Inquiry.Kind) -> bool:
    """Whether one of a kind is under way, or was answered and not shown yet."""
    return inquiries.latest(Inquiry, request.member, session_of(request), kind, clock.now()) is not None


def fetch(request: MemberRequest, kind: Inquiry.Kind) -> FetchedAnswer | HttpResponse:
    """The answer, for the page that shows it; or where to go instead."""
    row = inquiries.latest(Inquiry, request.member, session_of(request), kind, clock.now())
    if row is None:
        return _over(request, reverse(STARTS[kind]))
    if row.state not in inquiries.ENDED:
        return onward(request, reverse("asked", args=[row.pk]))
    inquiries.discard(row)
    if row.state == State.BROKEN:
        give_back(row)
        messages.error(request, _("That did not work, by a defect of Metwith. Whoever runs this server finds the place in its log."))
        return onward(request, reverse(STARTS[kind]))
    return FetchedAnswer(request_of(row), answer_of(row), row.steps)


def _over(request: MemberRequest, url: str) -> HttpResponse:
    messages.info(request, _("That was shown already, or more than ten minutes ago, and is not kept longer. Please ask once more."))
    return onward(request, url)


@never_cache
@require_safe
def watch(request: MemberRequest, inquiry_id: int) -> HttpResponse:
    """How far it is. Asks for itself again, with scripts and without, and leads on when there is an answer."""
    row = inquiries.find(Inquiry, request.member, session_of(request), inquiry_id, clock.now())
    if row is None and request.htmx:
        # Mostly a look that was on its way when the answer was fetched: it must not lead away from there.
        return render(request, "site/inquiry/over.html")
    if row is None:
        return _over(request, reverse("accounts"))
    if row.state in inquiries.ENDED:
        return onward(request, row.landing)
    ticks = [Tick(label, "done" if done else "now") for _key, label, done in row.steps]
    context = {"inquiry": row, "title": _title(row.kind), "ticks": ticks, "words": _words(row)}
    return render(request, "site/inquiry/state.html" if request.htmx else "site/inquiry/page.html", context)


@require_POST
def give_up(request: MemberRequest, inquiry_id: int) -> HttpResponse:
    """Not wanted any more."""
    row = inquiries.find(Inquiry, request.member, session_of(request), inquiry_id, clock.now())
    if row is None:
        return _over(request, reverse("accounts"))
    give_back(row)
    inquiries.give_up(row)
    messages.success(request, _("Given up. Nothing of it is kept."))
    return redirect(STARTS[Kind(row.kind)])


def _title(kind: str) -> str:
    return {
        Kind.ARRIVE: _("Reading the list of your calendars…"),
        Kind.PREVIEW: _("Looking at your calendar…"),
        Kind.MISSING: _("Looking in your calendars…"),
        Kind.CHECK_CLIENT: _("Checking…"),
        Kind.CHECK_ORGANISATION: _("Checking…"),
        Kind.FAREWELL: _("Giving the permission back…"),
    }.get(Kind(kind), _("Trying to connect…"))


def _words(row: Inquiry) -> str:
    """Why it takes long, as soon as it does."""
    if clock.now() - row.asked_at < SOON:
        return ""
    if row.state == State.RUNNING:
        return _("The server takes its time. After 90 seconds Metwith gives up and says so.")
    if inquiries.somebody_works():
        return _("Others come first. It begins by itself, as soon as it is its turn.")
    return _(
        "Nothing is at work in the background, so it cannot begin. Whoever runs this server starts it with “metwith worker”; "
        "“metwith serve” does so by itself."
    )
