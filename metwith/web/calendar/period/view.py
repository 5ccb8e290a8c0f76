"""A month or a week of meetings as the page sets it, every word worked out beforehand: what is read for it, and what is shown.

Pure: `now` and the viewer's zone are handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.calendars.feed import FeedFilter, PageRequest
from metwith.calendars.read_models import Timeline
from metwith.web.calendar import words
from metwith.web.calendar.period import period
from metwith.web.calendar.period.chips import ChipShape, Desk, as_list, on_days
from metwith.web.calendar.period.month import DayList, Month, day_list, month_of
from metwith.web.calendar.period.period import DAY
from metwith.web.calendar.period.week import Week, week_of
from metwith.web.calendar.rows import Row, row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from metwith.web.calendar.filters import Filters
    from metwith.web.calendar.period.period import Leaf
    from metwith.web.calendar.rows import RowContext

MOST = 300
"""Meetings of a leaf. A busier one says that there are more, and where."""
MOST_OF_A_DAY = 100
NOTHING = Timeline((), None)


@dataclass(frozen=True, slots=True)
class Near:
    """Where there is something when a leaf is empty."""

    side: str
    """`Before`, `After`."""
    way: ChipShape | None
    """To its own month or week."""
    row: Row


@dataclass(frozen=True, slots=True)
class PeriodView:
    """Everything that templates/calendar/period/view.html sets."""

    view: str
    name: str
    """`November 2026`."""
    turns: str
    """What the links turn: `Month`."""
    before: ChipShape | None
    today: ChipShape
    after: ChipShape | None
    month: Month | None
    week: Week | None
    day: DayList | None
    cut: str
    """That not everything is shown; or nothing."""
    whole: str
    """Query string of all of it as a list."""
    near: tuple[Near, ...]


# What is read


def turns(filters: Filters, shown: Leaf) -> dict[str, PageRequest]:
    """The meetings of a leaf, and of the day that was chosen on it."""
    read = {"shown": PageRequest(_within(filters, shown.first, shown.end), limit=MOST, earliest_first=True)}
    if shown.day:
        read["day"] = PageRequest(_within(filters, shown.day, shown.day + DAY), limit=MOST_OF_A_DAY, earliest_first=True)
    return read


def further(filters: Filters, shown: Leaf, read: Timeline, today: date) -> dict[str, PageRequest]:
    """What has to be asked for once the leaf is read: of an empty one what is nearest, of one that is cut before today, today's."""
    if not read.items:
        return nearest(filters, shown)
    if read.next and shown.first <= today < shown.end:
        return {"today": PageRequest(_within(filters, today, today + DAY), limit=MOST_OF_A_DAY, earliest_first=True)}
    return {}


def nearest(filters: Filters, shown: Leaf) -> dict[str, PageRequest]:
    """The last one before an empty leaf, and the first after it."""
    before = replace(_within(filters, shown.first, shown.first), start=None, reaching=False)
    after = replace(_within(filters, shown.end, shown.end), end=None, reaching=False)
    return {"earlier": PageRequest(before, limit=1), "later": PageRequest(after, limit=1, earliest_first=True)}


def _within(filters: Filters, first: date, end: date) -> FeedFilter:
    return FeedFilter("all", first, end, filters.colleague, filters.cancelled, filters.q, reaching=True)


# What is shown of it


def period_view(filters: Filters, shown: Leaf, pages: Mapping[str, Timeline], context: RowContext) -> PeriodView:
    """The leaf with what was read for `turns`, and for `nearest` where it is empty."""
    found = pages.get("shown", NOTHING)
    last = words.first_day(found.items[-1], context.zone) if found.next else None
    before, after = shown.neighbour(-1), shown.neighbour(1)
    today = pages.get("today", NOTHING).items
    held = {meeting.id: meeting for meeting in (*found.items, *today)}
    desk = Desk(filters, shown, context, on_days(tuple(held.values()), shown, context), last)
    return PeriodView(
        view=shown.view,
        name=shown.name,
        turns=_("Month") if shown.view == "month" else _("Week"),
        before=_way(filters, before),
        today=ChipShape(_("Today"), filters.query(on=None)),
        after=_way(filters, after),
        month=month_of(desk) if shown.view == "month" and found.items else None,
        week=week_of(desk) if shown.view == "week" and found.items else None,
        day=day_list(desk, pages.get("day", NOTHING), last) if shown.view == "month" and found.items else None,
        cut=_cut(last, with_today=last < context.today) if last else "",
        whole=as_list(filters, shown.about, shown.over),
        near=(*_near(desk, _("Before"), pages.get("earlier", NOTHING)), *_near(desk, _("After"), pages.get("later", NOTHING))),
    )


def _way(filters: Filters, beside: Leaf | None) -> ChipShape | None:
    return ChipShape(beside.name, filters.query(on=beside.on)) if beside else None


def _cut(last: date, *, with_today: bool) -> str:
    told = {"number": MOST, "day": words.short_day(last)}
    if with_today:
        return _("Only the first %(number)d meetings are shown, until %(day)s, and those of today.") % told
    return _("Only the first %(number)d meetings are shown, until %(day)s.") % told


# Nothing there


def empty(shown: Leaf, name: str) -> str:
    """`No meetings in November 2026 with Acme`; of all meetings without a name."""
    if not name:
        if shown.view == "month":
            return _("No meetings in %(month)s") % {"month": shown.name}
        return _("No meetings in week %(number)d") % {"number": period.week_number(shown.about)}
    if shown.view == "month":
        return _("No meetings in %(month)s with %(name)s") % {"month": shown.name, "name": name}
    return _("No meetings in week %(number)d with %(name)s") % {"number": period.week_number(shown.about), "name": name}


def _near(desk: Desk, side: str, timeline: Timeline) -> tuple[Near, ...]:
    return tuple(
        Near(side, _way_to(desk, words.first_day(meeting, desk.context.zone)), row(meeting, desk.context)) for meeting in timeline.items
    )


def _way_to(desk: Desk, day: date) -> ChipShape | None:
    there, outside = period.leaf(desk.leaf.view, day.isoformat(), desk.context.today)
    return None if outside else ChipShape(there.name, desk.filters.query(on=there.whole))
