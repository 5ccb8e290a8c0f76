"""The exam's world on the practice service of Microsoft Graph, every answer of which is held to Microsoft's own description."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from metwith.calendars.providers.icalendar import parse
from metwith.calendars.providers.microsoft.provider import REFUSALS, MicrosoftProvider
from metwith.calendars.vocabulary import RemoteEvent
from metwith.engine.apis.graph import Graph, GraphOptions, gate_of
from metwith.engine.apis.rest import BearerAuth
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http
from metwith.practice.asgi import Answer, Bridge, Request
from metwith.practice.graph.events import write
from metwith.practice.microsoft import GraphService
from tests.calendars.providers.microsoft import csdl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metwith.practice.graph.store import Mailbox

NOW = datetime(2036, 1, 5, 12, tzinfo=UTC)
ADDRESS = "ana@north.example"
BASE = "https://graph.microsoft.com/v1.0"


class HonestService(GraphService):
    """The practice service, which says nothing that Graph would not."""

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        if answer.status == 200 and request.method == "GET" and request.parts[1] in {"me", "users"} and not answer.cut:
            body = answer.body if "value" in answer.body else {n: v for n, v in answer.body.items() if n != "@odata.context"}
            csdl.check(request.parts[1:] if request.parts[1] == "me" else request.parts[3:], body)
        return answer


class OneToken:
    """A token that is refused can be made new, as often as there are new ones."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.refreshed = 0

    def access_token(self, *, refresh: bool = False) -> str:
        if refresh:
            self.refreshed += 1
            if len(self.tokens) > 1:
                self.tokens.pop(0)
        return self.tokens[0]


class MicrosoftWorld:
    takes_several_uids = False
    deletes_past = True

    def __init__(self, *, now: datetime = NOW) -> None:
        self.now = now
        self.service = HonestService(now=lambda: self.now)
        self.mailbox: Mailbox = self.service.add_mailbox(ADDRESS, token="ana")
        self.calendar = self.mailbox.add_calendar("Calendar")
        self.tokens = OneToken("ana")
        self.slept: list[float] = []
        self._names: dict[str, str] = {}
        self._numbers = count()

    @contextmanager
    def opened(self, *, page: int | None = None) -> Iterator[MicrosoftProvider]:
        with self.client() as client:
            habits = GraphOptions(lambda: self.now, self.slept.append, page or 50)
            graph = Graph(client, gate_of(ADDRESS), REFUSALS, habits, base=BASE)
            yield MicrosoftProvider(graph, RemoteAccount("microsoft", ADDRESS, zone="Europe/Berlin"))

    def client(self, on_redirect: Callable[[Any], None] = lambda _url: None) -> http.GuardedClient:
        return http.GuardedClient(on_redirect=on_redirect, transport=Bridge(self.service), auth=BearerAuth(self.tokens))

    def put(self, name: str, body: str) -> None:
        (found,) = parse.events(name, body.encode())
        assert isinstance(found, RemoteEvent)
        self.write(self._name(name), found)

    def delete(self, name: str) -> None:
        self.mailbox.delete(self._names.pop(name))

    def break_item(self, name: str, uid: str) -> None:
        broken = {"dateTime": "a quarter past", "timeZone": "UTC"}
        self.mailbox.put(self.calendar, self._name(name), {"iCalUId": uid, "start": broken, "end": broken})

    def expire(self) -> None:
        self.service.delta.expire()

    def write(self, name: str, found: RemoteEvent) -> None:
        write(self.mailbox, self.calendar, name, found)

    def _name(self, name: str) -> str:
        """Whatever is made anew has a new id, also under an old name."""
        return self._names.setdefault(name, f"{name} {next(self._numbers)}")
