"""When a record goes quiet: it was met again and again, and then for a long time not. Pure.

Met on 3 days or more in 24 months, last within 12: months are those of the calendar, this one and those before it, as in all figures. The usual
gap is the median of the last ten, at least two weeks; who is silent for twice that has gone quiet, unless something is planned.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

DAYS = 3
WINDOW, LATELY = 24, 12
"""Months: of the days that are looked at, and within which the last of them lies."""
GAPS = 10
LEAST = timedelta(days=14)
"""The shortest gap that is usual: who meets twice a week does not go quiet in one of holidays."""


def quiet_day(met: Sequence[date], month: int) -> date | None:
    """The day on which a record goes quiet if nothing happens, as told in a month (`months.of`); None where it does not.

    `met`: the days on which it was met, each once, in their order.
    """
    lately = [day for day in met if _month(day) > month - WINDOW]
    if len(lately) < DAYS or _month(lately[-1]) <= month - LATELY:
        return None
    gaps = [after - before for before, after in pairwise(lately)][-GAPS:]
    # The median of days is a whole day or a half, so twice that is whole.
    return lately[-1] + max(timedelta(days=int(2 * median(gap.days for gap in gaps))), 2 * LEAST)


def usual_gap(last: date, quiet: date) -> timedelta:
    """The gap from which a day of quiet was reckoned: a half of it all."""
    return (quiet - last) / 2


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1
