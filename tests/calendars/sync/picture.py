"""All that is stored of a workspace's calendars, as plain values without the numbers of rows: two of them can be compared."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from metwith.calendars.models import Attendee, Calendar, Entry, Event, Link, Series, Trace
from metwith.calendars.sync.run import AHEAD
from metwith.engine.models import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

type Picture = dict[str, Counter[tuple[Any, ...]]]

SPAN = ("starts_at", "ends_at", "start_date", "end_date", "zone", "cancelled")
EVENT = ("event__ical_uid", "event__key", "event__organizer_key")
ENTRY = ("sequence", "remote_updated_at", "organizer", "title", "location", "description", "sharing")


def by_hand(workspace_id: int) -> set[tuple[Any, ...]]:
    """Which meetings were linked to, or taken off, which records by hand: there no rule has a say."""
    return set(Link.objects.of(workspace_id).filter(reason="by-hand").values_list(*EVENT, "record_kind", "record_id"))


def picture(workspace_id: int, now: datetime, *, but: Collection[tuple[Any, ...]] = ()) -> Picture:
    """Everything but the links `but`, and what lies at the far end of the window, which moves on by whole days."""
    entries = Entry.objects.of(workspace_id)
    links = Link.objects.of(workspace_id).values_list(
        *EVENT, "record_kind", "record_id", "starts_at", "ends_at", "all_day", "reason", "because"
    )
    people = entries.values_list(*EVENT, "calendar", "remote_id", "attendees")
    found: dict[str, list[tuple[Any, ...]]] = {
        "events": list(Event.objects.of(workspace_id).values_list("ical_uid", "key", "organizer_key", *SPAN)),
        "entries": list(entries.values_list(*EVENT, "calendar", "remote_id", *ENTRY, *SPAN)),
        "their people": [(*names, json.dumps(attendees)) for *names, attendees in people],
        "attendees": list(Attendee.objects.of(workspace_id).values_list(*EVENT, "address", "name", "response", "role", "organizer")),
        "links": [row for row in links if row[:5] not in but],
    }
    last = f"{now + AHEAD - timedelta(days=2):%Y%m%d}"
    shown = {name: Counter(row for row in rows if row[1][:8] <= last) for name, rows in found.items()}
    shown["traces"] = Counter(Trace.objects.of(workspace_id).values_list("source", "item", "part", "reason", "note"))
    series = Series.objects.of(workspace_id).values_list("calendar", "remote_id", "ical_uid", "definition")
    shown["series"] = Counter((*names, json.dumps(definition, sort_keys=True)) for *names, definition in series)
    return shown


def as_if_read_anew(workspace_id: int, now: datetime, read: Callable[[], None], *, but: Collection[tuple[Any, ...]] = ()) -> Picture:
    """What `read` would store if nothing had ever been read. Changes nothing."""
    with transaction.atomic():
        for model in (Event, Series, Trace):
            model.objects.of(workspace_id).all().delete()
        Calendar.objects.of(workspace_id).update(cursor="", state=State.NEW, lease_until=None, lease_holder=None)
        read()
        found = picture(workspace_id, now, but=but)
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
