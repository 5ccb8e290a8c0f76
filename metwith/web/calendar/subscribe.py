"""A record's meetings in a member's own calendar program: subscribing, revoking that, and what the address answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import parse_etags
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST, require_safe

from metwith.calendars.exports import subscribe
from metwith.lib import clock
from metwith.lib.throttle import SECONDS, Guesses, address_of
from metwith.web.calendar import origin
from metwith.web.site.members import or_404
from metwith.web.site.reauthentication import fresh_sign_in

if TYPE_CHECKING:
    from django.http import HttpRequest

    from metwith.records.kinds import Kind
    from metwith.web.site.members import MemberRequest

WRONG_ADDRESSES = Guesses("calendar-address", 60)


@method_decorator(fresh_sign_in, name="dispatch")
class Subscribe(View):
    """Make an address for one record."""

    def get(self, request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
        """What it is, and the button."""
        return self.page(request, kind, record_id)

    def post(self, request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
        """Make one and show it, in this very answer and never again."""
        record = origin.find(request.member, kind, record_id)
        secret = subscribe.subscribe(request.member, kind, record.pk, now=clock.now())
        return self.page(request, kind, record_id, request.build_absolute_uri(reverse("subscribed", args=[secret])))

    @staticmethod
    def page(request: MemberRequest, kind: Kind, record_id: int, fresh: str = "") -> HttpResponse:
        """The page; `fresh` is an address that was just made."""
        record = origin.find(request.member, kind, record_id)
        context = {
            "record": record,
            "back": origin.page(kind, record.pk),
            "fresh": fresh,
            "open": f"webcal://{fresh.partition('://')[2]}" if fresh else "",
        }
        return render(request, "calendar/subscribe.html", context)


@require_POST
def revoke(request: MemberRequest, subscription_id: int) -> HttpResponse:
    """End an address."""
    with or_404():
        subscribe.unsubscribe(request.member, subscription_id)
    messages.success(request, _("The address no longer works."))
    return redirect("tokens")


@login_not_required
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """What a calendar program reads. Only the address counts: cookies and API tokens of whoever asks change nothing.

    An address that never was, one that was revoked, and one whose record or member is gone are told apart by nobody.
    """
    asker, now = address_of(request), clock.now()
    if WRONG_ADDRESSES.over(asker):
        return _plain("Too many wrong addresses. Try again in a minute.\n", 429, {"Retry-After": str(SECONDS)})
    held = subscribe.held_by(secret)
    if held is None:
        WRONG_ADDRESSES.wrong(asker)
    found = subscribe.open_subscription(held, now) if held else None
    if found is None:
        return _plain("There is no calendar at this address.\n", 404, {})
    with override(found.member.user.language or get_language()):
        text = subscribe.subscribed_calendar(found, now)
    etag = subscribe.etag_of(text, secret)
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponseNotModified(headers={"ETag": etag})
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers={"ETag": etag})


def _plain(text: str, status: int, headers: dict[str, str]) -> HttpResponse:
    """For programs, which show nobody a page."""
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status, headers=headers)
