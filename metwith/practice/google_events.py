"""Google events as the practice server writes them: made from any calendar's events, filled up, and seen with somebody's rights."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from metwith.calendars.vocabulary import AttendeeKind, Response, Role, Visibility

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metwith.calendars.vocabulary import Moment, Recurrence, RemoteAttendee, RemoteEvent
    from metwith.practice.store import Payload

_RESPONSES = {
    Response.ACCEPTED: "accepted",
    Response.TENTATIVE: "tentative",
    Response.DECLINED: "declined",
    Response.NEEDS_ACTION: "needsAction",
}
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_BUSY = ("kind", "etag", "id", "status", "start", "end", "recurrence", "recurringEventId", "originalStartTime", "iCalUID", "eventType")
"""What is left of an event for somebody who may not see details."""


def of_event(event: RemoteEvent, ident: str) -> list[Payload]:
    """An item of any calendar as Google would hold it: the event, or the master and its exceptions.

    An exception without its series names a master that is in no calendar here, as an invitation to one occurrence does.
    """
    if event.original_start is not None:
        return [_exception(event, ident)]
    master = _event(event, ident)
    if event.recurrence is not None:
        master["recurrence"] = recurrence_lines(event.recurrence, event)
    return [master, *(_exception(exception, ident) for exception in event.exceptions)]


def exception_id(master: str, original: Moment) -> str:
    """`<master>_20360317T090000Z`, or `<master>_20360317` in an all-day series."""
    return f"{master}_{_stamp(original)}"


def cancelled_exception(master: str, original: Moment, zone: str = "UTC") -> Payload:
    """A deleted occurrence: no more than what Google guarantees."""
    ident = exception_id(master, original)
    return {"id": ident, "status": "cancelled", "recurringEventId": master, "originalStartTime": when(original, zone)}


def _exception(event: RemoteEvent, master: str) -> Payload:
    original = event.original_start
    assert original is not None
    if event.cancelled:
        return cancelled_exception(master, original, event.zone)
    found = _event(event, exception_id(master, original))
    return {**found, "recurringEventId": master, "originalStartTime": when(original, event.zone)}


def _event(event: RemoteEvent, ident: str) -> Payload:
    found: Payload = {
        "id": ident,
        "iCalUID": event.uid,
        "status": "cancelled" if event.cancelled else "confirmed",
        "summary": event.title,
        "description": event.description,
        "location": event.location,
        "start": when(event.start, event.zone),
        "end": when(event.end, event.zone),
        "sequence": event.sequence,
        "visibility": "public" if event.visibility is Visibility.PUBLIC else "private",
        "attendees": [_attendee(who) for who in event.attendees],
        "organizer": next((_person(who) for who in event.attendees if who.organizer), None),
        "attachments": [{"title": name, "fileUrl": "https://drive.google.com/file"} for name in event.attachments],
    }
    return {name: value for name, value in found.items() if value not in ("", [], None)}


def _person(who: RemoteAttendee) -> dict[str, Any]:
    return {"email": who.address, **({"displayName": who.name} if who.name else {})}


def _attendee(who: RemoteAttendee) -> dict[str, Any]:
    found = {**_person(who), "responseStatus": _RESPONSES[who.response]}
    if who.role is not Role.REQUIRED:
        found["optional"] = True
    if who.kind in {AttendeeKind.ROOM, AttendeeKind.RESOURCE}:
        found["resource"] = True
    if who.organizer:
        found["organizer"] = True
    return found


def when(moment: Moment, zone: str) -> dict[str, str]:
    """An EventDateTime."""
    if isinstance(moment, datetime):
        return {"dateTime": moment.isoformat(), "timeZone": zone}
    return {"date": moment.isoformat()}


def recurrence_lines(recurrence: Recurrence, event: RemoteEvent) -> list[str]:
    """The lines of `recurrence`: never DTSTART and DTEND, which Google refuses there."""
    kind = ";VALUE=DATE" if event.all_day else ""
    lines = [f"RRULE:{rule}" for rule in recurrence.rules] + [f"EXRULE:{rule}" for rule in recurrence.excluded_rules]
    for name, moments in (("RDATE", recurrence.dates), ("EXDATE", recurrence.excluded)):
        if moments:
            lines.append(f"{name}{kind}:{','.join(map(_stamp, moments))}")
    return lines


def within(item: Payload, after: str, before: str) -> bool:
    """Whether an event ends after one moment and starts before another (`timeMin`, `timeMax`; `""` is no bound).

    Of a series nobody is asked for, any occurrence would do; here one counts until its UNTIL.
    """
    start, end = _instant(item.get("start")), _instant(item.get("end"))
    if item.get("recurrence"):
        ends = [found.group(1) for line in item["recurrence"] if (found := re.search(r"UNTIL=(\d{8})", line))]
        end = max((datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) + timedelta(days=1) for day in ends), default=None)
    late = start is not None and before and start >= datetime.fromisoformat(before)
    early = end is not None and after and end <= datetime.fromisoformat(after)
    return not (late or early)


def _instant(told: dict[str, str] | None) -> datetime | None:
    """An EventDateTime as an instant; a date as its midnight in UTC. None where nothing is told."""
    text = (told or {}).get("dateTime") or (told or {}).get("date")
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _stamp(moment: Moment) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return moment.strftime("%Y%m%d")


def filled(payload: Payload, *, owner: str, counter: int) -> Payload:
    """What Google adds to an event: who made it, when it changed, its link. A cancelled exception stays as bare as it is.

    `counter` makes the etag and the time of the change.
    """
    changed = (_BEGAN + timedelta(seconds=counter)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    bare = {"kind": "calendar#event", "etag": f'"{counter}"', **payload}
    if is_bare(payload):
        return bare
    found: Payload = {
        "status": "confirmed",
        "htmlLink": f"https://www.google.com/calendar/event?eid={payload['id']}",
        "created": changed,
        "updated": changed,
        "creator": {"email": owner},
        "organizer": {"email": owner},
        "iCalUID": f"{payload['id']}@google.com",
        "sequence": 0,
        "reminders": {"useDefault": True},
        "eventType": "default",
        **bare,
    }
    for name in ("creator", "organizer"):
        found[name] = _with_self(found[name], owner)
    if "attendees" in found:
        found["attendees"] = [_with_self(who, owner) for who in found["attendees"]]
    return found


def is_bare(payload: Payload) -> bool:
    """Whether it is a cancelled item without details."""
    return payload.get("status") == "cancelled" and "start" not in payload


def _with_self(person: dict[str, Any], owner: str) -> dict[str, Any]:
    return {**person, "self": True} if str(person.get("email", "")).casefold() == owner.casefold() else person


def grave(payload: Payload) -> Payload:
    """What is left of a deleted event: no more than what Google guarantees."""
    names = ("kind", "id", "recurringEventId", "originalStartTime")
    return {**{name: payload[name] for name in names if name in payload}, "etag": '"0"', "status": "cancelled"}


def seen(payload: Payload, *, role: str, most_attendees: int | None = None) -> Payload:
    """An event as somebody with `role` on its calendar is shown it."""
    private = payload.get("visibility") in {"private", "confidential"}
    if role == "freeBusyReader":
        return _busy(payload)
    if private and role in {"reader", "writerWithoutPrivateAccess"}:
        return {**_busy(payload), "visibility": "private"}
    guests = payload.get("attendees", [])
    if most_attendees is not None and len(guests) > most_attendees:
        return {**payload, "attendees": [who for who in guests if who.get("self")], "attendeesOmitted": True}
    return payload


def _busy(payload: Payload) -> Payload:
    return {name: payload[name] for name in _BUSY if name in payload}


def split(master: Payload, at: datetime, **changes: Any) -> tuple[Payload, Payload]:
    """What Google makes of "this and following": the master, which now ends before `at`, and a new one from there, with `changes`.

    The new one is called `<master>_R<start>` and has a UID of its own.
    """
    zone = master["start"]["timeZone"]
    length = datetime.fromisoformat(master["end"]["dateTime"]) - datetime.fromisoformat(master["start"]["dateTime"])
    ident = f"{master['id']}_R{at.strftime('%Y%m%dT%H%M%S')}"
    following = {**master, "id": ident, "iCalUID": f"{ident}@google.com", "start": when(at, zone), "end": when(at + length, zone)}
    return {**master, "recurrence": _until(master["recurrence"], at - timedelta(seconds=1))}, {**following, **changes}


def _until(lines: Iterable[str], last: datetime) -> list[str]:
    return [re.sub(r";(UNTIL|COUNT)=[^;]*", "", line) + f";UNTIL={_stamp(last)}" if line.startswith("RRULE") else line for line in lines]
