"""Counting what comes in, what does not, and what goes, for the privacy receipt. Inside the transaction of what is counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db import connection

from metwith.calendars.counters import CounterKind
from metwith.calendars.vocabulary import Add, Remove
from metwith.lib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from metwith.calendars.sync.batch import Batch, Claim
    from metwith.calendars.vocabulary import Change, KnownEntry


COUNT = """INSERT INTO calendars_tally (workspace_id, calendar_id, day, what, reason, many, last_at) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (workspace_id, calendar_id, day, what, reason) DO UPDATE SET many = calendars_tally.many + EXCLUDED.many, last_at = EXCLUDED.last_at"""


def count_page(claim: Claim, batch: Batch, known: Iterable[KnownEntry], changes: Iterable[Change], now: datetime) -> None:
    """Count a page: the items that are new, those that do not come in, and those that were here and may not be any more."""
    before = {entry.remote_id for entry in known}
    new = {change.occurrence.event.id for change in changes if isinstance(change, Add)} - before
    gone = {change.known.remote_id for change in changes if isinstance(change, Remove)} & batch.reasons.keys()
    count(claim.workspace_id, claim.calendar_id, CounterKind.KEPT, {"": len(new)}, now)
    count(claim.workspace_id, claim.calendar_id, CounterKind.DROPPED, batch.newly_dropped, now)
    purged(claim.workspace_id, claim.calendar_id, Counter(batch.reasons[item] for item in gone), now)


def purged(workspace_id: int, calendar_id: int, reasons: Mapping[str, int], now: datetime | None = None) -> None:
    """Count what was stored and was removed since it may not be here (any more), by reason."""
    count(workspace_id, calendar_id, CounterKind.PURGED, reasons, now or clock.now())


def count(workspace_id: int, calendar_id: int, what: CounterKind, reasons: Mapping[str, int], now: datetime) -> None:
    """Add to the numbers of the day."""
    rows = [(workspace_id, calendar_id, now.date(), what.value, reason, many, now) for reason, many in reasons.items() if many]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(COUNT, rows)
