"""One VEVENT block → a `RemoteEvent` (RFC 5545, section 3.6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import lines, links, people, quirks, values
from metwith.calendars.providers.icalendar.values import Broken
from metwith.calendars.vocabulary import Recurrence, RemoteEvent, Visibility

if TYPE_CHECKING:
    from metwith.calendars.providers.icalendar.lines import Fields
    from metwith.calendars.providers.icalendar.zones import Zone, Zones
    from metwith.calendars.vocabulary import Moment

TITLE_LENGTH = 1_000
LOCATION_LENGTH = 2_000
DESCRIPTION_LENGTH = 100_000
_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for every block of one calendar."""

    zones: Zones
    cancelled: bool = False
    """METHOD:CANCEL: the file calls the meetings off (RFC 5546, section 3.2.5)."""
    version: str = ""


def event(block: bytes, context: Context, *, id: str, uid: str) -> RemoteEvent:  # noqa: A002 - the field's name
    """Read a block. Raises `Broken` when its times cannot be understood; everything else is optional."""
    found = lines.fields(lines.decode(block))
    start, end, zone = values.span(found, context.zones)
    location = _text(found, "LOCATION", LOCATION_LENGTH)
    description = _text(found, "DESCRIPTION", DESCRIPTION_LENGTH)
    original = original_start(found, context.zones, zone)
    return RemoteEvent(
        id=id,
        uid=uid,
        start=start,
        end=end,
        version=context.version,
        zone=zone.name,
        sequence=_number(found, "SEQUENCE"),
        updated=values.stamp(found, context.zones),
        visibility=_visibility(found),
        cancelled=context.cancelled or _upper(found, "STATUS") in {"CANCELLED", "CANCELED"},
        title=" ".join(_text(found, "SUMMARY", TITLE_LENGTH).split()),
        description=description,
        location=location,
        join_url=links.join_url(found, location, description),
        web_url=links.web_address(_raw(found, "URL")),
        attachments=links.attachments(found),
        attendees=people.attendees(found),
        recurrence=recurrence(found, context.zones, start, zone) if original is None else None,
        original_start=original,
        this_and_future=original is not None and "RANGE=THISANDFUTURE" in found["RECURRENCE-ID"][0][0].upper(),
    )


def original_start(found: Fields, zones: Zones, zone: Zone) -> Moment | None:
    """RECURRENCE-ID; a floating one is wall time of the event's zone. Raises `Broken`."""
    if "RECURRENCE-ID" not in found:
        return None
    return values.moment(found["RECURRENCE-ID"][0], zones, "original start", zone)[0]


def recurrence(found: Fields, zones: Zones, start: Moment, zone: Zone) -> Recurrence | None:
    """RRULE, RDATE, EXDATE and EXRULE of a series that begins at `start`; None when nothing repeats. Raises `Broken`."""
    if "RRULE" not in found and "RDATE" not in found:
        return None
    return Recurrence(
        rules=_rules(found, "RRULE"),
        dates=values.moments(found, "RDATE", zones, start, zone),
        periods=values.periods(found, zones, start, zone),
        excluded=values.moments(found, "EXDATE", zones, start, zone),
        excluded_rules=_rules(found, "EXRULE"),
    )


def _rules(found: Fields, name: str) -> tuple[str, ...]:
    return tuple(value.strip() for _, value in found.get(name, ()) if value.strip())


def _visibility(found: Fields) -> Visibility:
    """Anything but PUBLIC is private, also what nobody knows (RFC 5545, section 3.8.1.3), also when it stands beside a PUBLIC."""
    if all(quirks.class_of(value) == "PUBLIC" for _, value in found.get("CLASS", ())):
        return Visibility.PUBLIC
    return Visibility.PRIVATE


def _raw(found: Fields, name: str) -> str:
    return found[name][0][1] if name in found else ""


def _upper(found: Fields, name: str) -> str:
    return _raw(found, name).strip().upper()


def _text(found: Fields, name: str, most: int) -> str:
    return lines.unescape(_raw(found, name)).strip()[:most] if name in found else ""


def _number(found: Fields, name: str) -> int:
    text = _raw(found, name).strip()
    return int(text) if _NUMBER.fullmatch(text) else 0


__all__ = ["Broken", "Context", "event", "original_start", "recurrence"]
