"""Real CalDAV servers, started for the tests as processes of their own on 127.0.0.1 and stopped by their id."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

import httpx
from dulwich import porcelain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

USER, PASSWORD = "owner", "open sesame"
READING = {"OPTIONS", "PROPFIND", "REPORT", "GET", "HEAD"}

_MKCALENDAR = """<?xml version="1.0"?><C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname>
<C:supported-calendar-component-set><C:comp name="{component}"/></C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>"""

_RADICALE = """[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/collections
[reporting]
max_expand_occurrence = 1000000
[web]
type = none
[logging]
level = {level}
"""


@dataclass
class CalDavServer:
    """A running server and a hand that writes on it, as another program of the calendar's owner would."""

    name: str
    url: str
    home: str
    """Path of the folder that holds the calendars."""
    log: Path
    folder: Path
    process: subprocess.Popen[bytes]

    def __post_init__(self) -> None:
        self.hand = httpx.Client(base_url=self.url, auth=(USER, PASSWORD), timeout=60, trust_env=False)

    def make_calendar(self, name: str, *, component: str = "VEVENT") -> str:
        """Make a calendar and return its path."""
        path = urljoin(self.home, quote(name) + "/")
        self.hand.request("MKCALENDAR", path, content=_MKCALENDAR.format(name=name, component=component)).raise_for_status()
        return path

    def put(self, path: str, body: str | bytes) -> None:
        self.hand.put(path, content=body, headers={"Content-Type": "text/calendar; charset=utf-8"}).raise_for_status()

    def delete(self, path: str) -> None:
        self.hand.delete(path).raise_for_status()

    def move(self, path: str, to: str) -> None:
        self.hand.request("MOVE", path, headers={"Destination": urljoin(self.url, to), "Overwrite": "T"}).raise_for_status()

    def methods(self) -> list[str]:
        """The methods of Metwith's requests so far, from the server's own log."""
        lines = [line for line in self._log_until_now().splitlines() if "Metwith" in line]
        return [found[1] for line in lines if (found := re.search(r"""(?:\] |")([A-Z]+) (?:request for |/)""", line))]

    def _log_until_now(self) -> str:
        """The log, once it has come to a request of this moment: a server may write a line after it has answered."""
        mark = f"/mark-{time.monotonic_ns()}"
        self.hand.request("OPTIONS", mark)
        until = time.monotonic() + 10
        while mark not in (text := self.log.read_text(errors="replace")) and time.monotonic() < until:
            time.sleep(0.02)
        return text

    def forget_requests(self) -> None:
        self._log_until_now()  # or a line of before may still come
        os.truncate(self.log, 0)

    def stop(self) -> None:
        self.hand.close()
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def radicale(folder: Path, *, level: str = "info") -> Iterator[CalDavServer]:
    """Radicale with one user (USER, PASSWORD) and no calendar."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    (folder / "config").write_text(_RADICALE.format(port=port, folder=folder, level=level))
    command = [sys.executable, "-m", "radicale", "--config", str(folder / "config")]
    with _running(command, folder, port) as process:
        server = CalDavServer("radicale", f"http://127.0.0.1:{port}/", f"/{USER}/", folder / "log", folder, process)
        try:
            yield server
        finally:
            server.stop()


class Xandikos(CalDavServer):
    """Keeps each calendar as a git repository."""

    def fill(self, calendar: str, resources: Iterable[str]) -> None:
        """Put many resources at once, as one commit: one by one each costs a commit that grows with the calendar."""
        repository = self.folder / "dav" / calendar.strip("/")
        paths = []
        for number, resource in enumerate(resources):
            paths.append(repository / f"{number}.ics")
            paths[-1].write_text(resource, newline="")
        porcelain.add(repository, paths)
        porcelain.commit(repository, message=b"Filled", author=b"Owner <owner@north.example>", committer=b"Owner <owner@north.example>")


@contextlib.contextmanager
def xandikos(folder: Path) -> Iterator[Xandikos]:
    """Xandikos with the principal /user/ and no password."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "xandikos", "serve", "-d", str(folder / "dav"), "--defaults", "-l", "127.0.0.1", "-p", str(port)]
    with _running(command, folder, port) as process:
        server = Xandikos("xandikos", f"http://127.0.0.1:{port}/", "/user/calendars/", folder / "log", folder, process)
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        _wait_for(process, port, folder / "log")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError("the server did not start: " + log.read_text(errors="replace")[-2000:])
