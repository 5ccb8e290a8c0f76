"""The first page: what needs the member's hand, today's meetings, and this week's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from metwith.calendars import queries
from metwith.calendars.account_status import account_overview
from metwith.lib import clock
from metwith.web.accounts.pages import under_way
from metwith.web.calendar import rows, words
from metwith.web.calendar.rows import Group, Row, RowContext
from metwith.workspaces import vouchings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from metwith.calendars.account_status import AccountView
    from metwith.calendars.read_models import LinkedRecord, Meeting
    from metwith.web.site.members import MemberRequest

MOST_RECORDS = 2
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
    """Today and this week."""
    now, viewer = clock.now(), request.member
    row_context = RowContext(words.zone_of(viewer.user.time_zone), now)
    views = [view for view in account_overview(viewer, now=now) if not view.disconnected]
    first, last = week(row_context.today)
    groups = by_day(queries.agenda(viewer, _midnight(first, row_context), _midnight(last, row_context)), row_context)
    vouched, more_vouched = vouchings.unheard(viewer, MOST_VOUCHED if "vouched" in request.GET else FEW_VOUCHED)
    context = {
        "groups": groups,
        "today": words.long_day(row_context.today, row_context.today),
        "troubles": troubles(views),
        "connected": any(calendar.enabled for view in views for calendar in view.calendars),
        "vouched": vouched,
        "more_vouched": more_vouched,
        "reading": any(under_way(calendar, now) for view in views for calendar in view.calendars),
    }
    return render(request, "home/home.html", context)


def week(today: date) -> tuple[date, date]:
    """From this week's Monday to the day after its Sunday, but always three days ahead: on a Sunday, Monday matters more."""
    monday = today - timedelta(days=today.weekday())
    return monday, max(monday + timedelta(days=7), today + timedelta(days=4))


def _midnight(day: date, context: RowContext) -> datetime:
    return datetime.combine(day, time(), context.zone)


def by_day(meetings: Iterable[tuple[Meeting, tuple[LinkedRecord, ...]]], context: RowContext) -> tuple[Group, ...]:
    """Today first, then what is coming, then what has been this week. Today stands there even when it is empty."""
    groups: dict[str, list[Row]] = {"today": [], "ahead": [], "behind": []}
    for meeting, records in meetings:
        first, last = words.first_day(meeting, context.zone), words.last_day(meeting, context.zone)
        place = "today" if first <= context.today <= last else "ahead" if first > context.today else "behind"
        groups[place].append(rows.row(meeting, context, _shortened(records)))
    headings = {"today": _("Today"), "ahead": _("Coming days"), "behind": _("Earlier this week")}
    return tuple(Group(headings[key], tuple(those), key) for key, those in groups.items() if those or key == "today")


def _shortened(records: tuple[LinkedRecord, ...]) -> tuple[LinkedRecord, ...]:
    """Companies and opportunities say more than the people, whose faces are there already."""
    telling = [record for record in records if record.kind != "person"] or list(records)
    return tuple(telling[:MOST_RECORDS])


def troubles(views: Iterable[AccountView]) -> tuple[Trouble, ...]:
    """What does not mend itself, for the top of the page."""
    return tuple(
        Trouble(view, calendar.name, calendar.words, calendar.advice, calendar.state == "reconnect")
        for view in views
        for calendar in view.calendars
        if calendar.enabled and not calendar.paused and calendar.state in NEEDS_A_HAND
    )
