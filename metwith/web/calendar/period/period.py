"""Which leaf of the diary an address names: a month, or a week. Pure but for the language, which says on what day a week begins."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from django.utils.formats import get_format
from django.utils.translation import gettext as _

from metwith.web.calendar import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

type View = Literal["month", "week"]

VIEWS: Mapping[str, View] = {"month": "month", "week": "week"}
"""By their names in an address. Whatever else stands there means the list."""
DAY, WEEK = timedelta(days=1), timedelta(days=7)
YEARS = range(1900, 2200)
"""What is leafed through. Whatever lies beyond is a slip."""
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A month or a week with the days that are shown of it."""

    view: View
    on: str
    """As the address has it: `2026-11`, `2026-11-14`, `2026-W48`. Empty: wherever today is."""
    about: date
    """The first of the month; of a week its first day."""
    first: date
    """The first day shown: a month begins with a whole week."""
    end: date
    """The day after the last one shown."""
    day: date | None = None
    """The day of the month that was chosen."""

    @property
    def days(self) -> tuple[date, ...]:
        """All that are shown."""
        return tuple(self.first + n * DAY for n in range((self.end - self.first).days))

    @property
    def over(self) -> date:
        """The day after the last one of the month, or of the week."""
        return _month_after(self.about) if self.view == "month" else self.end

    @property
    def name(self) -> str:
        """`November 2026`; `Week 48, 23 – 29 November 2026`."""
        return words.month(self.about) if self.view == "month" else week_name(self.about)

    @property
    def whole(self) -> str:
        """The address of all of it, whatever day was chosen."""
        return month_text(self.about) if self.view == "month" else week_text(self.about)

    def neighbour(self, step: int) -> Leaf | None:
        """The one before (-1) or after (1); None where leafing ends."""
        day = self.about - DAY if step < 0 else self.over
        return leaf(self.view, (month_text if self.view == "month" else week_text)(day), day)[0] if day.year in YEARS else None

    def turned(self, view: View, today: date) -> str:
        """What the address of another view names, so that one stays at the same time: today where it is in sight."""
        if self.day:
            return self.day.isoformat()
        if self.about <= today < self.over:
            return ""
        return (month_text if view == "month" else week_text)(self.about + 3 * DAY)


def leaf(view: View, on: str, today: date) -> tuple[Leaf, str]:
    """The leaf that `on` names, and what is wrong with it, in words: then it is today's. Each view takes a month, a week or a day."""
    day, kind, problem = today, "", ""
    if on:
        found = _read(on)
        day, kind = found or (today, "")
        problem = "" if found else _("There is no such month, week or day to show. This is where today is.")
    if view == "week":
        first = week_start(today if kind == "month" and month_start(today) == day else day)
        return Leaf("week", week_text(first) if kind else "", first, first, first + WEEK), problem
    about = month_start(day)
    chosen = day if kind == "day" else None
    text = chosen.isoformat() if chosen else month_text(about) if kind else ""
    return Leaf("month", text, about, week_start(about), week_start(_month_after(about) - DAY) + WEEK, chosen), problem


def _read(text: str) -> tuple[date, str] | None:
    """A day, and what the text names of which it is the first or the middle one; None for what is nothing of the kind."""
    readers: tuple[tuple[str, re.Pattern[str], Callable[..., date]], ...] = (
        ("day", _DATE, date),
        ("month", _MONTH, lambda year, month: date(year, month, 1)),
        ("week", _WEEK, lambda year, week: date.fromisocalendar(year, week, 1)),
    )
    for kind, pattern, made in readers:
        if found := pattern.fullmatch(text):
            try:
                day = made(*map(int, found.groups()))
            except ValueError:
                return None
            return (day, kind) if day.year in YEARS else None
    return None


def month_text(day: date) -> str:
    """`2026-11`."""
    return f"{day.year:04}-{day.month:02}"


def week_text(day: date) -> str:
    """`2026-W48`, after the Monday that is in the week of `day`: each week has one, wherever it begins."""
    year, week, _weekday = _monday(day).isocalendar()
    return f"{year:04}-W{week:02}"


def week_number(day: date) -> int:
    """48."""
    return _monday(day).isocalendar().week


def _monday(day: date) -> date:
    start = week_start(day)
    return start + timedelta(days=-start.weekday() % 7)


def week_start(day: date) -> date:
    """The first day of the week that `day` is in, by the habit of the language."""
    sunday_first = int(get_format("FIRST_DAY_OF_WEEK"))
    return day - timedelta(days=(day.isoweekday() - sunday_first) % 7)


def month_start(day: date) -> date:
    """The first of its month."""
    return day.replace(day=1)


def _month_after(first: date) -> date:
    return first + timedelta(days=calendar.monthrange(first.year, first.month)[1])


def week_name(first: date) -> str:
    """`Week 48, Mon 23 Nov – Sun 29 Nov 2026`."""
    last = first + 6 * DAY
    year = "" if first.year == last.year else f" {first.year}"
    return _("Week %(number)d, %(first)s – %(last)s") % {
        "number": week_number(first),
        "first": words.short_day(first) + year,
        "last": f"{words.short_day(last)} {last.year}",
    }
