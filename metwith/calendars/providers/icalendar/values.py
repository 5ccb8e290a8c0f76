"""Dates, times, durations and lists of them (RFC 5545, section 3.3), read the way calendars in the field mean them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import content_lines, quirks
from metwith.calendars.providers.icalendar.zones import UTC_ZONE, Zone, Zones

if TYPE_CHECKING:
    from metwith.calendars.providers.icalendar.content_lines import Field, Fields
    from metwith.calendars.vocabulary import Fallback, Moment

_STAMP = re.compile(r"\d{8}(T\d{6}Z?)?")
_DURATION = re.compile(r"([+-]?)P((?:T?[0-9]{1,8}[WDHMS])+|T?)")
_UNITS = {"W": timedelta(weeks=1), "D": timedelta(days=1), "H": timedelta(hours=1), "M": timedelta(minutes=1), "S": timedelta(seconds=1)}
_FLAGS = ("X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT")
YEARS = range(1600, 2500)
"""Years that can be meant. What lies outside stands for "none" somewhere, and zones and databases stumble over it."""
DAY = timedelta(days=1)


class Broken(ValueError):
    """A block cannot be understood. The message says why, without content."""


@lru_cache(maxsize=65536)
def _stamp(text: str) -> tuple[Moment, bool]:
    """`20261123T090000Z` → naive wall time (or a date) and whether it is in UTC. Raises ValueError."""
    if not _STAMP.fullmatch(text):
        raise ValueError
    if len(text) == 8:
        return date.fromisoformat(text), False
    value, days = quirks.midnight_as_24(quirks.second_60(text))
    return datetime.fromisoformat(value).replace(tzinfo=None) + days * DAY, value[-1] == "Z"


def moment(field: Field, zones: Zones, what: str, floating: Zone | None = None) -> tuple[Moment, Zone]:
    """The moment a property names, and its zone. A time that names no zone is read in `floating`, else in the default.

    Raises `Broken`, saying which of the event's moments it was.
    """
    text, value = quirks.time_of(*field) if ":" in field[1] else field
    parameters = content_lines.parameters(text) if text else {}
    try:
        wall, in_utc = _stamp(value.strip().upper())
    except ValueError as error:
        raise Broken(f"the {what} is not a date") from error
    if wall.year not in YEARS:
        raise Broken(f"the {what} lies in no year that can be meant")
    zone = UTC_ZONE if in_utc else zones.get(parameters["TZID"]) if parameters.get("TZID") else floating or zones.default
    if not isinstance(wall, datetime):
        return wall, zone
    if parameters and parameters.get("VALUE", "").upper() == "DATE":
        return wall.date(), zone
    return zone.at(wall), zone


def moments(fields: Fields, name: str, zones: Zones, like: Moment, floating: Zone) -> tuple[Moment, ...]:
    """The values of EXDATE or RDATE, periods left out. In an all-day series they are dates, whatever they are written as."""
    return tuple(
        like_the_start(moment((parameters, value), zones, f"{name} list", floating)[0], like, zones)
        for parameters, value in _values(fields, name)
        if "/" not in value
    )


def periods(fields: Fields, zones: Zones, like: Moment, floating: Zone) -> tuple[tuple[Moment, Moment], ...]:
    """The periods of RDATE;VALUE=PERIOD, each with an end or a duration (RFC 5545, section 3.3.9). None ends before its start."""
    pairs = []
    for parameters, value in _values(fields, "RDATE"):
        first, slash, second = value.partition("/")
        if slash:
            start, _ = moment((parameters, first), zones, "RDATE list", floating)
            lasts = second.strip()[:1] in {"P", "p", "+", "-"}
            end = after(start, second, floating) if lasts else moment((parameters, second), zones, "RDATE list", floating)[0]
            pairs.append(_in_order(like_the_start(start, like, zones), like_the_start(end, like, zones)))
    return tuple(pairs)


def _in_order(start: Moment, end: Moment) -> tuple[Moment, Moment]:
    """An end before the start is none, as of an event (`span`), and so is one of another kind: of a day that ends at an hour, or the reverse."""
    if isinstance(start, datetime):
        return start, end if isinstance(end, datetime) and _instant(end) > _instant(start) else start
    return start, start + DAY if isinstance(end, datetime) else max(end, start + DAY)


def _values(properties: Fields, name: str) -> list[Field]:
    fields = [quirks.time_of(*field) for field in properties.get(name, ())]
    return [(parameters, value) for parameters, text in fields for value in text.replace("\\", "").split(",") if value.strip()]


def like_the_start(value: Moment, start: Moment, zones: Zones) -> Moment:
    """A moment of an all-day event or series is a day, whatever it is written as: local midnight in UTC means the day that begins then."""
    if not isinstance(value, datetime) or isinstance(start, datetime):
        return value
    return zones.day(value)[0] if value.tzinfo is UTC_ZONE.time else value.date()


def after(start: Moment, duration: str, zone: Zone | None = None) -> Moment:
    """Start plus DURATION: days over wall time (of the start's own zone without `zone`), hours exactly (RFC 5545, section 3.3.6).

    Never before the start. Raises `Broken`.
    """
    days, exact = _duration(duration)
    try:
        if not isinstance(start, datetime):
            end: Moment = start + days * DAY + exact
        else:
            wall = (zone.wall(start) if zone else start) + days * DAY
            end = (wall.astimezone(UTC) + exact).astimezone(start.tzinfo)
    except OverflowError as error:
        raise Broken("the duration is longer than time") from error
    if end.year not in YEARS:
        raise Broken("the duration is longer than can be meant")
    return end


def nominal_days(fields: Fields) -> int:
    """The days of the length that follow the wall clock: those of a DURATION where there is no DTEND. Raises `Broken`."""
    return 0 if "DTEND" in fields or "DURATION" not in fields else _duration(fields["DURATION"][0][1])[0]


def _duration(text: str) -> tuple[int, timedelta]:
    """Nominal days, weeks among them, and the exact rest; of a negative one nothing. Units stand in any order, also behind a T."""
    match = _DURATION.fullmatch(text.strip().upper())
    if not match:
        raise Broken("the duration is none")
    pairs = re.findall(r"([0-9]+)([WDHMS])", match[2])
    if len({unit for _number, unit in pairs}) < len(pairs):
        raise Broken("the duration is none")
    parts = {} if match[1] == "-" else {unit: int(number) for number, unit in pairs}
    days = 7 * parts.pop("W", 0) + parts.pop("D", 0)
    return days, sum((number * _UNITS[unit] for unit, number in parts.items()), timedelta())


def span(fields: Fields, zones: Zones) -> tuple[Moment, Moment, Zone, tuple[Fallback, ...]]:
    """Start, exclusive end, zone, and what of it was guessed. Raises `Broken`.

    DTEND wins over DURATION. An end before the start is none. Without either, a date lasts its day and a time no time
    (RFC 5545, section 3.6.1); a date that ends on itself is that day, as many programs write it.
    """
    if "DTSTART" not in fields:
        raise Broken("there is no start")
    start, zone, guessed = _start(fields, zones)
    if "DTEND" in fields:
        end = _end(start, moment(fields["DTEND"][0], zones, "end", zone)[0], zone, zones)
    elif "DURATION" in fields:
        end = after(start, fields["DURATION"][0][1], zone)
    else:
        end = start
    return *_in_order(start, end), zone, guessed


def _start(fields: Fields, zones: Zones) -> tuple[Moment, Zone, tuple[Fallback, ...]]:
    start, zone = moment(fields["DTSTART"][0], zones, "start")
    guessed = [zone.fallback] if isinstance(start, datetime) else []
    if isinstance(start, datetime) and _all_day_by_flag(fields):
        start, guess = zones.day(start) if start.tzinfo is UTC_ZONE.time else (zone.wall(start).date(), None)
        guessed.append(guess)
    return start, zone, tuple(filter(None, guessed))


def _all_day_by_flag(fields: Fields) -> bool:
    """Exchange writes all-day events as times, with a flag beside them ([MS-OXCICAL], X-MICROSOFT-CDO-ALLDAYEVENT)."""
    return any(value.strip().upper() == "TRUE" for name in _FLAGS for _, value in fields.get(name, ()))


def _end(start: Moment, end: Moment, zone: Zone, zones: Zones) -> Moment:
    """The end as the same kind of moment as the start: a date after a timed start is its midnight."""
    if isinstance(start, datetime):
        return end if isinstance(end, datetime) else zone.at(datetime(end.year, end.month, end.day))  # noqa: DTZ001 - read() adds the zone
    if not isinstance(end, datetime):
        return end
    if end.tzinfo is UTC_ZONE.time and end.time() != time.min:
        return zones.day(end)[0]
    midnight = (end.hour, end.minute, end.second) == (0, 0, 0)
    return end.date() if midnight else end.date() + DAY


def _instant(value: Moment) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(value)
    return value.astimezone(UTC)


def stamp(fields: Fields, zones: Zones) -> datetime | None:
    """LAST-MODIFIED, else DTSTAMP, in UTC; None when neither can be read."""
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        if name in fields:
            try:
                value, _ = moment(fields[name][0], zones, name)
            except Broken:
                continue
            if isinstance(value, datetime):
                return value.astimezone(UTC)
    return None


def forget_values() -> None:
    """Empty the memory of times read before."""
    _stamp.cache_clear()
