"""Counting what comes in, what does not, and what goes, for the privacy receipt. Inside the transaction of what is counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import Add, Remove
from metwith.engine.counters import count, purged
from metwith.engine.models import CounterKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from metwith.calendars.sync.batch import Batch, Claim
    from metwith.calendars.vocabulary import Change, KnownEntry


def count_page(claim: Claim, batch: Batch, known: Iterable[KnownEntry], changes: Iterable[Change], now: datetime) -> None:
    """Count a page: the items that are new, those that do not come in, and those that were here and may not be any more."""
    before = {entry.remote_id for entry in known}
    new = {change.occurrence.event.id for change in changes if isinstance(change, Add)} - before
    gone = {change.known.remote_id for change in changes if isinstance(change, Remove)} & batch.reasons.keys()
    count(TABLES, claim.workspace_id, claim.calendar_id, CounterKind.KEPT, {"": len(new)}, now=now)
    count(TABLES, claim.workspace_id, claim.calendar_id, CounterKind.DROPPED, batch.newly_dropped, now=now)
    purged(TABLES, claim.workspace_id, claim.calendar_id, Counter(batch.reasons[item] for item in gone), now)
