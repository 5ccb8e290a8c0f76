"""What deleted rows leave behind in a database's files, and how it is brought out of them.

A deleted row stays in its table's file until the page is written anew, in the indexes, in what PostgreSQL notes to plan by, and in the
write-ahead log. PostgreSQL manual: 24.1.2 (VACUUM FULL writes a table anew), 28.5 (segments of the log are removed after a checkpoint),
`wal_recycle` and `wal_init_zero` (a removed segment is not used again, and a new one begins as zeros; server.postgres sets both).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psycopg
    from psycopg.errors import Diagnostic

    type Connection = psycopg.Connection[tuple[object, ...]]

SEGMENT = re.compile(r"[0-9A-F]{24}")
MOST_SEGMENTS = 200
"""`max_wal_size` is 64 of them: so many may lie ahead."""
TRIES, PAUSE = 5, 0.3
"""How often in all a table is written once more where rows are held, and seconds between: PostgreSQL's own upkeep holds some for a moment."""
TABLES = """SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%' ORDER BY 1"""


@dataclass(slots=True)
class Rewritten:
    """What writing the tables anew came to."""

    tables: int = 0
    held: int = 0
    """Deleted rows that had to stay, since a transaction that runs (a backup, say) may still look at them."""


def rewrite_tables(connection: Connection, on_table: Callable[[str], None] = lambda _name: None) -> Rewritten:
    """Write every table, its indexes and what is noted of it anew, without what was deleted.

    Each table is locked while it is its turn. `connection` must be in autocommit.
    """
    tables = [(str(name), ", ANALYZE") for (name,) in connection.execute(TABLES).fetchall()]
    done = Rewritten(len(tables))
    tries = TRIES
    # Until the new notes are there, the old ones quote what was most common.
    for name, also in [*tables, ("pg_catalog.pg_statistic", "")]:
        on_table(name)
        held = _rewrite(connection, name, also)
        while held and tries:
            # In all, not for each table: a backup would hold rows in every one of them.
            tries -= 1
            time.sleep(PAUSE)
            held = _rewrite(connection, name, also)
        done.held += held
    return done


def _rewrite(connection: Connection, table: str, also: str) -> int:
    """Returns how many deleted rows had to stay."""
    held = 0

    def note(diagnostic: Diagnostic) -> None:
        # "DETAIL: 300 dead row versions cannot be removed yet." in whatever language the server speaks.
        nonlocal held
        number = re.search(r"\d+", diagnostic.message_detail or "")
        held += int(number[0]) if number and diagnostic.severity_nonlocalized == "INFO" else 0

    # The plain one heeds only this database's transactions. By itself, VACUUM FULL would keep what is deleted for those of any database of
    # the server, or end with "missing chunk number 0 for toast value" where a deleted row's long values are gone already.
    connection.execute(f"VACUUM {table}")
    connection.add_notice_handler(note)
    try:
        connection.execute(f"VACUUM (FULL, VERBOSE{also}) {table}")
    finally:
        connection.remove_notice_handler(note)
    return held


def renew_log(connection: Connection, data_folder: Path) -> int:
    """Leave no segment of the write-ahead log behind in which old rows stand. Returns how many files it has now. For a superuser.

    Segments that an earlier server kept for use again are gone through first: their old bytes would come back as the rest of a new one.
    """
    for _ in range(MOST_SEGMENTS):
        ahead = [name for name in _segments(data_folder) if name > _current(connection)]
        # A switch does nothing where nothing was written since the last one.
        connection.execute("SELECT pg_logical_emit_message(true, 'metwith', 'switch')")
        connection.execute("SELECT pg_switch_wal()")
        if not ahead:
            break
    connection.execute("SELECT pg_logical_emit_message(true, 'metwith', 'begin')")
    connection.execute("CHECKPOINT")
    return len(_segments(data_folder))


def _segments(data_folder: Path) -> list[str]:
    return sorted(path.name for path in (data_folder / "pg_wal").iterdir() if SEGMENT.fullmatch(path.name))


def _current(connection: Connection) -> str:
    row = connection.execute("SELECT pg_walfile_name(pg_current_wal_insert_lsn())").fetchone()
    assert row
    return str(row[0])
