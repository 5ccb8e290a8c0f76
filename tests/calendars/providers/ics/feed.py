"""A web server with one calendar on it, which can be told to behave like those in the field."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

from metwith.calendars.providers.ics.provider import IcsProvider
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECRET = "private-7f3a"


@dataclass
class Feed:
    """What the server answers, and what it was asked."""

    body: bytes = b""
    status: int = 200
    conditional: bool = True
    """It sends an ETag and knows 304; else it sends everything each time, under another ETag."""
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    """It promises the whole body and stops after so many bytes."""
    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Method and headers of each request, names in lower case."""
    answered: list[int] = field(default_factory=list)

    def answer(self, asked: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self.status != 200:
            return self.status, self.headers, b"no"
        if not self.conditional:
            return 200, {"ETag": f'"{len(self.asked)}"', **self.headers}, self.body
        etag = f'"{sha256(self.body).hexdigest()}"'
        if asked.get("if-none-match") == etag:
            return 304, {"ETag": etag, **self.headers}, b""
        return 200, {"ETag": etag, **self.headers}, self.body


def _handler(feed: Feed) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = {name.lower(): value for name, value in self.headers.items()}
            feed.asked.append((self.command, asked))
            status, headers, body = feed.answer(asked)
            feed.answered.append(status)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body[: feed.cut_at])
            self.close_connection = True

        def log_message(self, *_args: object) -> None: ...

    return Handler


@contextmanager
def served(feed: Feed) -> Iterator[Feed]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(feed))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    feed.url = f"http://127.0.0.1:{server.server_port}/{SECRET}/basic.ics"
    try:
        yield feed
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def opened(feed: Feed, *, page: int | None = None, zone: str = "UTC", max_bytes: int = 50_000_000) -> Iterator[IcsProvider]:
    account = RemoteAccount("ics", "ana@north.example", secret=feed.url, zone=zone)
    with http.client(allow_private=True, timeout=5, max_bytes=max_bytes) as client:
        yield IcsProvider(account, client=client, keyed=keyed, now=lambda: NOW, page=page or 500)


def keyed(text: str) -> str:
    return sha256(b"the calendar's key" + text.encode()).hexdigest()
