"""As whom the embedded PostgreSQL runs: it refuses to run as root.

An ordinary user runs it directly. Root runs it in a user namespace in which it is not root: nothing is created, nothing changes
hands. Where namespaces are forbidden (many containers) an existing unprivileged user runs it, and the data folder becomes that user's.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")
UNPRIVILEGED = ("postgres", "nobody")


class NoIdentity(Exception):
    """Nobody here may run PostgreSQL; the message says what to do."""


@dataclass(frozen=True)
class ServerUser:
    """Who runs the server: `how` is the launcher's word, `uid` and `gid` are who owns the data."""

    how: str
    uid: int
    gid: int

    def launcher(self) -> list[str]:
        """The words before the program to run."""
        return [sys.executable, "-I", "-S", str(LAUNCHER), self.how]


def of_user(uid: int, gid: int) -> ServerUser:
    """Another user, for whom root gives up its rights."""
    return ServerUser(f"{uid}:{gid}", uid, gid)


def choose(data: Path, program: Path) -> ServerUser:
    """Who runs `program` over the folder `data`. Whoever owns the data already goes on owning it. Raises NoIdentity."""
    if os.geteuid() != 0:
        return ServerUser("self", os.geteuid(), os.getegid())
    owner = data.stat() if data.exists() else None
    if owner and owner.st_uid != 0:
        return _tested(of_user(owner.st_uid, owner.st_gid), data, program)
    namespace = ServerUser("namespace", 0, 0)
    if _runs(namespace, program):
        return namespace
    return _tested(_unprivileged(), data, program)


def _unprivileged() -> ServerUser:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return of_user(known[name].pw_uid, known[name].pw_gid)
    raise NoIdentity(
        "PostgreSQL refuses to run as root, user namespaces are forbidden here, and there is no user called postgres or nobody. "
        "Run Metwith as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )


def _tested(identity: ServerUser, data: Path, program: Path) -> ServerUser:
    name = _name(identity.uid)
    if not _runs(identity, program):
        raise NoIdentity(
            f"PostgreSQL refuses to run as root, and the user {name} may not run {program}. Install Metwith in a folder everybody may read "
            "(not under /root), run it as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
        )
    if closed := _closed_parent(data, identity.uid):
        raise NoIdentity(
            f"PostgreSQL runs as the user {name} here, who may not enter {closed}. Set METWITH_HOME to a folder like /var/lib/metwith, "
            "run Metwith as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
        )
    return identity


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _runs(identity: ServerUser, program: Path) -> bool:
    """Whether this identity can be taken on and may run the program."""
    words = [*identity.launcher(), str(program), "--version"]
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0  # noqa: S603  our own words


def _closed_parent(data: Path, uid: int) -> Path | None:
    """The first folder on the way to `data` that another user may not enter. The home itself is opened for entering, not for reading."""
    home = data.parent
    if home.stat().st_uid == os.geteuid():
        home.chmod(home.stat().st_mode | 0o111)
    for folder in reversed([home, *home.parents]):
        found = folder.stat()
        if not found.st_mode & (0o100 if found.st_uid == uid else 0o001):
            return folder
    return None


def give(folder: Path, identity: ServerUser) -> None:
    """Hand a folder and all in it to who runs the server; nothing to do when it is theirs."""
    if folder.stat().st_uid == identity.uid:
        return
    for path in [*folder.rglob("*"), folder]:
        os.chown(path, identity.uid, identity.gid, follow_symlinks=False)
