"""The briefing of a meeting, to read or print before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from metwith.calendars.models import Event
from metwith.lib import clock
from metwith.overview import lists, recount
from metwith.overview.briefing import BriefedGuest, briefing
from metwith.web.calendar import rows, words
from metwith.web.calendar.rows import RowContext
from metwith.web.records import cells

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from metwith.notes.queries import ShownNote
    from metwith.overview.recount import World
    from metwith.records.models import Opportunity
    from metwith.web.records.cells import Acquainted
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class GuestLines:
    """An outsider, in words."""

    name: str
    url: str
    facts: tuple[str, ...]
    """Role, company, what they answered."""
    met: str
    """When last, and with whom of us; or that it is the first time."""
    acquainted: tuple[Acquainted, ...]
    opportunities: Sequence[Opportunity]
    notes: Sequence[ShownNote]


@require_safe
def show(request: MemberRequest, event_id: int) -> HttpResponse:
    """The page."""
    viewer, now = request.member, clock.now()
    world = recount.world_of(viewer.workspace_id)
    try:
        found = briefing(viewer, world, event_id, now)
    except Event.DoesNotExist as missing:
        raise Http404 from missing
    context = RowContext(words.zone_of(viewer.user.time_zone), now, "")
    day, times = words.sentence(found.meeting, context.zone, context.today)
    shown = {
        "row": rows.row(found.meeting, context),
        "when": f"{day}, {times}" if times else day,
        "guests": [_lines(viewer, world, guest, now) for guest in found.guests],
        "further": ngettext("and %(n)d more from outside", "and %(n)d more from outside", found.further) % {"n": found.further},
        "many_further": found.further,
        "ours": [one.label for one in found.ours],
        "company_notes": found.company_notes,
        "url": reverse("meeting", args=[event_id]),
    }
    return render(request, "home/briefing.html", shown)


def _lines(viewer: Member, world: World, guest: BriefedGuest, now: datetime) -> GuestLines:
    one, listed = guest.participant, guest.listed
    if listed is None:
        return GuestLines(one.label, "", (one.address,) if one.address != one.label else (), "", (), (), ())
    person = listed.record
    page = lists.FigurePage((listed,), None, 1, pending=False, moment=now)
    (row,), _most = cells.rows(viewer, world, page, now)
    company = person.company.name if person.company and person.company.trashed_at is None else ""
    met = ngettext("%(n)d meeting in twelve months", "%(n)d meetings in twelve months", row.meetings) % {"n": row.meetings}
    told = ", ".join(filter(None, (row.last, row.whom, met if row.last else "")))
    return GuestLines(
        person.name,
        reverse("person", args=[person.pk]),
        tuple(filter(None, (person.job_title, company))),
        told,
        cells.acquainted(viewer, world, listed.figures, now)[:3],
        guest.opportunities,
        guest.notes,
    )
