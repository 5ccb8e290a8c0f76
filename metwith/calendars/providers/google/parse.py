"""One event of Google's → a `RemoteEvent` (Calendar API v3, resource "Events")."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from metwith.calendars.providers.google import attendees
from metwith.calendars.providers.icalendar import conference, content_lines
from metwith.calendars.providers.icalendar import event as vevent
from metwith.calendars.providers.icalendar.values import YEARS, Broken
from metwith.calendars.providers.icalendar.zones import UTC_ZONE, Zone, Zones, named
from metwith.calendars.rules import fits
from metwith.calendars.rules.fits import fit_name, fit_text
from metwith.calendars.vocabulary import RemoteEvent, Visibility

if TYPE_CHECKING:
    from metwith.calendars.vocabulary import Moment, Recurrence

type Payload = dict[str, Any]

DAY = timedelta(days=1)
MEETINGS = frozenset({"default", "fromGmail"})
"""Event types that may be meetings. Birthdays, focus time, out of office, working location, and what comes later, are none."""


def google_zone(*names: str) -> Zone:
    """The first of these zones that is one, else UTC."""
    return next((zone for name in names if name and (zone := named(name))), UTC_ZONE)


def google_event(payload: Payload, ident: str, zone: Zone) -> RemoteEvent:
    """Read an event. Raises `Broken` when its times cannot be understood; everything else is optional.

    `ident` is the id of the item that it belongs to (its series, when it is an exception), `zone` the calendar's.
    """
    start, own_zone = google_moment(payload.get("start"), zone, "start")
    end = _end(payload, start, own_zone)
    original = original_start(payload, own_zone)
    location = fit_text(payload.get("location"), fits.LONGEST_LOCATION)
    description = fit_text(payload.get("description"))
    return RemoteEvent(
        id=ident,
        uid=uid(payload) or f"{ident}@google.com",
        start=start,
        end=end,
        version=fit_text(payload.get("etag"), fits.LONGEST_NAME),
        zone=own_zone.name,
        sequence=_number(payload.get("sequence")),
        updated=_instant(payload.get("updated")),
        visibility=visibility(payload),
        cancelled=payload.get("status") == "cancelled",
        event_type=_event_type(payload),
        title=" ".join(fit_text(payload.get("summary"), fits.LONGEST_TITLE).split()),
        description=description,
        location=location,
        join_url=_join_url(payload, location, description),
        web_url=conference.web_address(fit_text(payload.get("htmlLink"), conference.URL_LENGTH + 1)),
        attachments=_attachments(payload),
        attendees=attendees.google_attendees(payload),
        attendees_omitted=_some_are_hidden(payload),
        recurrence=_recurrence(payload, start, own_zone) if original is None else None,
        original_start=original,
    )


def uid(payload: Payload) -> str:
    """The iCalendar UID, which a series shares with its exceptions; `""` where it is not told."""
    return fit_text(payload.get("iCalUID"))


def visibility(payload: Payload) -> Visibility:
    """`default` is public as far as the event says: what the calendar's default is, the API does not tell.

    `private` is what an event is marked with, and also how one looks whose details are hidden from a reader of the calendar.
    `confidential` is the same; what nobody knows is private.
    """
    return Visibility.PUBLIC if payload.get("visibility", "default") in {"default", "public"} else Visibility.PRIVATE


def google_moment(value: object, zone: Zone, what: str) -> tuple[Moment, Zone]:
    """An EventDateTime, and the zone it was planned in. Raises `Broken`, saying which of the event's moments it was."""
    found = value if isinstance(value, dict) else {}
    own_zone = google_zone(str(found.get("timeZone", "")), zone.name)
    try:
        if found.get("date"):
            day = date.fromisoformat(str(found["date"]))
            return _meant(day, what), own_zone
        instant = datetime.fromisoformat(str(found["dateTime"]))
    except (ValueError, KeyError) as error:
        raise Broken(f"the {what} is not a date") from error
    _meant(instant, what)
    return instant.astimezone(own_zone.time) if instant.tzinfo else own_zone.at(instant), own_zone


def original_start(payload: Payload, zone: Zone) -> Moment | None:
    """The start that the series gives to this occurrence, wherever it was moved to; None for all but exceptions. Raises `Broken`."""
    if not payload.get("recurringEventId"):
        return None
    return google_moment(payload.get("originalStartTime"), zone, "original start")[0]


def _meant[M: (date, datetime)](value: M, what: str) -> M:
    if value.year not in YEARS:
        raise Broken(f"the {what} lies in no year that can be meant")
    return value


def _end(payload: Payload, start: Moment, zone: Zone) -> Moment:
    """The exclusive end. `endTimeUnspecified` comes with an end that somebody made up, and an end before the start is none."""
    end, _zone = google_moment(payload.get("end") or payload.get("start"), zone, "end")
    if isinstance(start, datetime):
        if not isinstance(end, datetime):
            end = zone.at(datetime(end.year, end.month, end.day))  # noqa: DTZ001 - at() adds the zone
        return start if payload.get("endTimeUnspecified") is True else max(start, end.astimezone(start.tzinfo))
    return max(start + DAY, end.date() if isinstance(end, datetime) else end)


def _recurrence(payload: Payload, start: Moment, zone: Zone) -> Recurrence | None:
    """`recurrence`: lines as iCalendar writes them, wall times in the series' own zone."""
    given = payload.get("recurrence")
    if not isinstance(given, list) or not given:
        return None
    text = "\n".join(line.replace("\n", "") for line in given if isinstance(line, str))
    return vevent.recurrence(content_lines.fields(text), Zones((), "", zone.name), start, zone)


def _event_type(payload: Payload) -> Literal["default", "other"]:
    return "default" if payload.get("eventType", "default") in MEETINGS else "other"


def _join_url(payload: Payload, *texts: str) -> str:
    """The conference's video link, else its page, else the old field for Meet, else a meeting link in the texts."""
    data = payload.get("conferenceData")
    points = data.get("entryPoints") if isinstance(data, dict) else None
    found = [point for point in points if isinstance(point, dict)] if isinstance(points, list) else []
    for kind in ("video", "more"):
        for point in found:
            if point.get("entryPointType") == kind and (url := conference.web_address(str(point.get("uri", "")))):
                return url
    return conference.web_address(fit_text(payload.get("hangoutLink"), conference.URL_LENGTH + 1)) or conference.join_url({}, *texts)


def _attachments(payload: Payload) -> tuple[str, ...]:
    given = payload.get("attachments")
    found = [one for one in given[: fits.MOST_ATTACHMENTS] if isinstance(one, dict)] if isinstance(given, list) else []
    names = (fit_name(one.get("title")) for one in found)
    return tuple(name for name in names if name)


def _some_are_hidden(payload: Payload) -> bool:
    """The list is cut short: by Google, or because guests may not see each other and we are not the organizer."""
    if payload.get("attendeesOmitted") is True:
        return True
    organizer = payload.get("organizer")
    ours = isinstance(organizer, dict) and organizer.get("self") is True
    return payload.get("guestsCanSeeOtherGuests") is False and not ours


def _number(value: object) -> int:
    return value if type(value) is int and 0 <= value < 10**9 else 0


def _instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo and found.year in YEARS else None
