"""What is written of a copy can be read back, all of it."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.models import Entry
from metwith.calendars.sync import rows
from metwith.calendars.sync.series_json import from_json, to_json
from metwith.calendars.vocabulary import AttendeeKind, Fallback, Occurrence, RemoteAttendee, RemoteEvent, Response, Role

if TYPE_CHECKING:
    from dataclasses import Field

AT = datetime(2026, 6, 10, 9, tzinfo=UTC)
FULL = RemoteEvent(
    id="item",
    uid="uid",
    start=AT,
    end=AT.replace(hour=10),
    zone="Europe/Berlin",
    fallbacks=(Fallback.ZONE_GUESSED, Fallback.DAY_GUESSED),
    sequence=3,
    updated=AT.replace(day=1),
    cancelled=True,
    title="Lunch",
    description="With <b>Anna</b>",
    location="Room 4",
    join_url="https://meet.example/1",
    web_url="https://calendar.example/1",
    attachments=("plan.pdf", "map.png"),
    attendees=(
        RemoteAttendee("alice@lumen.example", "Alice", Response.ACCEPTED, organizer=True),
        RemoteAttendee("anna@acme.example", "Anna", Response.DECLINED, Role.OPTIONAL, AttendeeKind.GROUP),
    ),
    more=2,
)
"""Of everything that an entry holds something that is not there by itself."""
OF_AN_ITEM = {
    "version": "of the item, for its reader",
    "clock": "for expanding",
    "nominal_days": "for expanding",
    "visibility": "what is stored is public",
    "event_type": "what is stored is a meeting",
    "attendees_omitted": "for deciding",
    "recurrence": "of a series",
    "exceptions": "of a series",
    "original_start": "of an exception: an entry has its event's key",
    "this_and_future": "of an exception",
    "series_id": "of an exception",
    "alike": "for deciding",
}
"""What no entry holds."""
OF_THE_ROW = {
    "id": "",
    "workspace": "",
    "calendar": "",
    "event": "",
    "remote_id": "the item's id, which is read from there",
    "sharing": "what its owner says of it: by `overrides.py`",
    "apart": "what it comes to beside others: by `store.reconcile`",
    "on_record": "what its meeting's links say: by the database",
}
"""Columns of an entry that are not what a copy says."""


def entry(event: RemoteEvent) -> Entry:
    """As `store.py` writes it."""
    values = dict(zip(rows.CONTENT, rows.content(Occurrence("", event, event.start, event.end), b"digest"), strict=True))
    return Entry(remote_id=event.id, **values | {"attendees": json.loads(values["attendees"])})


def test_all_that_an_entry_says_comes_back_as_it_came_in() -> None:
    assert rows.in_full(entry(FULL), FULL.uid) == FULL


def test_so_it_does_by_way_of_what_is_set_aside() -> None:
    kept = from_json(json.loads(json.dumps(to_json(rows.in_full(entry(FULL), FULL.uid)))))
    again = rows.content(Occurrence("", kept, kept.start, kept.end), b"digest")
    assert again == rows.content(Occurrence("", FULL, FULL.start, FULL.end), b"digest")


@pytest.mark.parametrize("field", [field for field in fields(RemoteEvent) if field.name not in OF_AN_ITEM], ids=lambda field: field.name)
def test_nothing_of_it_is_what_it_would_be_by_itself(field: Field[Any]) -> None:
    """A field that is new fails here until an entry holds it, or it is known that none does."""
    assert field.default is MISSING or getattr(FULL, field.name) != field.default


def test_every_column_of_an_entry_is_written_with_what_a_copy_says_or_known_to_be_something_else() -> None:
    columns = {field.name for field in Entry._meta.concrete_fields}
    assert columns == {*rows.CONTENT, *OF_THE_ROW}
