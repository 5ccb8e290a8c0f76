"""The list of all meetings: what stands on records, and what is one's own. The Calendar tab with another feed (tab.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from metwith.lib import clock
from metwith.web.calendar import origin, tab

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest

PLACE = origin.FeedPage("meetings")


@require_safe
def meetings(request: MemberRequest) -> HttpResponse:
    """The page."""
    asked, found = tab.read(request.member, PLACE, request.GET, clock.now(), with_header=False)
    return render(request, "calendar/everything.html", {"tab": tab.tab_of(request.member, PLACE, asked, found)})


@require_safe
def part(request: MemberRequest) -> HttpResponse:
    """The list alone, or the next piece of it; with a plain request, the page in the same state."""
    if not request.htmx:
        return redirect(f"{PLACE.page}?{request.GET.urlencode()}" if request.GET else PLACE.page)
    asked, found = tab.read(request.member, PLACE, request.GET, clock.now(), with_header=False)
    return tab.piece_of(request, PLACE, asked, found)
