"""What stays of what did not come in: a keyed hash, the reason, the day. Inside the writers' lock."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from metwith.calendars.models import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from metwith.calendars.sync.batch import Batch, Claim
    from metwith.calendars.vocabulary import DropReason

type Traces = Mapping[tuple[str, str], tuple[str, str]]
"""Item and part, as keyed hashes → reason, note."""


def part_of(keyed: Callable[[str], str], item: str, part: str) -> str:
    """How a part of an item stands in a trace: its keyed hash, "" for the item as a whole."""
    return keyed(f"{item}\n{part}") if part else ""


def write(claim: Claim, batch: Batch, today: date) -> None:
    """The traces of a page's items: those it gives stay or come, all others of these items go."""
    mine = Trace.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id)
    held = mine.filter(item__in=batch.hashes).values_list("pk", "item", "part")
    mine.filter(pk__in=[pk for pk, item, part in held if (item, part) not in batch.traces]).delete()
    batch.newly_dropped = leave(claim, batch.traces, today)


def of_parts(claim: Claim, keyed: Callable[[str], str], dropped: Mapping[tuple[str, str], DropReason], today: date) -> Counter[str]:
    """Leave traces of parts of items, both as the provider names them. Returns how many say something new, by reason."""
    return leave(claim, {(keyed(item), part_of(keyed, item, part)): (str(why), "") for (item, part), why in dropped.items()}, today)


def leave(claim: Claim, traces: Traces, today: date) -> Counter[str]:
    """Leave traces; of the same part the last reason counts. Returns how many say something new, by reason."""
    mine = Trace.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id, item__in={item for item, _ in traces})
    held = {(item, part): (reason, note) for item, part, reason, note in mine.values_list("item", "part", "reason", "note")}
    new = {where: why for where, why in traces.items() if held.get(where) != why}
    Trace.objects.bulk_create(
        [
            Trace(
                workspace_id=claim.workspace_id,
                calendar_id=claim.calendar_id,
                item=item,
                part=part,
                reason=reason,
                note=note,
                seen_on=today,
            )
            for (item, part), (reason, note) in new.items()
        ],
        update_conflicts=True,
        unique_fields=["workspace", "calendar", "item", "part"],
        update_fields=["reason", "note", "seen_on"],
    )
    return Counter(reason for reason, _ in new.values())
