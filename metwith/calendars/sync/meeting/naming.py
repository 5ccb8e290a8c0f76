"""What names an address: looked for in every copy's own list, since an older copy may name whom its event does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from metwith.calendars.models import Entry, Series
from metwith.lib import sql

if TYPE_CHECKING:
    from django.db.models import QuerySet


def naming(workspace_id: int, address: str, among: QuerySet[Entry] | None = None) -> QuerySet[Entry]:
    """The copies whose own list names a folded address."""
    return (Entry.objects.of(workspace_id) if among is None else among).filter(attendees__contains=[[address]])


def series_naming(workspace_id: int, address: str) -> list[Series]:
    """The series that name a folded address, also where no occurrence of it is stored yet."""
    found = sql.rows(SERIES, (workspace_id, json.dumps(address, ensure_ascii=False)))
    return list(Series.objects.of(workspace_id).filter(pk__in=[pk for (pk,) in found]).order_by("pk"))


SERIES = "SELECT id FROM calendars_series WHERE workspace_id = %s AND strpos(definition::text, %s) > 0"
