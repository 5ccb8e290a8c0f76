"""Keyset paging: a page begins after the last row of the one before, found by the sort's index, never by counting."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db.models import Case, F, Model, Q, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metwith.lib.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from django.db.models.expressions import OrderBy

LARGEST_PAGE = 200
STRANGE = gettext_lazy("This page marker is not one of ours, or belongs to another list. Begin with the first page.")


@dataclass(frozen=True, slots=True)
class Page[M]:
    """Some rows of a list, and where the next ones begin."""

    items: tuple[M, ...]
    next: str | None
    """A cursor for the next page, opaque; None on the last one."""


@dataclass(frozen=True, slots=True)
class Sort:
    """One way to sort: by a value, rows without one last, then by id."""

    name: str
    value: Any
    """A field's name or an expression."""
    optional: bool = False
    """Rows may have no value; they come last in both directions."""
    descending: bool = False
    read: Callable[[Any], Any] = field(default=str)
    """The value as the cursor's JSON wrote it → as the database compares it."""

    def reversed(self) -> Sort:
        """The same, from the other end."""
        return Sort(f"-{self.name}", self.value, self.optional, not self.descending, self.read)


def by_position(field_name: str, values: list[str]) -> Case:
    """An expression that sorts a choice in the order in which its choices stand."""
    return Case(*(When(**{field_name: value}, then=Value(at)) for at, value in enumerate(values)))


def sorts(*kinds: Sort) -> dict[str, Sort]:
    """By name, each also reversed: `name`, `-name`."""
    return {sort.name: sort for kind in kinds for sort in (kind, kind.reversed())}


def check_page(known: Collection[str], sort: str, limit: int) -> None:
    """Raises Invalid (`sort`, `limit`) for an order that a list does not have, and for a page without an end."""
    if sort not in known:
        raise Invalid("sort", _("This list cannot be sorted so. Choose one of: %(sorts)s.") % {"sorts": ", ".join(known)})
    if not 1 <= limit <= LARGEST_PAGE:
        raise Invalid("limit", _("A page has between 1 and %(largest)d rows.") % {"largest": LARGEST_PAGE})


def page_of[M: Model](rows: QuerySet[M], known: Mapping[str, Sort], sort: str, cursor: str | None, limit: int) -> Page[M]:
    """One page of `rows`. Raises Invalid (`sort`, `cursor`, `limit`)."""
    check_page(known, sort, limit)
    order = known[sort]
    sorted_rows = rows.annotate(sort_value=F(order.value) if isinstance(order.value, str) else order.value)
    if cursor:
        sorted_rows = sorted_rows.filter(_after(order, *_read_cursor(cursor, order, _salt(rows, order))))
    found = list(sorted_rows.order_by(_direction(order), "-id" if order.descending else "id")[: limit + 1])
    more = len(found) > limit
    return Page(tuple(found[:limit]), _write(found[limit - 1], _salt(rows, order)) if more else None)


def _direction(order: Sort) -> OrderBy:
    # "Nulls last" only where there are any: the plain order is the one that an index can be read in, either way.
    last = True if order.optional else None
    return F("sort_value").desc(nulls_last=last) if order.descending else F("sort_value").asc(nulls_last=last)


def _after(order: Sort, value: Any, row_id: int) -> Q:
    """The rows behind (value, id). The first condition alone is what the index can use; the second is exact."""
    compare = "lt" if order.descending else "gt"
    later_id = Q(**{f"id__{compare}": row_id})
    if value is None:
        return Q(sort_value=None) & later_id
    exact = Q(**{f"sort_value__{compare}": value}) | (Q(sort_value=value) & later_id)
    behind = Q(**{f"sort_value__{compare}e": value}) & exact
    return behind | Q(sort_value=None) if order.optional else behind


def _salt(rows: QuerySet[Any], order: Sort) -> str:
    return f"{rows.model.__name__}.{order.name}"


def _write(row: Any, salt: str) -> str:
    value = row.sort_value
    return signing.dumps([str(value) if isinstance(value, dt.date | Decimal) else value, row.pk], salt=salt)


def _read_cursor(cursor: str, order: Sort, salt: str) -> tuple[Any, int]:
    """The value and id of a cursor. Signed, so what it holds was written by us; a cursor of another list or sort is refused."""
    try:
        value, row_id = signing.loads(cursor, salt=salt)
    except signing.BadSignature as error:
        raise Invalid("cursor", str(STRANGE)) from error
    return (None if value is None else order.read(value)), row_id
