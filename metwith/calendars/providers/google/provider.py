"""Google Calendar behind the port (API v3, https://developers.google.com/calendar/api/v3/reference)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from metwith.calendars.providers.google.calendar_list import calendar_of, with_one_primary
from metwith.calendars.providers.google.push import GooglePush
from metwith.calendars.providers.google.sync import PAGE, GoogleReading
from metwith.engine.apis.google import Api, google_refusals
from metwith.engine.apis.rest import BearerAuth, provider_errors
from metwith.lib import http
from metwith.lib.addresses import fold
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import httpx

    from metwith.calendars.vocabulary import ChangePage, RemoteCalendar
    from metwith.engine.port import Tokens
    from metwith.engine.vocabulary import RemoteAccount

BASE = "https://www.googleapis.com/calendar/v3/"
REFUSALS = google_refusals(
    gone=_("The calendar is no longer there."),
    forbidden=_("Google no longer lets Metwith read this calendar."),
    off=_("The Google Calendar API is not switched on for this installation's project."),
)
MOST_BYTES = 200_000_000
"""A page of 2,500 events with long descriptions and many guests."""
MOST_CALENDARS = "250"


class GoogleProvider(GooglePush):
    """One account. The client sends the account's token."""

    def __init__(
        self, account: RemoteAccount, *, client: httpx.Client, now: Callable[[], datetime], base: str = BASE, page: int = PAGE
    ) -> None:
        self._account = account
        self._api = Api(client, REFUSALS, base=base, now=now)
        self._now = now
        self._page = page
        self._calendars: tuple[RemoteCalendar, ...] | None = None

    def own_addresses(self) -> tuple[str, ...]:
        """See the port. The primary calendar is called by the owner's address; aliases are told to nobody under our scopes."""
        primary = next((fold(calendar.id) for calendar in self.calendars() if calendar.primary), "")
        return (primary,) if primary else ()

    def calendars(self) -> tuple[RemoteCalendar, ...]:
        """See the port. Asked once: connecting wants it twice."""
        if self._calendars is None:
            with provider_errors(self._now):
                self._calendars = with_one_primary(tuple(self._listed()))
        return self._calendars

    def changes(self, calendar: str, cursor: str) -> Iterator[ChangePage]:
        """See the port."""
        reading = GoogleReading(self._api, calendar, zone=self._account.zone, now=self._now(), page=self._page)
        with provider_errors(self._now):
            yield from reading.changes(cursor)

    def _listed(self) -> Iterator[RemoteCalendar]:
        """calendarList.list without hidden ones: who hides a calendar does not mean it. Always in full: it is short, and its sync token misses renames."""
        seen: set[str] = set()
        asked = {"maxResults": MOST_CALENDARS}
        while True:
            page = self._api.get("users", "me", "calendarList", **asked)
            yield from filter(None, map(calendar_of, page.get("items") or ()))
            onward = str(page.get("nextPageToken") or "")
            if not onward or onward in seen:
                return
            seen.add(onward)
            asked["pageToken"] = onward


@contextmanager
def open_google(
    account: RemoteAccount, tokens: Tokens, _keyed: Callable[[str], str], now: Callable[[], datetime]
) -> Iterator[GoogleProvider]:
    """Open an account; all accounts of a process share their connections to the service. `account.server` replaces Google's address where somebody practises.

    `account.username` is set where a service account reads for an organisation: without it, all its people would share one user's quota.
    """
    where = f"{account.server.rstrip('/')}/" if account.server else BASE
    private = http.allow_private_hosts() or bool(account.server)
    with http.client(allow_private=private, max_bytes=MOST_BYTES, auth=BearerAuth(tokens), home=where, kept=True) as client:
        if account.username:
            client.headers["X-Goog-Quota-User"] = account.username
        yield GoogleProvider(account, client=client, now=now, base=where)
