"""Step 9 for meetings that are stored: their links once more, after a record changed (`engine/linking.py` makes them)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Count

from metwith.calendars.models import Attendee, Entry, Event, Newcomer
from metwith.calendars.sync.meeting import copies
from metwith.calendars.tables import TABLES
from metwith.engine import linking
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from metwith.rules.link import RecordKind


def relink(workspace_id: int, event_ids: Collection[int]) -> None:
    """Redo the links of these events."""
    addresses: dict[int, set[str]] = defaultdict(set)
    for event_id, address in Attendee.objects.of(workspace_id).filter(event_id__in=event_ids).values_list("event_id", "address"):
        addresses[event_id].add(address)
    held = copies.copies_of(workspace_id, _shared(workspace_id, event_ids), who_is_who(workspace_id))
    linking.link(
        TABLES,
        workspace_id,
        [
            copies.linkable(event.pk, held[event.pk], addresses[event.pk])
            if event.pk in held
            else copies.linkable_alone(event, addresses[event.pk])
            for event in Event.objects.of(workspace_id).filter(pk__in=event_ids)
        ],
    )


def _shared(workspace_id: int, event_ids: Collection[int]) -> list[int]:
    """Those that have several copies: what these say apart matters to whoever has one."""
    many = Entry.objects.of(workspace_id).filter(event_id__in=event_ids).values("event_id").annotate(many=Count("pk")).filter(many__gt=1)
    return list(many.order_by().values_list("event_id", flat=True))


def relink_all(workspace_id: int, event_ids: Collection[int] | None, batch: int = 1000) -> None:
    """Redo the links of many events (None: all), a batch in a transaction."""
    linking.relink_all(TABLES, workspace_id, event_ids, relink, batch=batch)


def relink_record(workspace_id: int, kind: RecordKind, record_id: int) -> None:
    """Redo the links that a change of this record may concern."""
    relink_all(workspace_id, linking.concerned(TABLES, workspace_id, kind, record_id))


def relink_records(workspace_id: int, records: Iterable[tuple[RecordKind, int]]) -> None:
    """Redo the links that several records concern, each meeting once."""
    found = (linking.concerned(TABLES, workspace_id, kind, record_id) for kind, record_id in records)
    relink_all(workspace_id, set().union(*found))


def unlink_record(workspace_id: int, kind: RecordKind, record_id: int) -> None:
    """A record is gone for good: its links go, and what is known of how it came."""
    Newcomer.objects.of(workspace_id).filter(record_kind=kind, record_id=record_id).delete()
    linking.unlink_record(TABLES, workspace_id, kind, record_id)
