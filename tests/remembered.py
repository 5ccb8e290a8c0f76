"""What nearly every test begins with is made once, and written again as it was: the same rows, in one statement instead of dozens.

Only where nothing else was written before it in a test: else what is there decides what comes of it, and it is made as ever.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass, field
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.db import connection, transaction

from metwith.calendars.providers import memory
from metwith.lib import clock

if TYPE_CHECKING:
    from collections.abc import Callable

type Rows = dict[str, list[dict[str, Any]]]
"""By table."""

READS = ("SELECT", "SAVEPOINT", "RELEASE", "SET ")


class Writes:
    """An execute wrapper of Django's that counts the statements that may have changed something."""

    def __init__(self) -> None:
        self.many = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        text = str(sql).lstrip()
        self.many += not text.startswith(READS) or "procrastinate" in text or "nextval" in text
        return execute(sql, params, many, context)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was made once."""

    given: tuple[Any, ...]
    """By what was made before it, and last by itself."""
    rows: Rows
    servers: dict[str, memory.MemoryServer]
    """Those that came."""


@dataclass(slots=True)
class Remembered:
    """Of one test: what was made or written so far, in its order."""

    writes: Writes
    so_far: tuple[str, ...] = ()
    given: tuple[Any, ...] = ()
    seen: int = field(init=False)
    """How many statements had written something when the last of it was there."""

    kept: ClassVar[dict[tuple[str, ...], Kept]] = {}
    """Of the process: what was made after what else."""

    def __post_init__(self) -> None:
        self.seen = self.writes.many

    def __call__[Made](self, name: str, make: Callable[[], Made]) -> Made:
        """What `make` makes, or a copy of what it made in another test. The name must be one for all tests."""
        if self.writes.many != self.seen:
            return make()
        # On another day, as with a clock that a test set, it may come out otherwise.
        self.so_far = (*self.so_far, f"{name} {clock.now():%Y-%m-%d}")
        made: Made = self._again(self.kept[self.so_far]) if self.so_far in self.kept else self._first(make)
        self.given, self.seen = (*self.given, made), self.writes.many
        return made

    def _first(self, make: Callable[[], Any]) -> Any:
        before, servers = _all_rows(), dict(memory._servers)
        made = make()
        new = {name: server for name, server in memory._servers.items() if servers.get(name) is not server}
        self.kept[self.so_far] = deepcopy(Kept((*self.given, made), _new(before, _all_rows()), new))
        return made

    def _again(self, kept: Kept) -> Any:
        # Whatever it refers to is what this test has.
        ours = {id(theirs): mine for theirs, mine in zip(kept.given, self.given, strict=False)}
        made, servers = deepcopy((kept.given[-1], kept.servers), ours)
        memory._servers |= servers
        _write(kept.rows)
        return made


def once(make: Callable[..., Any]) -> Any:
    """A fixture like `pytest.fixture`, whose work is remembered. It may ask for people and for other such fixtures, and for nothing else."""

    def made(remembered: Remembered, **given: Any) -> Any:
        return remembered(f"{make.__module__} {make.__name__}", lambda: make(**given))

    asked = Parameter("remembered", Parameter.POSITIONAL_OR_KEYWORD)
    made.__signature__ = Signature([asked, *signature(make).parameters.values()])  # type: ignore[attr-defined]  # inspect reads it
    made.__name__, made.__doc__, made.__module__ = make.__name__, make.__doc__, make.__module__
    return pytest.fixture(made)


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'")
        return [name for (name,) in cursor.fetchall()]


def _all_rows() -> Rows:
    q, tables = connection.ops.quote_name, _tables()
    asked = ", ".join(f"(SELECT coalesce(json_agg(t), '[]') FROM {q(table)} t)" for table in tables)  # noqa: S608  the database's own names
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}")
        found = cursor.fetchone()
    return dict(zip(tables, found, strict=True))


def _new(before: Rows, after: Rows) -> Rows:
    """The rows that came or were changed. In place of one that went stands its id alone."""
    found: Rows = {}
    for table, rows in after.items():
        here = [row.get("id") for row in rows]
        gone = [{"id": row["id"]} for row in before[table] if row not in rows and row["id"] not in here]
        if new := [row for row in rows if row not in before[table]] + gone:
            found[table] = new
    return found


def _write(rows: Rows) -> None:
    """As they were: no trigger and no constraint looks at them again."""
    q = connection.ops.quote_name
    statements = ["SET LOCAL session_replication_role = replica"]
    values: list[Any] = []
    for table, new in rows.items():
        if "id" in new[0]:
            statements.append(f"DELETE FROM {q(table)} WHERE id = ANY(%s)")  # noqa: S608  the database's own names
            values.append([row["id"] for row in new])
        statements.append(f"INSERT INTO {q(table)} SELECT * FROM json_populate_recordset(NULL::{q(table)}, %s)")  # noqa: S608  as above
        values.append(json.dumps([row for row in new if row.keys() != {"id"}]))
    statements.append("SET LOCAL session_replication_role = origin")
    with nullcontext() if connection.in_atomic_block else transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("; ".join(statements), values)
