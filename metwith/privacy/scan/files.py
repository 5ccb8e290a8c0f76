"""Every byte of every file of a folder, searched: packed ones unpacked, database backups as what they hold.

A finding names the file and the offset, never what was found.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from metwith.privacy.scan.patterns import OVERLAP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from metwith.privacy.scan.patterns import Needles

AT_ONCE = 4_000_000
PACKED: Mapping[bytes, type[gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ": lzma.LZMAFile,
}
CLOSED = (b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"Salted__", b"age-encryption", b"-----BEGIN PGP")
"""How files begin into which this cannot look: zip, Zstandard, encrypted ones."""
BACKUP = b"PGDMP"


@dataclass(slots=True)
class Findings:
    """What a search came to."""

    places: list[tuple[str, int]] = field(default_factory=list)
    """Where, and the number of the text (`Needles.texts`) that stands there."""
    searched: int = 0
    """Bytes."""
    looked_at: int = 0
    """Files, tables."""
    closed: list[str] = field(default_factory=list)
    """What could not be looked into."""

    def texts(self) -> set[int]:
        """The numbers of the texts that were found."""
        return {number for _, number in self.places}

    def add(self, other: Findings) -> None:
        """Take in those of another search."""
        self.places += other.places
        self.closed += other.closed
        self.searched += other.searched
        self.looked_at += other.looked_at


def search_folder(
    folder: Path, needles: Needles, *, restore: Path | None = None, about: Callable[[str], str] = lambda _path: ""
) -> Findings:
    """Search a file, or all files below a folder. `restore` is `pg_restore`, by which backups are read.

    `about` says in words what a file is, by its path within the folder.
    """
    found = Findings()
    for path in sorted(_files(folder)):
        name = str(path.relative_to(folder)) if path != folder else path.name
        words = about(name)
        try:
            _search_file(path, f"{path}{f' ({words})' if words else ''}", needles, found, restore)
        except FileNotFoundError:
            # A running database removes files as it goes; what was in them is not stored any more.
            continue
        except (OSError, EOFError, lzma.LZMAError):
            found.closed.append(str(path))
    return found


def _files(folder: Path) -> Iterator[Path]:
    """The regular files; links to folders are followed, each folder once."""
    if folder.is_file():
        yield folder
    seen: set[tuple[int, int]] = set()
    for here, folders, names in os.walk(folder, followlinks=True):
        place = Path(here).stat()
        if (place.st_dev, place.st_ino) in seen:
            folders.clear()
            continue
        seen.add((place.st_dev, place.st_ino))
        for path in (folder.joinpath(here, name) for name in names):
            if _regular(path):
                yield path


def _regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _search_file(path: Path, name: str, needles: Needles, findings: Findings, restore: Path | None) -> None:
    with path.open("rb") as file:
        begins = file.read(16)
    if begins.startswith(CLOSED) or (begins.startswith(BACKUP) and restore is None):
        findings.closed.append(str(path))
        return
    with _opened(path, begins, restore) as data:
        places = [(f"{name} at byte {at}", number) for at, number in search_stream(data, needles, findings)]
    findings.places += places
    findings.looked_at += 1


@contextmanager
def _opened(path: Path, begins: bytes, restore: Path | None) -> Iterator[IO[bytes]]:
    if begins.startswith(BACKUP):
        words = [str(restore), "--file=-", str(path)]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reading:  # noqa: S603
            assert reading.stdout
            yield reading.stdout
        if reading.returncode:
            raise EOFError
        return
    unpacked = next((kind for magic, kind in PACKED.items() if begins.startswith(magic)), None)
    with unpacked(path) if unpacked else path.open("rb") as file:
        yield cast("IO[bytes]", file)


def search_stream(data: IO[bytes], needles: Needles, findings: Findings) -> Iterator[tuple[int, int]]:
    """Offset and number of each text in a stream, the first place of each. Counts the bytes."""
    start, kept, known = 0, b"", set()
    while block := data.read(AT_ONCE):
        findings.searched += len(block)
        for at, number in needles.find(kept + block):
            if number not in known:
                known.add(number)
                yield start - len(kept) + at, number
        start += len(block)
        kept = (kept + block)[-OVERLAP:]
