"""Counting what comes in, what does not, and what goes, for the privacy receipt. Inside the transaction of what is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from metwith.engine.models import CounterKind
from metwith.engine.tables import column
from metwith.lib import clock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from metwith.engine.tables import Tables

DISCONNECTED = "disconnected"
"""The reason of what went because an account or a member did."""

COUNT = """INSERT INTO {counter} (workspace_id, {source}, day, what, reason, many, last_at) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (workspace_id, {source}, day, what, reason) DO UPDATE SET many = {counter}.many + EXCLUDED.many, last_at = EXCLUDED.last_at"""


def purged(tables: Tables, workspace_id: int, source_id: int, reasons: Mapping[str, int], now: datetime | None = None) -> None:
    """Count what was stored and was removed since it may not be here (any more), by reason."""
    count(tables, workspace_id, source_id, CounterKind.PURGED, reasons, now=now or clock.now())


def count(tables: Tables, workspace_id: int, source_id: int, what: CounterKind, reasons: Mapping[str, int], *, now: datetime) -> None:
    """Add to the numbers of the day."""
    rows = [(workspace_id, source_id, now.date(), what.value, reason, many, now) for reason, many in reasons.items() if many]
    if rows:
        statement = COUNT.format(counter=tables.counter._meta.db_table, source=column(tables.counter, "source"))
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)
