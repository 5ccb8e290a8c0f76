"""Where this installation keeps its things, and which database it uses.

`METWITH_HOME` names the folder: the key file, the embedded database and its socket live in it. `DATABASE_URL` names a
PostgreSQL of the operator's own; without it the embedded one is used (`metwith.server.postgres`).
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from metwith.server import environment
from metwith.server.environment import SettingWrong

DATABASE = "metwith"
KEY_FILE = "key"
"""Not mended but refused where others can read it (`lib.secrets`): it may have been read."""
DATA = "pg"
"""The folder of the embedded database's files, within the home."""
# sun_path holds 108 bytes on Linux and 104 on the BSDs and macOS, the closing NUL included (unix(7), unix(4)).
SOCKET_PATH_LIMIT = 103
SOCKET_NAME = ".s.PGSQL.5432"
# A peer that vanished without a word is noticed after about a minute instead of two hours.
KEEPALIVES = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
# Names that stand in the URL's query but are entries of their own in Django's settings.
QUERY_ENTRIES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def home() -> Path:
    """The folder of this installation, made with mode 0700 when it is not there. Raises SettingWrong when it cannot be made."""
    named = environment.HOME()
    folder = Path(named).expanduser().absolute() if named else _user_data_folder() / "metwith"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"METWITH_HOME: the folder {folder} cannot be made ({error.strerror}). Set METWITH_HOME to a folder you may write to."
        raise SettingWrong(message) from error
    return folder


def mend_modes() -> None:
    """What an older version, a copy or an unpacked archive left open to others is the owner's alone again: the folder, and the files in it.

    What belongs to somebody else is left as it is; `doctor` and `secrets` speak of that. What is in the folders below is PostgreSQL's own
    affair, which refuses to start where it lies open.
    """
    folder = home()
    for path in (folder, *(path for path in folder.iterdir() if path.is_file() and not path.is_symlink())):
        found = path.lstat()
        if found.st_uid == os.geteuid() and found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) and path.name != KEY_FILE:
            path.chmod(stat.S_IMODE(found.st_mode) & stat.S_IRWXU)


def _user_data_folder() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    named = os.environ.get("XDG_DATA_HOME", "")
    # The XDG base directory specification: a relative path is invalid and to be ignored.
    return Path(named) if named.startswith("/") else Path.home() / ".local" / "share"


def has_own_database() -> bool:
    """Whether the operator named a database (`DATABASE_URL`); otherwise the embedded one is meant."""
    return bool(environment.DATABASE_URL())


def database_url() -> str:
    """`DATABASE_URL`, or the address of the embedded database's socket under `home()`."""
    return environment.DATABASE_URL() or embedded_url(home())


def embedded_url(folder: Path, database: str = DATABASE) -> str:
    """The URL of a database of the embedded server whose home is `folder`."""
    return f"postgresql:///{quote(database)}?{urlencode({'host': str(socket_folder(folder)), 'user': DATABASE}, quote_via=quote)}"


def socket_folder(folder: Path) -> Path:
    """The folder of the embedded server's socket: `run` under its home, or a short one when that path is too long for a socket.

    The short one depends on the home and the user alone, so that every process of the installation finds it.
    """
    inside = folder / "run"
    if len(os.fsencode(inside / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.blake2b(os.fsencode(folder), digest_size=8).hexdigest()
    # Not the temporary folder of the environment: that differs between a session and a service.
    return Path("/tmp") / f"metwith-{os.getuid()}-{digest}"  # noqa: S108  private_folder() checks whose it is


def private_folder(folder: Path, *, also_of: int | None = None) -> Path:
    """Make `folder` with mode 0700. Raises SettingWrong when a link, or a folder of neither this user nor `also_of`, stands there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.getuid(), also_of}:
        message = f"{folder} belongs to somebody else. Remove it, or set METWITH_HOME to a folder with a shorter name."
        raise SettingWrong(message)
    return folder


def parse_database_url(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a PostgreSQL URL, with a pool of at most `METWITH_CONNECTIONS` (default 8) per process.

    Knows the forms of libpq (PostgreSQL manual, 32.1.1.2): other parameters of the query become connection options.
    Raises SettingWrong, never repeating the URL, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        message = "DATABASE_URL: its host or port cannot be read. Expected postgresql://user:password@host:5432/name."
        raise SettingWrong(message) from error
    if parts.scheme not in {"postgresql", "postgres"}:
        message = "DATABASE_URL must begin with postgresql://; Metwith works with PostgreSQL only."
        raise SettingWrong(message)
    options: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    entry: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
    }
    for name, key in QUERY_ENTRIES.items():
        entry[key] = options.pop(name, "") or entry[key]
    if not entry["NAME"]:
        message = "DATABASE_URL names no database. Expected postgresql://user:password@host:5432/name."
        raise SettingWrong(message)
    # Health checks: without them the pool hands out dead connections after the server was restarted.
    pool = {"min_size": 1, "max_size": environment.CONNECTIONS(), "timeout": 10, "max_idle": 300}
    return entry | {"CONN_HEALTH_CHECKS": True, "OPTIONS": {"connect_timeout": 10, **KEEPALIVES, **options, "pool": pool}}
