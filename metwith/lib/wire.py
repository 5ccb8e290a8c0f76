"""How a guarded request travels: httpcore's pool over connections that go to checked addresses only (docs/decisions/http-guard.md)."""

from __future__ import annotations

import ssl
import time
import zlib
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import httpcore
import httpx

from metwith.lib.http_errors import BadCertificate, Refused, TimedOut, TooLarge, Unreachable
from metwith.lib.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    type Lookup = Callable[[str, int], tuple[str, ...]]

_PATIENCE = 10
"""A whole body may take this many times the time-out of one read."""


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


class Kept(httpx.BaseTransport):
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
