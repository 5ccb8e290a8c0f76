from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import CalDavServer


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """In memory where there is such a place: these servers wait for the disk at each write."""
    in_memory = Path("/dev/shm")  # noqa: S108  a folder of its own is made in it
    with tempfile.TemporaryDirectory(dir=in_memory if in_memory.is_dir() else None, prefix="metwith-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def radicale(server_folder: Path) -> Iterator[CalDavServer]:
    with servers.radicale(server_folder / "radicale") as server:
        yield server


@pytest.fixture(scope="session")
def xandikos(server_folder: Path) -> Iterator[CalDavServer]:
    with servers.xandikos(server_folder / "xandikos") as server:
        yield server


@pytest.fixture(autouse=True)
def _private_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests listen on this machine."""
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
