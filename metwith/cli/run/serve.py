"""`metwith serve`: everything in one command, each part a process that is started again when it ends."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from metwith.cli.run import boot
from metwith.cli.run.ports import claim
from metwith.server import postgres, supervisor
from metwith.server.installation import has_own_database, home

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

# -P: nothing in the current folder stands in for a module of ours.
SELF = (sys.executable, "-P", "-m", "metwith.cli")
DATABASE_LOOK_SECONDS = 1.0


def serve(arguments: argparse.Namespace) -> int:
    """Run until asked to stop."""
    port = claim(arguments.host, arguments.port)
    with _practice(arguments), boot.database():
        if code := subprocess.run([*SELF, "migrate"], stdin=subprocess.DEVNULL, check=False).returncode:  # noqa: S603  our own words
            return code  # it said why
        children = [
            supervisor.Child("web", [*SELF, "web", "--host", arguments.host, "--port", str(port)]),
            supervisor.Child("worker", [*SELF, "worker"]),
        ]
        try:
            supervisor.keep_running(children, tick=_both(_announcer(arguments.host, port), _database_keeper()))
        except supervisor.ChildRefused:
            return supervisor.REFUSED
    return 0


def _practice(arguments: argparse.Namespace) -> contextlib.AbstractContextManager[None]:
    if not arguments.with_fakes:
        return contextlib.nullcontext()
    # Not at the top: who serves for real does without the practice servers.
    from metwith.cli.run.practice import practice_servers  # noqa: PLC0415

    return practice_servers(arguments.host)


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def tick() -> None:
        first()
        second()

    return tick


def _announcer(host: str, port: int) -> Callable[[], None]:
    """Prints the address once, as soon as it answers."""
    shown = f"[{host}]" if ":" in host else host
    waiting = True

    def tick() -> None:
        nonlocal waiting
        if waiting and _answers(host, port):
            waiting = False
            print(f"Metwith is at http://{shown}:{port}  (Ctrl-C stops it)", flush=True)

    return tick


def _answers(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def _database_keeper() -> Callable[[], None]:
    """Starts the embedded database again when it died; an operator's own is the operator's."""
    if has_own_database():
        return lambda: None
    folder, next_look = home(), 0.0

    def tick() -> None:
        nonlocal next_look
        if time.monotonic() >= next_look:
            # One that cannot be started now is tried again at the next look.
            with contextlib.suppress(postgres.EmbeddedProblem):
                postgres.revive(folder)
            next_look = time.monotonic() + DATABASE_LOOK_SECONDS

    return tick
