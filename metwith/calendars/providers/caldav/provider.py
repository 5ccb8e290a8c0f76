"""CalDAV behind the port (RFC 4791): raw requests over guarded HTTP, nothing but reading."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from metwith.calendars.providers.caldav.auth import PasswordAuth
from metwith.calendars.providers.caldav.dav import Dav
from metwith.calendars.providers.caldav.principal import account_at, calendars_of
from metwith.calendars.providers.caldav.sync import PAGE, Collection
from metwith.engine.apis.rest import provider_errors
from metwith.lib import http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import httpx

    from metwith.calendars.vocabulary import ChangePage, RemoteCalendar
    from metwith.engine.vocabulary import RemoteAccount


class CalDavProvider:
    """One account. `account.server` is any address of it below which relative calendar ids are found: best its calendar home."""

    def __init__(
        self, account: RemoteAccount, *, client: httpx.Client, keyed: Callable[[str], str], now: Callable[[], datetime], page: int = PAGE
    ) -> None:
        self._account = account
        self._keyed = keyed
        self._now = now
        self._page = page
        self._dav = Dav(client, now=now)

    def own_addresses(self) -> tuple[str, ...]:
        """See the port."""
        with provider_errors(self._now):
            return account_at(self._dav, self._account.server).own_addresses

    def calendars(self) -> tuple[RemoteCalendar, ...]:
        """See the port. Ids are absolute paths, or whole addresses where a calendar lives on another host."""
        with provider_errors(self._now):
            return calendars_of(self._dav, account_at(self._dav, self._account.server))

    def changes(self, calendar: str, cursor: str) -> Iterator[ChangePage]:
        """See the port."""
        key = self._keyed("caldav fingerprint").encode()[:64]
        url = urljoin(self._account.server, calendar)
        collection = Collection(self._dav, url, zone=self._account.zone, key=key, page=self._page)
        with provider_errors(self._now):
            yield from collection.changes(cursor, self._now())


@contextmanager
def open_caldav(account: RemoteAccount, keyed: Callable[[str], str], now: Callable[[], datetime]) -> Iterator[CalDavProvider]:
    """Open an account with a connection of its own."""
    auth = PasswordAuth(account.username, account.secret)
    with http.client(allow_private=http.allow_private_hosts(), auth=auth, home=account.server) as client:
        yield CalDavProvider(account, client=client, keyed=keyed, now=now)
