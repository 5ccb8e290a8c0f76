"""What stays of what did not come in: a keyed hash, the reason, the day. Inside the writers' lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from metwith.engine.tables import of_source

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from django.db.models import QuerySet

    from metwith.engine.lease import Lease
    from metwith.engine.models import TraceBase
    from metwith.engine.tables import Tables

type Keyed = Callable[[str], str]
"""A text → its keyed hash, of this source alone."""

type Traces = Mapping[tuple[str, str], tuple[str, str]]
"""Item and part, as keyed hashes → reason, note."""


UNIQUE = ["workspace", "source", "item", "part"]


def part_of(keyed: Keyed, item: str, part: str) -> str:
    """How a part of an item stands in a trace: its keyed hash, "" for the item as a whole."""
    return keyed(f"{item}\n{part}") if part else ""


def write(tables: Tables, lease: Lease, items: Collection[str], traces: Traces, today: date) -> Counter[str]:
    """The traces of these items (keyed hashes): those given stay or come, all others of them go. Returns what `leave` does."""
    mine = _of_source(tables, lease)
    held = mine.filter(item__in=items).values_list("pk", "item", "part")
    mine.filter(pk__in=[pk for pk, item, part in held if (item, part) not in traces]).delete()
    return leave(tables, lease, traces, today)


def of_parts(tables: Tables, lease: Lease, keyed: Keyed, dropped: Mapping[tuple[str, str], str], today: date) -> Counter[str]:
    """Leave traces of parts of items, both as the provider names them → reason. Returns what `leave` does."""
    found = {(keyed(item), part_of(keyed, item, part)): (str(why), "") for (item, part), why in dropped.items()}
    return leave(tables, lease, found, today)


def leave(tables: Tables, lease: Lease, traces: Traces, today: date) -> Counter[str]:
    """Leave traces; of the same part the last reason counts. Returns how many say something new, by reason."""
    table = tables.trace
    mine = _of_source(tables, lease).filter(item__in={item for item, _ in traces})
    held = {(item, part): (reason, note) for item, part, reason, note in mine.values_list("item", "part", "reason", "note")}
    new = {where: why for where, why in traces.items() if held.get(where) != why}
    facts: dict[str, Any] = {"workspace_id": lease.workspace_id, "source_id": lease.source_id, "seen_on": today}
    table.objects.bulk_create(
        [table(item=item, part=part, reason=reason, note=note, **facts) for (item, part), (reason, note) in new.items()],
        update_conflicts=True,
        unique_fields=UNIQUE,
        update_fields=["reason", "note", "seen_on"],
    )
    return Counter(reason for reason, _ in new.values())


def sweep(tables: Tables, lease: Lease, named: Collection[str]) -> None:
    """After a complete read: the traces go of items (keyed hashes) that were not in it."""
    mine = _of_source(tables, lease)
    mine.filter(pk__in=[pk for pk, item in mine.values_list("pk", "item") if item not in named]).delete()


def _of_source(tables: Tables, lease: Lease) -> QuerySet[TraceBase]:
    return tables.trace.objects.of(lease.workspace_id).filter(**of_source(lease.source_id))
