"""What the month and the week have in common: a meeting as a slip on each of its days, and the days. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metwith.web.calendar import words
from metwith.web.calendar.period import layout
from metwith.web.calendar.period.period import DAY
from metwith.web.calendar.rows import Row, row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from metwith.calendars.read_models import Meeting
    from metwith.web.calendar.filters import Filters
    from metwith.web.calendar.period.period import Leaf
    from metwith.web.calendar.rows import RowContext


@dataclass(frozen=True, slots=True)
class ChipShape:
    """A link to another state of the tab."""

    label: str
    query: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A meeting on one of its days."""

    row: Row
    time: str
    """What there is room for: `10:00`, `until 02:00`, or nothing."""
    css: str


@dataclass(frozen=True, slots=True)
class More:
    """Those for which there is no room, as a link to all of their day."""

    label: str
    query: str
    css: str = ""


type Stands = Slip | More | None
"""None: a gap, so that what lasts for days stays at one height."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a leaf."""

    iso: str
    number: int
    weekday: str
    name: str
    """`Monday 23 November`."""
    many: str
    """`3 meetings`, or nothing."""
    dots: str
    """One for each meeting, at most three."""
    query: str
    """Leads to all of the day's meetings."""
    css: str
    today: bool
    slips: tuple[Stands, ...]
    band: tuple[Stands, ...] = ()
    """Of a week: what stands above the hours."""
    note: str = ""
    """That the clocks change."""
    now: str = ""
    """Where the line that marks the present is."""


class Desk(NamedTuple):
    """What each day is made from."""

    filters: Filters
    leaf: Leaf
    context: RowContext
    days: tuple[tuple[Piece, ...], ...]
    """The meetings of each day that is shown."""
    cut: date | None = None
    """The last day that was read, where there are more meetings than are shown."""

    def unread(self, day: date) -> bool:
        """Whether nothing is known of a day; today's are always read."""
        return self.cut is not None and self.cut < day != self.context.today


class Piece(NamedTuple):
    """A meeting on one of its days."""

    meeting: Meeting
    came: bool
    """It began on a day before."""
    goes_on: bool
    """It lasts into the next one."""

    @property
    def all_of_it(self) -> bool:
        """It takes the whole day, or is of several."""
        return layout.whole_days(self.meeting)


def on_days(meetings: Sequence[Meeting], shown: Leaf, context: RowContext) -> tuple[tuple[Piece, ...], ...]:
    """The meetings of each day of a leaf."""
    days: list[list[Piece]] = [[] for _day in shown.days]
    for meeting in meetings:
        span = layout.days(meeting, context.zone, shown.first, shown.end)
        if span is None:
            continue
        first, last = words.first_day(meeting, context.zone), words.last_day(meeting, context.zone)
        for number in range(*span):
            day = shown.first + number * DAY
            days[number].append(Piece(meeting, came=first < day, goes_on=last > day))
    return tuple(tuple(sorted(pieces, key=_in_order)) for pieces in days)


def _in_order(piece: Piece) -> tuple[bool, bool, datetime, int]:
    """What takes the whole day first, then what is already under way, then by time."""
    return not piece.all_of_it, not piece.came, piece.meeting.starts_at, piece.meeting.id


def day_query(filters: Filters, day: date) -> str:
    """Query string of all of a day."""
    return filters.query(view="month", on=day.isoformat())


def more(filters: Filters, day: date, many: int, css: str = "") -> More:
    """The link in place of those that do not fit."""
    return More(_("+%(number)d more") % {"number": many}, day_query(filters, day), css)


def day_of(desk: Desk, number: int, slips: tuple[Stands, ...], css: str = "") -> Day:
    """A day with what stands on it."""
    day = desk.leaf.first + number * DAY
    pieces = desk.days[number]
    today = day == desk.context.today
    return Day(
        iso=day.isoformat(),
        number=day.day,
        weekday=words.weekday(day),
        name=words.long_day(day, desk.context.today),
        many=ngettext("%(n)d meeting", "%(n)d meetings", len(pieces)) % {"n": len(pieces)} if pieces else "",
        dots="•" * min(len(pieces), 3),
        query=day_query(desk.filters, day),
        css=" ".join(filter(None, (css, "now" if today else "", "" if pieces else "none"))),
        today=today,
        slips=slips,
    )


def slip(desk: Desk, piece: Piece, time: str, css: str = "") -> Slip:
    """A meeting on one of its days."""
    marks = ("came" if piece.came else "", "on" if piece.goes_on else "", "all" if piece.all_of_it else "")
    return Slip(row(piece.meeting, desk.context), time, " ".join(filter(None, (css, *marks))))


def beginning(piece: Piece, context: RowContext) -> str:
    """`10:00`; on the last of several days, when it ends."""
    if piece.meeting.all_day or (piece.came and piece.goes_on):
        return ""
    if piece.came:
        return _("until %(time)s") % {"time": words.clock(piece.meeting.ends_at.astimezone(context.zone))}
    return words.clock(piece.meeting.starts_at.astimezone(context.zone))


def as_list(filters: Filters, first: date, end: date) -> str:
    """Query string of the same meetings as a list, which has as many pages as it takes."""
    span = {"period": "own", "from": first.isoformat(), "to": (end - DAY).isoformat()}
    return filters.query(view=None, on=None, **span)
