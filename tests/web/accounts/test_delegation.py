"""The whole way, at a practice server in the provider's place: sign in, choose calendars, read, rows. Nothing in between is replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx
import pytest
from django.urls import reverse

from metwith.accounts.models import Account
from metwith.calendars.models import Calendar, Entry, Link
from metwith.calendars.sync.run import sync_calendar
from metwith.lib import clock
from metwith.practice.asgi import Answer, App, Request
from metwith.practice.google import Google
from metwith.practice.microsoft import GraphService
from metwith.practice.serve import serving
from metwith.rules.health import Succeeded
from metwith.rules.identity import Way
from metwith.workspaces.models import MemberAddress
from tests.people import person
from tests.web.landing import landed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from metwith.workspaces.models import Member
    from tests.accounts.signing_in import SignInServer

pytestmark = pytest.mark.server
API = {"calendar", "v1.0"}
ALICE, ANNA = "alice@lumen.example", "anna@acme.example"


@dataclass
class Whole(App):
    """A sign-in server and a calendar service at one address."""

    sign_in: SignInServer
    calendars: App

    def __post_init__(self) -> None:
        super().__init__()

    def answer(self, request: Request) -> Answer:
        if request.parts[0] in API:
            return self.calendars.answer(request)
        url = f"{self.sign_in.url}{request.path}?{urlencode(request.query)}"
        given = httpx.request(
            request.method, url, content=request.body, headers={"Authorization": request.headers.get("authorization", "")}
        )
        return Answer(given.text, given.status_code, {"content-type": given.headers.get("content-type", "text/plain")})


@dataclass
class Somewhere:
    """One provider: its key, and what stands in for it."""

    provider: str
    whole: Whole

    def expire(self) -> None:
        """The token that was given out is good no longer; the next one is."""
        match self.whole.calendars:
            case Google() as google:
                google.tokens = {"access-2": ALICE}
            case GraphService() as graph:
                graph.mailboxes = {"access-2": graph.mailboxes["access-1"]}

    def methods(self) -> set[str]:
        """How the calendars were asked."""
        return {request.method for request in self.whole.asked if request.parts[0] in API}


def _google() -> Google:
    when = clock.now().isoformat()
    google = Google(ALICE)
    google.tokens["access-1"] = ALICE
    google.add_calendar(ALICE, "projects@group.calendar.google.com", summary="Projects")
    people = [{"email": ALICE, "self": True, "organizer": True}, {"email": ANNA}]
    times = {"start": {"dateTime": when}, "end": {"dateTime": when}}
    google.put(ALICE, {"id": "lunch", "iCalUID": "lunch@lumen", "summary": "Lunch", **times, "attendees": people})
    return google


def _microsoft() -> GraphService:
    when = {"dateTime": f"{clock.now():%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
    graph = GraphService()
    mailbox = graph.add_mailbox(ALICE, token="access-1")
    calendar = mailbox.add_calendar("Calendar")
    mailbox.add_calendar("Projects")
    mailbox.user["proxyAddresses"] = ["SMTP:alice@lumen.example", "smtp:adler@lumen.example"]
    guests = [{"emailAddress": {"name": "Anna", "address": ANNA}, "type": "required", "status": {"response": "none"}}]
    mailbox.put(calendar, "lunch", {"subject": "Lunch", "start": when, "end": when, "attendees": guests})
    return graph


@pytest.fixture(params=["google", "microsoft"])
def somewhere(request: pytest.FixtureRequest, service: SignInServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Somewhere]:
    calendars: App = _google() if request.param == "google" else _microsoft()
    service.scope = service.scope if request.param == "google" else None
    whole = Whole(service, calendars)
    with serving(whole) as address:
        monkeypatch.setenv(f"METWITH_{request.param.upper()}_SERVER", address)
        yield Somewhere(request.param, whole)


def test_from_the_connect_page_to_the_record(as_alice: Client, alice: Member, service: SignInServer, somewhere: Somewhere):
    anna = person(alice, "Anna", ANNA)
    connect = reverse("connect-oauth", args=[somewhere.provider])
    assert f'href="{connect}"' in as_alice.get(reverse("connect")).content.decode()
    state = service.visit(as_alice.get(reverse("connect-oauth-go", args=[somewhere.provider]))["Location"])
    back = as_alice.get(reverse("connect-oauth-back", args=[somewhere.provider]), {"state": state, "code": "yes"})
    choose = shown(as_alice, back)
    assert "Projects" in choose.content.decode()
    ticked = choose.context["form"]["calendars"].value()
    preview = landed(as_alice, as_alice.post(reverse("connect-choose"), {"calendars": ticked, "sharing": "metadata"}))
    assert preview.context["look"].meetings == 1
    assert "Not shared by Alice Adler" in preview.content.decode()
    as_alice.post(reverse("connect-preview"))

    account = Account.objects.of(alice.workspace).get()
    assert (account.provider, account.address, account.server) == (somewhere.provider, ALICE, "")
    calendar = Calendar.objects.of(alice.workspace).get(account=account, enabled=True)
    assert (calendar.primary, Calendar.objects.of(alice.workspace).count()) == (True, 2)
    assert sync_calendar(alice.workspace_id, calendar.pk) == Succeeded()
    assert [entry.title for entry in Entry.objects.of(alice.workspace)] == ["Lunch"]
    assert Link.objects.of(alice.workspace).get().record_id == anna.pk

    somewhere.expire()
    assert sync_calendar(alice.workspace_id, calendar.pk) == Succeeded()
    assert service.given == 2
    assert somewhere.methods() == {"GET"}
    ways = dict(MemberAddress.objects.of(alice.workspace_id).filter(account_id=account.pk).values_list("address", "way"))
    assert ways == (
        {ALICE: Way.SERVER, "adler@lumen.example": Way.SERVER} if somewhere.provider == "microsoft" else {ALICE: Way.PROVIDER}
    ), "nobody named a tenant"
