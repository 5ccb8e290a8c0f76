"""The first page: what needs the member's hand, today as one day, and the days around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from metwith.accounts.models import SharingLevel
from metwith.calendars import queries
from metwith.calendars.account_status import account_overview
from metwith.calendars.feed import EVERYBODY, MINE, FeedFilter, PageRequest
from metwith.lib import clock
from metwith.records.models import Person
from metwith.web.accounts.oauth import ways
from metwith.web.accounts.pages import under_way
from metwith.web.calendar import origin, rows, words
from metwith.web.calendar.filters import Filters
from metwith.web.calendar.rows import Row, RowContext
from metwith.web.home.checklist import LASTS, FirstSteps, ToDo, checklist
from metwith.workspaces import vouchings
from metwith.workspaces.models import Invitation, Member

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import HttpResponse

    from metwith.calendars.account_status import AccountView
    from metwith.calendars.read_models import Meeting
    from metwith.web.site.members import MemberRequest

DAY = timedelta(days=1)
MOST, MOST_OF_DAY = 60, 5
"""Meetings that are read of each part of the page, and shown of each day but today."""
JOIN_BEFORE = timedelta(minutes=15)
"""So long before a meeting one may join it from here."""
FEW_VOUCHED, MOST_VOUCHED = 5, 500
"""So many addresses that were vouched for are told: at first, and to whoever asks for all (`?vouched=all`)."""
NEEDS_A_HAND = {"reconnect", "gone", "suspect", "defect"}
"""States that do not mend themselves (rules/health.py)."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A calendar that waits for its owner."""

    account: AccountView
    calendar: str
    words: str
    advice: str
    reconnect: bool


@require_safe
def home(request: MemberRequest) -> HttpResponse:
    """Today as one day, the days around it, and what waits for the member's hand."""
    now, viewer = clock.now(), request.member
    views = [view for view in account_overview(viewer, now=now) if not view.disconnected]
    connected = any(calendar.enabled for view in views for calendar in view.calendars)
    mine = request.GET.get("mine", "true" if connected else "false") == "true"
    context = RowContext(words.zone_of(viewer.user.time_zone), now, origin.Origin("meetings", narrowed=Filters(mine=mine).query()).query)
    vouched, more_vouched = vouchings.unheard(viewer, MOST_VOUCHED if "vouched" in request.GET else FEW_VOUCHED)
    shown = {
        "days": days_around(viewer, context, mine=mine),
        "today": words.long_day(context.today, context.today),
        "mine": mine,
        "troubles": troubles(views),
        "connected": connected,
        "ways": () if connected else ways(viewer),
        "steps": _first_steps(viewer, views, now, connected=connected),
        "vouched": vouched,
        "more_vouched": more_vouched,
        "reading": any(under_way(calendar, now) for view in views for calendar in view.calendars),
    }
    return render(request, "home/home.html", shown)


def week(today: date) -> tuple[date, date]:
    """From this week's Monday to the day after its Sunday, but always three days ahead: on a Sunday, Monday matters more."""
    monday = today - timedelta(days=today.weekday())
    return monday, max(monday + timedelta(days=7), today + timedelta(days=4))


@dataclass(frozen=True, slots=True)
class HomeDays:
    """What Home sets of meetings."""

    over: tuple[Row, ...]
    """Of today, in the order of the day: what has ended."""
    time: str
    """The mark between them: what time it is."""
    left: tuple[Row, ...]
    """What goes on or comes."""
    ahead: tuple[DayRows, ...]
    yesterday: tuple[DayRows, ...]
    behind: tuple[DayRows, ...]
    """Earlier this week."""


@dataclass(frozen=True, slots=True)
class DayRows:
    """A day with its first meetings."""

    heading: str
    rows: tuple[Row, ...]
    more: str
    """That there are more; else nothing."""
    query: str
    """All of the day, in the list of all meetings."""


