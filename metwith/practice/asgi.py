"""The little web framework of the practice servers: requests and answers as values, one ASGI application around a function.

An application is reached in two ways: `Bridge` is a transport for a client of httpx in the same process, and `serving`
(serve.py) a server on loopback.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import httpx

from metwith.lib import http
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, MutableMapping

    type Scope = MutableMapping[str, Any]
    type Message = MutableMapping[str, Any]
    type Receive = Callable[[], Awaitable[Message]]
    type Send = Callable[[Message], Awaitable[None]]
    type Application = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    """As it was sent, percent signs and all."""
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    base: str = ""
    """Scheme and host, as the client named them."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the path, each decoded: an id may hold a slash."""
        return tuple(unquote(part) for part in self.path.strip("/").split("/"))

    def get(self, name: str, otherwise: str = "") -> str:
        """The last value of a parameter."""
        return dict(self.query).get(name, otherwise)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter that may be repeated."""
        return tuple(value for other, value in self.query if other == name)

    def json(self) -> Any:
        """The body; None when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `body` is JSON unless it is text already; None is an empty body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    """Half of the body is sent, and then the connection breaks."""

    def content(self) -> bytes:
        """The body as bytes."""
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


class Broken(Exception):
    """The connection is to break here; the server underneath hangs up."""


class App:
    """An ASGI application around `answer`. `asked` logs every request, in order."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def answer(self, request: Request) -> Answer:
        """What this server says."""
        raise NotImplementedError

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI 3.0. Knows HTTP only; start-up and shut-down are agreed to."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        request = await _request(scope, receive)
        self.asked.append(request)
        answer = self.answer(request)
        content = answer.content()
        kind = "text/plain" if isinstance(answer.body, str) else "application/json; charset=UTF-8"
        headers = {"content-type": kind, "content-length": str(len(content)), **answer.headers}
        encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        if answer.cut:
            await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
            raise Broken
        await send({"type": "http.response.body", "body": content})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _request(scope: Scope, receive: Receive) -> Request:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(
        method=scope["method"],
        path=scope["raw_path"].partition(b"?")[0].decode("ascii") if scope.get("raw_path") else scope["path"],
        query=tuple(parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True)),
        headers=headers,
        body=body,
        base=f"{scope.get('scheme', 'http')}://{headers.get('host', '')}",
    )


class Bridge(httpx.BaseTransport):
    """Lets a client of httpx speak to an application in this process, without threads or an event loop.

    The application must not wait for anything but its request. A connection that breaks is the `Unreachable` of lib.http.
    """

    def __init__(self, app: Application) -> None:
        self.app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        body = request.read()
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        try:
            _run(self.app(scope_of(request.method, request.url, request.headers.raw), receive, send))
        except Broken as error:
            raise http.Unreachable(_("The connection to the server broke."), host=request.url.host) from error
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=content)


def scope_of(method: str, url: httpx.URL, headers: list[tuple[bytes, bytes]]) -> Scope:
    """The ASGI scope of a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path,
        "query_string": url.query,
        "headers": [(name.lower(), value) for name, value in headers],
    }


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("the application waits for something that is not there")
