"""A practice server on loopback: one thread for each connection, an ASGI application behind it."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx

from metwith.practice.asgi import Broken, scope_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.practice.asgi import Application, Message


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, app: Application, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.app = app
        self.open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """See socketserver."""
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """See socketserver."""
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep: nobody answers on them any more."""
        for connection in tuple(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up in the middle is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        url = httpx.URL(f"http://{self.headers.get('Host', '127.0.0.1')}{self.path}")

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            self._send(message)

        try:
            self.server.app(scope_of(self.command, url, headers), receive, send).send(None)
        except StopIteration:
            return
        except Broken:
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815  http.server's names

    def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.send_response(message["status"])
            for name, value in message["headers"]:
                self.send_header(name.decode("latin-1"), value.decode("latin-1"))
            self.end_headers()
        else:
            self.wfile.write(message["body"])
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        """Silent: addresses hold ids."""


@contextmanager
def serving(app: Application, *, port: int = 0) -> Iterator[str]:
    """Serve an application; gives its base address, without a slash at the end. Port 0 is any free one."""
    server = _Server(app, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="practice server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()
