"""What a VTIMEZONE says → the changes of its clock (RFC 5545, section 3.6.5).

Files in the field leave out TZOFFSETFROM or the plus of an offset, name the hour in the rule, list a few years only, or say what no
clock can do. What makes no sense is left out; a zone of which nothing is left is None. Linear in the size of the block: rules are
worked out year by year, never searched for.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from metwith.lib.text import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.calendars.rules.clock import Changes

YEARS = range(1970, 2101)
"""Changes are worked out in these years; before them the first offset holds, after them the last."""
MOST = 1_000
"""Parts of a zone, dates in a list, and changes of one part that are looked at."""
LONGEST_LINE = 20_000
_OFFSET = re.compile(r"([+-]?)(\d{1,2}):?(\d{2})?:?(\d{2})?")
_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2}))?(Z?)")
_WEEKDAY = re.compile(r"([+-]?\d{0,2})(MO|TU|WE|TH|FR|SA|SU)")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_RULE_PARTS = frozenset({"FREQ", "INTERVAL", "BYMONTH", "BYDAY", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "WKST", "UNTIL", "COUNT"})
_TIMES = ("BYHOUR", "BYMINUTE", "BYSECOND")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  wall time
_EARLIEST, _LATEST = datetime(1600, 1, 1), datetime(YEARS.stop, 1, 1)  # noqa: DTZ001  wall time
"""What is said of times before and after is said of these: no offset leads from them beyond what a date can be."""
_DAY = timedelta(days=1)

type Wall = datetime
"""Without a zone."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a VTIMEZONE comes to."""

    changes: Changes
    goes_on: bool
    """Its rules have no end, or it never changes. Otherwise nothing is known after the last change."""


@dataclass(slots=True)
class _Part:
    """A STANDARD or DAYLIGHT: from these wall times on, which are those of the offset before, its offset holds."""

    offset: int | None = None
    before: int | None = None
    start: Wall | None = None
    rules: list[str] = field(default_factory=list)
    dates: list[Wall] = field(default_factory=list)


def described(text: str) -> Described | None:
    """The changes that a VTIMEZONE describes; None when it describes nothing that a clock could do."""
    parts = [part for part in _parts(text) if part.offset is not None]
    if not parts:
        return None
    earlier = min(parts, key=lambda part: part.start or _EPOCH)
    base = earlier.offset if earlier.before is None else earlier.before
    found: dict[int, int] = {}
    goes_on = len(parts) == 1 and not parts[0].rules and not parts[0].dates
    for part in parts:
        before = _before(part, parts)
        for wall in _onsets(part, before):
            found[_seconds(wall) - before] = part.offset or 0
        goes_on = goes_on or any(not {"UNTIL", "COUNT"} & _rule(rule).keys() for rule in part.rules if _is_plain(rule))
    return Described(_changes(base or 0, found), goes_on)


def carried_on(changes: Changes) -> Changes:
    """With the last change forward and the last one back again in every later year: at that weekday of the month, from its end or beginning."""
    last: dict[bool, tuple[Wall, int, int]] = {}
    for (_at, before), (at, after) in pairwise(changes):
        last[after > before] = (_EPOCH + timedelta(seconds=at + before), before, after)
    if len(last) < 2 or max(wall for wall, *_ in last.values()) - min(wall for wall, *_ in last.values()) > 370 * _DAY:
        return changes
    further = {
        _seconds(wall) - before: after for onset, before, after in last.values() for wall in _yearly(_as_rule(onset), onset) if wall > onset
    }
    return _changes(changes[0][1], dict(changes[1:]) | further, first=changes[0][0])


def _as_rule(wall: Wall) -> dict[str, str]:
    """`BYMONTH=10;BYDAY=-1SU`: which one of its weekday in its month a day is; the last, where it may be that."""
    days = calendar.monthrange(wall.year, wall.month)[1]
    number = -1 if wall.day + 7 > days else (wall.day - 1) // 7 + 1
    return {"FREQ": "YEARLY", "BYMONTH": str(wall.month), "BYDAY": f"{number}{_WEEKDAYS[wall.weekday()]}"}


def _changes(base: int, offsets: dict[int, int], *, first: int | None = None) -> Changes:
    """Ascending, each to another offset than the one before it."""
    times = sorted(offsets)
    changes = [(times[0] - 1 if first is None and times else first or 0, base)]
    for at in times:
        if offsets[at] != changes[-1][1] and at > changes[-1][0]:
            changes.append((at, offsets[at]))
    return tuple(changes)


def _before(part: _Part, parts: list[_Part]) -> int:
    """TZOFFSETFROM; where it is missing the offset of another part, and of a zone that has but one its own."""
    if part.before is not None:
        return part.before
    return next((other.offset for other in parts if other is not part and other.offset is not None), part.offset or 0)


def _parts(text: str) -> list[_Part]:
    found: list[_Part] = []
    inside = False
    for line in text.split("\n"):
        name, _, value = line[:LONGEST_LINE].partition(":")
        name, value = name.partition(";")[0].strip().upper(), value.strip()
        if name in {"BEGIN", "END"}:
            inside = name == "BEGIN" and value.upper() in {"STANDARD", "DAYLIGHT"} and len(found) < MOST
            found += [_Part()] if inside else []
        elif inside:
            _read_zone(found[-1], name, value)
    return found


