from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.providers import catalogue, memory
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.engine.errors import ConnectFailed
from metwith.engine.vocabulary import RemoteAccount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.engine.port import Step

WORK = RemoteCalendar("work", "Work", primary=True)
ACCOUNT = RemoteAccount("memory", "ana@acme.example", server="memory:catalogue", secret="pw")


def now() -> datetime:
    return datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[memory.MemoryServer]:
    found = memory.server("catalogue")
    found.add_calendar(WORK)
    found.own_addresses = ("ana@home.example",)
    yield found
    memory.forget_servers("catalogue")


def test_every_kind_can_be_opened():
    for key in catalogue.KINDS:
        account = RemoteAccount(key, "ana@acme.example", server="https://cal.acme.example/")
        with catalogue.open_provider(account, keyed=str, now=now) as provider:
            assert callable(provider.changes)


def test_connecting_tells_its_steps_and_what_was_found(server: memory.MemoryServer):
    steps: list[Step] = []
    found = catalogue.connect(ACCOUNT, keyed=str, now=now, on_step=steps.append)
    assert (found.account, found.calendars, found.own_addresses) == (ACCOUNT, (WORK,), ("ana@home.example",))
    assert [(step.key, step.done) for step in steps] == [("open", False), ("open", True)]


def test_a_connection_that_fails_names_the_step_and_the_advice(server: memory.MemoryServer):
    server.secret = "another"
    with pytest.raises(ConnectFailed) as failed:
        catalogue.connect(ACCOUNT, keyed=str, now=now)
    assert failed.value.step == "open"
    assert failed.value.advice
