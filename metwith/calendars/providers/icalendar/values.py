"""Dates, times, durations and lists of them (RFC 5545, section 3.3), read the way calendars in the field mean them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import lines, quirks
from metwith.calendars.providers.icalendar.zones import UTC_ZONE, Zone, Zones

if TYPE_CHECKING:
    from metwith.calendars.providers.icalendar.lines import Field, Fields
    from metwith.calendars.vocabulary import Moment

_STAMP = re.compile(r"\d{8}(T\d{6}Z?)?")
_DURATION = re.compile(r"([+-]?)P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?")
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
    parameters = lines.parameters(text) if text else {}
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
    return zone.read(wall), zone


def moments(found: Fields, name: str, zones: Zones, like: Moment, floating: Zone) -> tuple[Moment, ...]:
    """The values of EXDATE or RDATE, periods left out. In an all-day series they are dates, whatever they are written as."""
    return tuple(
        _like(moment((parameters, value), zones, f"{name} list", floating)[0], like)
        for parameters, value in _values(found, name)
        if "/" not in value
    )


def periods(found: Fields, zones: Zones, like: Moment, floating: Zone) -> tuple[tuple[Moment, Moment], ...]:
    """The periods of RDATE;VALUE=PERIOD, each with an end or a duration (RFC 5545, section 3.3.9)."""
    pairs = []
    for parameters, value in _values(found, "RDATE"):
        first, slash, second = value.partition("/")
        if slash:
            start, _ = moment((parameters, first), zones, "RDATE list", floating)
            end = (
                after(start, second) if second.strip()[:1] in {"P", "+"} else moment((parameters, second), zones, "RDATE list", floating)[0]
            )
            pairs.append((_like(start, like), _like(end, like)))
    return tuple(pairs)


def _values(found: Fields, name: str) -> list[Field]:
    fields = [quirks.time_of(*field) for field in found.get(name, ())]
    return [(parameters, value) for parameters, text in fields for value in text.split(",") if value.strip()]


def _like(value: Moment, like: Moment) -> Moment:
    return value.date() if isinstance(value, datetime) and not isinstance(like, datetime) else value


def after(start: Moment, duration: str) -> Moment:
    """Start plus DURATION: days over wall time, hours exactly (RFC 5545, section 3.3.6). Never before the start. Raises `Broken`."""
    found = _DURATION.fullmatch(duration.strip().upper())
    if not found:
        raise Broken("the duration is none")
    sign, *numbers = found.groups()
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in numbers)
    if sign == "-":
        return start
    nominal, exact = timedelta(weeks=weeks, days=days), timedelta(hours=hours, minutes=minutes, seconds=seconds)
    try:
        end = start + nominal + exact if not isinstance(start, datetime) else _exactly_after(start + nominal, exact)
    except OverflowError as error:
        raise Broken("the duration is longer than time") from error
    if end.year not in YEARS:
        raise Broken("the duration is longer than can be meant")
    return end


def _exactly_after(start: datetime, exact: timedelta) -> datetime:
    return (start.astimezone(UTC) + exact).astimezone(start.tzinfo)


def span(found: Fields, zones: Zones) -> tuple[Moment, Moment, Zone]:
    """Start, exclusive end and zone. Raises `Broken`.

    DTEND wins over DURATION. An end before the start is none. Without either, a date lasts its day and a time no time
    (RFC 5545, section 3.6.1); a date that ends on itself is that day, as many programs write it.
    """
    if "DTSTART" not in found:
        raise Broken("there is no start")
    start, zone = moment(found["DTSTART"][0], zones, "start")
    if "DTEND" in found:
        end = _end(start, moment(found["DTEND"][0], zones, "end", zone)[0], zone)
    elif "DURATION" in found:
        end = after(start, found["DURATION"][0][1])
    else:
        end = start
    if not isinstance(start, datetime):
        return start, max(end, start + DAY), zone
    return start, end if _instant(end) > _instant(start) else start, zone


def _end(start: Moment, end: Moment, zone: Zone) -> Moment:
    """The end as the same kind of moment as the start: a date after a timed start is its midnight."""
    if isinstance(start, datetime):
        return end if isinstance(end, datetime) else zone.read(datetime(end.year, end.month, end.day))  # noqa: DTZ001 - read() adds the zone
    if isinstance(end, datetime):
        midnight = (end.hour, end.minute, end.second) == (0, 0, 0)
        return end.date() if midnight else end.date() + DAY
    return end


def _instant(value: Moment) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(value)
    return value.astimezone(UTC)


def stamp(found: Fields, zones: Zones) -> datetime | None:
    """LAST-MODIFIED, else DTSTAMP, in UTC; None when neither can be read."""
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        if name in found:
            try:
                value, _ = moment(found[name][0], zones, name)
            except Broken:
                continue
            if isinstance(value, datetime):
                return value.astimezone(UTC)
    return None


def forget() -> None:
    """Empty the memory of times read before."""
    _stamp.cache_clear()
