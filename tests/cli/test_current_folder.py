"""Whatever lies in the folder in which Metwith is started, none of it is run."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.cli.running import answers, environment, process_of, processes_of, wait_until
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc"),
]

STRANGERS = (
    "metwith",
    "metwith/cli",
    "multiprocessing",
    "granian",
    "django",
    "procrastinate",
    "json",
    "zipfile",
    "httpx",
    "structlog",
    "wsgi",
)
ENTRY_POINT = (sys.executable, "-c", "import sys; sys.path.remove(''); from metwith.cli import main; sys.exit(main())")
"""As the script that pip makes of an entry point: without -P, and without the current folder."""
CHECKOUT = (sys.executable, "-P", "-m", "metwith.cli")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder full of modules that leave a mark when they are run."""
    made = tmp_path / "here"
    for stranger in STRANGERS:
        (made / stranger).mkdir(parents=True)
        (made / stranger / "__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({stranger!r} + chr(10))\n")
    for module in ("site", "web", "worker", "main", "__main__"):
        (made / "metwith" / "cli" / f"{module}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({module!r} + chr(10))\n")
    return made


@contextmanager
def started(home: Path, folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with (home.parent / "log").open("wb") as log:
        process = subprocess.Popen(words, env=environment(home), cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def test_nothing_of_the_current_folder_is_run_by_any_process(tmp_path: Path, folder: Path):
    home, ports = tmp_path / "home", (free_port(), free_port())
    with (
        started(home, folder, *CHECKOUT, "serve", "--port", str(ports[0])),
        _answering(home, ports[0]),
        started(home, folder, *ENTRY_POINT, "web", "--port", str(ports[1])),
        _answering(home, ports[1]),
    ):
        assert process_of(home, "metwith.cli worker")
    assert not (tmp_path / "ran").exists(), (tmp_path / "ran").read_text()
    wait_until(lambda: not processes_of(home))


@contextmanager
def _answering(home: Path, port: int) -> Iterator[None]:
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}"), 400)
    except AssertionError:
        pytest.fail((home.parent / "log").read_text())
    yield


def test_the_marks_are_left_where_the_folder_is_looked_at(tmp_path: Path, folder: Path):
    """Or the test above could not fail."""
    subprocess.run([sys.executable, "-c", "import metwith"], cwd=folder, env=os.environ | {"PYTHONSAFEPATH": ""}, check=True)
    assert (tmp_path / "ran").read_text() == "metwith\n"
