"""TZID → a time zone (RFC 5545, sections 3.2.19 and 3.6.5).

IANA names come first, in whatever dress a program puts them; then Windows names; then what the file's own VTIMEZONE says.
A VTIMEZONE without a known name is given the name of a zone that keeps the same time, so that a series in it can be expanded.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from dateutil import tz
from tzlocal.windows_tz import win_tz

from metwith.calendars.providers.icalendar import lines, quirks
from metwith.lib.border import at_item

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN_RULE = re.compile(
    r"FREQ=YEARLY(;(INTERVAL=1|BYMONTH=\d{1,2}|BYDAY=[+-]?\d?[A-Z]{2}|BYMONTHDAY=-?\d{1,2}(,\d{1,2})*|WKST=[A-Z]{2}|UNTIL=\d{8}(T\d{6}Z?)?))*;?"
)
_ZONE_LINES = ("BEGIN", "END", "DTSTART", "RDATE", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME")
MOST_OWN = 100
"""Zones of a calendar's own that are worked out, at some hundredths of a second each; nobody meets in more."""
_COMPARED = tuple(datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(days=3 * number) for number in range(4 * 122))
"""Instants at which two zones must agree to count as the same: every third day of four years."""


@dataclass(frozen=True, slots=True)
class Zone:
    """What wall times of a file are read in."""

    name: str
    """IANA name."""
    time: tzinfo
    """Reads wall times. Differs from the named zone only for a VTIMEZONE that no known zone fits."""

    def read(self, wall: datetime) -> datetime:
        """An aware datetime in the named zone."""
        moment = wall.replace(tzinfo=self.time)
        return moment if isinstance(self.time, ZoneInfo) else moment.astimezone(ZoneInfo(self.name))


UTC_ZONE = Zone("UTC", ZoneInfo("UTC"))


class Zones:
    """The zones of one VCALENDAR. `default` is where floating times are read: X-WR-TIMEZONE, else the account's zone."""

    def __init__(self, blocks: Iterable[bytes], named: str, account: str) -> None:
        self._own = {_tzid(text): text for text in map(lines.decode, blocks)}
        self._known: dict[str, Zone] = {}
        self._account = account
        self._worked_out = 0
        self.default = at_item(lambda: self._find(named), _none) or self._find(account) or UTC_ZONE

    def get(self, tzid: str) -> Zone:
        """The zone of a TZID parameter; an unknown one without VTIMEZONE falls back to the default."""
        zone = self._known.get(tzid)
        if zone is None:
            zone = self._known[tzid] = self._find(tzid) or self.default
        return zone

    def _find(self, tzid: str) -> Zone | None:
        name = tzid.strip().strip('"').strip()
        if not name:
            return None
        return named(name) or self._custom(name) or quirks_zone(name)

    def _custom(self, name: str) -> Zone | None:
        if name not in self._own or self._worked_out >= MOST_OWN:
            return None
        self._worked_out += 1
        return custom(self._own[name], self._account)


def _none(_reason: str) -> None:
    return None


def quirks_zone(tzid: str) -> Zone | None:
    """The last try, behind the file's own VTIMEZONE: names that only hint at a zone."""
    name = quirks.zone_of_display_name(tzid, _cities())
    return _zone(name) if name else None


@lru_cache(maxsize=1024)
def named(tzid: str) -> Zone | None:
    """The zone of an IANA or Windows name, whatever its letter case; of a path, its end."""
    for name in quirks.zone_names(tzid):
        found = _names().get(name.casefold())
        if found:
            return _zone(found)
    return None


@lru_cache(maxsize=1024)
def custom(vtimezone: str, preferred: str = "UTC") -> Zone | None:
    """The zone that a VTIMEZONE describes: by the name it hides, by a known zone with the same rules, or with a fixed offset.

    Of several with the same rules `preferred` is taken, else a big city.
    """
    hidden = re.search(r"\nX-LIC-LOCATION:([^\n]*)", vtimezone)
    if hidden and (known := named(hidden[1].strip())):
        return known
    rules = _rules(vtimezone)
    if rules is None:
        return None
    offsets = [moment.astimezone(rules).utcoffset() for moment in _COMPARED]
    same = _same_offsets(tuple(offsets), preferred) or _same_offsets((offsets[0],) * len(offsets), preferred)
    return Zone(same or "UTC", rules)


@lru_cache(maxsize=1024)
def _same_offsets(offsets: tuple[timedelta | None, ...], preferred: str) -> str:
    """A known zone with these offsets at the compared instants."""
    for name in (preferred, *_candidates()):
        zone = ZoneInfo(name)
        if all(moment.astimezone(zone).utcoffset() == offset for moment, offset in zip(_COMPARED, offsets, strict=True)):
            return name
    return ""


def _rules(vtimezone: str) -> tzinfo | None:
    """The file's rules by dateutil, which gets only lines it knows, and no rule that could keep it busy."""
    kept = [line for line in vtimezone.split("\n") if re.split("[:;]", line, maxsplit=1)[0].upper() in _ZONE_LINES or _is_plain_rule(line)]
    text = "\n".join([kept[0], "TZID:custom", *map(quirks.year_1601, kept[1:])]) if kept else ""
    try:
        return tz.tzical(io.StringIO(text)).get("custom")
    except (ValueError, TypeError, IndexError, KeyError):
        return None


def _is_plain_rule(line: str) -> bool:
    name, _, value = line.partition(":")
    return name.upper() == "RRULE" and _PLAIN_RULE.fullmatch(value.strip().upper()) is not None


def _tzid(vtimezone: str) -> str:
    found = re.search(r"\nTZID[^:\n]*:([^\n]*)", vtimezone, re.IGNORECASE)
    return found[1].strip().strip('"').strip() if found else ""


@cache
def _zone(name: str) -> Zone:
    return Zone(name, ZoneInfo(name))


@cache
def _names() -> dict[str, str]:
    """Folded IANA and Windows names → IANA names."""
    windows = {name.casefold(): zone for name, zone in win_tz.items()}
    iana = {name.casefold(): name for name in available_timezones() if name not in {"Factory", "localtime"}}
    utc = dict.fromkeys(("utc", "gmt", "z", "etc/utc", "etc/gmt", "zulu", "etc/zulu", "universal time"), "UTC")
    return {**windows, **iana, **utc}


@cache
def _candidates() -> tuple[str, ...]:
    cities = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/")))
    return tuple(dict.fromkeys(["UTC", *win_tz.values(), *cities]))


@cache
def _cities() -> dict[str, str]:
    """`berlin` → `Europe/Berlin`."""
    return {name.rpartition("/")[2].replace("_", " ").casefold(): name for name in reversed(_candidates())}
