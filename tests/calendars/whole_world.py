"""An organisation at Google and Microsoft: its people, their calendars, and what it granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars.delegation import enrolment
from metwith.lib import clock
from metwith.practice.asgi import Answer, App, Request
from metwith.practice.google import Google
from metwith.practice.grants import Grants
from metwith.practice.microsoft import GraphService
from metwith.practice.serve import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member

ALICE, BOB, ANNA = "alice@lumen.example", "bob@lumen.example", "anna@acme.example"
THERE = "b.brandt@lumen-group.example"
"""Where Bob's mailbox may be instead."""


class Lumen(App):
    """Both services at one address. Alice and Bob have a calendar each, with a lunch with Anna in it."""

    def __init__(self) -> None:
        super().__init__()
        self.google, self.graph = Google(ALICE), GraphService()
        self.google.add_user(BOB)
        self.grants = Grants(people={ALICE: "1001", BOB: "1002"}, opened=self._opened)
        for address in (ALICE, BOB):
            box = self.graph.add_mailbox(address, token=f"of {address}")
            box.user["proxyAddresses"] = [f"SMTP:{address}", f"smtp:also.{address}"]
            when = {"dateTime": f"{clock.now():%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
            guests = [{"emailAddress": {"name": "Anna", "address": ANNA}, "type": "required", "status": {"response": "none"}}]
            box.put(box.add_calendar("Calendar"), "lunch", {"subject": "Lunch", "start": when, "end": when, "attendees": guests})
            instant = {"dateTime": clock.now().isoformat()}
            people = [{"email": address, "self": True, "organizer": True}, {"email": ANNA}]
            self.google.put(address, {"id": "lunch", "summary": "Lunch", "start": instant, "end": instant, "attendees": people})

    def _opened(self, token: str, person: str) -> None:
        if person:
            self.google.tokens[token] = person
        else:
            self.graph.add_mailbox("nobody@lumen.example", token=token)

    def moves(self, there: str, *also: str) -> None:
        """The directory knows Bob's mailbox by another address; Microsoft's names these as its aliases."""
        self.grants.people[there] = self.grants.people.pop(BOB, "1002")
        self.google.add_user(there)
        box = self.graph.mailboxes.pop(f"of {BOB}", None) or self.graph.add_mailbox(there, token=f"of {there}")
        self.graph.mailboxes[f"of {there}"] = box
        box.address = there
        box.user |= {"mail": there, "userPrincipalName": there, "proxyAddresses": [f"SMTP:{there}", *(f"smtp:{one}" for one in also)]}

    def answer(self, request: Request) -> Answer:
        """See App."""
        app: App = {"calendar": self.google, "v1.0": self.graph}.get(request.parts[0], self.grants)
        if request.parts[:2] == ("v1.0", "me"):
            return Answer({"error": {"code": "BadRequest"}}, 400)
        return app.answer(request)

    def grant(self, admin: Member, provider: str) -> None:
        """The admin enters what was granted."""
        if provider == "google":
            enrolment.save_and_reconnect(admin, provider, secret=self.grants.key_file())
        else:
            enrolment.save_and_reconnect(admin, provider, client_id="metwith", secret="s3cret", tenant="north.example")


@pytest.fixture
def lumen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lumen]:
    world = Lumen()
    with serving(world) as address:
        for provider in ("GOOGLE", "MICROSOFT"):
            monkeypatch.setenv(f"METWITH_{provider}_SERVER", address)
        yield world
