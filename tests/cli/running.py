"""The `metwith` command as others run it: a process of its own, over a home of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = (sys.executable, "-P", "-m", "metwith.cli")


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of an operator who set nothing but the home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("METWITH_", "DATABASE_URL", "DJANGO_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"METWITH_HOME": str(home), **more}


def metwith(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *words],
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextlib.contextmanager
def serving(home: Path, *words: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`metwith serve` on a free port: the process and its address, once it answers."""
    log = home.parent / "serve.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *words],
            env=environment(home, **more),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            wait_until(lambda: "Metwith is at" in log.read_text() or process.poll() is not None, 120)
            found = re.search(r"Metwith is at (http://\S+)", log.read_text())
            assert found, log.read_text()
            yield process, found[1]
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(60)
            wait_until(lambda: not processes_of(home), 60)


def answers(address: str) -> bool:
    """Whether a page comes that needs the database."""
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(address, follow_redirects=True, timeout=10, trust_env=False).status_code == 200
    return False


def processes_of(home: Path) -> dict[int, str]:
    """Ids and command lines of all processes that work for this home (Linux)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            ours = f"METWITH_HOME={home}".encode() in (folder / "environ").read_bytes().split(b"\0")
            if words and (ours or f"-D {home}/pg" in words):
                found[int(folder.name)] = words
    return found


def process_of(home: Path, words: str) -> int:
    """The id of the one process whose command line has these words."""
    (found,) = [pid for pid, line in processes_of(home).items() if words in line]
    return found


def wait_until(true: Callable[[], Any], seconds: float = 60) -> None:
    """Wait for something to become true."""
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.1)
