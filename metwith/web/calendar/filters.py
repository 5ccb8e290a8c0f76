"""What the Calendar tab is narrowed to, as the address bar tells it. Pure: `today` is handed in."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from metwith.calendars.feed import FeedFilter
from metwith.lib.text import whole
from metwith.web.calendar import words
from metwith.web.calendar.period.period import VIEWS, Leaf, leaf, week_start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metwith.calendars.feed import When

LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """`start` and `end` hold the period's days, `end` exclusive; both empty for all time."""

    period: str = ""
    """`week`, `month`, `quarter`, `year`, `own`, or nothing."""
    start: date | None = None
    end: date | None = None
    colleague: int | None = None
    cancelled: bool = True
    q: str = ""
    whole: bool = False
    """All upcoming ones, not just the nearest."""
    before: str = ""
    """Cursor into the past."""
    after: str = ""
    """Cursor into the future."""
    month: str = ""
    """The month that the page before this one ended in: its heading is not said twice."""
    problem: str = ""
    """What is wrong with what was asked for, in words."""
    view_as: str = ""
    """Through which colleague's eyes, as asked for: no filter, but it stays with whatever is narrowed."""
    typed: tuple[str, str] = field(default=("", ""))
    """The own range as typed."""
    mine: bool = False
    """Of all meetings only the viewer's own; no filter, but it stays with whatever is narrowed."""
    leaf: Leaf | None = None
    """The month or the week that is shown; the list has none. It takes the place of a period."""

    @property
    def active(self) -> bool:
        """Whether something is narrowed at all."""
        return bool(self.many)

    @property
    def many(self) -> int:
        """By how many filters it is narrowed."""
        return sum(map(bool, (self.period, self.colleague, not self.cancelled, self.q)))

    def ask(self, when: When = "all") -> FeedFilter:
        """The same as a question about a record's feed."""
        return FeedFilter(when, self.start, self.end, self.colleague, self.cancelled, self.q)

    def query(self, **changes: str | int | None) -> str:
        """The query string of the same filters with some changed (None: taken off), and back on the first page."""
        kept: dict[str, str | int | None] = {
            "mine": "true" if self.mine else None,
            "period": self.period,
            "from": self.typed[0] if self.period == "own" else None,
            "to": self.typed[1] if self.period == "own" else None,
            "with": self.colleague,
            "cancelled": None if self.cancelled else "no",
            "q": self.q,
            "upcoming": "all" if self.whole else None,
            "as": self.view_as,
        }
        if self.leaf:
            kept |= {"view": self.leaf.view, "on": self.leaf.on}
        kept |= changes
        return urlencode({name: value for name, value in kept.items() if value not in {None, ""}})


def parse(asked: Mapping[str, str], today: date) -> Filters:
    """Filters from a query string. What makes no sense is left out, and `problem` says so."""
    narrowed = _in_every_view(asked)
    if view := VIEWS.get(asked.get("view", "")):
        shown, problem = leaf(view, asked.get("on", ""), today)
        return replace(narrowed, leaf=shown, problem=problem)
    period = asked.get("period", "")
    typed = (asked.get("from", "").strip(), asked.get("to", "").strip())
    start, end, problem = _own(typed) if period == "own" else (*span(period, today), "")
    if problem or (period and start is None and end is None):
        period, start, end = "", None, None
    return replace(
        narrowed,
        period=period,
        start=start,
        end=end,
        whole=asked.get("upcoming") == "all",
        before=asked.get("before", ""),
        after=asked.get("after", ""),
        month=asked.get("month", ""),
        problem=problem,
        typed=typed,
    )


def _in_every_view(asked: Mapping[str, str]) -> Filters:
    """What holds for the list, the month and the week alike."""
    return Filters(
        colleague=whole(asked.get("with", ""), 18),
        cancelled=asked.get("cancelled") != "no",
        q=asked.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
        view_as=asked.get("as", "")[:20],
        mine=asked.get("mine") == "true",
    )


def span(period: str, today: date) -> tuple[date | None, date | None]:
    """First day and the day after the last of the week, month, quarter or year that `today` is in."""
    if period == "week":
        return week_start(today), week_start(today) + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}.get(period)
    if months is None:
        return None, None
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    last_month = first.month + months - 1
    return first, date(first.year, last_month, calendar.monthrange(first.year, last_month)[1]) + timedelta(days=1)


def _own(typed: tuple[str, str]) -> tuple[date | None, date | None, str]:
    try:
        start, last = (date.fromisoformat(text) if text else None for text in typed)
        end = last + timedelta(days=1) if last else None
    except (ValueError, OverflowError):
        return None, None, _("One of the two dates is not a date. Write it as 2026-11-21.")
    if start and last and start > last:
        return None, None, _("The first day comes after the last one. Swap the two dates.")
    return start, end, ""


def periods() -> tuple[tuple[str, str], ...]:
    """The choices, as value and label."""
    return (
        ("", _("All time")),
        ("week", _("This week")),
        ("month", _("This month")),
        ("quarter", _("This quarter")),
        ("year", _("This year")),
    )


def period_words(filters: Filters) -> str:
    """What the chip says: `This month`, `1 Oct – 21 Nov`."""
    if filters.period != "own":
        return dict(periods()).get(filters.period, _("All time"))
    first = words.short_day(filters.start) if filters.start else ""
    last = words.short_day(filters.end - timedelta(days=1)) if filters.end else ""
    if first and last:
        return f"{first} – {last}"
    return _("From %(day)s") % {"day": first} if first else _("Until %(day)s") % {"day": last}
