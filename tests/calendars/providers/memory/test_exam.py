from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.providers import catalogue, memory
from metwith.calendars.providers.icalendar import parse
from metwith.calendars.vocabulary import RemoteCalendar, Unreadable
from metwith.engine.vocabulary import RemoteAccount
from tests.calendars.providers.exam import ProviderExam

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.calendars.providers.port import CalendarProvider


class MemoryWorld:
    calendar = "work"
    takes_several_uids = True
    deletes_past = True

    def __init__(self) -> None:
        self.server = memory.server("exam")
        self.server.add_calendar(RemoteCalendar("work", "Work", primary=True))

    @contextmanager
    def opened(self, *, page: int | None = None) -> Iterator[CalendarProvider]:
        self.server.page_size = page or 100
        account = RemoteAccount("memory", "ana@north.example", server="memory:exam")
        with catalogue.open_provider(account, keyed=str, now=lambda: datetime.now(UTC)) as provider:
            yield provider

    def put(self, name: str, body: str) -> None:
        self.server.put("work", *parse.events(name, body.encode()))

    def delete(self, name: str) -> None:
        self.server.delete("work", name)

    def break_item(self, name: str, uid: str) -> None:
        self.server.put("work", Unreadable(name, "it is broken"))

    def expire(self) -> None:
        self.server.expire_cursors()


@pytest.fixture
def world() -> Iterator[MemoryWorld]:
    yield MemoryWorld()
    memory.forget_servers("exam")


class TestMemory(ProviderExam):
    pass
