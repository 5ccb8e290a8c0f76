"""HTTP towards addresses that users give us: every request is guarded (docs/decisions/http-guard.md).

`client()` makes an `httpx.Client` that

- speaks http and https only, and connects to nothing but public addresses, unless the operator allows private ones;
- looks a name up once and connects to the very address that was checked, so that a second answer of the DNS changes nothing;
- follows at most five redirects, each checked anew, keeping method and body (PROPFIND and REPORT need that);
- sends credentials to the registrable domain they are meant for, and never from https to http;
- stops a body that is larger than it may be, as sent and as unpacked, or that drips.

Errors are a family of their own. Their messages name the host at most, never a path, a query or credentials.
"""

from __future__ import annotations

import atexit
import os
import socket
import ssl
import time
import zlib
from contextlib import contextmanager
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from metwith.lib.addresses import registrable
from metwith.lib.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    type Lookup = Callable[[str, int], tuple[str, ...]]

MAX_REDIRECTS = 5
_CONNECT = 10
_PATIENCE = 10
"""A whole body may take this many times the time-out of one read."""
_MOST_KEPT = 100
"""Connections that a process holds to one service at most; more requests at once wait for one."""
_NAT64 = IPv6Network("64:ff9b::/96")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_USER_AGENT = "Metwith"


class HttpError(Exception):
    """Base of the family. `message` and `hint` are sentences for people, `host` says whom we asked."""

    def __init__(self, message: str, *, host: str = "", hint: str = "") -> None:
        super().__init__(f"{message} ({host})" if host else message)
        self.message = message
        self.host = host
        self.hint = hint


class Refused(HttpError):
    """The guard does not go there."""


class TooLarge(HttpError):
    """The answer is larger than allowed."""


class Unreachable(HttpError):
    """No answer: the name is unknown, nobody listens, it took too long, or the connection broke."""


class UnknownHost(Unreachable):
    """The name has no address."""


class TimedOut(Unreachable):
    """Nothing came within the time-out."""


class BadCertificate(HttpError):
    """The server could not prove who it is. `hint` says what is wrong with its certificate."""


def allow_private_hosts() -> bool:
    """Whether the operator allowed servers on loopback and private networks (`METWITH_ALLOW_PRIVATE_HOSTS=1`)."""
    return os.environ.get("METWITH_ALLOW_PRIVATE_HOSTS", "").strip().lower() in {"1", "true", "yes", "on"}


def client(
    *,
    allow_private: bool,
    timeout: float = 30,
    max_bytes: int = 50_000_000,
    auth: httpx.Auth | None = None,
    home: str = "",
    on_redirect: Callable[[httpx.URL], None] = lambda _url: None,
    verify: ssl.SSLContext | bool = True,
    lookup: Lookup | None = None,
    kept: bool = False,
) -> GuardedClient:
    """Make a guarded client. `timeout` is in seconds and holds for each read (a connect gets 10 at most); `max_bytes` for each body, packed and unpacked.

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
            max_bytes=max_bytes,
            verify=verify,
        ),
        auth=_Scoped(auth, httpx.URL(home) if home else None) if auth else None,
        timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT)),
        trust_env=False,
        headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip, deflate"},
    )


@lru_cache(maxsize=8)
def _kept(**options: Any) -> _Kept:
    transport = Transport(**options, connections=_MOST_KEPT)
    atexit.register(transport.close)
    return _Kept(transport)


def _anywhere(_address: str) -> bool:
    return True


class GuardedClient(httpx.Client):
    """An `httpx.Client` whose redirects keep method and body. `response.url` is where the answer came from."""

    def __init__(self, *, on_redirect: Callable[[httpx.URL], None], **options: Any) -> None:
        super().__init__(**options)
        self._on_redirect = on_redirect

    def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """Send, and follow redirects. Raises the errors of this module and no others."""
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


class Transport(httpx.BaseTransport):
    """httpcore's pool behind the guard. Ours instead of httpx's, because that one lets nobody choose the address.

    `permits` judges each IP address before it is connected to, `lookup` finds those of a host.
    """

    def __init__(
        self,
        *,
        permits: Callable[[str], bool],
        lookup: Lookup,
        timeout: float,
        max_bytes: int,
        verify: ssl.SSLContext | bool,
        connections: int = 4,
    ) -> None:
        self.max_bytes = max_bytes
        self.seconds = timeout * _PATIENCE
        self.pool = httpcore.ConnectionPool(
            ssl_context=verify if isinstance(verify, ssl.SSLContext) else _ssl_context(verify=verify),
            max_connections=connections,
            keepalive_expiry=15,
            network_backend=_GuardedBackend(permits, lookup),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        host = request.url.host
        if request.url.scheme not in {"http", "https"} or not host:
            raise Refused(_("Only http and https addresses can be read."), host=host)
        with _our_errors(host):
            response = self.pool.handle_request(_core_request(request))
        headers = httpx.Headers(response.headers)
        encoding = headers.pop("content-encoding", "").strip().lower()
        if encoding:
            headers.pop("content-length", None)
        body = _Body(response, host=host, packed=encoding in {"gzip", "x-gzip", "deflate"}, limit=self.max_bytes, seconds=self.seconds)
        return httpx.Response(response.status, headers=headers, stream=body, extensions=response.extensions)

    def close(self) -> None:
        """See httpx."""
        self.pool.close()


class _Kept(httpx.BaseTransport):
    """A transport that a client leaves open. What stands idle is closed by the pool."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        return self.inner.handle_request(request)


