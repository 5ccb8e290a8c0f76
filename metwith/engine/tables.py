"""What a channel hands the engine: its tables, in one value made once (`calendars/tables.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

    from metwith.engine.models import (
        CounterBase,
        ParticipantBase,
        PushChannelBase,
        RecordLinkBase,
        RemovalBase,
        SourceBase,
        TraceBase,
    )


@dataclass(frozen=True, slots=True)
class TablesOf[S: SourceBase]:
    """A channel's tables, each of the abstract row in `engine/models.py`; columns and table names are taken from them."""

    source: type[S]
    trace: type[TraceBase]
    counter: type[CounterBase]
    push_channel: type[PushChannelBase]
    link: type[RecordLinkBase]
    participant: type[ParticipantBase]
    removal: type[RemovalBase]


type Tables = TablesOf[SourceBase]


def column(table: type[Model], field: str) -> str:
    """How a field's column is called in a channel's table."""
    return str(table._meta.get_field(field).column)  # type: ignore[union-attr]  # no relation from elsewhere is asked for


def of_source(source_id: object) -> dict[str, Any]:
    """A filter by the reference that each channel adds to the abstract rows."""
    return {"source_id": source_id}
