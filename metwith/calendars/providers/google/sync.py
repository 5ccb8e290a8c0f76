"""Reading a Google calendar: everything, or what changed since a sync token (docs/decisions/google.md).

first read      events.list, page by page. Single events are given at once, series when all pages have been seen. Of a calendar of
                several pages, what lies around now is asked for before the second one: Google lists in no order
later           events.list with the sync token. A page may name any member of a series, and not its master, so each series that is
                named is read anew as a whole, once: by its UID, which its exceptions share
many series     rather than by so many requests, they are picked out of one list of everything
410             the engine reads everything again, into the same rows
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import batched, islice
from typing import TYPE_CHECKING

from metwith.calendars.providers.google import cursor as cursors
from metwith.calendars.providers.google import parse, series
from metwith.calendars.vocabulary import ChangePage
from metwith.engine.apis.rest import Rejected
from metwith.engine.errors import CursorExpired, Gone, ProviderBroken
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from metwith.calendars.providers.google.parse import Payload
    from metwith.calendars.providers.google.series import Item
    from metwith.engine.apis.google import Api

PAGE = 2500
"""Events in a page of Google's: the most it gives."""
BATCH = 500
"""Items in a page of ours: what is written in one transaction."""
MANY = 40
"""From so many series on, a list of everything costs less than asking for each (600 requests a minute are allowed to a user)."""
MOST_PAGES = 10_000
NEAR = timedelta(days=45)
"""So far around now a long calendar is read first: who connects one sees meetings within seconds."""

type Members = dict[str, dict[str, Payload]]
"""Series → the events of it, by id: of an event that comes twice the last one stays."""


