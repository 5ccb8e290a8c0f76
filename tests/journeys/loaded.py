"""Runs commands in forks of one process that has all of Metwith loaded: `metwith` takes seconds for that each time, whatever it does.

Started by its path, with the environment of the commands; `Loaded` is who asks it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 300


class Loaded:
    """The process, from outside. It knows no database and none of what a command leaves behind in memory."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", __file__], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, words: tuple[str, ...], given: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps({"words": words, "given": given}), file=self.process.stdin, flush=True)
        return subprocess.CompletedProcess(words, **json.loads(self.process.stdout.readline()))

    def end(self) -> None:
        """End it, if nobody has."""
        self.process.kill()
        with self.process:
            pass  # which waits for it and closes its pipes


def _load() -> None:
    """All that a command would import, and no more: settings are read, nothing is connected."""
    import django  # noqa: PLC0415  not for who asks
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415  as above

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metwith.settings")
    django.setup()
    MigrationLoader(None)
    from metwith.cli.admin import account, privacy, sync  # noqa: F401, PLC0415  as above
    from metwith.cli.run import product  # noqa: F401, PLC0415  as above


def _serve() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_run(**json.loads(line))) + "\n")
        sys.stdout.flush()


def _run(words: list[str], given: str) -> dict[str, Any]:
    with _files() as (into, out, err):
        os.write(into, given.encode())
        os.lseek(into, 0, os.SEEK_SET)
        if not (command := os.fork()):
            _become(words, into, out, err)
        _, status = os.waitpid(command, 0)
        return {"returncode": os.waitstatus_to_exitcode(status), "stdout": _text(out), "stderr": _text(err)}


def _become(words: list[str], *files: int) -> None:
    from metwith.cli import main  # noqa: PLC0415  as above

    signal.alarm(SECONDS)
    for number, file in enumerate(files):
        os.dup2(file, number)
    sys.stdin = os.fdopen(0)
    sys.exit(main(words))


@contextlib.contextmanager
def _files() -> Iterator[tuple[int, int, int]]:
    with tempfile.TemporaryFile() as into, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        yield into.fileno(), out.fileno(), err.fileno()


def _text(file: int) -> str:
    os.lseek(file, 0, os.SEEK_SET)
    return os.read(file, 10_000_000).decode()


if __name__ == "__main__":
    _load()
    _serve()
