"""Every row of every table, searched: which tables and columns there are, the database itself says.

The texts never reach the server: rows are copied out and compared here. What PostgreSQL keeps about the contents of tables, to plan by
(`pg_stats`), is searched as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from metwith.privacy.scan.files import Findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import psycopg

    from metwith.privacy.scan.patterns import Needles

    type Connection = psycopg.Connection[tuple[object, ...]]

BLOCK = 1_000_000
BYTES = "bytea"
MOST = 100
"""Places told of one text in one block of rows."""

TABLES = """SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, NULL)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2, a.attnum"""
STATISTICS = """SELECT tablename || '.' || attname, most_common_vals::text, histogram_bounds::text, most_common_elems::text
FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""


def search_tables(connection: Connection, needles: Needles) -> Findings:
    """Search all tables. A finding is `table.column, row 17`."""
    found = Findings()
    for (schema, table), columns in _tables(connection).items():
        _Table(connection, schema, table, columns).search(needles, found)
        found.looked_at += 1
    _search_statistics(connection, needles, found)
    return found


def copied_out(connection: Connection, query: str) -> Iterator[bytes]:
    """The rows of a query as lines, a megabyte or so at a time, in which only line ends and tabs are escaped. `query` is our own."""
    held = bytearray()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as lines:
        for line in lines:
            held += line
            if len(held) >= BLOCK:
                yield bytes(held.replace(b"\\\\", b"\\"))
                held.clear()
    yield bytes(held.replace(b"\\\\", b"\\"))


def _tables(connection: Connection) -> dict[tuple[str, str], dict[str, str]]:
    """Schema and name → column → type."""
    tables: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(TABLES).fetchall():
        tables.setdefault((str(schema), str(table)), {})[str(column)] = str(kind)
    return tables


@dataclass(frozen=True, slots=True)
class _Table:
    connection: Connection
    schema: str
    name: str
    columns: Mapping[str, str]
    """Name → type."""

    def search(self, needles: Needles, findings: Findings) -> None:
        for column, kind in self.columns.items():
            if kind == BYTES:
                self._search_bytes(column, needles, findings)
        names = [column for column, kind in self.columns.items() if kind != BYTES]
        for lines in copied_out(self.connection, self._from(names)):
            findings.searched += len(lines)
            for _, number in needles.find(lines):
                places = (self._place(lines, at, names) for at in needles.offsets(lines, number)[:MOST])
                findings.places += [(place, number) for place in dict.fromkeys(places)]

    def _place(self, lines: bytes, at: int, names: Sequence[str]) -> str:
        """The column and row in which an offset lies. Each line begins with what tells its row."""
        begins = lines.rfind(b"\n", 0, at) + 1
        before = lines[begins:at].count(b"\t")
        key = lines[begins : lines.find(b"\t", begins)].decode()
        return f"{self.name}.{names[max(before - 1, 0)]}, row {key}"

    def _from(self, names: Sequence[str]) -> str:
        """The columns of all rows, after what tells a row. Only a number does: any other key may hold what must not be printed."""
        row = "id" if self.columns.get("id") in {"bigint", "integer", "smallint"} else "ctid"
        return f"SELECT {', '.join(map(_quoted, [row, *names]))} FROM {_quoted(self.schema)}.{_quoted(self.name)}"  # noqa: S608  the catalogue's

    def _search_bytes(self, column: str, needles: Needles, findings: Findings) -> None:
        with self.connection.transaction(), self.connection.cursor(name="search_bytes") as cursor:
            cursor.execute(self._from([column]))
            while rows := cursor.fetchmany(5000):
                values = [bytes(cast("bytes", value or b"")) for _, value in rows]
                findings.searched += sum(map(len, values))
                # All at once: only where something turns up is it asked in which row.
                if needles.find(b"\n".join(values)):
                    for (key, _), value in zip(rows, values, strict=True):
                        findings.places += [(f"{self.name}.{column}, row {key}", number) for _, number in needles.find(value)]


def _search_statistics(connection: Connection, needles: Needles, findings: Findings) -> None:
    for name, *values in connection.execute(STATISTICS).fetchall():
        data = "\n".join(str(value) for value in values if value is not None).encode()
        findings.searched += len(data)
        findings.places += [(f"what PostgreSQL notes about {name} to plan by", number) for _, number in needles.find(data)]


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
