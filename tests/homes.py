"""Homes that are set up once and copied: a new database takes initdb and all migrations, a copy of one about a second."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.cli.running import metwith
from tests.plugin import CHECKOUT, HOME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

KEPT = HOME / "kept"


def migrated(home: Path) -> Path:
    """A home as `metwith migrate` leaves a new one: stopped, with a key and all tables, and nothing in them."""
    return copied("migrated", _migrate, home)


def copied(name: str, make: Callable[[Path], None], home: Path, *, of: Iterable[Path] = ()) -> Path:
    """A copy of what `make` makes of these files, for which it is called once, whichever worker or run comes first.

    It must leave nothing running.
    """
    folder = KEPT / name
    folder.mkdir(exist_ok=True, mode=0o700, parents=True)
    version = hashlib.sha256(b"\0".join([_product(), *(path.read_bytes() for path in of)])).hexdigest()[:16]
    whole, draft = folder / version, folder / "making"
    with (folder / "turn").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not whole.exists():
            for old in folder.glob("*/"):
                shutil.rmtree(old)
            make(draft)
            draft.rename(whole)
        subprocess.run(["cp", "-a", str(whole), str(home)], check=True)  # keeps the owners, which shutil does not
    return home


def _migrate(home: Path) -> None:
    done = metwith(home, "migrate")
    assert done.returncode == 0, done.stderr


@functools.cache
def _product() -> bytes:
    """Another one for other code of the product, whatever of it: that a home was made by other code is never what a test is about."""
    files = [*CHECKOUT.glob("metwith/**/*.py"), CHECKOUT / "requirements.lock"]
    return hashlib.sha256(b"\0".join(str(path).encode() + path.read_bytes() for path in sorted(files))).digest()
