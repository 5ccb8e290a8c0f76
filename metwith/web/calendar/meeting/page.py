"""A meeting's page and panel, why it stands on a record, and linking it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from metwith.calendars import queries
from metwith.calendars.actions import link as by_hand
from metwith.calendars.models import Event
from metwith.calendars.transparency import twins
from metwith.calendars.transparency.explain import why
from metwith.lib import clock
from metwith.lib.errors import Refusal
from metwith.notes.queries import notes_on_meeting
from metwith.privacy.view_as import note_look
from metwith.web.calendar import origin, rows, view_as, words
from metwith.web.calendar.meeting.panel import panel, placings
from metwith.web.calendar.meeting.why import sentences
from metwith.web.calendar.rows import RowContext
from metwith.web.notes.rows import NoteForm, NoteList, note_rows
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from metwith.calendars.read_models import Meeting
    from metwith.records.kinds import Kind
    from metwith.records.queries import AnyRecord
    from metwith.web.calendar.origin import Origin
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

MOST_NOTES = 200
"""On one meeting; more are found by searching, and by the API."""


@require_safe
def meeting(request: MemberRequest, event_id: int) -> HttpResponse:
    """The page; for htmx, what the panel holds. `?from=company-5` says which record it was opened on."""
    inside = request.htmx and request.htmx.target == "panel"
    answer = render(
        request,
        "calendar/meeting/panel.html" if inside else "calendar/meeting/page.html",
        context_of(request, event_id, opened=not inside) | {"inside": inside, "heading": "h3" if inside else "h2"},
    )
    patch_vary_headers(answer, ["HX-Request", "HX-Target"])
    return answer


@require_safe
def nothing(_request: MemberRequest) -> HttpResponse:
    """What a closed panel holds."""
    return HttpResponse()


@require_safe
def choose_record(request: MemberRequest, event_id: int) -> HttpResponse:
    """Find a record to link the meeting to by hand."""
    context = context_of(request, event_id)
    q = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    linked = {placing.key for placing in context["placings"] if not placing.taken_off}
    hits = [hit for hit in origin.search(request.member, q) if hit.key not in linked] if q else []
    return render(request, "calendar/meeting/link.html", context | {"q": q, "hits": hits})


@require_POST
def link(request: MemberRequest, event_id: int) -> HttpResponse:
    """Put the meeting on a record."""
    kind, record = _record_given(request)
    find_meeting(request.member, event_id)
    try:
        by_hand.link_by_hand(request.member, event_id, kind, record.pk)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Linked to %(name)s. No rule will take it off again.") % {"name": record.name})
    return back_to(request, event_id)


@require_POST
def unlink(request: MemberRequest, event_id: int) -> HttpResponse:
    """Take the meeting off a record."""
    kind, record = _record_given(request)
    find_meeting(request.member, event_id)
    try:
        by_hand.unlink_by_hand(request.member, event_id, kind, record.pk)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request, _("Taken off %(name)s. No rule will bring it back; you can link it again by hand.") % {"name": record.name}
        )
    return back_to(request, event_id)


def find_meeting(viewer: Member, event_id: int, view_as: int = 0) -> Meeting:
    """A meeting that the viewer may know of; otherwise 404."""
    try:
        return queries.meeting(viewer, event_id, view_as=view_as)
    except Event.DoesNotExist as missing:
        raise Http404 from missing


def origin_of(request: MemberRequest) -> Origin | None:
    """Where the reader came from, if it is a place we know."""
    given = request.POST if request.method == "POST" else request.GET
    return origin.parse_origin(given.dict(), clock.now().date())


def back_to(request: MemberRequest, event_id: int) -> HttpResponse:
    """The meeting's page, as it was opened."""
    came_from = origin_of(request)
    return redirect(rows.meeting_url(event_id, came_from.query if came_from else ""))


def _record_given(request: MemberRequest) -> tuple[Kind, AnyRecord]:
    """The record a form names as `company-5`; otherwise 404."""
    named = origin.parse_name(request.POST.get("record", ""))
    if named is None:
        raise Http404
    return named[0], origin.find(request.member, *named)


def context_of(request: MemberRequest, event_id: int, *, opened: bool = True) -> dict[str, Any]:
    """What the pages about one meeting set. Raises Http404."""
    viewer = request.member
    came_from = origin_of(request)
    colleague_id, name = _colleague(viewer, came_from)
    found = find_meeting(viewer, event_id, colleague_id)
    record = _record_behind(viewer, came_from)
    if colleague_id and came_from and came_from.record:
        origin.find(viewer, *came_from.record)
        note_look(viewer, colleague_id, *came_from.record, whose=came_from.whose, opened=opened, now=clock.now())
    query = came_from.query if came_from else ""
    because = why(viewer, event_id, known=None if colleague_id else found)
    opened_on = (*came_from.record, record.name) if came_from and came_from.record and record else None
    return {
        "view_as": name,
        "as_oneself": rows.meeting_url(event_id, came_from.as_oneself.query if came_from else ""),
        "panel": panel(
            found,
            RowContext(words.zone_of(viewer.user.time_zone), clock.now(), query, view_as=name),
            twins.twins_of(viewer, event_id, view_as=colleague_id),
        ),
        # What decides what the viewer sees is another thing than what decides it for a colleague.
        "because": () if colleague_id else sentences(because),
        "placings": placings(because.records, opened_on),
        "notes": None if colleague_id else notes_of(viewer, event_id, NoteForm()),
        "own": any(copy.mine for copy in found.copies),
        "origin": came_from,
        "record": record,
        "back": came_from.page if came_from else "/",
        "self_url": rows.meeting_url(event_id, query),
    }


def notes_of(viewer: Member, event_id: int, form: NoteForm) -> NoteList:
    """The notes on a meeting that the viewer may see, all that a page has room for, with the form for another."""
    return NoteList(
        rows=note_rows(viewer, notes_on_meeting(viewer, event_id, limit=MOST_NOTES).items),
        action=reverse("meeting-notes", args=[event_id]),
        form=form,
        to_whom=_("Whoever may see the title of the meeting sees it."),
    )


def _colleague(viewer: Member, came_from: Origin | None) -> tuple[int, str]:
    """The colleague as whom the list was looked at, and their name."""
    if came_from is None or not came_from.view_as:
        return 0, ""
    who = who_is_who(viewer.workspace_id)
    colleague_id = view_as.asked(came_from.view_as, viewer, who)
    return colleague_id, who.names[colleague_id] if colleague_id else ""


def _record_behind(viewer: Member, came_from: Origin | None) -> AnyRecord | None:
    try:
        return origin.find(viewer, *came_from.record) if came_from and came_from.record else None
    except Http404:
        return None
