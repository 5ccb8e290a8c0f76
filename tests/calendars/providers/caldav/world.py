"""The exam's world on a CalDAV server."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote

from metwith.calendars.providers.caldav.auth import PasswordAuth
from metwith.calendars.providers.caldav.provider import CalDavProvider
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http
from tests.calendars.providers.exam import body
from tests.servers import PASSWORD, USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from metwith.calendars.vocabulary import ChangePage
    from tests.servers import CalDavServer

_numbers = count()


def keyed(text: str) -> str:
    return f"key of {text}"


class CalDavWorld:
    """A new calendar on a running server."""

    deletes_past = True

    def __init__(self, server: CalDavServer, *, takes_several_uids: bool) -> None:
        self.server = server
        self.takes_several_uids = takes_several_uids
        self.calendar = server.make_calendar(f"exam {next(_numbers)}")
        self.account = RemoteAccount("caldav", "ana@north.example", server=server.url, username=USER, secret=PASSWORD)
        self.known: set[str] = set()

    @contextmanager
    def opened(self, *, page: int | None = None) -> Iterator[ForgetfulProvider]:
        auth = PasswordAuth(USER, PASSWORD)
        with http.client(allow_private=True, auth=auth, home=self.server.url) as client:
            yield ForgetfulProvider(self, client, page or 100)

    def put(self, name: str, body: str) -> None:
        self.server.put(self._path(name), body)

    def delete(self, name: str) -> None:
        self.server.delete(self._path(name))

    def break_item(self, name: str, uid: str) -> None:
        """Servers refuse what they cannot read; of this they do not know that it is none."""
        self.server.put(self._path(name), body(uid, "RRULE:FREQ=DAILY;INTERVAL=0"))

    def expire(self) -> None:
        self.known.clear()

    def _path(self, name: str) -> str:
        return self.calendar + quote(f"{name}.ics", safe="")


class ForgetfulProvider(CalDavProvider):
    """Reads the real server, but with a token that it never gave once the world has let them expire."""

    def __init__(self, world: CalDavWorld, client: httpx.Client, page: int) -> None:
        super().__init__(world.account, client=client, keyed=keyed, now=lambda: datetime.now(UTC), page=page)
        self.world = world

    def changes(self, calendar: str, cursor: str) -> Iterator[ChangePage]:
        if cursor.startswith('{"r"') and cursor not in self.world.known:
            cursor = _with_foreign_token(cursor)
        for page in super().changes(calendar, cursor):
            if page.cursor:
                self.world.known.add(page.cursor)
            yield page


def _with_foreign_token(cursor: str) -> str:
    fields = json.loads(cursor)
    foreign = {name: "http://example.org/token/1" for name in ("t", "c") if fields[name]}
    return json.dumps({**fields, **foreign}, separators=(",", ":"))
