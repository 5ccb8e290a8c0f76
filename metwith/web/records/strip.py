"""The strip in a record's header: a bar for each of 24 months, as long as there were meetings, and each a link to its month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import ngettext

from metwith.overview import months
from metwith.overview.figures import STRIP
from metwith.web.calendar import words

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from metwith.overview.figures import Figures
    from metwith.records.kinds import Kind

WIDTH, GAP, HEIGHT, LEAST = 8, 3, 28, 3
"""Of a bar, between two, of the tallest and the shortest, in the drawing's own units."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A month with meetings."""

    x: int
    y: int
    height: int
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The drawing; where there is nothing to draw there is none."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    words: str
    """What it tells, in a sentence."""


def strip(kind: Kind, record_id: int, figures: Figures, now: datetime, zone: ZoneInfo) -> Strip | None:
    """Of the month that it is and the 23 before it. `zone`: the workspace's, whose months they are."""
    this = months.of(now, zone)
    first = this - STRIP + 1
    counts = {month: many for month, many in sorted(figures.by_month.items()) if first <= month <= this}
    if not counts:
        return None
    most, total = max(counts.values()), sum(counts.values())
    page = reverse(kind, args=[record_id])
    bars = tuple(_bar(page, month, (month - first) * (WIDTH + GAP), many, most) for month, many in counts.items())
    told = ngettext("%(n)d meeting in the last 24 months", "%(n)d meetings in the last 24 months", total) % {"n": total}
    return Strip(bars, STRIP * (WIDTH + GAP) - GAP, HEIGHT, told)


def _bar(page: str, month: int, x: int, many: int, most: int) -> Bar:
    height = max(LEAST, round(HEIGHT * many / most))
    day = months.first_day(month)
    told = ngettext("%(month)s: %(n)d meeting", "%(month)s: %(n)d meetings", many) % {"month": words.month(day), "n": many}
    query = urlencode({"view": "month", "on": day.isoformat()})
    return Bar(x, HEIGHT - height, height, told, f"{page}?{query}")