def _core_request(request: httpx.Request) -> httpcore.Request:
    url = httpcore.URL(scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path)
    return httpcore.Request(request.method, url, headers=request.headers.raw, content=request.read(), extensions=request.extensions)


@lru_cache(maxsize=2)
def _ssl_context(*, verify: bool) -> ssl.SSLContext:
    return httpx.create_ssl_context(verify=verify)


class _Body(httpx.SyncByteStream):
    """A body as it arrives: unpacked here rather than by httpx, so that a small packed body cannot become a huge one."""

    def __init__(self, response: httpcore.Response, *, host: str, packed: bool, limit: int, seconds: float) -> None:
        self.response = response
        self.host = host
        self.packed = packed
        self.limit = limit
        self.until = time.monotonic() + seconds

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        with _our_errors(self.host):
            for piece in self._unpacked() if self.packed else self._arriving():
                size += len(piece)
                if size > self.limit:
                    raise self._too_large()
                yield piece

    def _arriving(self) -> Iterator[bytes]:
        size = 0
        for piece in self.response.iter_stream():
            size += len(piece)
            if size > self.limit:
                raise self._too_large()
            if time.monotonic() > self.until:
                raise TimedOut(_("The server sends its answer too slowly."), host=self.host)
            yield piece

    def _unpacked(self) -> Iterator[bytes]:
        """Unpack gzip and deflate (zlib, and the bare form that some servers send). A packed body that ends early is an error."""
        unpacker, first = zlib.decompressobj(zlib.MAX_WBITS | 32), True
        for piece in self._arriving():
            if first and piece[:1] != b"\x1f" and piece[0] & 0x0F != zlib.DEFLATED:
                unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
            first = False
            rest = piece
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, 65536)
                rest = unpacker.unconsumed_tail
        while not first and (more := unpacker.decompress(b"", 65536)):
            yield more
        if not first and not unpacker.eof:
            raise Unreachable(_("The server's answer was cut short."), host=self.host)

    def _too_large(self) -> TooLarge:
        return TooLarge(_("The server's answer is larger than Metwith reads."), host=self.host)

    def close(self) -> None:
        self.response.close()


@contextmanager
def _our_errors(host: str) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise TimedOut(_("The server does not answer in time."), host=host) from error
    except httpcore.ConnectError as error:
        reason = error.__cause__ or error.__context__
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise BadCertificate(
                _("The server's certificate is not valid for this address."), host=host, hint=reason.verify_message
            ) from error
        if isinstance(reason, ssl.SSLError):
            raise BadCertificate(_("No secure connection could be made."), host=host, hint=reason.reason or "") from error
        raise Unreachable(_("The server cannot be reached."), host=host) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, zlib.error) as error:
        raise Unreachable(_("The connection to the server broke."), host=host) from error


class _GuardedBackend(httpcore.NetworkBackend):
    """Looks a name up, checks every address it has, and connects to one of those checked."""

    def __init__(self, permits: Callable[[str], bool], lookup: Lookup) -> None:
        self.permits = permits
        self.lookup = lookup
        self.network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self.lookup(host, port)
        if not all(map(self.permits, addresses)):
            raise Refused(
                _("This address leads into a private network, where Metwith does not go."),
                host=host,
                hint=_("If the server is meant to be reached there, the operator can set METWITH_ALLOW_PRIVATE_HOSTS=1."),
            )
        for address in addresses[:-1]:
            try:
                return self.network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self.network.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)


def resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, each once, in the system's order. Raises UnknownHost when there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnknownHost(_("No server of this name was found."), host=host) from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet. An IPv4 address wrapped in an IPv6 one is judged as itself."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if wrapped is not None:
            return is_public(str(wrapped))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)
