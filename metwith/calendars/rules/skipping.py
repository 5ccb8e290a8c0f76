"""SKIP: what becomes of a day that a month does not have (RFC 7529, section 4.1). dateutil knows only to leave it out."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from metwith.lib.text import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LAST_YEAR = 9990
_PARTS = frozenset({"FREQ", "INTERVAL", "WKST", "BYMONTH", "BYMONTHDAY"})


def applies(parts: Mapping[str, str]) -> bool:
    """Whether a rule goes by days of the month alone: no other part can name a day that does not exist."""
    numbers = [*parts.get("BYMONTH", "1").split(","), *parts.get("BYMONTHDAY", "1").split(",")]
    plain = all(1 <= (whole(number, 3) or 0) <= 31 for number in numbers)
    return parts["FREQ"] in {"MONTHLY", "YEARLY"} and parts.keys() <= _PARTS and plain


@dataclass(frozen=True, slots=True)
class Days:
    """The starts of such a rule in their order, from `start` on, over wall time; a missing day is the last before it, or the first after."""

    parts: Mapping[str, str]
    start: datetime
    forward: bool

    def __iter__(self) -> Iterator[datetime]:
        before = self.start - timedelta(days=1)
        for year, month in self._months():
            for wall in sorted({self._day(year, month, day) for day in _numbers(self.parts, "BYMONTHDAY", self.start.day)}):
                if wall >= self.start and wall > before:
                    before = wall
                    yield wall

    def _months(self) -> Iterator[tuple[int, int]]:
        every = int(self.parts.get("INTERVAL", "1"))
        monthly = self.parts["FREQ"] == "MONTHLY"
        named = _numbers(self.parts, "BYMONTH", 0 if monthly else self.start.month)
        first = 12 * self.start.year + self.start.month - 1 if monthly else self.start.year
        for number in count(first, every):
            year, months = (number // 12, [number % 12 + 1]) if monthly else (number, named)
            if year > LAST_YEAR:
                return
            yield from ((year, month) for month in months if not named[0] or month in named)

    def _day(self, year: int, month: int, day: int) -> datetime:
        length = calendar.monthrange(year, month)[1]
        last = self.start.replace(year=year, month=month, day=min(day, length))
        return last + timedelta(days=1) if self.forward and day > length else last


def _numbers(parts: Mapping[str, str], name: str, otherwise: int) -> list[int]:
    return sorted({int(number) for number in parts[name].split(",")}) if name in parts else [otherwise]
