"""Every Monday: who has gone quiet, who is new, and which open opportunity has nothing planned. On Home the first of each, on a page all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from metwith.lib import clock
from metwith.overview import lists, recount
from metwith.overview.asking import FigureFilter
from metwith.overview.gone_quiet import all_put_off, gone_quiet, put_off, tell_again
from metwith.records import queries
from metwith.records.queries import RecordFilter
from metwith.web.calendar import words
from metwith.web.records import cells
from metwith.web.site.members import or_404

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.http import HttpResponse

    from metwith.overview.gone_quiet import GoneQuiet
    from metwith.overview.recount import World
    from metwith.records.kinds import Kind
    from metwith.web.records.cells import RecordRow
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

FEW, PAGE = 5, 20
"""On Home, and on the page."""
MOST_LOOKED_AT = 200
"""Of those met this week, so many are looked at for new ones."""
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class QuietRow:
    """Who has gone quiet, in words."""

    kind: Kind
    id: int
    name: str
    url: str
    usual: str
    last: str
    deals: tuple[tuple[str, str], ...]
    """Open opportunities: name and address."""


@require_safe
def page(request: MemberRequest) -> HttpResponse:
    """The page; for htmx the rows that come next. Wrong cursors are told by the one place for them (site/errors)."""
    viewer, now, mine = request.member, clock.now(), _mine(request)
    world = recount.world_of(viewer.workspace_id)
    found = gone_quiet(viewer, world, mine=mine, cursor=request.GET.get("cursor", ""), limit=PAGE, now=now)
    context: dict[str, Any] = {
        "mine": mine,
        "quiet": _quiet(viewer, world, found.items, now),
        "pending": found.pending,
        "next": f"?mine={str(mine).lower()}&cursor={found.next}" if found.next else "",
    }
    if request.htmx and "cursor" in request.GET:
        return render(request, "home/quiet.html#rows", context)
    today = now.astimezone(world.zone).date()
    context["put_off"] = [
        (kind, record, date_format(until, "DATE_FORMAT"), reverse(kind, args=[record.pk]))
        for kind, record, until in all_put_off(viewer, today)
    ]
    return render(request, "home/quiet.html", context | _others(viewer, world, now, PAGE, mine=mine))


@require_safe
def part(request: MemberRequest) -> HttpResponse:
    """What Home shows of it."""
    viewer, now, mine = request.member, clock.now(), _mine(request)
    world = recount.world_of(viewer.workspace_id)
    found = gone_quiet(viewer, world, mine=mine, limit=FEW, now=now)
    context = {"mine": mine, "quiet": _quiet(viewer, world, found.items, now), "more": found.next, "here": reverse("home")}
    return render(request, "home/quiet_part.html", context | _others(viewer, world, now, FEW, mine=mine))


@require_POST
def put_off_quiet(request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Not to be told of it for some weeks."""
    world = recount.world_of(request.member.workspace_id)
    with or_404():
        until = put_off(request.member, kind, record_id, clock.now().astimezone(world.zone).date())
    messages.success(
        request, _("Put off until %(day)s. The page “Gone quiet” has it meanwhile.") % {"day": date_format(until, "DATE_FORMAT")}
    )
    return _back(request)


@require_POST
def show_again(request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
    """To be told again at once."""
    with or_404():
        tell_again(request.member, kind, record_id)
    return _back(request)


def _back(request: MemberRequest) -> HttpResponse:
    came_from = request.POST.get("next", "")
    known = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return redirect(came_from if known else "quiet")


def _mine(request: MemberRequest) -> bool:
    return request.GET.get("mine") == "true"


def _quiet(viewer: Member, world: World, records: tuple[GoneQuiet, ...], now: datetime) -> tuple[QuietRow, ...]:
    today = now.astimezone(words.zone_of(viewer.user.time_zone)).date()
    return tuple(_row(viewer, world, one, today) for one in records)


def _row(viewer: Member, world: World, one: GoneQuiet, today: date) -> QuietRow:
    whom = cells.whom(viewer, world, one.figures.last.members) if one.figures.last else ""
    last = words.relative_day(today - timedelta(days=one.silent), today)
    return QuietRow(
        one.kind,
        one.record.pk,
        str(one.record),
        reverse(one.kind, args=[one.record.pk]),
        every(one.usual),
        f"{last}, {whom}" if whom else last,
        tuple((str(deal), reverse("opportunity", args=[deal.pk])) for deal in one.opportunities),
    )


def every(gap: timedelta) -> str:
    """`usually every 3 weeks`."""
    days = round(gap / timedelta(days=1))
    if days < 21:
        return ngettext("usually every %(n)d day", "usually every %(n)d days", days) % {"n": days}
    if days < 70:
        weeks = round(days / 7)
        return ngettext("usually every %(n)d week", "usually every %(n)d weeks", weeks) % {"n": weeks}
    many = round(days / 30.44)
    return ngettext("usually every %(n)d month", "usually every %(n)d months", many) % {"n": many}


def _others(viewer: Member, world: World, now: datetime, most: int, *, mine: bool) -> dict[str, Any]:
    whose = viewer.pk if mine else None
    deals = lists.read(
        world,
        queries.opportunity_rows(viewer.workspace_id, RecordFilter(stage="open")),
        order="-last_met",
        asked=FigureFilter(planned=False, known_by=whose),
        cursor=None,
        limit=most,
        now=now,
    )
    return {"faces": _new_faces(viewer, world, now, most, whose), "unplanned": cells.rows(viewer, world, deals, now)[0]}


def _new_faces(viewer: Member, world: World, now: datetime, most: int, whose: int | None) -> tuple[RecordRow, ...]:
    """People whom we met within a week, and never before."""
    since = now - WEEK
    rows = queries.people_rows(viewer.workspace_id, RecordFilter())
    asked = FigureFilter(met_since=since, known_by=whose)
    met = lists.read(world, rows, order="-last_met", asked=asked, cursor=None, limit=MOST_LOOKED_AT, now=now)
    new = tuple(item for item in met.items if item.figures.first and item.figures.first >= since)[:most]
    return cells.rows(viewer, world, lists.FigurePage(new, None, len(new), met.pending, now), now)[0]
