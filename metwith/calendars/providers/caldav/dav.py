"""WebDAV as far as reading needs it (RFC 4918, RFC 3253 REPORT): one door for requests, one hardened reader of answers.

The promise that a calendar is only read is kept here: `Dav.ask` is the only place that sends, and it knows no other methods
than those in `METHODS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit
from xml.sax.saxutils import escape

from httpx import USE_CLIENT_DEFAULT
from lxml import etree

from metwith.engine.apis.rest import Meaning, Refusals, send_with_retries
from metwith.engine.errors import Gone, NeedsReconnect, ProviderBroken, SlowDown
from metwith.lib.http_headers import http_date
from metwith.lib.i18n import _
from metwith.lib.text import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    import httpx

METHODS = frozenset({"OPTIONS", "PROPFIND", "REPORT", "GET", "HEAD"})
"""All that is ever sent. None of these changes anything (RFC 9110, section 9.2.1; RFC 4918, section 9.1; RFC 3253, section 3.6)."""

DAV = "{DAV:}"
CAL = "{urn:ietf:params:xml:ns:caldav}"
CS = "{http://calendarserver.org/ns/}"
APPLE = "{http://apple.com/ns/ical/}"
_PREFIXES = {DAV: "D:", CAL: "C:", CS: "CS:", APPLE: "A:"}
NAMESPACES = (
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"'
)

UNASKED = "no password was sent"
"""Our own word beside the server's conditions."""
_SAFE_IN_PATH = "@:+,;=&$!*'()~-._"
_PLAIN_PATH = re.compile(r"(?:/(?!\.{0,2}(?:/|$))[A-Za-z0-9@:+,;=&$!*'()~\-._]+)+/?")


class Unasked(NeedsReconnect):
    """Somebody wants to be signed in to where no password was sent: it says nothing about ours."""


def _reasons(response: httpx.Response) -> frozenset[str]:
    """The names in a DAV:error body, for example `{DAV:}valid-sync-token` (RFC 4918, section 16), and `UNASKED`."""
    unasked = response.status_code == 401 and not _was_sent(response)
    return _conditions(response.content) | ({UNASKED} if unasked else frozenset())


REFUSALS = Refusals(
    reasons=_reasons,
    meanings=(
        Meaning(
            Unasked,
            _("The server asks for a sign-in to which no password was sent."),
            statuses=frozenset({401}),
            reasons=frozenset({UNASKED}),
        ),
        Meaning(NeedsReconnect, _("The server refuses the user name or the password."), statuses=frozenset({401})),
        Meaning(SlowDown, _("The server asks for patience."), statuses=frozenset({429})),
        Meaning(SlowDown, _("The server asks for patience."), statuses=frozenset({503}), timed=True),
        Meaning(Gone, _("The calendar is no longer there."), statuses=frozenset({404, 410})),
        Meaning(NeedsReconnect, _("The server no longer lets you read this calendar."), statuses=frozenset({403})),
        # Not 500: a server that stumbles over a calendar's data stumbles again.
        Meaning(ProviderBroken, _("The server cannot answer at the moment."), statuses=frozenset({502, 503, 504}), again=True),
        Meaning(ProviderBroken, _("The server cannot answer at the moment.")),
    ),
)
"""What refusals mean, whatever the server: RFC 9110, section 15."""


@dataclass(frozen=True, slots=True)
class CollectionMember:
    """One DAV:response of a multistatus."""

    href: str
    """As the server wrote it: ask for it in these words."""
    path: str
    """The same, made comparable by `canonical`."""
    status: int
    """200 unless the server gave a status to the member as a whole."""
    props: dict[str, etree._Element] = field(default_factory=dict)
    """The properties that were found, by Clark name."""

    def text(self, name: str) -> str:
        """The text of a property; `""` when it is not there."""
        found = self.props.get(name)
        return (found.text or "").strip() if found is not None else ""

    def hrefs(self, name: str) -> tuple[str, ...]:
        """The DAV:href texts within a property."""
        found = self.props.get(name)
        return tuple((href.text or "").strip() for href in found.iter(f"{DAV}href") if href.text) if found is not None else ()

    def has(self, name: str, child: str) -> bool:
        """Whether an element is found anywhere within a property."""
        found = self.props.get(name)
        return found is not None and next(found.iter(child), None) is not None


@dataclass(frozen=True, slots=True)
class Multistatus:
    """A 207 answer (RFC 4918, section 13), with the token of RFC 6578 when there is one."""

    url: str
    """Where the answer came from, redirects followed."""
    members: tuple[CollectionMember, ...]
    sync_token: str = ""
    date: datetime | None = None
    """The server's own clock, when it tells."""

    def member(self, path: str) -> CollectionMember | None:
        """What is said about one path; for a single answer, that one whatever it calls itself."""
        if len(self.members) == 1:
            return self.members[0]
        return next((member for member in self.members if member.path.rstrip("/") == path.rstrip("/")), None)


