"""What stands in for Google and Microsoft: the sign-in server, and a calendar in memory that opens with its tokens."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.providers import catalogue, memory
from metwith.calendars.vocabulary import RemoteCalendar
from tests.accounts.signing_in import SignInServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from metwith.calendars.providers.port import CalendarProvider
    from metwith.engine.port import Tokens
    from metwith.engine.vocabulary import RemoteAccount


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInServer]:
    """Google and Microsoft in one, with a client that the operator has set."""
    server = SignInServer()
    for name in ("GOOGLE", "MICROSOFT"):
        monkeypatch.setenv(f"METWITH_{name}_SERVER", server.url)
        monkeypatch.setenv(f"METWITH_{name}_CLIENT_ID", "metwith")
        monkeypatch.setenv(f"METWITH_{name}_CLIENT_SECRET", "s3cret")
    yield server
    server.web.stop()


@dataclass
class Practice:
    """One calendar behind a token. A token in `refused` is answered as a 401 would be: the provider asks for another, once."""

    server: memory.MemoryServer
    shown: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    @contextmanager
    def opened(
        self, account: RemoteAccount, tokens: Tokens, _keyed: Callable[[str], str], _now: Callable[[], datetime]
    ) -> Iterator[CalendarProvider]:
        token = tokens.access_token()
        if token in self.refused:
            token = tokens.access_token(refresh=True)
        self.shown.append(token)
        with memory.open_memory(replace(account, provider="memory", server="memory:signed-in")) as provider:
            yield provider


@pytest.fixture
def practice(service: SignInServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Practice]:
    """The two providers, over the calendar in memory."""
    found = Practice(memory.server("signed-in"))
    found.server.add_calendar(RemoteCalendar("work", "Work", primary=True))
    found.server.add_calendar(RemoteCalendar("family", "Family"))
    for key in ("google", "microsoft"):
        monkeypatch.setitem(catalogue._TOKEN_OPENERS, key, found.opened)
    yield found
    memory.forget_servers("signed-in")
