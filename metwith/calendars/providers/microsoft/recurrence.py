"""A Graph patternedRecurrence → a rule of RFC 5545, section 3.3.10 (https://learn.microsoft.com/graph/api/resources/recurrencepattern).

All six kinds of pattern have one. Two differ from what their names suggest: a day that a month does not have means its last
day, where iCalendar would leave the month out; and a relative pattern counts all its days of week together, so it needs
BYSETPOS. A pattern of a kind that we do not know gives None, and the series is read occurrence by occurrence (`series.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

_DAYS = {"sunday": "SU", "monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH", "friday": "FR", "saturday": "SA"}
_POSITIONS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_SHORTEST_MONTH = 28


def rule_of(recurrence: object) -> str | None:
    """`{"pattern": …, "range": …}` → an RRULE value; None for what cannot be put into one."""
    try:
        pattern, extent = _mapping(recurrence, "pattern"), _mapping(recurrence, "range")
        return ";".join((*_pattern(pattern), *_range(extent)))
    except (ValueError, KeyError, TypeError):
        return None


def _mapping(parent: object, name: str) -> Mapping[str, Any]:
    found = parent.get(name) if isinstance(parent, Mapping) else None
    if not isinstance(found, Mapping):
        raise TypeError(name)
    return found


def _pattern(pattern: Mapping[str, Any]) -> tuple[str, ...]:
    every = f"INTERVAL={_positive(pattern['interval'])}"
    match pattern["type"]:
        case "daily":
            return ("FREQ=DAILY", every)
        case "weekly":
            return ("FREQ=WEEKLY", every, f"BYDAY={_days(pattern)}", f"WKST={_DAYS[pattern.get('firstDayOfWeek') or 'sunday']}")
        case "absoluteMonthly":
            return ("FREQ=MONTHLY", every, *_day_of_month(pattern))
        case "relativeMonthly":
            return ("FREQ=MONTHLY", every, *_relative_day(pattern))
        case "absoluteYearly":
            return ("FREQ=YEARLY", every, _month(pattern), *_day_of_month(pattern))
        case "relativeYearly":
            return ("FREQ=YEARLY", every, _month(pattern), *_relative_day(pattern))
    raise ValueError("a kind of pattern that is not known")


def _day_of_month(pattern: Mapping[str, Any]) -> tuple[str, ...]:
    day = _positive(pattern["dayOfMonth"])
    if day > 31:
        raise ValueError("no month has this day")
    if day <= _SHORTEST_MONTH:
        return (f"BYMONTHDAY={day}",)
    return ("BYMONTHDAY=" + ",".join(map(str, range(_SHORTEST_MONTH, day + 1))), "BYSETPOS=-1")


def _relative_day(pattern: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"BYDAY={_days(pattern)}", f"BYSETPOS={_POSITIONS[pattern.get('index') or 'first']}")


def _days(pattern: Mapping[str, Any]) -> str:
    days = [_DAYS[day] for day in pattern["daysOfWeek"]]
    if not days:
        raise ValueError("no day of the week")
    return ",".join(dict.fromkeys(days))


def _month(pattern: Mapping[str, Any]) -> str:
    month = _positive(pattern["month"])
    if month > 12:
        raise ValueError("no such month")
    return f"BYMONTH={month}"


def _range(extent: Mapping[str, Any]) -> tuple[str, ...]:
    """The last day is a day of the series' zone and included, which is what UNTIL as a date means to `rules/recur.py`."""
    match extent["type"]:
        case "noEnd":
            return ()
        case "endDate":
            return (f"UNTIL={date.fromisoformat(extent['endDate']):%Y%m%d}",)
        case "numbered":
            return (f"COUNT={_positive(extent['numberOfOccurrences'])}",)
    raise ValueError("a kind of range that is not known")


def _positive(number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError("not a number of something")
    return number
