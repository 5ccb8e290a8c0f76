"""A calendar at a practice server, and a provider that tells of what changes there: into Django's own test client."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from django.test import Client

from metwith.accounts.models import Account
from metwith.accounts.oauth.flow import TokenSet
from metwith.calendars.models import Calendar, Entry
from metwith.calendars.models import Channel as Row
from metwith.calendars.sync.access import PUSH
from metwith.calendars.sync.run import sync_calendar
from metwith.engine import push
from metwith.lib import clock, secrets
from metwith.practice.google import Google
from metwith.practice.microsoft import GraphService
from tests.calendars.worker import forget_jobs, waiting

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.calendars.sync.run import CalendarBusy
    from metwith.practice.asgi import Request
    from metwith.rules.health import Outcome
    from metwith.workspaces.models import Member

ALICE, ANNA = "alice@lumen.example", "anna@acme.example"
ORIGIN = "https://metwith.example"
HOUR = timedelta(hours=1)


@dataclass
class Told:
    """`now` is everybody's clock."""

    member: Member
    provider: Literal["google", "microsoft"]
    now: datetime = field(default_factory=lambda: clock.now().replace(microsecond=0))
    lost: bool = False
    """Notices do not arrive."""
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.google, self.graph = Google(ALICE, clock=lambda: self.now), GraphService(now=lambda: self.now, deliver=self._from_graph)
        self.google.tokens["access-0"] = ALICE
        self.mailbox = self.graph.add_mailbox(ALICE, token="access-0")
        inbox = self.mailbox.add_calendar("Calendar")
        grant = TokenSet("access-0", "refresh-0", self.now + timedelta(days=30), self.now, "", "metwith")
        self.account = Account.objects.create(
            workspace=self.member.workspace,
            member=self.member,
            provider=self.provider,
            address=ALICE,
            subject="1001",
            secret=secrets.encrypt(self.member.workspace_id, grant.dump()),
        )
        self.inbox = self.add(ALICE if self.provider == "google" else inbox)

    @property
    def app(self) -> Google | GraphService:
        return self.google if self.provider == "google" else self.graph

    def add(self, remote_id: str) -> Calendar:
        return Calendar.objects.create(workspace=self.member.workspace, account=self.account, remote_id=remote_id, enabled=True)

    def add_another(self) -> Calendar:
        """A second calendar of the account."""
        if self.provider == "google":
            self.google.add_calendar(ALICE, "projects@group.calendar.google.com", summary="Projects")
            return self.add("projects@group.calendar.google.com")
        return self.add(self.mailbox.add_calendar("Projects"))

    # --- what happens there ---------------------------------------------------------------------------------------------------------

    def change(self, name: str = "lunch") -> None:
        """A meeting comes in, and whoever listens is told."""
        if self.provider == "google":
            when = {"dateTime": self.now.isoformat()}
            people = [{"email": ALICE, "self": True, "organizer": True}, {"email": ANNA}]
            self.google.put(ALICE, {"id": name, "iCalUID": name, "summary": name, "start": when, "end": when, "attendees": people})
            self.deliver()
            return
        when = {"dateTime": f"{self.now:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
        guests = [{"emailAddress": {"name": "Anna", "address": ANNA}, "type": "required", "status": {"response": "none"}}]
        self.mailbox.put(self.inbox.remote_id, name, {"subject": name, "start": when, "end": when, "attendees": guests})
        self.graph.subscriptions.notify(f"Users/1/Events/{name}", ident=name)

    def deliver(self) -> None:
        """Google's notices go out."""
        self.answers += self.google.channels.deliver(self._from_google)

    def _from_google(self, address: str, headers: dict[str, str]) -> int:
        return 0 if self.lost else knock(address, headers=headers).status_code

    def _from_graph(self, address: str, payload: dict[str, Any] | None) -> tuple[int, str, str, float]:
        if self.lost:
            return 0, "", "", 0
        answer = knock(address, b"" if payload is None else json.dumps(payload).encode())
        self.answers.append(answer.status_code)
        return answer.status_code, answer["Content-Type"], answer.content.decode(), 0.1

    def open_there(self) -> list[str]:
        """What the provider calls the channels that are open there."""
        return [c.resource_id for c in self.google.channels.open.values()] + list(self.graph.subscriptions.all)

    def asked(self) -> list[str]:
        """The requests so far that were not for reading, and forget them."""
        found = [_named(request) for request in self.app.asked if request.method != "GET"]
        self.app.asked.clear()
        return found

    # --- what we do -----------------------------------------------------------------------------------------------------------------

    def sync(self, calendar: Calendar | None = None) -> Outcome | CalendarBusy:
        return sync_calendar(self.member.workspace_id, (calendar or self.inbox).pk, clock=lambda: self.now)

    def keep(self) -> list[int]:
        """What the clock does for channels: every due one. Google's first notice arrives. Which calendars are to be read then."""
        found = [each for target in push.due(PUSH, self.now) for each in push.keep_channel(PUSH, target, lambda: self.now)]
        self.deliver()
        return found

    def watch(self) -> Row:
        """A calendar that was read and is watched, and no jobs."""
        self.sync()
        self.keep()
        self.asked()
        forget_jobs()
        return self.row()

    def row(self) -> Row:
        return Row.objects.of(self.member.workspace_id).get()

    def rows(self) -> list[Row]:
        return list(Row.objects.of(self.member.workspace_id))

    def titles(self) -> set[str]:
        return set(Entry.objects.of(self.member.workspace_id).values_list("title", flat=True))


def knock(address: str, body: bytes = b"", headers: dict[str, str] | None = None) -> HttpResponse:
    """POST to an address of ours, as anybody may."""
    parts = urlsplit(address)
    where = f"{parts.path}?{parts.query}" if parts.query else parts.path
    client = Client(enforce_csrf_checks=True)
    return client.post(where, data=body, content_type="application/json", headers=headers or {})  # type: ignore[return-value]


def syncs() -> list[object]:
    """The calendars whose sync waits."""
    return [job["calendar_id"] for job in waiting("sync_calendar")]


def _named(request: Request) -> str:
    """`POST watch`, `POST stop`, `POST`, `PATCH`, `DELETE`."""
    last = request.parts[-1]
    return f"{request.method} {last}" if last in {"watch", "stop"} else request.method
