"""`metwith privacy purge`: what the tables no longer hold goes from the files too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connection

from metwith.calendars.counters import PrivacyRun
from metwith.privacy.scan import vacuum
from metwith.privacy.scan.files import BACKUP
from metwith.server import postgres
from metwith.server.installation import DATA, has_own_database, home
from metwith.workspaces.models import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What a purge came to."""

    tables: int
    held: int
    """Deleted rows that had to stay for a transaction that runs."""
    log: bool
    """Whether the write-ahead log is rid of them too: False with a PostgreSQL of the operator's own."""
    backups: tuple[tuple[Path, datetime], ...]
    """Backups in the home, with when they were written: they hold what was there then."""


def scrub_all(now: datetime, on_table: Callable[[str], None] = lambda _name: None) -> Scrubbed:
    """Rewrite the tables and the write-ahead log, and let logs expire. Outside any transaction."""
    connection.ensure_connection()
    driver = connection.connection
    done = vacuum.rewrite_tables(driver, on_table)
    ours = not has_own_database()
    if ours:
        vacuum.renew_log(driver, home() / DATA)
        postgres.expire_log(home())
    _note(now, {"tables": done.tables, "held": done.held, "log": ours})
    return Scrubbed(done.tables, done.held, ours, _backups(home()))


def _note(now: datetime, facts: dict[str, int]) -> None:
    PrivacyRun.objects.bulk_create(
        PrivacyRun(workspace=workspace, at=now, kind=PrivacyRun.Kind.SCRUB, facts=facts) for workspace in Workspace.objects.all()
    )


def _backups(folder: Path) -> tuple[tuple[Path, datetime], ...]:
    """Files above the database's that begin as a backup does."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if folder / DATA not in path.parents and path.is_file()):
        with path.open("rb") as file:
            if file.read(len(BACKUP)) == BACKUP:
                found.append((path, datetime.fromtimestamp(path.stat().st_mtime, UTC)))
    return tuple(found)
