"""A small calendar as somebody might have it: what comes in, and what never does. The people are those of the sample workspace."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from metwith.calendars import sample
from metwith.calendars.vocabulary import Recurrence, RemoteAttendee, RemoteEvent, Response, Visibility

if TYPE_CHECKING:
    from collections.abc import Iterator

ZONE = "Europe/Berlin"
WEEK = timedelta(weeks=1)
_NAMES = {address: name for company in sample.COMPANIES for name, address, _title in company.people}


def calendar(owner: str, now: datetime) -> tuple[RemoteEvent, ...]:
    """The calendar of `owner`, around `now`."""
    desk = _Desk(owner, now.astimezone(ZoneInfo(ZONE)).date())
    return (*desk.meetings(), desk.weekly(), *desk.left_out())


class _Desk:
    """Writes the events of one owner. Days are working days from today on."""

    def __init__(self, owner: str, today: date) -> None:
        self.owner, self.today = owner, today
        self.domain = owner.partition("@")[2]
        self.colleague = f"ines@{self.domain}"

    def meetings(self) -> Iterator[RemoteEvent]:
        """With outsiders."""
        yield self._event("first", -24, "10:00", "First talk", sample.TOM, sample.PRIYA, location="Brightwater, room 2.11")
        yield self._event("scope", -12, "11:00", "Pilot: scope and price", sample.PRIYA, location="https://meet.north.example/pilot")
        yield self._event("terms", -3, "14:00", "Terms, read together", sample.ANNA, sample.SOFIA, together=True)
        yield self._event("kickoff", 1, "09:30", "Pilot: kick-off", sample.TOM, sample.PRIYA, location="Brightwater, room 2.11")
        yield self._event("lunch", 3, "12:30", "Lunch", sample.KATHARINA, location="Café am Markt")
        day = sample.working_day(self.today, 10)
        fair = self._event("fair", 10, "09:00", "Ports and Shipping fair", sample.ANNA, sample.PER, location="Messe, hall 4")
        yield replace(fair, start=day, end=day + timedelta(days=2))

    def weekly(self) -> RemoteEvent:
        """A series since four weeks; next week's is moved by a day."""
        first = self._event("weekly", -20, "15:00", "Portal: weekly", sample.PER, sample.SOFIA, together=True)
        assert isinstance(first.start, datetime)
        original = first.start + 5 * WEEK
        start = original + timedelta(days=1, hours=1)
        moved = replace(first, start=start, end=start + timedelta(minutes=45), original_start=original)
        return replace(first, recurrence=Recurrence(rules=("FREQ=WEEKLY;COUNT=12",)), exceptions=(moved,))

    def left_out(self) -> Iterator[RemoteEvent]:
        """An internal meeting, a private one, and one without anybody else."""
        yield self._event("planning", 2, "08:30", "Planning", self.colleague)
        yield replace(self._event("dentist", 4, "17:00", "Dentist", sample.HELEN), visibility=Visibility.PRIVATE)
        yield replace(self._event("offer", 5, "10:00", "Write the offer"), attendees=())

    def _event(self, name: str, day: int, at: str, title: str, *guests: str, location: str = "", together: bool = False) -> RemoteEvent:
        """`together`: the first guest invited all of the owner's domain, so that whoever signs in from there has the same meeting."""
        start = datetime.combine(sample.working_day(self.today, day), time.fromisoformat(at), ZoneInfo(ZONE))
        answer = Response.ACCEPTED if day < 0 else Response.NEEDS_ACTION
        people = (
            RemoteAttendee(self.owner, organizer=not together, response=Response.ACCEPTED),
            *(_guest(guest, answer) for guest in guests),
        )
        if together:
            inviter = replace(_guest(guests[0], Response.ACCEPTED), organizer=True)
            people = (inviter, people[0], *people[2:], _guest(f"team@{self.domain}", answer))
        uid = f"{name}@{self.domain if together else self.owner}"
        return RemoteEvent(name, uid, start, start + timedelta(minutes=45), title=title, attendees=people, location=location, zone=ZONE)


def _guest(address: str, answer: Response) -> RemoteAttendee:
    return RemoteAttendee(address, _NAMES.get(address, ""), answer)
