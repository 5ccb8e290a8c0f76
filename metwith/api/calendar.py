"""The meetings on a record, one function behind the three addresses; and all meetings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from metwith.api import shapes
from metwith.calendars.feed import EVERYBODY, MINE, FeedFilter, PageRequest
from metwith.calendars.queries import records_of, timeline_for, timelines
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.records.queries import MODELS

if TYPE_CHECKING:
    from metwith.api.schemas import AllMeetingsAsk, CalendarAsk
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member


def meetings(viewer: Member, kind: Kind, record_id: int, query: CalendarAsk) -> HttpResponse:
    """A page of a record's meetings. Raises Http404 for one of another workspace, or in the trash."""
    asked = _filter(query)
    if not MODELS[kind].objects.of(viewer.workspace_id).filter(pk=record_id, trashed_at=None).exists():
        raise Http404
    found = timeline_for(
        kind, record_id, viewer, now=clock.now(), feed_filter=asked, cursor=query.cursor or None, limit=query.limit, details=True
    )
    return JsonResponse({"items": [shapes.meeting(item) for item in found.items], "next": found.next})


def all_meetings(viewer: Member, query: AllMeetingsAsk) -> HttpResponse:
    """A page of what stands on any record, or of the viewer's own."""
    turn = PageRequest(replace(_filter(query), q=query.q), query.cursor or None, query.limit)
    found = timelines(MINE if query.mine else EVERYBODY, viewer, [turn], now=clock.now(), details=True).pages[0]
    records = records_of(viewer, [item.id for item in found.items])
    items = [shapes.placed_meeting(item, records.get(item.id, ())) for item in found.items]
    return JsonResponse({"items": items, "next": found.next})


def _filter(query: CalendarAsk) -> FeedFilter:
    if query.start and query.end and query.start > query.end:
        raise Invalid("from", _("“from” is later than “to”."))
    return FeedFilter(when=query.when, start=query.start, end=_after(query.end))


def _after(last: date | None) -> date | None:
    """The day after the last one; after the last day there is, no bound at all."""
    return None if last is None or last == date.max else last + timedelta(days=1)
