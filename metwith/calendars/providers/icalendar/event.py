"""One VEVENT block → a `RemoteEvent` (RFC 5545, section 3.6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import attendees, conference, content_lines, quirks, values
from metwith.calendars.providers.icalendar.values import Broken
from metwith.calendars.rules import fits
from metwith.calendars.vocabulary import Recurrence, RemoteEvent, Visibility
from metwith.lib.text import whole

if TYPE_CHECKING:
    from metwith.calendars.providers.icalendar.content_lines import Fields
    from metwith.calendars.providers.icalendar.zones import Zone, Zones
    from metwith.calendars.vocabulary import Moment

_UNTIL = re.compile(r"UNTIL=([0-9]{8}T[0-9]{6}Z)", re.IGNORECASE)


SCHEDULING = frozenset({"REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER"})
"""Methods of scheduling mail that says nothing of the meeting itself (RFC 5546, sections 3.2.3 and 3.2.6 to 3.2.8)."""


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for every block of one calendar."""

    zones: Zones
    method: str = ""
    """METHOD in upper case (RFC 5546, section 1.4)."""
    private: bool = False
    """X-CALENDARSERVER-ACCESS of the calendar object says so."""
    version: str = ""

    @property
    def cancelled(self) -> bool:
        """METHOD:CANCEL: the file calls the meetings off (RFC 5546, section 3.2.5)."""
        return self.method == "CANCEL"

    @property
    def reading(self) -> str:
        """All of this that changes how a block is read, as one text."""
        return f"{self.zones.default.name} {self.method} {self.private}"


def parse_event(block: bytes, context: Context, *, id: str, uid: str) -> RemoteEvent:  # noqa: A002 - the field's name
    """Read a block. Raises `Broken` when its times cannot be understood; everything else is optional."""
    found = content_lines.fields(content_lines.decode(block))
    start, end, zone, fallbacks = values.span(found, context.zones)
    location = _text(found, "LOCATION", fits.LONGEST_LOCATION)
    description = _text(found, "DESCRIPTION", fits.LONGEST_TEXT)
    original = original_start(found, context.zones, zone, start)
    return RemoteEvent(
        id=id,
        uid=uid,
        start=start,
        end=end,
        version=context.version,
        zone=zone.name,
        clock=zone.clock,
        nominal_days=values.nominal_days(found),
        fallbacks=fallbacks,
        sequence=_number(found, "SEQUENCE"),
        updated=values.stamp(found, context.zones),
        visibility=Visibility.PRIVATE if context.private or is_marked_private(found) else _visibility(found),
        cancelled=context.cancelled or _upper(found, "STATUS") in {"CANCELLED", "CANCELED"},
        title=" ".join(_text(found, "SUMMARY", fits.LONGEST_TITLE).split()),
        description=description,
        location=location,
        join_url=conference.join_url(found, location, description),
        web_url=conference.web_address(_raw(found, "URL")),
        attachments=conference.attachments(found),
        attendees=attendees.attendees(found),
        recurrence=recurrence(found, context.zones, start, zone) if original is None else None,
        original_start=original,
        this_and_future=original is not None and "RANGE=THISANDFUTURE" in found["RECURRENCE-ID"][0][0].upper(),
    )


def is_marked_private(fields: Fields) -> bool:
    """X-CALENDARSERVER-ACCESS, as which Apple's private box is stored: anything but PUBLIC, whatever CLASS says.

    https://github.com/apple/ccs-calendarserver/blob/master/doc/Extensions/caldav-privateevents.txt
    """
    return any(quirks.class_of(value) != "PUBLIC" for _, value in fields.get("X-CALENDARSERVER-ACCESS", ()))


def original_start(fields: Fields, zones: Zones, zone: Zone, start: Moment | None = None) -> Moment | None:
    """RECURRENCE-ID; a floating one is wall time of the event's zone, and beside a day it is one. Raises `Broken`."""
    if "RECURRENCE-ID" not in fields:
        return None
    original = values.moment(fields["RECURRENCE-ID"][0], zones, "original start", zone)[0]
    return original if start is None else values.like_the_start(original, start, zones)


def recurrence(fields: Fields, zones: Zones, start: Moment, zone: Zone) -> Recurrence | None:
    """RRULE, RDATE, EXDATE and EXRULE of a series that begins at `start`; None when nothing repeats. Raises `Broken`."""
    if "RRULE" not in fields and "RDATE" not in fields:
        return None
    return Recurrence(
        rules=_rules(fields, "RRULE", start, zones),
        dates=values.moments(fields, "RDATE", zones, start, zone),
        periods=values.periods(fields, zones, start, zone),
        excluded=values.moments(fields, "EXDATE", zones, start, zone),
        excluded_rules=_rules(fields, "EXRULE", start, zones),
    )


def _rules(fields: Fields, name: str, start: Moment, zones: Zones) -> tuple[str, ...]:
    """The rules. A backslash in one can only escape what needs none, and an all-day series ends on a day."""
    rules = (value.replace("\\", "").strip().strip('"') for _, value in fields.get(name, ()))
    if isinstance(start, datetime):
        return tuple(filter(None, rules))
    return tuple(_UNTIL.sub(lambda until: _until_day(until, zones), rule) for rule in rules if rule)


def _until_day(until: re.Match[str], zones: Zones) -> str:
    try:
        moment = datetime.fromisoformat(until[1])
    except ValueError:
        return until[0]
    return f"UNTIL={zones.day(moment.astimezone(UTC))[0]:%Y%m%d}" if moment.year in values.YEARS else until[0]


def _visibility(fields: Fields) -> Visibility:
    """Anything but PUBLIC is private, also what nobody knows (RFC 5545, section 3.8.1.3), also when it stands beside a PUBLIC."""
    if all(quirks.class_of(value) == "PUBLIC" for _, value in fields.get("CLASS", ())):
        return Visibility.PUBLIC
    return Visibility.PRIVATE


def _raw(fields: Fields, name: str) -> str:
    return fields[name][0][1] if name in fields else ""


def _upper(fields: Fields, name: str) -> str:
    return _raw(fields, name).strip().upper()


def _text(fields: Fields, name: str, most: int) -> str:
    return content_lines.unescape(_raw(fields, name)).strip()[:most] if name in fields else ""


def _number(fields: Fields, name: str) -> int:
    return whole(_raw(fields, name).strip()) or 0


__all__ = ["Broken", "Context", "original_start", "parse_event", "recurrence"]
