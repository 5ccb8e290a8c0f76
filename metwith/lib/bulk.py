"""Many new rows at once, by PostgreSQL's COPY (https://www.postgresql.org/docs/current/sql-copy.html).

About three times as fast as `bulk_create`, and light: no model instances, no statement text that grows with the rows.
For rows that nobody else can have made meanwhile; a conflict fails the whole transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import Model


def copy(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of a model's table. `columns` are the database's names; JSON is given as text."""
    q = connection.ops.quote_name
    names = ", ".join(q(column) for column in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {q(model._meta.db_table)} ({names}) FROM STDIN") as target:
        for row in rows:
            target.write_row(row)


def new_ids(model: type[Model], count: int) -> list[int]:
    """So many primary keys for rows to come."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [model._meta.db_table, count])
        return [int(row[0]) for row in cursor.fetchall()]
