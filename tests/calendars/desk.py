"""A member's calendar on the memory server, and short words for the meetings in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from metwith.calendars.actions import connect
from metwith.calendars.models import Calendar, Entry, Event, Link, Trace
from metwith.calendars.providers import memory
from metwith.calendars.rules.keep import instant
from metwith.calendars.sync.run import sync_calendar
from metwith.calendars.vocabulary import Recurrence, RemoteAttendee, RemoteCalendar, RemoteEvent, Response
from metwith.lib.addresses import fold
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.calendars.read_models import Meeting
    from metwith.calendars.sync.run import CalendarBusy
    from metwith.rules.health import Outcome
    from metwith.workspaces.models import Member

START = datetime(2026, 6, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Desk:
    """A member with one connected calendar. `put`, `delete` and `series` act on the server, `sync` on Metwith."""

    def __init__(self, member: Member, name: str, *, sharing: str = "metadata", new_people: str = "off", page: int = 500) -> None:
        memory.forget_servers(name)
        self.member, self.now = member, NOW
        self.server = memory.server(name)
        self.server.page_size = page
        self.server.add_calendar(RemoteCalendar("work", "Work", primary=True))
        self.account = connect.connect(
            member,
            "memory",
            address=member.user.email,
            server=f"memory:{name}",
            sharing=sharing,
            new_people=new_people,
            now=lambda: self.now,
        )

    @property
    def calendar(self) -> Calendar:
        return Calendar.objects.of(self.member.workspace_id).get(account=self.account)

    def put(self, uid: str, *guests: str, **facts: Any) -> RemoteEvent:
        """A meeting of the owner with `guests` on the server, at START for an hour unless `facts` say otherwise."""
        event = meeting(uid, self.member.user.email, *guests, **facts)
        self.server.put("work", event)
        return event

    def series(self, uid: str, *guests: str, rule: str = "FREQ=DAILY;COUNT=3", **facts: Any) -> RemoteEvent:
        """A series, daily for three days unless told otherwise."""
        return self.put(uid, *guests, recurrence=Recurrence(rules=(rule,)), **facts)

    def delete(self, uid: str) -> None:
        self.server.delete("work", uid)

    def sync(self) -> Outcome | CalendarBusy:
        return sync_calendar(self.member.workspace_id, self.calendar.pk, clock=lambda: self.now)

    def entries(self) -> set[tuple[str, str, str]]:
        """UID, key and title of what is stored of this calendar."""
        mine = Entry.objects.of(self.member.workspace_id).filter(calendar=self.calendar)
        return set(mine.values_list("event__ical_uid", "event__key", "title"))

    def uids(self) -> set[str]:
        return {uid for uid, _, _ in self.entries()}

    def dropped(self) -> dict[str, int]:
        """How many did not come in, by reason."""
        reasons = list(Trace.objects.of(self.member.workspace_id).filter(source=self.calendar).values_list("reason", flat=True))
        return {reason: reasons.count(reason) for reason in set(reasons)}


def meeting(uid: str, owner: str, *guests: str, start: datetime | date = START, length: timedelta = HOUR, **facts: Any) -> RemoteEvent:
    """A meeting that `owner` organizes."""
    people = (RemoteAttendee(fold(owner), organizer=True, response=Response.ACCEPTED), *(RemoteAttendee(fold(guest)) for guest in guests))
    return replace(RemoteEvent(id=uid, uid=uid, start=start, end=start + length, title=f"About {uid}", attendees=people), **facts)


def invited_by(organizer: str, *guests: str) -> tuple[RemoteAttendee, ...]:
    """Who takes part in a meeting, as each of its copies says: whoever has it, the same person organizes it."""
    return meeting("", organizer, *guests).attendees


def exception(series: RemoteEvent, original_start: datetime | date, **facts: Any) -> RemoteEvent:
    """An exception to a series, at its original time unless `facts` say otherwise."""
    length = instant(series.end) - instant(series.start)
    plain = replace(
        series, recurrence=None, exceptions=(), original_start=original_start, start=original_start, end=original_start + length
    )
    return replace(plain, **facts)


def events(member: Member) -> set[tuple[str, str]]:
    """UID and key of every Event of the member's workspace."""
    return set(Event.objects.of(member.workspace_id).values_list("ical_uid", "key"))


def links(member: Member) -> set[tuple[str, int, int]]:
    """UID, kind and record of every visible link."""
    return set(Link.objects.of(member.workspace_id).filter(hidden=False).values_list("event__ical_uid", "record_kind", "record_id"))


def uid_of(meeting: Meeting) -> str:
    """Which one a meeting is, also where its viewer does not see that."""
    return Event.objects.across_workspaces("a test asks").get(pk=meeting.id).ical_uid