class Dav:
    """Sends requests for one account. Thread-safe as far as httpx is."""

    def __init__(self, client: httpx.Client, *, now: Callable[[], datetime]) -> None:
        self.client = client
        self.now = now

    def propfind(self, url: str, names: Iterable[str], *, depth: int, patience: float | None = None) -> Multistatus:
        """PROPFIND of some properties, given as Clark names. Raises as `ask` does, Rejected also when the 207 says so of the resource."""
        wanted = "".join(f"<{_qualified(name)}/>" for name in names)
        answer = self.ask(
            "PROPFIND", url, f"<D:propfind {NAMESPACES}><D:prop>{wanted}</D:prop></D:propfind>", depth=depth, patience=patience
        )
        found = read_multistatus(answer)
        if len(found.members) == 1 and found.members[0].status >= 400:
            raise REFUSALS.rejected(found.members[0].status, answer.url.host)
        return found

    def report(self, url: str, body: str, *, depth: int) -> Multistatus:
        """REPORT with a body made by this package. Raises as `ask` does."""
        return read_multistatus(self.ask("REPORT", url, body, depth=depth))

    def get(self, url: str) -> bytes:
        """GET. Raises as `ask` does."""
        return self.ask("GET", url).content

    def ask(self, method: str, url: str, body: str = "", *, depth: int | None = None, patience: float | None = None) -> httpx.Response:
        """Send a reading request; a broken connection or gateway is tried again. `patience` in seconds replaces the client's time-out.

        Raises NeedsReconnect for 401 (Unasked where no password was sent), SlowDown, Rejected for every other refusal, and the errors of `lib.http`.
        """
        if method not in METHODS:
            raise ValueError(f"{method} is not for reading")
        headers = {} if depth is None else {"Depth": str(depth)}
        if body:
            headers["Content-Type"] = "application/xml; charset=utf-8"
        timeout = patience or USE_CLIENT_DEFAULT
        return send_with_retries(
            lambda: self.client.request(method, url, content=body.encode(), headers=headers, timeout=timeout), REFUSALS, self.now
        )


def canonical(base: str, href: str) -> str:
    """The path of an href in one spelling, so that `/a@b/` and `https://host/a%40b/` are the same. A `%2F` stays what it is."""
    if _PLAIN_PATH.fullmatch(href):  # most are; a listing may have 20,000
        return href
    try:
        path = urlsplit(urljoin(base, href)).path
    except ValueError:
        path = href
    return "/".join(quote(unquote_to_bytes(part), safe=_SAFE_IN_PATH) for part in path.split("/"))


def href_element(href: str) -> str:
    """A DAV:href for the body of a request."""
    return f"<D:href>{escape(href)}</D:href>"


def read_multistatus(response: httpx.Response) -> Multistatus:
    """Read a 207. Raises ProviderBroken when it is none."""
    url = str(response.url)
    root = _parse(response.content)
    if root is None or root.tag != f"{DAV}multistatus":
        raise ProviderBroken(
            _("The server's answer is not what a CalDAV server says."), detail=f"{response.status_code} {response.url.host}"
        )
    members = tuple(_member(url, element) for element in root.iterchildren(f"{DAV}response"))
    return Multistatus(url, members, (root.findtext(f"{DAV}sync-token") or "").strip(), http_date(response.headers.get("date", "")))


def _was_sent(response: httpx.Response) -> bool:
    """Whether a password was sent, and judged: not after a redirect to where none goes, nor where another kind of sign-in is wanted."""
    offered = response.headers.get("www-authenticate", "").lower()
    return "authorization" in response.request.headers and (not offered or "basic" in offered or "digest" in offered)


def _qualified(name: str) -> str:
    namespace, _brace, local = name.rpartition("}")
    return _PREFIXES[namespace + "}"] + local


def _parse(body: bytes) -> etree._Element | None:
    """Hardened: no entities, no DTD, no network, no huge trees. None when it is no XML."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _conditions(body: bytes) -> frozenset[str]:
    root = _parse(body) if body[:1] == b"<" or body[:4] == b"\xef\xbb\xbf<" else None
    if root is None or root.tag != f"{DAV}error":
        return frozenset()
    return frozenset(child.tag for child in root.iterchildren("*"))


def _member(base: str, response: etree._Element) -> CollectionMember:
    href = (response.findtext(f"{DAV}href") or "").strip()
    props: dict[str, etree._Element] = {}
    for propstat in response.iterchildren(f"{DAV}propstat"):
        if _status(propstat) == 200:
            for prop in propstat.iterchildren(f"{DAV}prop"):
                props.update((child.tag, child) for child in prop.iterchildren("*"))
    return CollectionMember(href, canonical(base, href), _status(response), props)


def _status(element: etree._Element) -> int:
    """The number in `HTTP/1.1 404 Not Found`; 200 when there is no status."""
    words = (element.findtext(f"{DAV}status") or "").split()
    number = words[1] if len(words) > 1 and words[0].startswith("HTTP/") else next(iter(words), "200")
    status = whole(number)
    return 200 if status is None else status