def _read_zone(part: _Part, name: str, value: str) -> None:
    match name:
        case "TZOFFSETTO":
            part.offset = _offset(value)
        case "TZOFFSETFROM":
            part.before = _offset(value)
        case "DTSTART":
            part.start = _wall(value)
        case "RRULE":
            part.rules = [*part.rules, value.upper().replace(" ", "").replace("\\", "")][:MOST]
        case "RDATE":
            part.dates += filter(None, map(_wall, value.split(",")[: MOST - len(part.dates)]))


def _offset(text: str) -> int | None:
    found = _OFFSET.fullmatch(text.strip())
    if not found:
        return None
    hours, minutes, seconds = (int(number or 0) for number in found.groups()[1:])
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return (3600 * hours + 60 * minutes + seconds) * (-1 if found[1] == "-" else 1)


def _wall(text: str) -> Wall | None:
    """`20261025T030000`, also in UTC, which no zone may write and some do; of a period its start."""
    found = _STAMP.fullmatch(text.strip().upper().partition("/")[0])
    if not found:
        return None
    try:
        wall = datetime(*(int(number or 0) for number in found.groups()[:6]))  # type: ignore[arg-type]  # noqa: DTZ001  wall time
    except ValueError:
        return None
    return min(max(wall, _EARLIEST), _LATEST)


def _seconds(wall: Wall) -> int:
    return (wall - _EPOCH) // timedelta(seconds=1)


def _onsets(part: _Part, before: int) -> Iterator[Wall]:
    start = part.start or _EPOCH
    if start.year < YEARS.stop:
        yield start
    yield from (wall for wall in part.dates if wall.year < YEARS.stop)
    for rule in part.rules[:4]:
        if _is_plain(rule):
            yield from islice(_until(_yearly(_rule(rule), start), _rule(rule), before), MOST)


def _until(walls: Iterator[Wall], rule: dict[str, str], before: int) -> Iterator[Wall]:
    text = rule.get("UNTIL", "")
    last = _wall(text)
    if last and text.endswith("Z"):
        last += timedelta(seconds=before)
    elif last and "T" not in text:
        last += _DAY
    count = whole(rule.get("COUNT", ""), 5)
    most = MOST if count is None else count
    for wall in islice(walls, most):
        if last and wall > last:
            return
        yield wall


def _rule(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (piece.partition("=") for piece in text.split(";")) if value}


def _is_plain(text: str) -> bool:
    """Once a year, by month, weekday or day of the month, at one time of day."""
    rule = _rule(text)
    days = rule.get("BYDAY", "MO").split(",")[:MOST]
    return rule.get("FREQ") == "YEARLY" and rule.keys() <= _RULE_PARTS and all(map(_WEEKDAY.fullmatch, days))


def _yearly(rule: dict[str, str], start: Wall) -> Iterator[Wall]:
    """The days of a rule at their time of day, from the start on, one year after another."""
    every = max(_numbers(rule, "INTERVAL", 1)[0], 1)
    hour, minute, second = (
        _numbers(rule, name, given)[0] for name, given in zip(_TIMES, (start.hour, start.minute, start.second), strict=True)
    )
    if hour not in range(24) or minute not in range(60) or second not in range(60):
        return
    months = [month for month in _numbers(rule, "BYMONTH", start.month) if month in range(1, 13)]
    for year in YEARS:
        if year >= start.year and (year - start.year) % every == 0:
            for month in months:
                for day in _days(rule, year, month, start.day):
                    wall = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  wall time
                    if wall >= start:
                        yield wall


def _days(rule: dict[str, str], year: int, month: int, otherwise: int) -> list[int]:
    """The day of a month that a rule means: the first of all that fit, since a clock changes once."""
    length = calendar.monthrange(year, month)[1]
    wanted = {*range(1, length + 1)}
    if "BYMONTHDAY" in rule:
        wanted &= {day if day > 0 else length + 1 + day for day in _numbers(rule, "BYMONTHDAY", otherwise)}
    if "BYDAY" in rule:
        wanted &= {day for text in rule["BYDAY"].split(",")[:7] for day in _weekdays(text, year, month, length)}
    elif "BYMONTHDAY" not in rule:
        wanted = {min(otherwise, length)}
    return sorted(wanted)[:1]


def _weekdays(text: str, year: int, month: int, length: int) -> list[int]:
    found = _WEEKDAY.fullmatch(text)
    if not found:
        return []
    first = 1 + (_WEEKDAYS.index(found[2]) - calendar.weekday(year, month, 1)) % 7
    days = list(range(first, length + 1, 7))
    number = int(found[1]) if found[1] not in {"", "+", "-"} else 0
    if not number:
        return days
    return days[number - 1 : number] if number > 0 else days[number : number + 1 or None] if -number <= len(days) else []


def _numbers(rule: dict[str, str], name: str, otherwise: int) -> list[int]:
    texts = rule.get(name, "").split(",")[:31]
    found = [int(text) for text in texts if re.fullmatch(r"[+-]?[0-9]{1,4}", text)]
    return found or [otherwise]
