"""A mailbox as Microsoft Graph keeps it: calendars, events, and a counter by which every change is known.

Events are held as a client writes them: `start` and `end` as wall time in a zone of their own. How they look to somebody who asks is
in `view.py`.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

type Payload = dict[str, Any]

_PREFIX = "040000008200E00074C5B7101A82E00800000000"
_DEFAULTS: Payload = {
    "categories": [],
    "subject": "",
    "body": {"contentType": "text", "content": ""},
    "bodyPreview": "",
    "isAllDay": False,
    "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {}},
    "locations": [],
    "attendees": [],
    "isOrganizer": True,
    "isCancelled": False,
    "isDraft": False,
    "sensitivity": "normal",
    "showAs": "busy",
    "importance": "normal",
    "hasAttachments": False,
    "hideAttendees": False,
    "allowNewTimeProposals": True,
    "responseRequested": True,
    "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 15,
    "isOnlineMeeting": False,
    "onlineMeetingProvider": "unknown",
    "onlineMeeting": None,
    "onlineMeetingUrl": None,
    "recurrence": None,
    "transactionId": None,
}


@dataclass(slots=True)
class Event:
    """A single event or a series. `name` is what its immutable id is made of."""

    name: str
    calendar: str
    payload: Payload
    changed: int
    exceptions: dict[date, Payload] = field(default_factory=dict)
    """By the day on which the rule puts them; whole payloads."""
    cancelled: set[date] = field(default_factory=set)
    """Days whose occurrences were deleted."""
    buried_from: str = ""
    """The calendar it was deleted or moved from."""


class Mailbox:
    """One user's. The first calendar is the default one."""

    def __init__(self, address: str, *, name: str = "", now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.address = address
        self.name = name or address
        self.now = now
        self.counter = 0
        self.user: Payload = {"id": sha256(address.encode()).hexdigest()[:32], "mail": address, "userPrincipalName": address}
        self.calendars: dict[str, Payload] = {}
        self.events: dict[str, Event] = {}
        self.graves: list[Event] = []
        """What is gone, with the counter of that moment; a moved event leaves one in its old calendar."""

    def add_calendar(self, name: str, **fields: Any) -> str:
        """Add a calendar. Returns its id."""
        ident = f"AAMkCal{len(self.calendars)}_{sha256(name.encode()).hexdigest()[:12]}="
        self.calendars[ident] = {
            "id": ident,
            "name": name,
            "color": "auto",
            "hexColor": "",
            "isDefaultCalendar": not self.calendars,
            "changeKey": f"ck{len(self.calendars)}",
            "canShare": True,
            "canViewPrivateItems": True,
            "canEdit": True,
            "isRemovable": bool(self.calendars),
            "isTallyingResponses": not self.calendars,
            "allowedOnlineMeetingProviders": ["teamsForBusiness"],
            "defaultOnlineMeetingProvider": "teamsForBusiness",
            "owner": {"name": self.name, "address": self.address},
            **fields,
        }
        return ident

    def remove_calendar(self, calendar: str) -> None:
        """Take a calendar away with everything in it."""
        del self.calendars[calendar]
        self.events = {name: event for name, event in self.events.items() if event.calendar != calendar}

    def put(self, calendar: str, name: str, payload: Payload) -> Event:
        """Write an event, or write it anew: without its former exceptions."""
        self.counter += 1
        event = Event(name, calendar, self._whole(name, payload), self.counter)
        self.events[name] = event
        return event

    def patch(self, name: str, **fields: Any) -> None:
        """Change something of an event."""
        event = self.events[name]
        event.payload |= {**fields, **self._stamp()}
        self._touch(event)

    def delete(self, name: str) -> None:
        """Take an event away; of a series, every occurrence with it."""
        self._bury(self.events.pop(name))

    def move(self, name: str, calendar: str) -> None:
        """Move an event to another calendar; its immutable id stays."""
        event = self.events[name]
        self._bury(event)
        event.calendar = calendar
        self._touch(event)

    def change_occurrence(self, name: str, day: date, **fields: Any) -> None:
        """Make an exception of the occurrence of this day, or change it further."""
        event = self.events[name]
        event.exceptions[day] = {**event.exceptions.get(day, deepcopy(event.payload)), "recurrence": None, **fields, **self._stamp()}
        self._touch(event)

    def delete_occurrence(self, name: str, day: date) -> None:
        """Take one occurrence out of a series."""
        event = self.events[name]
        event.exceptions.pop(day, None)
        event.cancelled.add(day)
        self._touch(event)

    def in_calendar(self, calendar: str) -> list[Event]:
        """The events of a calendar, those that changed last at the end."""
        return sorted((event for event in self.events.values() if event.calendar == calendar), key=lambda event: event.changed)

    def _touch(self, event: Event) -> None:
        self.counter += 1
        event.changed = self.counter

    def _bury(self, event: Event) -> None:
        self.counter += 1
        grave = Event(event.name, event.calendar, event.payload, self.counter, dict(event.exceptions), set(event.cancelled), event.calendar)
        self.graves.append(grave)

    def _whole(self, name: str, payload: Payload) -> Payload:
        """With everything that Graph fills in by itself."""
        ident = {"emailAddress": {"name": self.name, "address": self.address}}
        zone = (payload.get("start") or {}).get("timeZone", "UTC")
        made = {"organizer": ident, "iCalUId": made_uid(name), "originalStartTimeZone": zone, "originalEndTimeZone": zone}
        return {**deepcopy(_DEFAULTS), **made, **self._stamp(), **deepcopy(payload)}

    def _stamp(self) -> Payload:
        now = f"{self.now():%Y-%m-%dT%H:%M:%S}.0000000Z"
        return {"createdDateTime": now, "lastModifiedDateTime": now}


def made_uid(name: str) -> str:
    """A Global Object ID of Exchange's own, without a day."""
    digest = sha256(name.encode()).hexdigest().upper()
    return f"{_PREFIX}{digest[:16]}000000000000000010000000{digest[16:48]}"


def foreign_uid(uid: str) -> str:
    """The Global Object ID of a meeting that another program made."""
    data = b"vCal-Uid\x01\x00\x00\x00" + uid.encode() + b"\x00"
    return f"{_PREFIX}{'00' * 16}{len(data).to_bytes(4, 'little').hex().upper()}{data.hex().upper()}"


def on_day(ical_uid: str, day: date) -> str:
    """The Global Object ID of one occurrence; ids of another form have none."""
    if not ical_uid.startswith(_PREFIX[:32]):
        return ical_uid
    return f"{ical_uid[:32]}{day.year:04X}{day.month:02X}{day.day:02X}{ical_uid[40:]}"
