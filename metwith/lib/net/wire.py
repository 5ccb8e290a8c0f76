"""How a guarded request travels: httpcore's pool over connections that go to checked addresses, each step within its exchange's time.

httpcore hands the time-outs of a request to every step it takes for it, whichever connection it takes it on. So the `Exchange` goes along
as these time-outs, and each connecting, handshake, reading and writing asks it what is left (docs/decisions/http-guard.md).
"""

from __future__ import annotations

import ssl
import zlib
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from metwith.lib.i18n import _
from metwith.lib.net import certificates, deadline
from metwith.lib.net.exchange import Exchange
from metwith.lib.net.http_errors import Refused, TooLarge, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    type Lookup = Callable[[str, int], tuple[str, ...]]

_EXCHANGE = "metwith.exchange"
_CONNECT = 10.0
"""Seconds that one of a host's addresses may take; there may be others."""


class Transport(httpx.BaseTransport):
    """httpcore's pool behind the guard. Ours instead of httpx's, because that one lets nobody choose the address.

    `permits` judges each IP address before it is connected to, `lookup` finds those of a host. `timeout` is in seconds, to the end of an
    answer's head, for requests that name none; `whole` for an exchange.
    """

    def __init__(
        self,
        *,
        permits: Callable[[str], bool],
        lookup: Lookup,
        timeout: float,
        max_bytes: int,
        verify: ssl.SSLContext | bool,
        whole: float = deadline.EXCHANGE,
        connections: int = 4,
    ) -> None:
        self.max_bytes = max_bytes
        self.timeout = timeout
        self.whole = whole
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
        exchange = self._exchange(request)
        with _our_errors(exchange):
            exchange.ask(host)
            response = self.pool.handle_request(_core_request(request, exchange))
            exchange.in_body = True
        headers = httpx.Headers(response.headers)
        encoding = headers.pop("content-encoding", "").strip().lower()
        if encoding:
            headers.pop("content-length", None)
        body = _Body(response, exchange, packed=encoding in {"gzip", "x-gzip", "deflate"}, limit=self.max_bytes)
        return httpx.Response(response.status, headers=headers, stream=body, extensions=response.extensions)

    def close(self) -> None:
        """See httpx."""
        self.pool.close()

    def _exchange(self, request: httpx.Request) -> Exchange:
        """That of the first request of a chain: redirects and answers to a sign-in's questions carry it on."""
        seconds = request.extensions.get("timeout", {}).get("read") or self.timeout
        if _EXCHANGE not in request.extensions:
            request.extensions[_EXCHANGE] = Exchange(seconds, whole=self.whole, most_bytes=self.max_bytes)
        exchange: Exchange = request.extensions[_EXCHANGE]
        return exchange


class Kept(httpx.BaseTransport):
    """A transport that a client leaves open. What stands idle is closed by the pool."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        return self.inner.handle_request(request)


def _core_request(request: httpx.Request, exchange: Exchange) -> httpcore.Request:
    url = httpcore.URL(scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path)
    timeouts = {"connect": exchange, "read": exchange, "write": exchange, "pool": exchange.left()}
    return httpcore.Request(
        request.method, url, headers=request.headers.raw, content=request.read(), extensions={**request.extensions, "timeout": timeouts}
    )


@lru_cache(maxsize=2)
def _ssl_context(*, verify: bool) -> ssl.SSLContext:
    return httpx.create_ssl_context(verify=verify)


class _Body(httpx.SyncByteStream):
    """A body as it arrives: unpacked here rather than by httpx, so that a small packed body cannot become a huge one."""

    def __init__(self, response: httpcore.Response, exchange: Exchange, *, packed: bool, limit: int) -> None:
        self.response = response
        self.exchange = exchange
        self.packed = packed
        self.limit = limit

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        with _our_errors(self.exchange):
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
            raise Unreachable(_("The server's answer was cut short."), host=self.exchange.host)

    def _too_large(self) -> TooLarge:
        return TooLarge(_("The server's answer is larger than Metwith reads."), host=self.exchange.host)

    def close(self) -> None:
        self.response.close()


@contextmanager
def _our_errors(exchange: Exchange) -> Iterator[None]:
    host = exchange.host
    try:
        yield
    except httpcore.TimeoutException as error:
        raise exchange.too_slow() from error
    except httpcore.ConnectError as error:
        reason = error.__cause__ or error.__context__
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise certificates.refused(host, reason.verify_code, reason.verify_message) from error
        if isinstance(reason, ssl.SSLError):
            raise certificates.no_tls(host, reason.reason or "") from error
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
        exchange = _exchange_in(timeout)
        with deadline.within(exchange.left()):
            addresses = self.lookup(host, port)
        if not all(map(self.permits, addresses)):
            raise Refused(
                _("This address leads into a private network, where Metwith does not go."),
                host=host,
                hint=_("If the server is meant to be reached there, the operator can set METWITH_ALLOW_PRIVATE_HOSTS=1."),
            )

        def connect(address: str) -> httpcore.NetworkStream:
            return _TimedStream(self.network.connect_tcp(address, port, exchange.left(_CONNECT), local_address, socket_options))

        for address in addresses[:-1]:
            try:
                return connect(address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return connect(addresses[-1])


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step takes what its exchange has left, and no longer. The connection itself may outlive exchanges."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self.inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        exchange = _exchange_in(timeout)
        data = self.inner.read(max_bytes, exchange.left())
        exchange.arrived(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Piece by piece at the socket: httpcore's own gives each piece the whole time anew, and a reader may take one byte of each."""
        exchange, connection, rest = _exchange_in(timeout), self.inner.get_extra_info("socket"), memoryview(buffer)
        try:
            while rest:
                connection.settimeout(exchange.left())
                rest = rest[connection.send(rest) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self.inner.start_tls(ssl_context, server_hostname, _exchange_in(timeout).left()))

    def close(self) -> None:
        self.inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


def _exchange_in(timeout: float | None) -> Exchange:
    """The exchange that goes along as a time-out. Nothing is done without one: it would have no end."""
    if not isinstance(timeout, Exchange):
        raise TypeError("a step of no exchange")
    return timeout
