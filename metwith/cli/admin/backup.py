"""`metwith backup` and `metwith restore`: PostgreSQL's own tools, all or nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict

from metwith.cli.run.boot import CommandFailed
from metwith.lib import secrets
from metwith.server import postgres
from metwith.server.installation import database_url, has_own_database

if TYPE_CHECKING:
    import argparse

# The first bytes of pg_dump's custom format.
MAGIC = b"PGDMP"
# PostgreSQL manual, 32.15: the connection goes to the tools by the environment, where no list of processes shows its password.
VARIABLES = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE", "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "passfile": "PGPASSFILE", "service": "PGSERVICE",
}  # fmt: skip
SIGNED_IN = "django_session"
"""Who is signed in: no part of a backup, and over after a restore, also of a backup that an older version wrote."""
EMPTY = b"drop schema public cascade;\ncreate schema public;\n"
# Workers are processes, and those of the backup are not here. Jobs that they held are taken up as those of any worker that died.
AFTER = b"""
do $$ begin if to_regclass('public.procrastinate_workers') is not null then delete from public.procrastinate_workers; end if; end $$;
"""


def backup(arguments: argparse.Namespace) -> None:
    """Write the database to a file only its owner can read; a backup that fails leaves the old file alone."""
    file: Path = arguments.file.absolute()
    if not file.parent.is_dir():
        raise CommandFailed(f"The folder {file.parent} does not exist.")
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        draft.touch(mode=0o600)
        words = ("--format=custom", "--no-owner", "--no-privileges", f"--exclude-table-data=public.{SIGNED_IN}", f"--file={draft}")
        _run("pg_dump", *words, failed="The backup could not be written")
        draft.replace(file)
    except OSError as error:
        raise CommandFailed(f"The backup could not be written ({error.strerror}).") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    print(f"The database is in {file}.")
    print(f"The key is not. Keep a copy of {secrets.key_file()}, or of METWITH_KEY, in another place.")


def restore(arguments: argparse.Namespace) -> None:
    """Read a backup into an empty database, or with --replace in place of what is there."""
    file: Path = arguments.file
    _check_backup(file)
    with psycopg.connect(database_url()) as connection:
        filled = _number(connection, "select count(*) from pg_tables where schemaname = 'public'") > 0
        others = _number(
            connection,
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'",
        )
    if filled and not arguments.replace:
        raise CommandFailed("There is something in the database. With --replace the backup takes its place, and what is there now is gone.")
    if others:
        raise CommandFailed("The database is in use. Stop Metwith, then restore.")
    _replay(file)
    print(f"The database is as it was in {file}. Everybody signs in anew.")
    if not secrets.has_key():
        print(f"Now put the key it was used with into {secrets.key_file()} (mode 0600), or set METWITH_KEY.")


def _check_backup(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            good = opened.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read ({error.strerror}).") from error
    if not good:
        raise CommandFailed(f"{file} is no backup that `metwith backup` wrote.")


def _number(connection: psycopg.Connection[tuple[object, ...]], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return int(str(row[0])) if row else 0


def _replay(file: Path) -> None:
    """Empty the database and run the backup's statements, in one transaction."""
    with tempfile.TemporaryDirectory(prefix="metwith-") as folder, tempfile.TemporaryFile() as complaints:
        contents = Path(folder) / "contents"
        contents.write_text(_contents(file), encoding="utf-8")
        read = [_tool("pg_restore"), "--no-owner", "--no-privileges", f"--use-list={contents}", "--file=-", str(file)]
        # The state alone, never the message: it quotes rows.
        write = [_tool("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate"]
        with (
            subprocess.Popen(read, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reading,  # noqa: S603
            subprocess.Popen(  # noqa: S603
                write, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints
            ) as writing,
        ):
            if not _pour(reading, writing):
                complaints.seek(0)
                reason = complaints.read().decode(errors="replace").strip() or "the file is damaged"
                raise CommandFailed(f"The backup could not be restored ({reason}); the database is as it was.")


def _contents(file: Path) -> str:
    """What the backup holds, without the schema `public` itself, which is there already, and without who was signed in."""
    listing = _run("pg_restore", "--list", str(file), failed="The backup cannot be read")
    left_out = (" SCHEMA - public ", f" TABLE DATA public {SIGNED_IN} ")
    return "".join(line for line in listing.splitlines(keepends=True) if not any(words in line for words in left_out))


def _pour(reading: subprocess.Popen[bytes], writing: subprocess.Popen[bytes]) -> bool:
    """Pass on what is read. A reader that fails must not look like the end of the script: that would commit half of it."""
    assert writing.stdin
    assert reading.stdout
    try:
        writing.stdin.write(EMPTY)
        shutil.copyfileobj(reading.stdout, writing.stdin)
        if reading.wait() == 0:
            writing.stdin.write(AFTER)
            writing.stdin.close()
            return writing.wait() == 0
    except BrokenPipeError:  # it stopped at an error and said so
        reading.kill()
        with contextlib.suppress(BrokenPipeError):
            writing.stdin.close()
        writing.wait()
        return False
    writing.kill()
    return False


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    wanted = conninfo_to_dict(database_url())
    return kept | {VARIABLES[name]: str(value) for name, value in wanted.items() if name in VARIABLES and value is not None}


def _tool(name: str) -> str:
    """A tool of PostgreSQL: for the operator's own server the one installed there, which knows TLS; the wheel's otherwise."""
    return (has_own_database() and shutil.which(name)) or str(postgres.binary(name))


def _run(name: str, *words: str, failed: str) -> str:
    done = subprocess.run([_tool(name), *words], env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise CommandFailed(f"{failed}: {(done.stderr.strip().splitlines() or ['no reason given'])[0]}")
    return done.stdout
