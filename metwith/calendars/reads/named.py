"""Whom a copy names, asked in the database: no list of participants is read that does not matter to who looks.

The database's side of `rules/show.py: SharedCopy.attendees`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.rules import sieve
from metwith.lib.sql import Sql

if TYPE_CHECKING:
    from collections.abc import Collection

SIEVED = """(e.sieve IS NULL OR EXISTS (SELECT 1 FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[]) hole (a, b, c, d)
WHERE get_bit(e.sieve, hole.a %% (8 * octet_length(e.sieve))) = 1 AND get_bit(e.sieve, hole.b %% (8 * octet_length(e.sieve))) = 1
AND get_bit(e.sieve, hole.c %% (8 * octet_length(e.sieve))) = 1 AND get_bit(e.sieve, hole.d %% (8 * octet_length(e.sieve))) = 1))"""
NAMED = "EXISTS (SELECT 1 FROM jsonb_array_elements(e.attendees) said WHERE said ->> 0 = ANY(%s))"
WHICH = "ARRAY(SELECT said ->> 0 FROM jsonb_array_elements(e.attendees) said WHERE said ->> 0 = ANY(%s))"


def may_name(addresses: Collection[str]) -> Sql:
    """That a row `e` of calendars_entry may name one of these folded addresses: nothing is read but a few bytes."""
    columns = zip(*map(sieve.holes, addresses), strict=True) if addresses else [()] * sieve.HOLES
    return Sql(SIEVED, tuple(map(list, columns)))


def names_sql(addresses: Collection[str]) -> Sql:
    """That it does name one of them."""
    might = may_name(addresses)
    # A CASE is the one thing that PostgreSQL does not put in another order.
    return Sql(f"CASE WHEN {might.text} THEN {NAMED} ELSE FALSE END", (*might.params, list(addresses)))
