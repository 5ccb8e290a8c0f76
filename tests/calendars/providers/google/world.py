"""The exam's world on the practice Google. Whatever is asked and answered is held against Google's own description."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from metwith.calendars.providers.google.provider import BASE, GoogleProvider
from metwith.calendars.providers.icalendar import parse
from metwith.calendars.vocabulary import RemoteEvent
from metwith.engine.apis.rest import BearerAuth
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http
from metwith.practice.asgi import Bridge
from metwith.practice.google import Google
from tests.calendars.providers.google import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

ANA = "ana@north.example"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ROOT = "/calendar/v3/"


class Checked(Bridge):
    """A bridge that lets nothing pass that Google does not know."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0].removeprefix(ROOT)
        schema.check_asked(request.method, path, request.url.params.multi_items())
        response = super().handle_request(request)
        body = response.content
        if response.headers["content-type"].startswith("application/json"):
            schema.check_answer(request.method, path, response.status_code, json.loads(body) if body else None)
        assert b"given for another list" not in body, "the client changed the parameters of its sync token"
        return response


class PracticeTokens:
    """The tokens of one user of the fake."""

    def __init__(self, google: Google, user: str = ANA) -> None:
        self.google = google
        self.user = user
        self.token = ""
        self.refreshed = 0

    def access_token(self, *, refresh: bool = False) -> str:
        self.refreshed += refresh
        if refresh or not self.token:
            self.token = self.google.token_of(self.user)
        return self.token


@contextmanager
def opened(
    google: Google, *, user: str = ANA, page: int | None = None, tokens: PracticeTokens | None = None, now: datetime = NOW
) -> Iterator[GoogleProvider]:
    auth = BearerAuth(tokens or PracticeTokens(google, user))
    with http.GuardedClient(on_redirect=lambda _url: None, transport=Checked(google), auth=auth) as client:
        yield GoogleProvider(
            RemoteAccount("google", user, zone="Europe/Berlin"), client=client, now=lambda: now, base=BASE, page=page or 2500
        )


class GoogleWorld:
    takes_several_uids = False
    deletes_past = True
    calendar = ANA

    def __init__(self) -> None:
        self.google = Google(ANA, clock=lambda: NOW)

    def opened(self, *, page: int | None = None):
        return opened(self.google, page=page)

    def put(self, name: str, body: str) -> None:
        events = parse.events(ident(name), body.encode())
        self.google.put_item(ANA, ident(name), tuple(event for event in events if isinstance(event, RemoteEvent)))

    def delete(self, name: str) -> None:
        self.google.delete(ANA, ident(name))

    def break_item(self, name: str, uid: str) -> None:
        """A rule that nobody can follow: nothing else in Google's answers can be so wrong and still be well formed."""
        for member in self.google.members(ANA, ident(name)):
            self.google.store.vanish(ANA, member)
        when = {"dateTime": "2036-01-10T09:00:00Z", "timeZone": "UTC"}
        self.google.put(ANA, {"id": ident(name), "iCalUID": uid, "start": when, "end": when, "recurrence": ["RRULE:FREQ=DAILY;INTERVAL=0"]})

    def expire(self) -> None:
        self.google.expire_sync_tokens()


def ident(name: str) -> str:
    """An event id: letters a to v and digits (Events, `id`)."""
    return base64.b32hexencode(name.encode()).decode().lower().rstrip("=")