class GoogleReading:
    """One calendar, read once. `zone` is the IANA name of the zone where the calendar itself tells none; `now` is aware."""

    def __init__(self, api: Api, calendar: str, *, zone: str, now: datetime, page: int = PAGE) -> None:
        self.api = api
        self.calendar = calendar
        self.page = page
        self.zone = parse.google_zone(zone)
        self.now = now
        self.sync_token = ""
        """What the latest list ended with; empty while it goes on."""

    def changes(self, cursor: str) -> Iterator[ChangePage]:
        """See the port. Raises what `Api` raises, and the port's errors."""
        return self._delta(cursors.load_cursor(cursor)) if cursor else self._everything()

    def _everything(self) -> Iterator[ChangePage]:
        """Series wait until all their events were seen: exceptions stand on any page."""
        held: Members = defaultdict(dict)
        singles: set[str] = set()
        for number, page in enumerate(self._list()):
            alone = []
            for payload in page:
                ident = series.series_of(payload) or (payload["id"] if payload["id"] in held else "")
                if ident:
                    held[ident][payload["id"]] = payload
                else:
                    alone.append(payload)
            singles.update(payload["id"] for payload in alone)
            yield from self._singly(alone)
            if number == 0 and not self.sync_token:
                yield from self._near()
        cursor = self._cursor()
        # A single event that was a series is listed with the graves of its exceptions: what it is now is asked for.
        mixed = {ident: "" for ident, members in held.items() if ident not in members and ident in singles}
        yield from self._pages((ident, members.values()) for ident, members in held.items() if ident not in mixed)
        yield from self._pages(self._fetched(mixed))
        yield ChangePage(cursor=cursor, complete=True)

    def _near(self) -> Iterator[ChangePage]:
        """What lies around now: a page of single events, and the series that it names. All of it comes again with the rest."""
        around = {"timeMin": (self.now - NEAR).isoformat(), "timeMax": (self.now + NEAR).isoformat()}
        page = _items(self._page({**cursors.PARAMETERS, **around, "maxResults": str(self.page)}))
        series_named = {ident: parse.uid(payload) for payload in page if (ident := series.series_of(payload))}
        yield from self._singly(payload for payload in page if not series.series_of(payload))
        yield from self._pages(self._fetched(dict(islice(series_named.items(), MANY - 1))))

    def _delta(self, token: str) -> Iterator[ChangePage]:
        """What changed: single events as they are listed, then every series that was named, as it is by then."""
        named: dict[str, str] = {}
        buried: set[str] = set()
        for page in self._list(token):
            alone = []
            for payload in page:
                if ident := series.series_of(payload):
                    named[ident] = named.get(ident) or parse.uid(payload)
                else:
                    alone.append(payload)
                (buried.add if series.is_gone(payload) else buried.discard)(payload["id"])
            yield from self._singly(alone)
        cursor = self._cursor()
        # Where the master's grave was listed, and no exception that lives, nothing is left to ask for.
        yield from self._pages(self._fetched({ident: uid for ident, uid in named.items() if uid or ident not in buried}))
        yield ChangePage(cursor=cursor)

    def _singly(self, payloads: Iterable[Payload]) -> Iterator[ChangePage]:
        """Pages of events that are of no series."""
        latest = {payload["id"]: payload for payload in payloads}
        for some in batched(latest.values(), BATCH):
            gone = tuple(payload["id"] for payload in some if series.is_gone(payload))
            yield ChangePage(events=tuple(series.single(p, self.zone) for p in some if not series.is_gone(p)), removed=gone)

    def _pages(self, batches: Iterable[tuple[str, Iterable[Payload]]]) -> Iterator[ChangePage]:
        """Pages of whole series; one of which nothing is left is removed."""
        for some in batched(batches, BATCH):
            wholes: dict[str, tuple[Item, ...]] = {ident: series.whole_series(ident, members, self.zone) for ident, members in some}
            events = tuple(item for items in wholes.values() for item in items)
            yield ChangePage(events=events, removed=tuple(ident for ident, items in wholes.items() if not items))

    def _fetched(self, wanted: dict[str, str]) -> Iterator[tuple[str, Iterable[Payload]]]:
        """Series with all that is there of them. `wanted` gives their UIDs, `""` where it is not known."""
        lost = set(wanted) if len(wanted) >= MANY else set()
        for ident, uid in wanted.items():
            if ident in lost:
                continue
            if members := self._by_uid(ident, uid or self._uid(ident)):
                yield ident, members.values()
            else:
                lost.add(ident)
        if lost:
            yield from self._picked_out(lost)

    def _by_uid(self, ident: str, uid: str) -> dict[str, Payload]:
        """A series' events. Others may share its UID: only what names the series counts."""
        pages = self._list(uid=uid) if uid else iter(())
        return {payload["id"]: payload for page in pages for payload in page if _belongs(payload) == ident}

    def _uid(self, ident: str) -> str:
        """The UID of a series of which only a bare exception was told; `""` when its master is not in this calendar."""
        try:
            return parse.uid(self.api.get("calendars", self.calendar, "events", ident))
        except Rejected as refusal:
            if refusal.status in {404, 410}:
                return ""
            raise

    def _picked_out(self, wanted: set[str]) -> Iterator[tuple[str, Iterable[Payload]]]:
        found: Members = defaultdict(dict)
        for page in self._list():
            for payload in page:
                if (ident := _belongs(payload)) in wanted:
                    found[ident][payload["id"]] = payload
        for ident in sorted(wanted):
            yield ident, found[ident].values()

    def _list(self, token: str = "", *, uid: str = "") -> Iterator[list[Payload]]:
        """events.list, page by page; a page may be empty. Raises CursorExpired when the sync token is refused, and Gone."""
        asked = {**cursors.PARAMETERS, "maxResults": str(self.page)}
        asked |= {"syncToken": token} if token else {"iCalUID": uid} if uid else {}
        seen: set[str] = set()
        self.sync_token = ""
        while True:
            page = self._page(asked)
            if page.get("accessRole") == "freeBusyReader":
                raise Gone(_("Of this calendar, only when its owner is busy may be seen."), detail="freeBusyReader")
            self.zone = parse.google_zone(str(page.get("timeZone", "")), self.zone.name)
            onward = page.get("nextPageToken")
            self.sync_token = "" if onward else str(page.get("nextSyncToken") or "")
            yield _items(page)
            if not onward:
                return
            if onward in seen or len(seen) >= MOST_PAGES:
                raise ProviderBroken(_("Google's list of events does not end."), detail=f"{len(seen)} pages")
            seen.add(onward)
            asked["pageToken"] = onward

    def _page(self, asked: dict[str, str]) -> Payload:
        try:
            return self.api.get("calendars", self.calendar, "events", **asked)
        except Rejected as refusal:
            if "syncToken" in asked and refusal.status in {400, 410}:
                raise CursorExpired(_("Google no longer knows how far we had read."), detail=str(refusal)) from refusal
            raise

    def _cursor(self) -> str:
        if not self.sync_token:
            raise ProviderBroken(_("Google's list of events ends without saying how to go on from it."), detail="nextSyncToken")
        return cursors.dump(self.sync_token)


def _belongs(payload: Payload) -> str:
    return str(payload.get("recurringEventId") or payload["id"])


def _items(page: Payload) -> list[Payload]:
    """The events of a page. What has no id can be named by nobody, now or later."""
    items = page.get("items")
    return [item for item in items if isinstance(item, dict) and _named(item)] if isinstance(items, list) else []


def _named(payload: Payload) -> bool:
    return isinstance(payload.get("id"), str) and bool(payload["id"])
