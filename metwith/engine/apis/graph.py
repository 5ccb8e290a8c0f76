"""Microsoft Graph as far as reading needs it: one door for requests, and the border where its errors become the port's.

The promise that a calendar is only read is kept here: `Graph.get` and `Graph.subscription` are the only places that send. The one sends
GET, the other goes to subscriptions and nowhere else.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote
from weakref import WeakValueDictionary

import httpx
import stamina

from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, SlowDown
from metwith.lib import http
from metwith.lib.http_headers import retry_after
from metwith.lib.i18n import _
from metwith.lib.net import deadline
from metwith.lib.text import json_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from metwith.engine.port import Tokens

type Payload = dict[str, Any]

BASE = "https://graph.microsoft.com/v1.0"
CONCURRENCY = 4
"""Requests at a time that Outlook allows an application in one mailbox."""
PATIENCE = timedelta(seconds=5)
"""So long is waited here when Graph asks for it; for longer, the sync is put off."""
WAITS = 2
ATTEMPTS = 3
FRUITLESS = 50
"""After so many pages in a row without anything new a round is taken for endless: a server was seen to give one page for ever."""
LOST = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired", "resynchronizationrequired"})
"""Error codes for a delta token that is no longer known, in lower case; they come with 400, 404, 410 and others."""
NO_MAILBOX = frozenset({"mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi"})


class GraphRejected(Exception):
    """An answer other than success that has no meaning everywhere. `code` is Graph's own, in lower case."""

    def __init__(self, status: int, code: str, host: str) -> None:
        super().__init__(f"{status} {code} {host}")
        self.status = status
        self.code = code
        self.host = host


class Throttled(SlowDown):
    """Graph itself asks for patience. Whoever hands out the tokens does so too, and has waited by then."""


class ConcurrencyLimit:
    """Lets four through at a time."""

    def __init__(self) -> None:
        self.places = BoundedSemaphore(CONCURRENCY)


_gates: WeakValueDictionary[str, ConcurrencyLimit] = WeakValueDictionary()
_gates_lock = Lock()


