"""The machine's world on a real CalDAV server: what it writes goes out as iCalendar and comes back through the provider."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

from metwith.calendars.actions import connect
from metwith.calendars.vocabulary import AttendeeKind, RemoteEvent, Unreadable, Visibility
from tests.people import NOW
from tests.servers import PASSWORD, USER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from metwith.accounts.models import Account
    from metwith.calendars.providers.memory import Item
    from metwith.calendars.vocabulary import RemoteAttendee
    from metwith.workspaces.models import Member
    from tests.servers import CalDavServer


class RadicaleWorld:
    """See `World`. Both members' calendars are one user's: who may read what is the server's business."""

    faults: tuple[str, ...] = ()
    takes_copies = False

    def __init__(self, server: CalDavServer) -> None:
        self.server = server
        self.calendars = {who: server.make_calendar(who) for who in ("alice", "bob")}
        self.held: dict[str, dict[str, str]] = {who: {} for who in self.calendars}
        """Who → resource → the UID in it."""

    def connect(self, who: str, member: Member) -> Account:
        server, address = urljoin(self.server.url, self.server.home), member.user.email
        return connect.connect(
            member, "caldav", address=address, server=server, username=USER, secret=PASSWORD, calendars=[who], now=lambda: NOW
        )

    def clear(self) -> None:
        for who in self.calendars:
            for resource in self.resources(who):
                self.delete(who, resource)

    def put(self, who: str, resource: str, *items: Item) -> None:
        (item,) = items
        uid = item.id if isinstance(item, Unreadable) else item.uid
        # A calendar has a UID once; the server would refuse the second.
        for other in [name for name, held in self.held[who].items() if held == uid and name != resource]:
            self.delete(who, other)
        self.server.put(self._path(who, resource), body(item))
        self.held[who][resource] = uid

    def delete(self, who: str, resource: str) -> None:
        self.server.delete(self._path(who, resource))
        del self.held[who][resource]

    def resources(self, who: str) -> list[str]:
        return sorted(self.held[who])

    def rename(self, who: str, resource: str, to: str) -> None:
        self.server.move(self._path(who, resource), self._path(who, to))
        self.held[who][to] = self.held[who].pop(resource)

    def expire(self, who: str) -> None:
        """The server loses the states that its tokens name, as after a restore."""
        for tokens in self.server.folder.glob(f"collections/**/{who}/.Radicale.cache/sync-token"):
            shutil.rmtree(tokens)

    def page_size(self, who: str, size: int) -> None:
        """The provider's own business here."""

    def clock(self, now: Callable[[], datetime]) -> Callable[[], datetime]:
        return now

    def misbehave(self, who: str, fault: str, value: object) -> None:
        raise NotImplementedError

    def heal(self, who: str) -> None:
        """It is never ill."""

    def _path(self, who: str, resource: str) -> str:
        return self.calendars[who] + quote(f"{resource}.ics")


def body(item: Item) -> str:
    """A resource as iCalendar; times in UTC."""
    if isinstance(item, Unreadable):
        blocks = [
            [
                "BEGIN:VEVENT",
                f"UID:{item.id}",
                "DTSTAMP:20260601T000000Z",
                "DTSTART:20260601T090000Z",
                "RRULE:FREQ=DAILY;INTERVAL=0",
                "END:VEVENT",
            ]
        ]
    else:
        blocks = [_block(event) for event in (item, *item.exceptions)]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Machine//EN", *(line for block in blocks for line in block), "END:VCALENDAR", ""]
    return "\r\n".join(lines)


def _block(event: RemoteEvent) -> list[str]:
    stamp = (event.updated or NOW).strftime("%Y%m%dT%H%M%SZ")
    lines = [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{stamp}",
        f"LAST-MODIFIED:{stamp}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTART{_moment(event.start)}",
        f"DTEND{_moment(event.end)}",
        f"SUMMARY:{event.title}",
        f"CLASS:{'PUBLIC' if event.visibility is Visibility.PUBLIC else 'PRIVATE'}",
        f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}",
    ]
    lines += [f"LOCATION:{event.location}"] if event.location else []
    lines += [f"RRULE:{rule}" for rule in event.recurrence.rules] if event.recurrence else []
    if event.original_start:
        lines.append(f"RECURRENCE-ID{';RANGE=THISANDFUTURE' if event.this_and_future else ''}{_moment(event.original_start)}")
    lines += [line for attendee in event.attendees for line in _attendee(attendee)]
    return [*lines, "END:VEVENT"]


def _moment(moment: datetime | date) -> str:
    if isinstance(moment, datetime):
        return f":{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f";VALUE=DATE:{moment:%Y%m%d}"


def _attendee(attendee: RemoteAttendee) -> list[str]:
    kind = "ROOM" if attendee.kind is AttendeeKind.ROOM else "INDIVIDUAL"
    line = f'ATTENDEE;CN="{attendee.name}";PARTSTAT={attendee.response.upper()};CUTYPE={kind}:mailto:{attendee.address}'
    return [line, f"ORGANIZER:mailto:{attendee.address}"] if attendee.organizer else [line]
