"""Months as numbers that can be added to: twelve of a year, January of the year 1 is 12. All in a zone that is handed in."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def of(moment: datetime, zone: ZoneInfo) -> int:
    """The number of the month that it is."""
    local = moment.astimezone(zone)
    return local.year * 12 + local.month - 1


def start(month: int, zone: ZoneInfo) -> datetime:
    """When it begins."""
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=zone)


def first_day(month: int) -> date:
    """Its first day, wherever it begins."""
    return date(month // 12, month % 12 + 1, 1)
