"""Practice servers in this process, behind the real client: what the benchmarks of Google and Microsoft share.

Only the transport is replaced: an account is opened, its tokens are read, its turn is waited for and its answers are parsed as always.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from metwith.calendars.providers import memory
from metwith.calendars.vocabulary import Recurrence, RemoteAttendee, RemoteCalendar, RemoteEvent, Visibility
from metwith.lib import http
from metwith.practice.asgi import Bridge
from metwith.practice.google import Google
from metwith.practice.microsoft import GraphService

if TYPE_CHECKING:
    from metwith.practice.asgi import App

PROVIDERS = ("memory", "google", "microsoft")
CLIENT = "benchmark"


@dataclass
class Wire(httpx.BaseTransport):
    """Leads to the practice servers. Their time is not ours: it is measured apart, as `spent` (seconds of CPU)."""

    google: Google
    graph: GraphService
    latency: float = 0
    spent: float = 0
    sent: list[tuple[float, str]] = field(default_factory=list)
    """When each request was sent (monotonic), and with which token."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        app: App = self.google if request.url.host == "www.googleapis.com" else self.graph
        self.sent.append((time.monotonic(), request.headers["authorization"]))
        if self.latency:
            time.sleep(self.latency)
        with self.lock:
            begun = time.thread_time()
            answer = Bridge(app).handle_request(request)
            app.asked.clear()
            self.spent += time.thread_time() - begun
        return answer


def lay() -> Wire:
    """From now on the client of this process speaks to practice servers."""
    wire = Wire(Google("nobody@north.example"), GraphService())
    http.Transport = lambda **_options: wire  # type: ignore[assignment, misc]
    return wire


@dataclass(frozen=True, slots=True)
class Meet:
    """A meeting, before it is a provider's."""

    number: int
    start: datetime
    guests: tuple[str, ...]
    weekly: bool
    private: bool


def meets(count: int, owner: str, *, first: int = 0) -> list[Meet]:
    """Seven in ten are external meetings; the rest series, internal and private ones. Those with the same numbers are the same meetings."""
    chance, now = random.Random(1), datetime.now(UTC).replace(microsecond=0)
    found = []
    for number in range(first, first + count):
        kind = number % 10
        start = now + timedelta(days=chance.randint(-400, 200), minutes=30 * chance.randint(0, 20))
        domain = owner.partition("@")[2] if kind == 7 else f"company{chance.randrange(200)}.test"
        guests = tuple(sorted({f"p{chance.randrange(5)}@{domain}" for _ in range(chance.randint(1, 4))}))
        found.append(Meet(number, start, guests, kind == 8, kind == 9))
    return found


def fill(wire: Wire, provider: str, owner: str, some: list[Meet]) -> str:
    """Put the meetings into a new calendar of this owner. Returns its id; the token that opens it is `of OWNER`."""
    if provider == "memory":
        server = memory.server(owner)
        server.page_size = 500
        server.add_calendar(RemoteCalendar("work", "Work", primary=True))
        for meet in some:
            server.put("work", event(meet, owner))
        return "work"
    if provider == "google":
        wire.google.add_user(owner)
        wire.google.tokens[f"of {owner}"] = owner
        for meet in some:
            wire.google.put_item(owner, f"item{meet.number}", (event(meet, owner),))
        return owner
    box = wire.graph.add_mailbox(owner, token=f"of {owner}")
    calendar = box.add_calendar("Calendar")
    for meet in some:
        box.put(calendar, f"item{meet.number}", graph_event(meet))
    return calendar


def event(meet: Meet, owner: str) -> RemoteEvent:
    return RemoteEvent(
        id=f"item{meet.number}",
        uid=f"item{meet.number}@bench",
        start=meet.start,
        end=meet.start + timedelta(minutes=45),
        title=f"Größe & plan {meet.number}",
        description=f"Agenda {meet.number}\n- status\n- next steps",
        location=f"Room {meet.number % 17}",
        visibility=Visibility.PRIVATE if meet.private else Visibility.PUBLIC,
        attendees=(RemoteAttendee(owner, organizer=True), *(RemoteAttendee(guest) for guest in meet.guests)),
        recurrence=Recurrence(rules=("FREQ=WEEKLY;COUNT=10",)) if meet.weekly else None,
    )


def graph_event(meet: Meet) -> dict[str, Any]:
    def moment(at: datetime) -> dict[str, str]:
        return {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}

    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [f"{meet.start:%A}".lower()], "firstDayOfWeek": "sunday", "month": 0}
    series = {
        "pattern": {**pattern, "dayOfMonth": 0, "index": "first"},
        "range": {
            "type": "numbered",
            "startDate": f"{meet.start:%Y-%m-%d}",
            "endDate": "0001-01-01",
            "recurrenceTimeZone": "UTC",
            "numberOfOccurrences": 10,
        },
    }
    return {
        "subject": f"Größe & plan {meet.number}",
        "body": {"contentType": "text", "content": f"Agenda {meet.number}\n- status\n- next steps"},
        "location": {"displayName": f"Room {meet.number % 17}"},
        "start": moment(meet.start),
        "end": moment(meet.start + timedelta(minutes=45)),
        "sensitivity": "private" if meet.private else "normal",
        "attendees": [
            {"emailAddress": {"name": "", "address": guest}, "type": "required", "status": {"response": "none"}} for guest in meet.guests
        ],
        **({"type": "seriesMaster", "recurrence": series} if meet.weekly else {}),
    }


def connect(member: Any, provider: str, owner: str, calendars: list[str]) -> list[int]:
    """An account of this owner in the database, with a grant that lasts. Returns the ids of its calendars, all switched on."""
    from metwith.accounts.models import Account  # noqa: PLC0415  models exist only once Django is set up
    from metwith.accounts.oauth.flow import TokenSet  # noqa: PLC0415  as above
    from metwith.calendars.models import Calendar  # noqa: PLC0415  as above
    from metwith.lib import secrets  # noqa: PLC0415  as above

    now = datetime.now(UTC)
    grant = TokenSet(f"of {owner}", "refresh", now + timedelta(days=1), now, "", CLIENT)
    account = Account.objects.create(
        workspace_id=member.workspace_id,
        member=member,
        provider=provider,
        address=owner,
        server=f"memory:{owner}" if provider == "memory" else "",
        subject="" if provider == "memory" else owner,
        secret=secrets.encrypt(member.workspace_id, grant.dump()),
    )
    about = {"workspace_id": member.workspace_id, "account": account, "enabled": True, "next_sync_at": now}
    return [Calendar.objects.create(remote_id=calendar, name="Work", **about).pk for calendar in calendars]
