"""An ICS address, or the bytes of an ICS file, as a calendar.

A feed is always read whole, so every run but an unchanged one is complete; only blocks that changed since the cursor are parsed.
A body that is a web page, empty, or cut short deletes nothing: it is an error.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import instead, parse, values
from metwith.calendars.providers.icalendar.split import File, split
from metwith.calendars.providers.icalendar.zones import named
from metwith.calendars.providers.ics import by_content, fetch
from metwith.calendars.providers.ics.cursor import Digests, FeedCursor, load_cursor
from metwith.calendars.providers.ics.feed import Feed, events_of
from metwith.calendars.rules.fits import fit_colour, fit_name
from metwith.calendars.vocabulary import OWN_MARK, ChangePage, RemoteCalendar
from metwith.engine.errors import Gone, ProviderBroken
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from metwith.calendars.providers.icalendar.parse import Block
    from metwith.calendars.providers.port import Cursor
    from metwith.engine.vocabulary import RemoteAccount

FEED = "feed"
"""The id of the one calendar that an address has."""
PAGE = 500
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def address_of(account: RemoteAccount) -> httpx.URL:
    """Where the calendar is. Raises ProviderBroken for what is no address."""
    return fetch.web_url(account.secret if "://" in account.secret else account.server)


class IcsProvider:
    """A calendar at an address. `account.secret`, or else `account.server`, is the address; all of it is treated as a secret."""

    def __init__(
        self, account: RemoteAccount, *, client: httpx.Client, keyed: Callable[[str], str], now: Callable[[], datetime], page: int = PAGE
    ) -> None:
        self._account = account
        self._client = client
        self._keyed = keyed
        self._now = now
        self._page = page

    def own_addresses(self) -> tuple[str, ...]:
        """A feed does not say whose it is."""
        return ()

    def calendars(self) -> tuple[RemoteCalendar, ...]:
        """The one calendar, under the name it gives itself, else the host's."""
        url = self._url()
        body = fetch.get(self._client, url, now=self._now).body or b""
        return (_about(whole_file(body, url.host), url.host),)

    def changes(self, calendar: str, cursor: Cursor) -> Iterator[ChangePage]:
        """What changed since the cursor. An answer equal to the last one gives one page with nothing in it."""
        if calendar != FEED:
            raise Gone(_("There is no calendar at this address any more."))
        url = self._url()
        mark = load_cursor(cursor, self._account.zone)
        answer = fetch.get(self._client, url, etag=mark.etag, modified=mark.modified, now=self._now)
        digests = Digests(self._keyed)
        body = None if answer.body is None else digests.of(answer.body, size=16).hex()
        if answer.body is None or body == mark.body:
            yield ChangePage(cursor=cursor, again_after=_wait(mark))
            return
        file = whole_file(answer.body, url.host)
        found = FeedCursor(self._account.zone, answer.etag, answer.modified, body or "", _asks_to_wait(file))
        feed = Feed(_groups(file, found.zone), digests, self._account.content_key, self._page)
        if self._account.by_content or feed.renews(mark):
            yield from by_content.pages(feed, found, _wait(found))
        else:
            yield from feed.pages(mark, found, _wait(found))

    def _url(self) -> httpx.URL:
        return address_of(self._account)


class FileProvider:
    """The bytes of a file that somebody hands us: read once, never stored. Raises ProviderBroken for what is no calendar."""

    def __init__(self, data: bytes, *, zone: str = "UTC", name: str = "") -> None:
        if len(data) > fetch.MAX_BYTES:
            raise ProviderBroken(_("The file is larger than 50 MB. Export a shorter time, or several files."))
        self._file = whole_file(data, name)
        self._zone = zone
        self._name = name

    def own_addresses(self) -> tuple[str, ...]:
        """A file does not say whose it is."""
        return ()

    def calendars(self) -> tuple[RemoteCalendar, ...]:
        """The one calendar, under the name it gives itself, else the file's."""
        return (_about(self._file, self._name),)

    def changes(self, calendar: str, cursor: Cursor) -> Iterator[ChangePage]:
        """Everything, whatever the cursor. Nothing is ever gone from a file, so no page is complete."""
        if calendar != FEED:
            raise Gone(_("The file has one calendar only."))
        groups = _groups(self._file, self._zone)
        for chunk in batched(groups.items(), PAGE):
            yield ChangePage(events=events_of(dict(chunk)), expected=len(groups))
        yield ChangePage(cursor=cursor or "read", expected=len(groups))


def whole_file(data: bytes, source: str = "") -> File:
    """The calendars of a body, which must have begun and ended. Raises ProviderBroken, naming what came instead.

    What Metwith handed out itself is none: its meetings are here, with their participants, and would come as others.
    """
    file = split(data)
    if any(OWN_MARK in calendar.header for calendar in file.calendars):
        raise ProviderBroken(_("Metwith itself gives out this calendar. Its meetings are here already."), detail=source)
    if file.whole:
        return file
    if not data.strip():
        problem = _("The calendar is empty: not even its frame is there.")
    elif packed := instead.packed(data):
        problem = packed
    elif instead.bare_events(data):
        problem = _("The file holds events without a calendar around them (BEGIN:VCALENDAR). Export the whole calendar instead.")
    elif file.calendars:
        problem = _("The calendar is cut short: its end is missing. Nothing was changed.")
    elif re.match(rb"[\s\xef\xbb\xbf]*<(!doctype|html|head|\?xml|body)", data[:1000], re.IGNORECASE):
        problem = _("There is a web page, not a calendar. Copy the address of the calendar itself, which often ends in .ics.")
    else:
        problem = _("This is no calendar in the iCalendar format (.ics).")
    raise ProviderBroken(problem, detail=source)


def _asks_to_wait(file: File) -> int:
    """Seconds of REFRESH-INTERVAL (RFC 7986, section 5.7), or of the X-PUBLISHED-TTL that is older; 0 without a sensible one."""
    header = file.calendars[0].header
    try:
        until = values.after(_ANY_TIME, header.get("REFRESH-INTERVAL") or header.get("X-PUBLISHED-TTL", ""))
    except values.Broken:
        return 0
    return int((until - _ANY_TIME).total_seconds())


def _wait(mark: FeedCursor) -> timedelta | None:
    return timedelta(seconds=mark.again_after) if mark.again_after > 0 else None


def _groups(file: File, zone: str) -> dict[str, list[Block]]:
    return parse.by_uid((calendar, parse.context(calendar, zone=zone)) for calendar in file.calendars)


def _about(file: File, otherwise: str) -> RemoteCalendar:
    header = file.calendars[0].header
    zone = named(header.get("X-WR-TIMEZONE", "").strip() or "-")
    return RemoteCalendar(
        id=FEED,
        name=fit_name(header.get("X-WR-CALNAME") or header.get("NAME") or otherwise),
        colour=fit_colour(header.get("X-APPLE-CALENDAR-COLOR") or header.get("COLOR")),
        primary=True,
        kind="subscribed",
        zone=zone.name if zone else "",
    )
