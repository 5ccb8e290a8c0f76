"""Microsoft Graph as far as reading needs it: one door for requests, and what its refusals mean.

The promise that a calendar is only read is kept here: `Graph.get` and `Graph.subscription` are the only places that send. The one sends
GET, the other goes to subscriptions and nowhere else.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote
from weakref import WeakValueDictionary

import httpx

from metwith.engine.apis.rest import Meaning, Refusals, Rejected, json_object, plain_reason, send_once, send_with_retries
from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, SlowDown
from metwith.lib.i18n import _
from metwith.lib.net import deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

type Payload = dict[str, Any]

BASE = "https://graph.microsoft.com/v1.0"
CONCURRENCY = 4
"""Requests at a time that Outlook allows an application in one mailbox."""
PATIENCE = timedelta(seconds=5)
"""So long is waited here when Graph asks for it; for longer, the sync is put off."""
WAITS = 2
FRUITLESS = 50
"""After so many pages in a row without anything new a round is taken for endless: a server was seen to give one page for ever."""
LOST = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired", "resynchronizationrequired"})
"""Error codes for a delta token that is no longer known, in lower case; they come with 400, 404, 410 and others."""
NO_MAILBOX = frozenset({"mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi"})
_CANNOT = _("Microsoft cannot answer at the moment.")


class Throttled(SlowDown):
    """Graph itself asks for patience. Whoever hands out the tokens does so too, and has waited by then."""


def graph_refusals(*, gone: str, forbidden: str, no_mailbox: str) -> Refusals:
    """What Graph's refusals mean, in the msgids of the channel: what was read is gone, is not to be read, the account has no mailbox."""
    patience, lost = _("Microsoft asks for patience."), _("Microsoft no longer knows how far we had read.")
    return Refusals(
        reasons=_reasons,
        meanings=(
            Meaning(NeedsReconnect, _("Microsoft no longer lets us read this account."), statuses=frozenset({401})),
            Meaning(Throttled, patience, statuses=frozenset({429})),
            Meaning(Throttled, patience, statuses=frozenset({503, 504}), timed=True),
            Meaning(CursorExpired, lost, statuses=frozenset({410})),
            Meaning(CursorExpired, lost, reasons=LOST),
            Meaning(Gone, no_mailbox, reasons=NO_MAILBOX),
            Meaning(Gone, gone, statuses=frozenset({404})),
            Meaning(NeedsReconnect, forbidden, statuses=frozenset({403})),
            Meaning(ProviderBroken, _CANNOT, statuses=frozenset({500, 502, 503, 504}), again=True),
            Meaning(ProviderBroken, _CANNOT),
        ),
    )


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
    """Sends requests for one mailbox: `root` is `me`, or `users/{id}` where an application reads for its organisation.

    The client brings the authorisation with it (`rest.BearerAuth`).
    """

    def __init__(
        self, client: httpx.Client, gate: ConcurrencyLimit, refusals: Refusals, habits: GraphOptions, *, base: str = BASE, root: str = "me"
    ) -> None:
        self.habits = habits
        self._client = client
        self._refusals = refusals
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

    def get_or_none(self, url: str) -> Payload | None:
        """What an address names; None when nothing is there."""
        try:
            return self.get(url)
        except Rejected as error:
            if error.status == 404 and error.reasons.isdisjoint(NO_MAILBOX | LOST):
                return None
            raise

    def several[Asked, Told](self, ask_one: Callable[[Asked], Told], requests: Iterable[Asked]) -> list[Told]:
        """`ask_one` of each, as many at a time as Graph allows, in their order."""
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            return list(pool.map(deadline.handed_on(ask_one), requests))

    def subscription(
        self, method: Literal["POST", "PATCH", "DELETE"], ident: str = "", *, body: Payload | None = None, seconds: float
    ) -> Payload:
        """Open, renew or end what tells us of changes; once, since a second try could open a second one. Raises as `get` does."""
        url = f"{self._subscriptions}/{quote(ident, safe='')}" if ident else self._subscriptions
        answer = send_once(lambda: self._send(url, method, body, seconds), self._refusals, self.habits.now)
        return json_object(answer) or {}

    def get(self, url: str) -> Payload:
        """GET of a JSON object. Raises as `rest.send_once` does, and ProviderBroken for what is none or would be no answer of Graph's."""
        if not self.is_ours(url):
            raise ProviderBroken(_("Microsoft's answer leads to another server."), detail=self._base.host)
        answer = self._patiently(url)
        found = json_object(answer)
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
        return send_with_retries(lambda: self._send(url), self._refusals, self.habits.now)

    def _send(self, url: str, method: str = "GET", body: Payload | None = None, seconds: float | None = None) -> httpx.Response:
        headers = {"Prefer": self.habits.prefer(), "Accept": "application/json"}
        timeout = seconds or self._client.timeout
        with self._gate.places:
            return self._client.request(method, url, headers=headers, json=body, timeout=timeout)


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

    def watch(self, link: str, items: list[Payload]) -> None:
        """One more page. Raises ProviderBroken."""
        mark = _digest(link)
        known = len(self._entries)
        self._entries.update(_digest(repr((entry.get("id"), entry.get("@odata.etag"), "@removed" in entry))) for entry in items)
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


def _reasons(answer: httpx.Response) -> Iterator[str]:
    """Graph's own code of an error, in lower case: it writes the same one in several ways."""
    error = (json_object(answer) or {}).get("error")
    yield plain_reason(error.get("code")).lower() if isinstance(error, dict) else ""
