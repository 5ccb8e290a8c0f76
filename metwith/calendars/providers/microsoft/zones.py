"""Times and zones as Graph writes them (docs/decisions/microsoft.md).

A time is wall time beside the name of its zone: `{"dateTime": "2036-01-10T09:00:00.0000000", "timeZone": "UTC"}`, with seven
fractional digits. Zones have Windows names (`W. Europe Standard Time`), IANA names, or names of no zone that anybody knows
(`tzone://Microsoft/Custom`, `Customized Time Zone`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from metwith.calendars.providers.icalendar.zones import named, quirks_zone

_NOON = timedelta(hours=12)


def windows_zone(*names: object) -> str:
    """The IANA name of the first of these zones that is known; UTC when none is."""
    for name in names:
        if isinstance(name, str) and name.strip() and (zone := named(name.strip()) or quirks_zone(name.strip())):
            return zone.name
    return "UTC"


def instant(value: object) -> datetime:
    """A dateTimeTimeZone, or a DateTimeOffset, in UTC. Raises ValueError or OverflowError for what is neither."""
    if isinstance(value, Mapping):
        return _aware(value.get("dateTime"), windows_zone(value.get("timeZone")))
    return _aware(value, "UTC")


def day(value: object, zone: str) -> date:
    """The day of an all-day event's start or end, given the event's own zone.

    We ask for UTC. A midnight is the day itself; any other time is midnight in the zone where the event was planned, seen from UTC.
    When that zone is not the right one either (it had no known name), the nearest midnight is meant. Raises as `instant` does.
    """
    moment = instant(value)
    if moment.time() == datetime.min.time():
        return moment.date()
    return (moment.astimezone(ZoneInfo(zone)) + _NOON).date()


def _aware(text: object, zone: str) -> datetime:
    if not isinstance(text, str):
        raise ValueError("a time is a text")  # noqa: TRY004  every broken time is a ValueError here
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
