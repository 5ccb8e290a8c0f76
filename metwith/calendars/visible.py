"""Which copies are there to be shown, counted and searched: all but those that are being removed (`removals.py`).

Nearly always nothing is, and then every statement stays as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db.models.expressions import RawSQL

from metwith.calendars.models import Entry
from metwith.calendars.removals import Removal
from metwith.lib import secrets, sql
from metwith.lib.sql import Sql, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

OPEN = "SELECT kind, calendars, sealed FROM calendars_removal WHERE workspace_id = %s"
NOT_IN = "e.calendar_id <> ALL(%s)"
NOT_OF_MEETING = """NOT (e.calendar_id = ANY(%s) AND EXISTS (SELECT 1 FROM calendars_event g
WHERE g.workspace_id = e.workspace_id AND g.id = e.event_id AND g.ical_uid = %s AND (%s = '*' OR g.key = %s)))"""
NOT_NAMING = "NOT e.attendees @> %s::jsonb"


def condition(workspace_id: int) -> Sql | None:
    """What a row `e` of calendars_entry must meet to be shown to anybody; None: nothing, as nearly always."""
    found = [_spared(workspace_id, *row) for row in sql.rows(OPEN, (workspace_id,))]
    return joined(found, " AND ") if found else None


def _spared(workspace_id: int, kind: str, calendars: Sequence[int], sealed: str) -> Sql:
    match kind:
        case Removal.Kind.ERASED:
            return Sql(NOT_NAMING, (json.dumps([[secrets.decrypt(workspace_id, sealed)]]),))
        case Removal.Kind.MEETING:
            uid, key = json.loads(secrets.decrypt(workspace_id, sealed))
            return Sql(NOT_OF_MEETING, (list(calendars), uid, key, key))
        case _:
            return Sql(NOT_IN, (list(calendars),))


def copies(workspace_id: int) -> QuerySet[Entry]:
    """The same as rows of Entry."""
    everything, spared = Entry.objects.of(workspace_id), condition(workspace_id)
    if spared is None:
        return everything
    text = f"SELECT e.id FROM calendars_entry e WHERE e.workspace_id = %s AND {spared.text}"  # noqa: S608  ours; values are params
    return everything.filter(pk__in=RawSQL(text, (workspace_id, *spared.params)))  # noqa: S611  as above


def shown(spared: Sql | None) -> list[Sql]:
    """That an event of a feed's row `l` still has a copy to be shown; nothing to ask, as nearly always."""
    return [Sql(SHOWN.format(spared=spared.text), spared.params)] if spared else []


SHOWN = """EXISTS (SELECT 1 FROM calendars_entry e WHERE e.workspace_id = l.workspace_id AND e.event_id = l.event_id
AND {spared} OFFSET 0)"""
