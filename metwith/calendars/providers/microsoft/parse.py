"""A Graph event → a RemoteEvent (https://learn.microsoft.com/graph/api/resources/event). Pure.

An event is a single one, a series' master, or an exception; bare occurrences never get here. What a payload says wrongly is an
empty value where that does no harm, else `Broken`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from metwith.calendars.providers.icalendar import conference
from metwith.calendars.providers.microsoft.attendees import graph_attendees
from metwith.calendars.providers.microsoft.uid import MeetingIdentity, identity
from metwith.calendars.providers.microsoft.zones import day, instant, windows_zone
from metwith.calendars.rules import fits
from metwith.calendars.rules.fits import fit_text
from metwith.calendars.vocabulary import Moment, RemoteEvent, Visibility
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

type Payload = Mapping[str, Any]

FIELDS = (
    "id", "changeKey", "lastModifiedDateTime", "iCalUId", "type", "seriesMasterId", "subject", "body", "start", "end", "isAllDay", "location",
    "attendees", "organizer", "isOrganizer", "isCancelled", "sensitivity", "originalStart", "originalStartTimeZone", "recurrence",
    "cancelledOccurrences", "responseStatus", "hideAttendees", "onlineMeeting", "onlineMeetingUrl", "webLink",
)  # fmt: skip
"""What we read of an event. Asked for by name only where Graph gives `cancelledOccurrences` for nothing less."""


class BrokenPayload(ValueError):
    """The event cannot be understood. The message says why, without content."""


@dataclass(frozen=True, slots=True)
class MailboxOwner:
    """Whose mailbox it is."""

    address: str
    """Folded."""
    zone: str = "UTC"
    """IANA name; stands in for zones that nobody knows."""


def graph_event(payload: Payload, owner: MailboxOwner) -> RemoteEvent:
    """Read a whole event, without its recurrence and exceptions. Raises Broken."""
    named = _identity(payload)
    zone = series_zone(payload, owner)
    start, end = _times(payload, zone)
    description = fit_text(_object(payload, "body").get("content"))
    location = fit_text(_object(payload, "location").get("displayName"), fits.LONGEST_LOCATION)
    return RemoteEvent(
        id=fit_text(payload.get("id")),
        uid=named.uid,
        start=start,
        end=end,
        version=fit_text(payload.get("changeKey")) or fit_text(payload.get("@odata.etag")),
        zone=zone,
        updated=_moment(payload.get("lastModifiedDateTime")),
        visibility=Visibility.PUBLIC if payload.get("sensitivity") == "normal" else Visibility.PRIVATE,
        cancelled=payload.get("isCancelled") is True,
        title=" ".join(fit_text(payload.get("subject"), fits.LONGEST_TITLE).split()),
        description=description,
        location=location,
        join_url=_join_url(payload, location, description),
        web_url=conference.web_address(fit_text(payload.get("webLink"))),
        attendees=graph_attendees(payload, owner.address),
        attendees_omitted=payload.get("hideAttendees") is True and payload.get("isOrganizer") is not True,
        original_start=_original_start(payload, named, start, zone),
    )


def id_of(payload: Payload) -> str:
    """Graph's id of an event; `""` when it has none."""
    return fit_text(payload.get("id"))


def series_zone(payload: Payload, owner: MailboxOwner) -> str:
    """The zone an event was planned in, as an IANA name."""
    extent = _object(_object(payload, "recurrence"), "range")
    return windows_zone(extent.get("recurrenceTimeZone"), payload.get("originalStartTimeZone"), owner.zone)


def slot(payload: Payload, zone: str, *, all_day: bool) -> Moment | None:
    """The original start of an occurrence or exception, in UTC or as a date; None when it cannot be read.

    A bare occurrence has no `originalStart`: it stands where the rule puts it.
    """
    given = payload.get("originalStart") or payload.get("start")
    try:
        return day(given, zone) if all_day else instant(given)
    except (ValueError, OverflowError):
        return None


def _identity(payload: Payload) -> MeetingIdentity:
    """The UID; one that is missing, or too long for an index, is replaced by one made of the id."""
    found = identity(fit_text(payload.get("iCalUId")))
    if found.uid and len(found.uid) <= fits.MOST_UID_CHARACTERS:
        return found
    return MeetingIdentity("made-" + blake2b(fit_text(payload.get("id")).encode(), digest_size=16).hexdigest())


def _times(payload: Payload, zone: str) -> tuple[Moment, Moment]:
    try:
        if payload.get("isAllDay") is True:
            first, last = day(payload.get("start"), zone), day(payload.get("end"), zone)
            return first, max(last, first + timedelta(days=1))
        start, end = instant(payload.get("start")), instant(payload.get("end"))
    except (ValueError, OverflowError) as error:
        raise BrokenPayload(_("its start or end is not a time")) from error
    return start, max(start, end)


def _original_start(payload: Payload, named: MeetingIdentity, start: Moment, zone: str) -> Moment | None:
    """Of an exception its `originalStart`. Of somebody invited to one occurrence only, what the day in the iCalUId tells.

    That one is a single event to Graph; its colleagues have it as an occurrence of the series.
    """
    if payload.get("type") == "seriesMaster":
        return None
    if payload.get("type") == "exception" or payload.get("originalStart"):
        found = slot({"originalStart": payload.get("originalStart")}, zone, all_day=not isinstance(start, datetime))
        if found is None:
            raise BrokenPayload(_("it is an exception to a series, but not said to which occurrence"))
        return found
    return _of_day(named.day, start, zone) if named.day else None


def _of_day(original: date, start: Moment, zone: str) -> Moment:
    if not isinstance(start, datetime):
        return original
    wall: time = start.astimezone(ZoneInfo(zone)).time()
    return datetime.combine(original, wall, ZoneInfo(zone))


def _join_url(payload: Payload, *texts: str) -> str:
    named = (fit_text(_object(payload, "onlineMeeting").get("joinUrl")), fit_text(payload.get("onlineMeetingUrl")))
    return next(filter(None, map(conference.web_address, named)), "") or conference.join_url({}, *texts)


def _moment(value: object) -> datetime | None:
    try:
        return instant(value)
    except (ValueError, OverflowError):
        return None


def _object(parent: Payload, name: str) -> Payload:
    found = parent.get(name)
    return found if isinstance(found, dict) else {}
