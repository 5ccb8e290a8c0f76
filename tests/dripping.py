"""A server on this machine that says what a test has it say, byte by byte if it likes, and never minds being left."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    type Talk = Callable[[socket.socket, threading.Event], None]

PAUSE = 0.02
"""Seconds between two drops: far below any time-out, so that each single reading is a quick one."""
ASKED = b"\r\n\r\n"


class Dripping:
    """Each connection is a `talk` of its own thread. `hung_up` counts those that have ended."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def url(self, path: str = "/", scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self.listener.accept()
                connection.settimeout(10)
                self.threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self.threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self.talk(connection, self.over)


def drip(connection: socket.socket, over: threading.Event, drops: Iterable[bytes]) -> None:
    """One drop after the other, until the other side has had enough."""
    for drop in drops:
        connection.sendall(drop)
        if over.wait(PAUSE):
            return


def asked(connection: socket.socket) -> bytes:
    """The head of a request; empty when there is none any more."""
    head = b""
    while not head.endswith(ASKED) and (more := connection.recv(1)):
        head += more
    return head


def says_at_once(*first: bytes) -> Talk:
    """Answers each request with these bytes."""

    def talk(connection: socket.socket, _over: threading.Event) -> None:
        while asked(connection):
            connection.sendall(b"".join(first))

    return talk


def drips(first: bytes, then: bytes, *, size: int = 1) -> Talk:
    """Answers with `first` at once, then `then` for ever, `size` bytes at a time."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        asked(connection)
        connection.sendall(first)
        drops = (then[at : at + size] for at in range(0, len(then), size))
        drip(connection, over, itertools.cycle(list(drops)))

    return talk
