"""A month of meetings: its weeks below each other, and one of its days in full. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from metwith.web.calendar import words
from metwith.web.calendar.period import period
from metwith.web.calendar.period.chips import ChipShape, Day, Desk, More, Stands, as_list, beginning, day_of, day_query, more, slip
from metwith.web.calendar.period.period import DAY
from metwith.web.calendar.rows import Row, row

if TYPE_CHECKING:
    from datetime import date

    from metwith.calendars.read_models import Timeline

MOST_IN_A_CELL = 4
"""In a day of a month. Of more, the last place says how many."""


@dataclass(frozen=True, slots=True)
class Line:
    """A week of a month."""

    number: int
    query: str
    """Leads to the week."""
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks below each other."""

    weekdays: tuple[tuple[str, str], ...]
    """`Mon`, `Monday`."""
    weeks: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class DayList:
    """A day of the month in rows."""

    heading: str
    iso: str
    rows: tuple[Row, ...]
    implied: bool
    """Nobody chose it: it is there for phones, whose month has no room for titles."""
    cut: ChipShape | None
    """To the rest of them."""


def month_of(desk: Desk) -> Month:
    """The grid."""
    days = tuple(_cell(desk, number) for number in range(len(desk.days)))
    weeks = []
    for start in range(0, len(days), 7):
        first = desk.leaf.first + start * DAY
        to_week = desk.filters.query(view="week", on=period.week_text(first))
        weeks.append(Line(period.week_number(first), to_week, days[start : start + 7]))
    weekdays = tuple((words.weekday(day), str(WEEKDAYS[day.weekday()])) for day in desk.leaf.days[:7])
    return Month(weekdays, tuple(weeks))


def _cell(desk: Desk, number: int) -> Day:
    day, pieces = desk.leaf.first + number * DAY, desk.days[number]
    room = MOST_IN_A_CELL if len(pieces) <= MOST_IN_A_CELL else MOST_IN_A_CELL - 1
    slips: list[Stands] = [slip(desk, piece, beginning(piece, desk.context)) for piece in pieces[:room]]
    if len(pieces) > room:
        slips.append(more(desk.filters, day, len(pieces) - room))
    if desk.unread(day):
        slips.append(More(_("Open this day"), day_query(desk.filters, day)))
    css = ("" if desk.leaf.about <= day < desk.leaf.over else "beyond", "chosen" if day == desk.leaf.day else "")
    made = day_of(desk, number, tuple(slips), " ".join(filter(None, css)))
    return replace(made, dots="…") if desk.unread(day) else made


def day_list(desk: Desk, read: Timeline, last: date | None) -> DayList | None:
    """The chosen day, of which everything was read; else the one that says most."""
    chosen = desk.leaf.day
    day = chosen or _telling_day(desk)
    if not chosen and last and day >= last and day != desk.context.today:
        return None
    held = read.items if chosen else [piece.meeting for piece in desk.days[_index(desk, day)]]
    lines = tuple(row(meeting, desk.context) for meeting in held)
    rest = ChipShape(_("All of this day as a list"), as_list(desk.filters, day, day + DAY)) if read.next else None
    return DayList(words.long_day(day, desk.context.today), day.isoformat(), lines, not chosen, rest)


def _telling_day(desk: Desk) -> date:
    """Today when it is in the month, else the first day that has something."""
    about, over, today = desk.leaf.about, desk.leaf.over, desk.context.today
    if about <= today < over:
        return today
    return next((day for day, pieces in zip(desk.leaf.days, desk.days, strict=True) if pieces and about <= day < over), about)


def _index(desk: Desk, day: date) -> int:
    return (day - desk.leaf.first).days
