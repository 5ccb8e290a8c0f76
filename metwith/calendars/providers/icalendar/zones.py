"""TZID → a time zone (RFC 5545, sections 3.2.19 and 3.6.5).

IANA names come first, in whatever dress a program puts them; then Windows names; then what the file's own VTIMEZONE says.
A VTIMEZONE without a known name is given the name of a zone that keeps the same time, so that a series in it can be expanded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from tzlocal.windows_tz import win_tz

from metwith.calendars.providers.icalendar import content_lines, quirks
from metwith.calendars.providers.icalendar.vtimezone import Described, carried_on, described
from metwith.calendars.rules.clock import own_clock
from metwith.calendars.vocabulary import Fallback
from metwith.lib.border import at_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from metwith.calendars.rules.clock import Changes

MOST_OWN = 100
"""Zones of a calendar's own that are worked out, at some thousandths of a second each; nobody meets in more."""
_EVERY = timedelta(days=3)
_FOUR_YEARS = timedelta(days=3 * 4 * 122)
_FROM = datetime(2024, 1, 1, 12, tzinfo=UTC)
"""Two zones that agree at every third day of four years from here count as the same."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_NAME = 500
_FURTHER = re.compile(r";\s*[A-Za-z-]{1,30}=.*", re.DOTALL)
"""Parameters that got within the quotation marks of a TZID: `"local;VALUE=DATE-TIME"`."""


@dataclass(frozen=True, slots=True)
class Zone:
    """What wall times of a file are read in."""

    name: str
    """IANA name."""
    time: tzinfo
    """Reads wall times. Differs from the named zone only for a VTIMEZONE."""
    clock: Changes = ()
    """Where no named zone keeps the same time: the changes of this one."""
    fallback: Fallback | None = None

    def at(self, wall: datetime) -> datetime:
        """An aware datetime in the named zone."""
        moment = wall.replace(tzinfo=self.time)
        return moment if isinstance(self.time, ZoneInfo) else moment.astimezone(ZoneInfo(self.name))

    def wall(self, moment: datetime) -> datetime:
        """An instant as an aware wall time of this zone."""
        return moment.astimezone(self.time)


UTC_ZONE = Zone("UTC", ZoneInfo("UTC"))


class Zones:
    """The zones of one VCALENDAR. `default` is where floating times are read: X-WR-TIMEZONE, else the account's zone."""

    def __init__(self, blocks: Iterable[bytes], named: str, account: str) -> None:
        self._own = {_tzid(text).casefold(): text for text in map(content_lines.decode, blocks)}
        self._known: dict[str, Zone] = {}
        self._account = account
        self._worked_out = 0
        self._of_account = self._find(account) or UTC_ZONE
        self.default = at_item(lambda: self._find(named), _none) or self._of_account

    def get(self, tzid: str) -> Zone:
        """The zone of a TZID parameter; an unknown one without VTIMEZONE falls back to the default."""
        zone = self._known.get(tzid)
        if zone is None:
            zone = self._known[tzid] = self._find(tzid) or replace(self.default, fallback=Fallback.ZONE_UNKNOWN)
        return zone

    def day(self, moment: datetime) -> tuple[date, Fallback | None]:
        """The day that an instant in UTC means where only days can be meant: it is midnight, or a day's last second, where the calendar lives.

        Exchange writes it so. Where it is neither anywhere, and no full hour of UTC, the day in UTC.
        """
        if moment.time() == time.min:
            return moment.date(), None
        for zone in (self.default, self._of_account, *self._described()):
            local = zone.wall(moment)
            if local.time() == time.min or (local.hour, local.minute, local.second) == (23, 59, 59):
                return local.date(), None
        if moment.minute % 15 == 0 and not moment.second:
            return (moment + timedelta(hours=12)).date(), Fallback.DAY_GUESSED
        return moment.date(), None

    def _described(self) -> Iterator[Zone]:
        return (zone for name in islice(self._own, 5) if (zone := at_item(partial(self._find, name), _none)))

    def _find(self, tzid: str) -> Zone | None:
        name = _FURTHER.sub("", tzid).strip().strip('"').strip()
        if not name or len(name) > LONGEST_NAME:
            return None
        return named(name) or self._custom(name) or quirks_zone(name)

    def _custom(self, name: str) -> Zone | None:
        text = self._own.get(name.casefold())
        if text is None or self._worked_out >= MOST_OWN:
            return None
        self._worked_out += 1
        return custom(text, self._account)


def _none(_reason: str) -> None:
    return None


@lru_cache(maxsize=1024)
def quirks_zone(tzid: str) -> Zone | None:
    """The last try, behind the file's own VTIMEZONE: names that only hint at a zone."""
    numbered = quirks.without_number(tzid)
    known = named(numbered) if numbered else None
    name = quirks.zone_of_display_name(tzid, _cities())
    found = known or (_zone(name) if name else None) or _fixed(quirks.offset_of(tzid))
    return replace(found, fallback=Fallback.ZONE_GUESSED) if found else None


def _fixed(seconds: int | None) -> Zone | None:
    """The zone with one offset, by a name that has it all the year, where there is one."""
    if seconds is None:
        return None
    hours, rest = divmod(seconds, 3600)
    if not rest and hours in range(-12, 15):
        return _zone(f"Etc/GMT{-hours:+d}" if hours else "UTC")
    return custom(f"\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETTO:{_written(seconds)}\nEND:STANDARD")


def _written(seconds: int) -> str:
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}{minutes % 60:02}"


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
    """The zone that a VTIMEZONE describes: by the name it hides, by a known zone that keeps the same time, else by its own changes.

    Of several with the same time `preferred` is taken, else a big city. One that is described for a few years only is carried on by the
    zone that agrees in these years, else by its own last rules.
    """
    hidden = re.search(r"\nX-LIC-LOCATION:([^\n]*)", vtimezone)
    if hidden and (known := named(hidden[1].strip())):
        return known
    found = described(vtimezone)
    if found is None:
        return None
    name = _same(found, preferred)
    if found.goes_on:
        return Zone(name or "UTC", own_clock(found.changes), () if name else found.changes)
    if name:
        return replace(_zone(name), fallback=Fallback.ZONE_CARRIED_ON)
    changes = carried_on(found.changes)
    return Zone("UTC", own_clock(changes), changes, Fallback.ZONE_CARRIED_ON)


def _same(described: Described, preferred: str) -> str:
    """A known zone that agrees with the description where it says something; `""` when none does."""
    clock, first, last = (
        own_clock(described.changes),
        *(_EPOCH + timedelta(seconds=described.changes[at][0]) for at in (min(1, len(described.changes) - 1), -1)),
    )
    begin = max(_FROM, first - _EVERY) if described.goes_on else max(first - 10 * _EVERY, last - 2 * _FOUR_YEARS)
    end = begin + _FOUR_YEARS if described.goes_on else last + 10 * _EVERY
    moments = tuple(begin + number * _EVERY for number in range((end - begin) // _EVERY))
    return _agreeing(begin, tuple(moment.astimezone(clock).utcoffset() for moment in moments), preferred)


@lru_cache(maxsize=1024)
def _agreeing(begin: datetime, offsets: tuple[timedelta | None, ...], preferred: str) -> str:
    """A known zone with these offsets, each `_EVERY` after the one before."""
    for name in (preferred, *_candidates()):
        zone = ZoneInfo(name)
        if all((begin + number * _EVERY).astimezone(zone).utcoffset() == offset for number, offset in enumerate(offsets)):
            return name
    return ""


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
