"""Statements written by hand, for what is asked on every page: the ORM takes longer to put one together than PostgreSQL to answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import Model


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of a statement with what stands for its `%s`, in their order."""

    text: str
    params: tuple[Any, ...] = ()


def joined(pieces: Iterable[Sql], between: str) -> Sql:
    """Several pieces as one."""
    held = tuple(pieces)
    return Sql(between.join(piece.text for piece in held), tuple(param for piece in held for param in piece.params))


def columns(model: type[Model], alias: str) -> str:
    """All columns of a model's table, for a SELECT that `instance` reads."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def instance[M: Model](model: type[M], values: Sequence[Any]) -> M:
    """A model's instance from the values of its `columns`."""
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in model._meta.concrete_fields], values)


def instances(models: Iterable[type[Model]], values: Sequence[Any]) -> list[Any]:
    """One instance of each model, from the values of their `columns` in a row."""
    found, start = [], 0
    for model in models:
        end = start + len(model._meta.concrete_fields)
        found.append(instance(model, values[start:end]))
        start = end
    return found


def run(text: str, params: Sequence[Any] | Mapping[str, Any]) -> int:
    """Write. Returns how many rows were written."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return int(cursor.rowcount)


def rows(text: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Every row of the answer. Values reach the statement only through `params`."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return list(cursor.fetchall())


def refresh_statistics(models: Iterable[type[Model]], *, added: int) -> None:
    """Let PostgreSQL look again at tables that it last saw less than half as large as the `added` rows; of its own it would much later.

    Until it has looked it plans as if they were nearly empty, which makes some answers a hundred times slower.
    """
    tables = [model._meta.db_table for model in models]
    small = rows("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r' AND reltuples < %s", (tables, added / 2))
    with connection.cursor() as cursor:
        for (table,) in small:
            cursor.execute(f'ANALYZE "{table}"')