def gate_of(mailbox: str) -> ConcurrencyLimit:
    """The gate of a mailbox: all of this process who read it share it, whichever of its calendars they read."""
    with _gates_lock:
        return _gates.setdefault(mailbox, ConcurrencyLimit())


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """How we read: `page` items at a time; `sleep` takes seconds, `now` is the clock."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep
    page: int = 200

    def prefer(self) -> str:
        """The preferences sent with every request, since links do not remember them."""
        return f'odata.maxpagesize={self.page}, outlook.timezone="UTC", outlook.body-content-type="text", IdType="ImmutableId"'


class Graph:
    """Sends requests for one mailbox: `root` is `me`, or `users/{id}` where an application reads for its organisation."""

    def __init__(
        self, client: httpx.Client, tokens: Tokens, gate: ConcurrencyLimit, habits: GraphOptions, *, base: str = BASE, root: str = "me"
    ) -> None:
        self.habits = habits
        self._client = client
        self._tokens = tokens
        self._gate = gate
        self._base = httpx.URL(base)
        self._root = f"{base}/{root}"
        self._subscriptions = f"{base}/subscriptions"
        self.mailbox = f"/{root}"

    def url(self, *path: str, **parameters: str) -> str:
        """An address below the mailbox. Parts of the path are quoted; `_filter` gives the parameter `$filter`."""
        query = "&".join(f"{_parameter(name)}={quote(value, safe='/:$,')}" for name, value in parameters.items())
        return "/".join((self._root, *(quote(part, safe="") for part in path))) + (f"?{query}" if query else "")

    def is_ours(self, link: str) -> bool:
        """Whether a link that we were given leads to Graph; our token goes nowhere else."""
        try:
            url = httpx.URL(link)
        except httpx.InvalidURL:
            return False
        return (url.scheme, url.host, url.port) == (self._base.scheme, self._base.host, self._base.port)

    def pages(self, link: str) -> Iterator[Payload]:
        """The pages from a link on, by `@odata.nextLink`; a page may be empty. Raises ProviderBroken when they do not end."""
        endless = _Endless()
        while link:
            page = self.get(link)
            endless.watch(link, entries(page))
            yield page
            link = text_of(page, "@odata.nextLink")

    def found(self, url: str) -> Payload | None:
        """What an address names; None when nothing is there."""
        try:
            return self.get(url)
        except GraphRejected as error:
            if error.status == 404 and error.code not in NO_MAILBOX:
                return None
            raise

    def several[Asked, Told](self, ask: Callable[[Asked], Told], those: Iterable[Asked]) -> list[Told]:
        """`ask` of each, as many at a time as Graph allows, in their order."""
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            return list(pool.map(deadline.handed_on(ask), those))

    def subscription(
        self, method: Literal["POST", "PATCH", "DELETE"], ident: str = "", *, body: Payload | None = None, seconds: float
    ) -> Payload:
        """Open, renew or end what tells us of changes; once, since a second try could open a second one. Raises as `get` does."""
        url = f"{self._subscriptions}/{quote(ident, safe='')}" if ident else self._subscriptions
        answer = self._send(url, self._tokens.access_token(), method, body, seconds)
        if answer.status_code == 401:
            answer = self._send(url, self._tokens.access_token(refresh=True), method, body, seconds)
        self._judge(answer)
        return _object(answer) or {}

    def get(self, url: str) -> Payload:
        """GET of a JSON object. Raises the port's errors, Rejected and those of `lib.http`."""
        if not self.is_ours(url):
            raise ProviderBroken(_("Microsoft's answer leads to another server."), detail=self._base.host)
        answer = self._patiently(url)
        found = _object(answer)
        if found is None:
            raise ProviderBroken(_("Microsoft's answer cannot be read."), detail=f"{answer.status_code} {self._base.host}")
        return found

    def _patiently(self, url: str) -> httpx.Response:
        for _turn in range(WAITS):
            try:
                return self._surely(url)
            except Throttled as error:
                wait = error.until - self.habits.now() if error.until else PATIENCE * 2
                if wait > PATIENCE:
                    raise
                self.habits.sleep(max(wait.total_seconds(), 0))
        return self._surely(url)

    def _surely(self, url: str) -> httpx.Response:
        """With a new token when the first is refused, and again after a broken connection or gateway."""
        for attempt in stamina.retry_context(on=_worth_another_try, attempts=ATTEMPTS, wait_initial=0.2, wait_max=2, timeout=None):
            with attempt:
                answer = self._send(url, self._tokens.access_token())
                if answer.status_code == 401:
                    answer = self._send(url, self._tokens.access_token(refresh=True))
                self._judge(answer)
        return answer

    def _send(self, url: str, token: str, method: str = "GET", body: Payload | None = None, seconds: float | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Prefer": self.habits.prefer(), "Accept": "application/json"}
        timeout = seconds or self._client.timeout
        with self._gate.places:
            return self._client.request(method, url, headers=headers, json=body, timeout=timeout)

    def _judge(self, answer: httpx.Response) -> None:
        status, host = answer.status_code, answer.url.host
        if answer.is_success:
            return
        code = _code(answer)
        detail = f"{status} {code} {host}"
        if status == 401:
            raise NeedsReconnect(_("Microsoft no longer lets us read this account."), detail=detail)
        if status == 429 or (status in {503, 504} and "retry-after" in answer.headers):
            until = retry_after(answer.headers.get("retry-after", ""), self.habits.now())
            raise Throttled(_("Microsoft asks for patience."), until=until, detail=detail)
        if status == 410 or code in LOST:
            raise CursorExpired(_("Microsoft no longer knows how far we had read."), detail=detail)
        raise GraphRejected(status, code, host)


@contextmanager
def graph_errors() -> Iterator[None]:
    """Turn what `Graph` raises into the port's errors: the border of this package."""
    try:
        yield
    except GraphRejected as error:
        detail = f"{error.status} {error.code} {error.host}"
        if error.code in NO_MAILBOX:
            raise Gone(_("This account has no mailbox at Microsoft, and so no calendar."), detail=detail) from error
        if error.status == 404:
            raise Gone(_("The calendar is no longer there."), detail=detail) from error
        if error.status == 403:
            raise NeedsReconnect(_("Microsoft no longer lets us read this calendar."), detail=detail) from error
        raise ProviderBroken(_("Microsoft cannot answer at the moment."), detail=detail) from error
    except http.HttpError as error:
        raise ProviderBroken(error.message, detail=" ".join(filter(None, (error.host, error.hint)))) from error


def entries(page: Payload) -> list[Payload]:
    """What a page holds; anything that is no object is left out."""
    value = page.get("value")
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


class _Endless:
    """Notices links that lead round in circles, and pages that bring the same things under ever new links."""

    def __init__(self) -> None:
        self._links: set[bytes] = set()
        self._entries: set[bytes] = set()
        self._fruitless = 0

    def watch(self, link: str, found: list[Payload]) -> None:
        """One more page. Raises ProviderBroken."""
        mark = _digest(link)
        known = len(self._entries)
        self._entries.update(_digest(repr((entry.get("id"), entry.get("@odata.etag"), "@removed" in entry))) for entry in found)
        self._fruitless = self._fruitless + 1 if len(self._entries) == known else 0
        if mark in self._links or self._fruitless > FRUITLESS:
            raise ProviderBroken(_("Microsoft's answer does not come to an end."))
        self._links.add(mark)


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=12).digest()


def _parameter(name: str) -> str:
    return f"${name[1:]}" if name.startswith("_") else name


def text_of(page: Payload, name: str) -> str:
    """A text in a payload; `""` when it is none."""
    found = page.get(name)
    return found if isinstance(found, str) else ""


def _object(answer: httpx.Response) -> Payload | None:
    try:
        found = json_of(answer.content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _code(answer: httpx.Response) -> str:
    """Graph's own code of an error, in lower case and letters only: whatever else a body says goes nowhere."""
    error = (_object(answer) or {}).get("error")
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    return code.lower() if code.isascii() and code.isalnum() and len(code) < 80 else ""


def _worth_another_try(error: Exception) -> bool:
    """A connection that broke, or a server that did. Not a time-out: whoever is that slow is not helped by a second question."""
    if isinstance(error, http.Unreachable):
        return not isinstance(error, http.TimedOut | http.UnknownHost)
    return isinstance(error, GraphRejected) and error.status in {500, 502, 503, 504}
