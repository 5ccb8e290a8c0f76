"""Payloads, each named after its case: single events, and conversations (what is asked for in which order, and what comes)."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metwith.calendars.providers.microsoft.cursor import GraphCursor, Window
from metwith.calendars.providers.microsoft.provider import REFUSALS, MicrosoftProvider
from metwith.engine.apis.graph import ConcurrencyLimit, Graph, GraphOptions
from metwith.engine.apis.rest import BearerAuth
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http
from metwith.practice.asgi import Answer, App, Bridge, Request
from tests.calendars.providers.microsoft.world import ADDRESS, BASE, OneToken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.calendars.vocabulary import ChangePage, RemoteEvent, Unreadable

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CALENDAR = "AAMkCal1="


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


class Recorded(App):
    """Gives the answers of a conversation, and insists on its order."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.waiting = list(payload(name))

    def answer(self, request: Request) -> Answer:
        waiting = self.waiting.pop(0)
        assert "/" + "/".join(request.parts) == waiting["path"]
        return Answer(waiting["body"], waiting["status"], waiting["headers"])


class Talk:
    """A provider that hears a conversation."""

    def __init__(self, name: str) -> None:
        self.app = Recorded(name)
        self.slept: list[float] = []

    @contextmanager
    def opened(self) -> Iterator[MicrosoftProvider]:
        with http.GuardedClient(on_redirect=lambda _url: None, transport=Bridge(self.app), auth=BearerAuth(OneToken("token"))) as client:
            graph = Graph(client, ConcurrencyLimit(), REFUSALS, GraphOptions(lambda: NOW, self.slept.append), base=BASE)
            yield MicrosoftProvider(graph, RemoteAccount("microsoft", ADDRESS, zone="Europe/Berlin"))

    def pages(self, cursor: str = "") -> list[ChangePage]:
        """What a read gives; the conversation must be over then."""
        with self.opened() as provider:
            found = list(provider.changes(CALENDAR, cursor))
        assert not self.app.waiting
        return found


def cursor() -> str:
    """One of a window around now."""
    return GraphCursor(f"{BASE}/me/calendars/{CALENDAR.replace('=', '%3D')}/calendarView/delta?$deltatoken=old", Window.around(NOW)).dump()


def items(pages: list[ChangePage]) -> dict[str, RemoteEvent | Unreadable]:
    """What the pages brought, by id; the last of each counts."""
    return {event.id: event for page in pages for event in page.events}


def removed(pages: list[ChangePage]) -> list[str]:
    return [name for page in pages for name in page.removed]
