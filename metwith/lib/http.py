"""HTTP towards addresses that users give us: every request is guarded (docs/decisions/http-guard.md).

`client()` makes an `httpx.Client` that

- speaks http and https only, and connects to nothing but public addresses, unless the operator allows private ones;
- looks a name up once and connects to the very address that was checked, so that a second answer of the DNS changes nothing;
- follows at most five redirects, each checked anew, keeping method and body (PROPFIND and REPORT need that);
- sends credentials to the registrable domain they are meant for, and never from https to http;
- stops a body that is larger than it may be, as sent and as unpacked;
- ends in time, whatever drips, and at each step of the way (`deadline`).

Errors are a family of their own. Their messages name the host at most, never a path, a query or credentials.
"""

from __future__ import annotations

import atexit
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx

from metwith.lib.addresses import registrable
from metwith.lib.i18n import _
from metwith.lib.net import deadline, outgoing
from metwith.lib.net.http_errors import BadCertificate, Endless, HttpError, Refused, TimedOut, TooLarge, UnknownHost, Unreachable
from metwith.lib.net.lookup import is_public, resolve
from metwith.lib.net.wire import Kept, Transport
from metwith.server import environment

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Generator

    from metwith.lib.net.wire import Lookup

__all__ = [
    "MAX_REDIRECTS",
    "BadCertificate",
    "Endless",
    "GuardedClient",
    "HttpError",
    "Refused",
    "TimedOut",
    "TooLarge",
    "Transport",
    "UnknownHost",
    "Unreachable",
    "allow_private_hosts",
    "client",
    "is_public",
    "may_carry_credentials",
    "resolve",
]

MAX_REDIRECTS = 5
_MOST_KEPT = 100
"""Connections that a process holds to one service at most; more requests at once wait for one."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_USER_AGENT = "Metwith"


def allow_private_hosts() -> bool:
    """Whether the operator allowed servers on loopback and private networks (`METWITH_ALLOW_PRIVATE_HOSTS=1`)."""
    return environment.ALLOW_PRIVATE_HOSTS()


def client(
    *,
    allow_private: bool,
    timeout: float = deadline.HEAD,
    whole: float = 0,
    max_bytes: int = 50_000_000,
    auth: httpx.Auth | None = None,
    home: str = "",
    on_redirect: Callable[[httpx.URL], None] = lambda _url: None,
    verify: ssl.SSLContext | bool = True,
    lookup: Lookup | None = None,
    kept: bool = False,
) -> GuardedClient:
    """Make a guarded client: `timeout` seconds to the end of an answer's head, 30 at most, and for each silence in its body.

    Redirects and connecting are within that. `whole` is for the exchange as a whole, 5 minutes at most; ten times the time-out if it is
    not given. Within `deadline.within` all of it ends with that. `max_bytes` holds for each body, packed and unpacked.

    Credentials (`auth`) go to the site of `home` only; without it, to the site that is asked first.
    `on_redirect` is told where a redirect leads before it is followed.
    With `kept` the connections outlive the client and serve the next one like it: for a service that is asked every few moments, by whomever.
    Proxy settings of the environment are ignored, since a proxy would connect for us, unguarded. `SSL_CERT_FILE` is obeyed.
    """
    make: Callable[..., httpx.BaseTransport] = _kept if kept else Transport
    return GuardedClient(
        on_redirect=on_redirect,
        transport=make(
            permits=_anywhere if allow_private else is_public,
            lookup=lookup or resolve,
            timeout=timeout,
            whole=whole or 10 * timeout,
            max_bytes=max_bytes,
            verify=verify,
        ),
        auth=_Scoped(auth, httpx.URL(home) if home else None) if auth else None,
        timeout=timeout,
        trust_env=False,
        headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip, deflate"},
    )


@lru_cache(maxsize=8)
def _kept(**options: Any) -> Kept:
    transport = Transport(**options, connections=_MOST_KEPT)
    atexit.register(transport.close)
    return Kept(transport)


def _anywhere(_address: str) -> bool:
    return True


class GuardedClient(httpx.Client):
    """An `httpx.Client` whose redirects keep method and body. `response.url` is where the answer came from."""

    def __init__(self, *, on_redirect: Callable[[httpx.URL], None], **options: Any) -> None:
        super().__init__(**options)
        self._on_redirect = on_redirect

    def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """Send, and follow redirects. Raises the errors of this module, and `outgoing.Closed` for a page that asks."""
        outgoing.check_way_out()
        options["follow_redirects"] = False
        for _hop in range(MAX_REDIRECTS + 1):
            try:
                response = super().send(request, stream=True, **options)
            except (httpx.RemoteProtocolError, httpx.InvalidURL) as error:  # httpx reads the Location though it is told not to follow
                raise Refused(_("The server redirects to an address that is none."), host=request.url.host) from error
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                return response if stream else _read(response)
            response.close()
            request = _onward(request, response)
            self._on_redirect(request.url)
        raise Refused(_("The server redirects too often."), host=request.url.host)


def may_carry_credentials(home: httpx.URL, url: httpx.URL) -> bool:
    """Whether credentials that were given for `home` may be sent to `url`. The same registrable domain, and never down to http."""
    if home.scheme == "https" and url.scheme != "https":
        return False
    return url.host == home.host or (registrable(home.host) != "" and registrable(url.host) == registrable(home.host))


def _read(response: httpx.Response) -> httpx.Response:
    try:
        response.read()
    finally:
        response.close()
    return response


def _onward(request: httpx.Request, response: httpx.Response) -> httpx.Request:
    """The request after a redirect. Credentials stay behind; the client's own are added again where they may go."""
    left_behind = {"host", "authorization", "cookie"}
    see_other = response.status_code == httpx.codes.SEE_OTHER and request.method != "HEAD"
    if see_other:
        left_behind |= {"content-length", "content-type"}
    headers = [(name, value) for name, value in request.headers.items() if name.lower() not in left_behind]
    return httpx.Request(
        "GET" if see_other else request.method,
        request.url.join(response.headers["location"]),
        headers=headers,
        content=None if see_other else request.read(),
        extensions=request.extensions,
    )


class _Scoped(httpx.Auth):
    """Keeps an auth flow to the site it is meant for."""

    def __init__(self, inner: httpx.Auth, home: httpx.URL | None) -> None:
        self.inner = inner
        self.home = home

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        self.home = self.home or request.url
        if may_carry_credentials(self.home, request.url):
            yield from self.inner.sync_auth_flow(request)
        else:
            yield request
