"""An installation of its own, used as an operator does: by the command and over HTTP."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.homes import copied, migrated
from tests.journeys.loaded import Loaded
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER = "owner@north.example"
TOKEN = "token-of-the-owner"
"""A file that the tests put into a home."""
COMMAND = [sys.executable, "-m", "metwith.cli"]


class Installation:
    """A METWITH_HOME and what is done with it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        dropped = {"METWITH_KEY", "DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        self.environment = {k: v for k, v in os.environ.items() if k not in dropped} | {
            "METWITH_HOME": str(home),
            "METWITH_ALLOW_PRIVATE_HOSTS": "1",
        }
        self.port = free_port()
        self.token = ""
        self._loaded: Loaded | None = None

    def run(self, *arguments: str, given: str = "", expect: int = 0) -> str:
        """Run a command to its end and return what it printed."""
        done = subprocess.run(
            [*COMMAND, *arguments], env=self.environment, input=given, capture_output=True, text=True, timeout=300, check=False
        )
        return _said(done, expect)

    def run_loaded(self, *arguments: str, given: str = "", expect: int = 0) -> str:
        """The same in a fork of a process that has Metwith loaded, which saves seconds. The home must have its key."""
        if not self._loaded:
            self._loaded = Loaded(self.environment)
        return _said(self._loaded.run(arguments, given), expect)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own."""
        return subprocess.Popen(
            [*COMMAND, *arguments], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    @classmethod
    def founded(cls, home: Path, owner: str = OWNER) -> Installation:
        """One with a workspace, its owner, and a token of the owner's."""

        def found(draft: Path) -> None:
            new = cls(migrated(draft))
            new.run("workspace", "create", "North", "--owner", owner, "--password-stdin", given="a long enough sentence\n")
            (draft / TOKEN).write_text(new.run("token", "create", "--member", owner).strip())

        return cls._with_token(copied(f"founded-by-{owner}", found, home))

    @classmethod
    def with_records(cls, home: Path, companies: Path, people: Path) -> Installation:
        """The same with the records of these files."""

        def fill(draft: Path) -> None:
            founded = cls.founded(draft)
            founded.run("import", "companies", str(companies))
            founded.run("import", "people", str(people))

        return cls._with_token(copied("filled", fill, home, of=(companies, people)))

    @classmethod
    def _with_token(cls, home: Path) -> Installation:
        found = cls(home)
        found.token = (home / TOKEN).read_text()
        return found

    @contextlib.contextmanager
    def serving(self, command: str = "serve") -> Iterator[httpx.Client]:
        """`metwith serve`, or `metwith web` alone where nothing is left to do, and a client with the owner's token."""
        process = self.start(command, "--port", str(self.port))
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/v1", headers={"Authorization": f"Bearer {self.token}"}, timeout=60, trust_env=False
        )
        try:
            _wait_until(lambda: client.get("/accounts").status_code == 200, 200)
            yield client
        finally:
            client.close()
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def processes(self) -> dict[int, str]:
        """Everything that runs on this home, PostgreSQL included: process id → command line."""
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                with contextlib.suppress(OSError):
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    variables = (folder / "environ").read_bytes()
                    if f"METWITH_HOME={self.home}".encode() in variables.split(b"\0") or str(self.home) in command:
                        found[int(folder.name)] = command
        return found

    def kill(self, *words: str) -> None:
        """`kill -9` whatever of this installation has one of the words in its command line; without words, everything."""
        for pid, command in self.processes().items():
            if not words or any(word in command for word in words):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if not words and self._loaded:
            self._loaded.end()
            self._loaded = None

    def holds(self, texts: list[str]) -> list[str]:
        """Which of the texts are in any byte of any file of this home."""
        data = b"\0".join(path.read_bytes() for path in self.home.rglob("*") if path.is_file())
        return sorted(text for encoding in ("utf-8", "utf-16-le") for text in _held(data, texts, encoding))


def _held(data: bytes, texts: list[str], encoding: str) -> set[str]:
    """Which of the texts are in the data: one search for what they all begin with, since there are hundreds."""
    needles = {text.encode(encoding): text for text in texts}
    first, last = min(needles), max(needles)
    beginning = first[: next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
    assert beginning, "the texts have nothing in common to search for"
    lengths = {len(needle) for needle in needles}
    found, at = set(), data.find(beginning)
    while at >= 0:
        found |= {needles[data[at : at + length]] for length in lengths if data[at : at + length] in needles}
        at = data.find(beginning, at + 1)
    return found


def _said(done: subprocess.CompletedProcess[str], expect: int) -> str:
    assert done.returncode == expect, f"metwith {done.args}: {done.stdout}\n{done.stderr}"
    return done.stdout


def _wait_until(true: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            if true():
                return
        time.sleep(0.2)
    raise AssertionError("it did not become true in time")


def calendar_of(client: httpx.Client, kind: str, record_id: int) -> list[dict[str, Any]]:
    """All pages of a record's calendar."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {"when": "all", "limit": "100", "cursor": cursor}
        answer = client.get(f"/{kind}/{record_id}/calendar", params={name: value for name, value in asked.items() if value})
        page = answer.raise_for_status().json()
        found += page["items"]
        cursor = page["next"]
    return found


def shown(client: httpx.Client) -> dict[str, set[tuple[Any, ...]]]:
    """What every person's and company's calendar shows: primary address or first domain → its meetings."""
    found = {}
    for kind, name in (("people", "email"), ("companies", "domains")):
        for record in everything(client, kind):
            key = record[name] if kind == "people" else record[name][0]
            found[key] = {plain(item) for item in calendar_of(client, kind, record["id"])}
    return found


def everything(client: httpx.Client, kind: str) -> Iterator[dict[str, Any]]:
    """All records of a kind."""
    cursor: str | None = ""
    while cursor is not None:
        asked = {"limit": "100", "cursor": cursor}
        page = client.get(f"/{kind}", params={name: value for name, value in asked.items() if value}).raise_for_status().json()
        yield from page["items"]
        cursor = page["next"]


def plain(item: dict[str, Any]) -> tuple[Any, ...]:
    """A meeting as the expected answers name it."""
    start, end = (item[k].replace("Z", "+00:00") for k in ("start", "end"))
    return item["ical_uid"], start, end, item["all_day"], item["cancelled"], item["title"]


def expected(answers: dict[str, Any]) -> dict[str, set[tuple[Any, ...]]]:
    """The sample's answers, by record."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for item in answers["kept"]:
        told = (item["uid"], item["start"], item["end"], item["all_day"], item["cancelled"], item["title"])
        for record in (*item["people"], *item["companies"]):
            found.setdefault(record, set()).add(told)
    return found
