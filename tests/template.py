"""A database that is migrated once and copied by every run: migrating takes many seconds, copying a fraction of one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

CHECKOUT = Path(__file__).resolve().parent.parent
PREFIX = "metwith_migrated_"
TURN = 20_261_130
"""Of an advisory lock: one worker makes it, the others wait."""


def template(server: str) -> str:
    """The name of a database on this server (its URL) that nobody uses and that has all tables; made where there is none yet."""
    name = f"{PREFIX}{_version()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [TURN])
        held = [found for (found,) in connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])]
        if name in held:
            return name
        for old in held:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
        making = f"{PREFIX}making"
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
        _migrate(urlunsplit(urlsplit(server)._replace(path=f"/{making}")))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(name)))
    return name


def _version() -> str:
    """Another one for other migrations: the project's, and the libraries' by their versions."""
    files = [*CHECKOUT.glob("metwith/*/migrations/*.py"), CHECKOUT / "requirements.lock"]
    return hashlib.sha256(b"\0".join(path.name.encode() + path.read_bytes() for path in sorted(files))).hexdigest()[:16]


def _migrate(url: str) -> None:
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "metwith.settings"}
    subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], cwd=CHECKOUT, env=environment, check=True)
