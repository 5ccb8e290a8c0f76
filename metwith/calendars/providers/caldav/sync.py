"""Reading a CalDAV collection: what is new, by the best means that this server has (docs/decisions/caldav.md).

first read          ctag, listing, then all items; the listing's fingerprint goes into the cursor
ctag the same       nothing changed: one request
ctag changed        a sync-token if the server gives one, listing, then the items that the fingerprint does not prove unchanged
sync-token          sync-collection (RFC 6578): one request, then what it names
token refused       as if the ctag had changed
once a day          a listing whatever the server says, since several lose changes without a word
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import batched
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from xml.sax.saxutils import escape

import httpx

from metwith.calendars.providers.caldav import quirks
from metwith.calendars.providers.caldav.cursor import CalDavCursor
from metwith.calendars.providers.caldav.dav import CAL, CS, DAV, NAMESPACES, REFUSALS, Multistatus, canonical, href_element
from metwith.calendars.providers.caldav.fingerprint import Fingerprint, Item
from metwith.calendars.providers.icalendar import parse
from metwith.calendars.vocabulary import ChangePage
from metwith.engine.apis.rest import Rejected
from metwith.engine.errors import ProviderBroken
from metwith.lib import http
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from metwith.calendars.providers.caldav.dav import CollectionMember, Dav
    from metwith.calendars.vocabulary import RemoteEvent, Unreadable

PAGE = 200
"""Items per calendar-multiget, and so per page."""
DAY = 24 * 60 * 60
READER = "2"
"""Raised when the reader understands more than before, so that everything is read again."""
_MOST_ROUNDS = 1000
_TOKEN_SECONDS = 10
_NOT_EVENTS = re.compile(r"component=\"?(vtodo|vjournal|vfreebusy)|text/vcard", re.IGNORECASE)
_LISTED = (f"{DAV}resourcetype", f"{DAV}getetag", f"{DAV}getcontenttype")
_MULTIGET = f"<C:calendar-multiget {NAMESPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop>"


@dataclass(frozen=True, slots=True)
class SyncState:
    """What a collection says of itself before it is listed: whatever changes later is newer than this."""

    ctag: str
    token: str
    syncs: bool


@dataclass(frozen=True, slots=True)
class Fetched:
    """One item as it came. `data` None and no `refused`: it is not there."""

    item: Item
    data: bytes | None = None
    refused: bool = False


class Collection:
    """One calendar, read once. `url` is absolute; `zone` is where floating times are read."""

    def __init__(self, dav: Dav, url: str, *, zone: str, key: bytes, page: int = PAGE) -> None:
        self.dav = dav
        self.url = url
        self.zone = zone
        self.key = key
        self.page = page
        self.reader = f"{READER} {zone}"
        self.multiget_refused = 0

    def changes(self, cursor: str, now: datetime) -> Iterator[ChangePage]:
        """See the port. Raises what `Dav` raises and CursorExpired."""
        at = int(now.timestamp())
        if not cursor:
            return self._listing(None, at)
        mark = CalDavCursor.load(cursor, self.key, self.reader)
        if mark.token:
            return self._delta(mark, at)
        if mark.ctag and at - mark.listed_at < DAY and self._state(reports=False).ctag == mark.ctag:
            return iter((ChangePage(cursor=cursor, expected=0),))
        return self._listing(mark, at)

    def _delta(self, mark: CalDavCursor, at: int) -> Iterator[ChangePage]:
        """What sync-collection names; a listing as well when it is due, or when the answer looks like a forgotten token."""
        try:
            changed, removed, token = self._sync_collection(mark.token)
        except Rejected:
            yield from self._listing(mark, at, token="")
            return
        touched = [*changed, *removed]
        mark = mark.after(token, touched)
        if at - mark.listed_at >= DAY or quirks.token_was_forgotten(len(changed), mark.count):
            yield from self._listing(mark, at, token=token)
            return
        for fetched in self._fetch(changed.values()):
            events = self._events(fetched)
            named = {event.id.partition("#")[0] for event in events}
            gone = tuple(one.item.path for one in fetched if not one.refused and one.item.path not in named)
            yield ChangePage(events=events, removed=gone, expected=len(touched))
        yield ChangePage(removed=tuple(removed), cursor=mark.dump(), expected=len(touched))

    def _listing(self, mark: CalDavCursor | None, at: int, *, token: str | None = None) -> Iterator[ChangePage]:
        """List everything, read what is not proved unchanged, and end `complete`.

        `token` is the one to go on with: `""` for none, None to ask for one. The first read asks for none when there is a ctag,
        since a first token may take long and people wait for their meetings.
        """
        state = self._state(reports=True)
        if token is None and state.syncs and (mark or not state.ctag):
            token = self._token()
        items = self._list()
        mark_now = CalDavCursor(Fingerprint.of(items, self.key), len(items), at, self.reader, token or "", "" if token else state.ctag)
        if mark and mark.fingerprint.equals(items):
            yield ChangePage(cursor=mark_now.dump(), expected=0)
            return
        unchanged = mark.fingerprint.proved(items) if mark else set()
        to_read = [item for item in items if item.path not in unchanged]
        refused: list[str] = []
        for fetched in self._fetch(to_read):
            refused += [one.item.path for one in fetched if one.refused]
            yield ChangePage(events=self._events(fetched), expected=len(to_read))
        # What is listed but not given is there. It stays as it is, and is asked for again at the next listing.
        cursor = replace(mark_now, fingerprint=mark_now.fingerprint.forget(refused)).dump()
        yield ChangePage(unchanged=(*unchanged, *refused), cursor=cursor, complete=True, expected=len(to_read))

    def _state(self, *, reports: bool) -> SyncState:
        names = (f"{CS}getctag", f"{DAV}supported-report-set") if reports else (f"{CS}getctag",)
        found = self.dav.propfind(self.url, names, depth=0)
        about = found.member(canonical(found.url, found.url))
        if about is None:
            return SyncState("", "", syncs=False)
        ctag = about.text(f"{CS}getctag")
        trusted = not quirks.too_young(ctag, found.date or self.dav.now())
        return SyncState(ctag if trusted else "", "", syncs=about.has(f"{DAV}supported-report-set", f"{DAV}sync-collection"))

    def _token(self) -> str:
        """The collection's token now; `""` when it has none. Asked before the listing, so that nothing falls between the two.

        Radicale needs minutes to make the first token of a large calendar. It goes on when we hang up, and has it ready another time.
        """
        try:
            found = self.dav.propfind(self.url, (f"{DAV}sync-token",), depth=0, patience=_TOKEN_SECONDS)
        except (Rejected, http.TimedOut):
            return ""
        about = found.member(canonical(found.url, found.url))
        return about.text(f"{DAV}sync-token") if about else ""

    def _list(self) -> list[Item]:
        """Every item that may hold events: by PROPFIND, or by a calendar-query where listing is refused."""
        try:
            found = self.dav.propfind(self.url, _LISTED, depth=1)
        except Rejected as refusal:
            if refusal.status in {404, 410}:
                raise
            found = self._query()
        if any(member.status == 507 for member in found.members):
            found = self._query()
        if any(member.status == 507 for member in found.members):
            raise ProviderBroken(_("The server lists only a part of this calendar."), detail="507")
        here = canonical(found.url, found.url)
        return list({item.path: item for member in found.members if (item := _item(member, here))}.values())

    def _query(self) -> Multistatus:
        """All events' etags (RFC 4791, section 7.8). No time range: servers disagree on what it means, and some hide the past."""
        wanted = '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter>'
        return self.dav.report(
            self.url, f"<C:calendar-query {NAMESPACES}><D:prop><D:getetag/></D:prop>{wanted}</C:calendar-query>", depth=1
        )

    def _sync_collection(self, token: str) -> tuple[dict[str, Item], dict[str, None], str]:
        """RFC 6578, section 3: changed items, removed paths, the new token. An answer cut short (507, section 3.6) is asked for again.

        Never with DAV:limit: several servers cut the answer and skip the rest for good.
        """
        changed: dict[str, Item] = {}
        removed: dict[str, None] = {}
        for _round in range(_MOST_ROUNDS):
            found = self.dav.report(self.url, _sync_body(token), depth=0)
            here = canonical(found.url, found.url)
            for member in found.members:
                if member.status in {404, 410}:
                    changed.pop(member.path, None)
                    removed[member.path] = None
                elif item := _item(member, here):
                    removed.pop(member.path, None)
                    changed[member.path] = item
            cut, before, token = any(member.status == 507 for member in found.members), token, found.sync_token
            if not token or (cut and token == before):
                break
            if not cut:
                return changed, removed, token
        raise REFUSALS.rejected(507, httpx.URL(self.url).host)

    def _fetch(self, items: Iterable[Item]) -> Iterator[list[Fetched]]:
        """The items' data, a page at a time. The next page is on its way while the caller works on this one."""
        pages = batched(items, self.page)
        if (first := next(pages, None)) is None:
            return
        with ThreadPoolExecutor(1, thread_name_prefix="caldav") as ahead:
            coming = ahead.submit(self._page, first)
            for page in pages:
                arrived, coming = coming.result(), ahead.submit(self._page, page)
                yield arrived
            yield coming.result()

    def _page(self, items: Sequence[Item]) -> list[Fetched]:
        found = self._multiget(items)
        fetched = [found.get(item.path) or self._get(item) for item in items]
        if all(one.refused for one in fetched):
            raise ProviderBroken(_("The server lists events but does not give them."), detail=httpx.URL(self.url).host)
        return fetched

    def _multiget(self, items: Sequence[Item]) -> dict[str, Fetched]:
        """calendar-multiget (RFC 4791, section 7.9). What the answer leaves out stays out: it is unknown, not gone (DAViCal)."""
        if self.multiget_refused > 1:
            return {}
        body = _MULTIGET + "".join(href_element(item.href) for item in items) + "</C:calendar-multiget>"
        try:
            found = self.dav.report(self.url, body, depth=0)
        except Rejected:
            self.multiget_refused += 1
            return {}
        asked = {item.path: item for item in items}
        return {member.path: one for member in found.members if member.path in asked and (one := _fetched(asked[member.path], member))}

    def _get(self, item: Item) -> Fetched:
        try:
            return Fetched(item, self.dav.get(urljoin(self.url, item.href)))
        except Rejected as refusal:
            return Fetched(item, refused=refusal.status not in {404, 410})

    def _events(self, page: Iterable[Fetched]) -> tuple[RemoteEvent | Unreadable, ...]:
        return tuple(
            event
            for one in page
            if one.data is not None
            for event in parse.events(one.item.path, one.data, version=one.item.etag, zone=self.zone)
        )


def _sync_body(token: str) -> str:
    return (
        f"<D:sync-collection {NAMESPACES}><D:sync-token>{escape(token)}</D:sync-token>"
        "<D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
    )


def _item(member: CollectionMember, here: str) -> Item | None:
    """The member as an item; None for the collection itself, for folders in it, and for what can hold no event."""
    itself = member.path.rstrip("/") == here.rstrip("/")
    if itself or member.status >= 400 or member.has(f"{DAV}resourcetype", f"{DAV}collection"):
        return None
    if member.path.endswith("/") or _NOT_EVENTS.search(member.text(f"{DAV}getcontenttype")):
        return None
    return Item(member.path, member.href, member.text(f"{DAV}getetag"))


def _fetched(item: Item, member: CollectionMember) -> Fetched | None:
    if member.status in {404, 410}:
        return Fetched(item)
    data = member.props.get(f"{CAL}calendar-data")
    return Fetched(item, data.text.encode()) if data is not None and data.text else None
