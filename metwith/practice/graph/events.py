"""Events of any other calendar, written into a practice mailbox as a client of Graph would write them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tzlocal.windows_tz import tz_win

from metwith.calendars.vocabulary import AttendeeKind, Response, Role, Visibility
from metwith.practice.graph.store import foreign_uid, made_uid, on_day

if TYPE_CHECKING:
    from metwith.calendars.vocabulary import Moment, RemoteAttendee, RemoteEvent
    from metwith.practice.graph.store import Mailbox, Payload

OWN = made_uid("")[:40]
"""So begin the UIDs that Exchange makes."""
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NEVER = "0001-01-01"
_ANSWERS = {
    Response.ACCEPTED: "accepted",
    Response.TENTATIVE: "tentativelyAccepted",
    Response.DECLINED: "declined",
    Response.NEEDS_ACTION: "none",
}


def write(mailbox: Mailbox, calendar: str, name: str, found: RemoteEvent) -> None:
    """Write an event, or write it anew. A series goes in with its exceptions; a further date (RDATE), which Graph has not, is left out.

    An exception without its series goes in as the invitation to that occurrence alone.
    """
    payload = payload_of(found, mailbox.address)
    if found.original_start is not None:
        payload["iCalUId"] = on_day(payload["iCalUId"], _day(found.original_start))
    mailbox.put(calendar, name, payload)
    for moment in found.recurrence.excluded if found.recurrence else ():
        mailbox.delete_occurrence(name, _day(moment))
    for exception in found.exceptions:
        assert exception.original_start is not None
        mailbox.change_occurrence(name, _day(exception.original_start), **payload_of(exception, mailbox.address))


def payload_of(found: RemoteEvent, owner: str) -> Payload:
    """An event as a client writes it into the mailbox of `owner`."""
    organizer = next((who for who in found.attendees if who.organizer), None)
    fields: Payload = {
        "iCalUId": found.uid if found.uid.startswith(OWN) else foreign_uid(found.uid),
        "subject": found.title,
        "body": {"contentType": "text", "content": found.description},
        "start": _time(found.start),
        "end": _time(found.end),
        "isAllDay": found.all_day,
        "location": {"displayName": found.location},
        "sensitivity": "normal" if found.visibility is Visibility.PUBLIC else "private",
        "isCancelled": found.cancelled,
        "organizer": _person(organizer) if organizer else {"emailAddress": {"name": "", "address": owner}},
        "attendees": [_attendee(who) for who in found.attendees if not who.organizer],
    }
    return fields | ({"recurrence": recurrence_of(found)} if found.recurrence and found.recurrence.rules else {})


def _person(who: RemoteAttendee) -> dict[str, Any]:
    return {"emailAddress": {"name": who.name, "address": who.address}}


def _attendee(who: RemoteAttendee) -> dict[str, Any]:
    resource = who.kind in {AttendeeKind.ROOM, AttendeeKind.RESOURCE}
    kind = "resource" if resource else "optional" if who.role is not Role.REQUIRED else "required"
    return {**_person(who), "type": kind, "status": {"response": _ANSWERS[who.response], "time": f"{_NEVER}T00:00:00Z"}}


def recurrence_of(found: RemoteEvent) -> dict[str, Any]:
    """A rule (FREQ, COUNT and INTERVAL, no other part) as Graph writes it. KeyError for what Graph has not."""
    assert found.recurrence is not None
    parts = dict(part.split("=") for part in found.recurrence.rules[0].split(";"))
    assert parts.keys() <= {"FREQ", "COUNT", "INTERVAL"}
    first = _day(found.start)
    kind = {"DAILY": "daily", "WEEKLY": "weekly", "MONTHLY": "absoluteMonthly", "YEARLY": "absoluteYearly"}[parts["FREQ"]]
    pattern = {
        "type": kind,
        "interval": int(parts.get("INTERVAL", "1")),
        "month": first.month if kind == "absoluteYearly" else 0,
        "dayOfMonth": first.day if kind.startswith("absolute") else 0,
        "daysOfWeek": [_WEEK[first.weekday()]] if kind == "weekly" else [],
        "firstDayOfWeek": "sunday",
        "index": "first",
    }
    numbered = {"type": "numbered", "numberOfOccurrences": int(parts["COUNT"])} if "COUNT" in parts else None
    extent = {"startDate": first.isoformat(), "endDate": _NEVER, "recurrenceTimeZone": _time(found.start)["timeZone"]}
    return {"pattern": pattern, "range": {**extent, **(numbered or {"type": "noEnd", "numberOfOccurrences": 0})}}


def _time(moment: Moment) -> dict[str, str]:
    if not isinstance(moment, datetime):
        return {"dateTime": f"{moment}T00:00:00", "timeZone": "W. Europe Standard Time"}
    return {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}", "timeZone": tz_win.get(str(moment.tzinfo), "UTC")}


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
