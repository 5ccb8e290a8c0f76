"""A CalDAV server with other servers' habits, for the traps that Radicale and Xandikos do not set.

It keeps a log of changes, so that its sync tokens are honest until a habit makes them lie. It answers through
`httpx.MockTransport`, without a network.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

import httpx
from lxml import etree

from metwith.calendars.providers.caldav.provider import CalDavProvider
from metwith.engine.vocabulary import RemoteAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.calendars.providers.exam import Follower

    type Interruption = Callable[[httpx.Request], httpx.Response | None]

HOST = "https://cal.acme.example"
HOME = "/dav/ana@acme.example/work/"
_HEAD = (
    '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/">'
)
_D = "{DAV:}"


@dataclass
class Habits:
    syncs: bool = True
    has_ctag: bool = True
    depth_one_refused: bool = False
    multiget_refused: bool = False
    multiget_omits: set[str] = field(default_factory=set)
    get_refused: set[str] = field(default_factory=set)
    forgets_tokens: bool = False
    """DAViCal: an unknown token gets a full list, without deletions and without a word."""
    token_error: int = 403
    token_condition: bool = True
    cuts_after: int = 0
    """Answers of so many members, with 507 for the collection and a token to go on with."""
    cuts_listings: bool = False
    repeats_changes: bool = False
    """SOGo: the same changes on every call."""
    lists_itself: bool = False
    absolute_hrefs: bool = False
    escapes_more: bool = False
    """`@` as `%40` in some answers, and not in others."""
    hides_deletions: bool = False
    ctag: str = ""


class FakeServer:
    """One calendar at HOST + HOME. Names are plain; hrefs are made of them."""

    def __init__(self) -> None:
        self.habits = Habits()
        self.items: dict[str, str] = {}
        self.log: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[str] = []
        self.now = datetime(2026, 11, 21, 9, tzinfo=UTC)
        self.interrupt: Interruption = lambda _request: None
        self.era = 0

    def put(self, name: str, body: str) -> None:
        self.items[name] = body
        self.log.append(name)

    def delete(self, name: str) -> None:
        del self.items[name]
        self.log.append(name)

    def restore(self, items: dict[str, str]) -> None:
        """The server comes back from a backup: other items, and a log that begins anew."""
        self.items, self.log, self.era = dict(items), list(items), self.era + 1

    # --- the reader's side

    @contextmanager
    def opened(self, *, page: int = 100) -> Iterator[CalDavProvider]:
        account = RemoteAccount("caldav", "ana@acme.example", server=HOST + "/dav/", username="ana", secret="pw")
        with httpx.Client(transport=httpx.MockTransport(self.answer), follow_redirects=False) as client:
            yield CalDavProvider(account, client=client, keyed=lambda text: f"key {text}", now=lambda: self.now, page=page)

    @property
    def calendar(self) -> str:
        return quote(HOME)

    def follow(self, follower: Follower, *, page: int = 100) -> list[str]:
        """Sync once; returns the methods of the requests it took."""
        self.asked.clear()
        self.bodies.clear()
        follower.sync(_AsWorld(self), page=page)
        return [method for method, _path in self.asked]

    # --- the server's side

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = request.content.decode()
        self.asked.append((request.method, request.url.path))
        self.bodies.append(body)
        if interrupted := self.interrupt(request):
            return interrupted
        if request.method == "GET":
            return self._get(request.url.path.removeprefix(HOME))
        wanted = etree.fromstring(body.encode())
        kind = etree.QName(wanted).localname
        answers: dict[str, Callable[[etree._Element, str], httpx.Response]] = {
            "propfind": self._propfind,
            "sync-collection": self._sync,
            "calendar-multiget": self._multiget,
            "calendar-query": self._query,
        }
        return answers[kind](wanted, request.headers["depth"])

    def _get(self, name: str) -> httpx.Response:
        if name in self.habits.get_refused:
            return httpx.Response(500)
        return httpx.Response(200, text=self.items[name]) if name in self.items else httpx.Response(404)

    def _propfind(self, wanted: etree._Element, depth: str) -> httpx.Response:
        if depth == "1" and self.habits.depth_one_refused:
            return httpx.Response(403)
        asked_for = {etree.QName(prop).localname for prop in wanted.iterfind(f"{_D}prop/*")}
        own = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"
        if "getctag" in asked_for and self.habits.has_ctag:
            own += f"<CS:getctag>{self._ctag()}</CS:getctag>"
        if "sync-token" in asked_for and self.habits.syncs:
            own += f"<D:sync-token>{self._token(len(self.log))}</D:sync-token>"
        if "supported-report-set" in asked_for and self.habits.syncs:
            own += "<D:supported-report-set><D:supported-report><D:report><D:sync-collection/></D:report></D:supported-report></D:supported-report-set>"
        members = [_response(self._href(""), own)]
        if depth == "1":
            members += [self._listed(name) for name in self.items]
            if self.habits.cuts_listings:
                members = [*members[:2], _status(self._href(""), 507)]
        return _multistatus(members)

    def _query(self, _wanted: etree._Element, _depth: str) -> httpx.Response:
        return _multistatus([self._listed(name) for name in self.items])

    def _sync(self, wanted: etree._Element, _depth: str) -> httpx.Response:
        habits = self.habits
        if not habits.syncs:
            return httpx.Response(403, text='<D:error xmlns:D="DAV:"><D:supported-report/></D:error>')
        since = self._read_token(wanted.findtext(f"{_D}sync-token") or "")
        if since is None and not habits.forgets_tokens:
            condition = '<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>' if habits.token_condition else ""
            return httpx.Response(habits.token_error, text=condition)
        if since is None:
            changed, upto = list(self.items), len(self.log)
        else:
            upto = min(len(self.log), since + habits.cuts_after) if habits.cuts_after else len(self.log)
            changed = list(dict.fromkeys(self.log[max(0, since - 3) if habits.repeats_changes else since : upto]))
        members = [self._listed(name, more=True) for name in changed if name in self.items]
        if not habits.hides_deletions:
            members += [_status(self._href(name), 404) for name in changed if name not in self.items]
        if habits.lists_itself:
            members.insert(0, _response(self._href("").rstrip("/"), "<D:getetag>&quot;c&quot;</D:getetag>"))
        if upto < len(self.log):
            members.append(_status(self._href(""), 507))
        return _multistatus(members, token=self._token(upto))

    def _multiget(self, wanted: etree._Element, _depth: str) -> httpx.Response:
        if self.habits.multiget_refused:
            return httpx.Response(501)
        members = []
        for href in wanted.iterfind(f"{_D}href"):
            name = unquote(httpx.URL(href.text or "").path).removeprefix(HOME)
            if name in self.habits.multiget_omits:
                continue
            if name in self.items:
                data = f"<C:calendar-data>{escape(self.items[name])}</C:calendar-data>"
                members.append(_response(self._href(name), f"<D:getetag>{self._etag(name)}</D:getetag>{data}"))
            else:
                members.append(_status(self._href(name), 404))
        return _multistatus(members)

    def _listed(self, name: str, *, more: bool = False) -> str:
        kind = "" if more else "<D:resourcetype/><D:getcontenttype>text/calendar</D:getcontenttype>"
        return _response(self._href(name, more=more), f"<D:getetag>{self._etag(name)}</D:getetag>{kind}")

    def _href(self, name: str, *, more: bool = False) -> str:
        path = quote(HOME + name, safe="/" if self.habits.escapes_more and more else "/@")
        return escape(HOST + path if self.habits.absolute_hrefs else path)

    def _etag(self, name: str) -> str:
        return f"&quot;{sha256(self.items[name].encode()).hexdigest()[:12]}&quot;"

    def _ctag(self) -> str:
        return self.habits.ctag or f"ctag-{self.era}-{len(self.log)}"

    def _token(self, upto: int) -> str:
        return f"http://acme.example/sync/{self.era}/{upto}"

    def _read_token(self, token: str) -> int | None:
        head, _slash, number = token.rpartition("/")
        return int(number) if head == f"http://acme.example/sync/{self.era}" and int(number) <= len(self.log) else None


class _AsWorld:
    """As much of the exam's world as a follower needs."""

    takes_several_uids = True
    deletes_past = True

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.calendar = server.calendar
        self.put, self.delete = server.put, server.delete

    def opened(self, *, page: int | None = None) -> contextmanager[CalDavProvider]:  # type: ignore[valid-type]
        return self.server.opened(page=page or 100)

    def break_item(self, name: str, uid: str) -> None:
        raise NotImplementedError

    def expire(self) -> None:
        self.server.era += 1


def _response(href: str, props: str) -> str:
    return f"<D:response><D:href>{href}</D:href><D:propstat><D:prop>{props}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"


def _status(href: str, status: int) -> str:
    return f"<D:response><D:href>{href}</D:href><D:status>HTTP/1.1 {status} So</D:status></D:response>"


def _multistatus(members: list[str], *, token: str = "") -> httpx.Response:
    end = f"<D:sync-token>{token}</D:sync-token>" if token else ""
    return httpx.Response(207, text=f"{_HEAD}{''.join(members)}{end}</D:multistatus>")