def days_around(viewer: Member, context: RowContext, *, mine: bool) -> HomeDays:
    """Today, and what is near; the viewer's own or what stands on records. Each part is bounded by itself, so that a busy Monday hides no Tuesday."""
    today, (monday, end) = context.today, week(context.today)
    spans = {"today": (today, today + DAY), "ahead": (today + DAY, end), "yesterday": (today - DAY, today), "behind": (monday, today - DAY)}
    turns = {name: _page(*span, reaching=name == "today") for name, span in spans.items() if span[0] < span[1]}
    found = queries.timelines(MINE if mine else EVERYBODY, viewer, [*turns.values()], now=context.now)
    pages = {name: page.items for name, page in zip(turns, found.pages, strict=True)}
    shown = [meeting.id for page in pages.values() for meeting in page]
    context = replace(context, records={event_id: rows.telling(on) for event_id, on in queries.records_of(viewer, shown).items()})
    of_today = pages["today"]
    left = [meeting for meeting in of_today if meeting.all_day or meeting.ends_at > context.now]
    over = [meeting for meeting in of_today if meeting not in left]
    seen = {meeting.id for meeting in of_today}
    parts = {name: _by_day([m for m in pages.get(name, ()) if m.id not in seen], context, mine=mine) for name in turns if name != "today"}
    return HomeDays(
        tuple(rows.row(meeting, context) for meeting in over),
        words.clock(context.now.astimezone(context.zone)),
        _with_join(viewer, left, context),
        parts.get("ahead", ()),
        parts.get("yesterday", ()),
        tuple(reversed(parts.get("behind", ()))),
    )


def _page(first: date, end: date, *, reaching: bool) -> PageRequest:
    return PageRequest(FeedFilter("all", first, end, reaching=reaching), limit=MOST, earliest_first=True)


def _with_join(viewer: Member, left: Sequence[Meeting], context: RowContext) -> tuple[Row, ...]:
    """With the way to join of what goes on or begins soon, as far as the viewer may see it."""
    soon = [m.id for m in left if not m.all_day and not m.cancelled and m.starts_at - JOIN_BEFORE <= context.now]
    join = {m.id: m.join_url for m in queries.meetings(viewer, soon[:MOST_OF_DAY]) if words.is_web_address(m.join_url)}
    return tuple(replace(rows.row(m, context), join=join.get(m.id) or "") for m in left)


def _by_day(meetings: Sequence[Meeting], context: RowContext, *, mine: bool) -> tuple[DayRows, ...]:
    found = []
    for day, those in groupby(meetings, lambda m: words.first_day(m, context.zone)):
        of_day = list(those)
        left = len(of_day) - MOST_OF_DAY
        more = ngettext("%(n)d more", "%(n)d more", left) % {"n": left} if left > 0 else ""
        filters = Filters(mine=mine, period="own", typed=(day.isoformat(), day.isoformat()))
        heading = words.long_day(day, context.today)
        found.append(DayRows(heading, tuple(rows.row(m, context) for m in of_day[:MOST_OF_DAY]), more, filters.query()))
    return tuple(found)


def _first_steps(viewer: Member, views: Sequence[AccountView], now: datetime, *, connected: bool) -> tuple[ToDo, ...]:
    if viewer.workspace.sample or now - viewer.created_at > LASTS:
        return ()
    first = next(iter(views), None)
    others = Member.objects.of(viewer.workspace_id).filter(left_at=None).exclude(pk=viewer.pk)
    steps = FirstSteps(
        since=viewer.created_at,
        connected=connected,
        people=Person.objects.of(viewer.workspace_id).exists(),
        colleagues=others.exists() or Invitation.objects.of(viewer.workspace_id).exists(),
        may_invite=viewer.is_admin,
        sharing=str(SharingLevel(first.sharing).label) if first else "",
        account_id=first.id if first else 0,
    )
    return checklist(steps, now)


def troubles(views: Iterable[AccountView]) -> tuple[Trouble, ...]:
    """What does not mend itself, for the top of the page."""
    return tuple(
        Trouble(view, calendar.name, calendar.words, calendar.advice, calendar.state == "reconnect")
        for view in views
        for calendar in view.calendars
        if calendar.enabled and not calendar.paused and calendar.state in NEEDS_A_HAND
    )
