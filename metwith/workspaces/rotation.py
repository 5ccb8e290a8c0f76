"""Finishing the change of a key: everything that an older key encrypted is encrypted with the newest one.

What is encrypted is found by walking the database itself, column by column, so that a new one cannot be forgotten: `lib.secrets` writes
Fernet tokens, which are known by how they look, wherever they stand, in the middle of JSON too. Each is replaced where it stands, a batch of
rows at a time, which are locked meanwhile. Broken off anywhere and begun again, it goes on: what is renewed already stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, cast

from django.db import connection, transaction
from psycopg import sql

from metwith.lib import secrets
from metwith.workspaces.models import Installation, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import psycopg

AT_ONCE = 500
"""Rows of one transaction."""
TOKEN = re.compile(r"gAAAAA[A-Za-z0-9_-]{90,}={0,2}")
"""Fernet's: version 0x80, eight bytes of seconds of which the first four are zero until 2106, at least one block, and a signature."""
COLUMNS = """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
AND (t.typcategory = 'S' OR t.typname IN ('json', 'jsonb', '_text', '_varchar')) ORDER BY c.relname, a.attnum"""

type Columns = Sequence[tuple[str, str]]
"""Name and type of each."""


class Rotation:
    """One run. `unreadable`: `table.column` → how many tokens none of the keys opens."""

    def __init__(self) -> None:
        self.renewed = 0
        self.unreadable: Counter[str] = Counter()
        spaces = Workspace.objects.order_by("pk").values_list("pk", flat=True)
        self.purposes = [*secrets.OF_ALL, *map(secrets.of_workspace, spaces)]

    def run(self, say: Callable[[str], None]) -> None:
        """All tables. The value by which a wrong key is noticed comes last: until then Metwith refuses to start without the older key."""
        _keep_digest_key()
        own = Installation._meta.db_table
        for table, columns in _tables().items():
            if table != own:
                say(table)
                self._table(table, columns)
        with transaction.atomic():
            row = Installation.objects.select_for_update().get()
            row.key_check, row.digest_key = secrets.make_check(), self._renewed(own, "digest_key", row.digest_key)
            row.save(update_fields=["key_check", "digest_key"])

    def _table(self, table: str, columns: Columns) -> None:
        after = "(0,0)"
        while after:
            with transaction.atomic():
                after = self._batch(table, columns, after)

    def _batch(self, table: str, columns: Columns, after: str) -> str:
        """Renew the rows that come after a place (ctid); returns the last one's, or an empty text when there are no more."""
        texts = [sql.SQL("{}::text").format(sql.Identifier(name)) for name, _kind in columns]
        query = sql.SQL("SELECT ctid::text AS place, {} FROM {} WHERE ctid > {}::tid AND ({}) ORDER BY ctid LIMIT {} FOR UPDATE").format(
            sql.SQL(", ").join(texts),
            sql.Identifier(table),
            sql.Literal(after),
            sql.SQL(" OR ").join(sql.SQL("{} LIKE '%gAAAAA%'").format(text) for text in texts),
            sql.Literal(AT_ONCE),
        )
        rows = _driver().execute(query).fetchall()
        for place, *values in rows:
            self._row(table, columns, str(place), [cast("str | None", value) for value in values])
        return str(rows[-1][0]) if rows else ""

    def _row(self, table: str, columns: Columns, place: str, values: Sequence[str | None]) -> None:
        changed = [
            sql.SQL("{} = {}::{}").format(sql.Identifier(name), sql.Literal(new), sql.SQL(kind))
            for (name, kind), old in zip(columns, values, strict=True)
            if old and (new := self._renewed(table, name, old)) != old
        ]
        if changed:
            update = sql.SQL("UPDATE {} SET {} WHERE ctid = {}::tid")
            _driver().execute(update.format(sql.Identifier(table), sql.SQL(", ").join(changed), sql.Literal(place)))

    def _renewed(self, table: str, column: str, text: str) -> str:
        """A text with every token in it under the first key."""

        def renew(match: re.Match[str]) -> str:
            token = match[0]
            for purpose in self.purposes:
                if (new := secrets.renewed(purpose, token)) is not None:
                    self.renewed += new != token
                    return new
            self.unreadable[f"{table}.{column}"] += 1
            return token

        return TOKEN.sub(renew, text)


def load_digest_key() -> None:
    """Have keyed hashes made with the key that made them before a rotation. Each process calls it once, at its start."""
    if kept := Installation.objects.values_list("digest_key", flat=True).first():
        secrets.use_digest_key(kept)


def _keep_digest_key() -> None:
    """Keyed hashes cannot be made anew, since what they were made of is not there: the key that makes them stays, encrypted as all else."""
    row = Installation.objects.get()
    if not row.digest_key:
        row.digest_key = secrets.seal_digest_key()
        row.save(update_fields=["digest_key"])
    load_digest_key()


def _tables() -> dict[str, list[tuple[str, str]]]:
    """Every table, with its columns that can hold a text."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in _driver().execute(COLUMNS).fetchall():
        found.setdefault(str(table), []).append((str(column), str(kind)))
    return found


def _driver() -> psycopg.Connection[tuple[object, ...]]:
    """Below Django: these statements are about all workspaces, and made from the catalogue."""
    connection.ensure_connection()
    return cast("psycopg.Connection[tuple[object, ...]]", connection.connection)
