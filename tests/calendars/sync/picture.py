"""All that is stored of a workspace's calendars, as plain values without the numbers of rows: two of them can be compared."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from metwith.calendars.models import Attendee, Calendar, Entry, Event, Link, Series, State, Trace
from metwith.calendars.sync.run import AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.db.models import QuerySet

type Picture = dict[str, Counter[tuple[Any, ...]]]

SPAN = ("starts_at", "ends_at", "start_date", "end_date", "zone", "cancelled")
EVENT = ("event__ical_uid", "event__key")


def picture(workspace_id: int, now: datetime) -> Picture:
    """Everything but what lies at the far end of the window, which moves on by whole days."""
    entries = Entry.objects.of(workspace_id)
    by_hand = set(_links(workspace_id, "by-hand").values_list("event_id", "record_kind", "record_id"))
    links = [row for row in _links(workspace_id).exclude(reason="by-hand") if (row.event_id, row.record_kind, row.record_id) not in by_hand]
    found: dict[str, list[tuple[Any, ...]]] = {
        "events": list(Event.objects.of(workspace_id).values_list("ical_uid", "key", *SPAN)),
        "entries": list(
            entries.values_list(
                *EVENT, "calendar", "remote_id", "sequence", "remote_updated_at", "organized", "title", "location", "description", *SPAN
            )
        ),
        "their people": [
            (uid, key, cal, json.dumps(people)) for uid, key, cal, people in entries.values_list(*EVENT, "calendar", "attendees")
        ],
        "attendees": list(Attendee.objects.of(workspace_id).values_list(*EVENT, "address", "name", "response", "role", "organizer")),
        "links": [
            (x.event.ical_uid, x.event.key, x.record_kind, x.record_id, x.starts_at, x.ends_at, x.all_day, x.reason, x.because)
            for x in links
        ],
    }
    last = f"{now + AHEAD - timedelta(days=2):%Y%m%d}"
    shown = {name: Counter(row for row in rows if row[1][:8] <= last) for name, rows in found.items()}
    shown["traces"] = Counter(Trace.objects.of(workspace_id).values_list("calendar", "item", "part", "reason", "note"))
    series = Series.objects.of(workspace_id).values_list("calendar", "remote_id", "ical_uid", "definition")
    shown["series"] = Counter((*names, json.dumps(definition, sort_keys=True)) for *names, definition in series)
    return shown


def _links(workspace_id: int, reason: str = "") -> QuerySet[Link]:
    links = Link.objects.of(workspace_id).select_related("event")
    return links.filter(reason=reason) if reason else links


def as_if_read_anew(workspace_id: int, now: datetime, read: Callable[[], None]) -> Picture:
    """What `read` would store if nothing had ever been read. Changes nothing."""
    with transaction.atomic():
        for model in (Event, Series, Trace):
            model.objects.of(workspace_id).all().delete()
        Calendar.objects.of(workspace_id).update(cursor="", state=State.NEW, lease_until=None, lease_holder=None)
        read()
        found = picture(workspace_id, now)
        transaction.set_rollback(True)
    return found


def difference(stored: Picture, fresh: Picture) -> dict[str, tuple[list[Any], list[Any]]]:
    """By table: what is stored too much, and what is missing."""
    tables = {name: (list((stored[name] - fresh[name]).elements()), list((fresh[name] - stored[name]).elements())) for name in fresh}
    return {name: sides for name, sides in tables.items() if any(sides)}


def words_of(workspace_id: int) -> str:
    """Every text of every row, to look for what must not be there."""
    models = (Calendar, Event, Series, Entry, Attendee, Link, Trace)
    return "\n".join(repr(row) for model in models for row in model.objects.of(workspace_id).values())
