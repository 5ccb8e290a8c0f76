"""What has changed: every stored field counts, and nothing else."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from metwith.calendars.rules.compare import compare, digest
from metwith.calendars.vocabulary import (
    Add,
    AttendeeKind,
    Fallback,
    KnownEntry,
    Occurrence,
    Recurrence,
    RemoteAttendee,
    RemoteEvent,
    Remove,
    Response,
    Role,
    Update,
    Visibility,
)

START = datetime(2026, 6, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA = RemoteAttendee("anna@acme.example", "Anna")
EVENT = RemoteEvent(id="a", uid="a", start=START, end=START + HOUR, title="Plan", attendees=(ANNA,))

OTHER: dict[str, Any] = {
    "more": 1_500,
    "fallbacks": (Fallback.ZONE_UNKNOWN,),
    "uid": "b", "zone": "Europe/Berlin", "sequence": 1, "updated": START, "cancelled": True, "title": "Other", "description": "text",
    "location": "Room", "join_url": "https://meet.example/1", "web_url": "https://cal.example/1", "attachments": ("plan.pdf",),
    "attendees": (ANNA, RemoteAttendee("bob@lumen.example")),
}  # fmt: skip
"""For each field that an Entry stores, another value."""
NOT_COUNTED: dict[str, Any] = {
    # Who it is, not what it says.
    "id": "b",
    # May change with nothing else.
    "version": "2",
    # Decided before anything is stored; what is stored is public and a meeting.
    "visibility": Visibility.PRIVATE,
    "event_type": "other",
    # The occurrence has the times and the key; the series has its own row.
    "start": START + HOUR,
    "end": START + 2 * HOUR,
    "original_start": START,
    "clock": ((0, 3600),),
    "nominal_days": 1,
    "this_and_future": True,
    "recurrence": Recurrence(),
    "exceptions": (EVENT,),
    "series_id": "s",
    # Not stored: the lists of the copies are united.
    "attendees_omitted": True,
    # A hash of what is counted, to tell by what was taken out; an Entry has none.
    "alike": "c",
}
OTHER_ATTENDEE: dict[str, Any] = {
    "address": "ann@acme.example", "name": "Ann", "response": Response.ACCEPTED, "role": Role.OPTIONAL, "kind": AttendeeKind.GROUP,
    "organizer": True,
}  # fmt: skip


def one(event: RemoteEvent = EVENT, **facts: Any) -> Occurrence:
    return replace(Occurrence("", event, START, START + HOUR), **facts)


def test_every_field_of_an_event_either_counts_or_is_listed_with_its_reason() -> None:
    assert {f.name for f in fields(RemoteEvent)} == OTHER.keys() | NOT_COUNTED.keys()
    assert not OTHER.keys() & NOT_COUNTED.keys()
    assert {f.name for f in fields(RemoteAttendee)} == OTHER_ATTENDEE.keys()


@pytest.mark.parametrize("field", OTHER)
def test_a_changed_field_changes_the_digest(field: str) -> None:
    assert digest(one(replace(EVENT, **{field: OTHER[field]}))) != digest(one())


@pytest.mark.parametrize("field", OTHER_ATTENDEE)
def test_a_changed_field_of_a_participant_changes_the_digest(field: str) -> None:
    changed = replace(ANNA, **{field: OTHER_ATTENDEE[field]})
    assert digest(one(replace(EVENT, attendees=(changed,)))) != digest(one())


@pytest.mark.parametrize("field", NOT_COUNTED)
def test_what_is_not_stored_does_not_change_the_digest(field: str) -> None:
    assert digest(one(replace(EVENT, **{field: NOT_COUNTED[field]}))) == digest(one())


@pytest.mark.parametrize("facts", [{"start": START + HOUR}, {"end": START + 2 * HOUR}, {"start": START.date(), "end": START.date()}])
def test_other_times_change_the_digest(facts: dict[str, Any]) -> None:
    assert digest(one(**facts)) != digest(one())


def test_texts_do_not_run_into_each_other() -> None:
    told = [("ab", "c"), ("a", "bc"), ("", "abc"), ("abc", "")]
    assert len({digest(one(replace(EVENT, title=title, description=text))) for title, text in told}) == len(told)
    assert digest(one(replace(EVENT, attachments=("a", "b")))) != digest(one(replace(EVENT, attachments=("a",), web_url="b")))


def test_the_zone_in_which_an_instant_is_written_does_not_count() -> None:
    updated = datetime(2026, 6, 1, 12, tzinfo=UTC)
    elsewhere = updated.astimezone(ZoneInfo("Europe/Berlin"))
    assert digest(one(replace(EVENT, updated=updated))) == digest(one(replace(EVENT, updated=elsewhere)))


def known(occurrence: Occurrence, number: int = 1) -> KnownEntry:
    event = occurrence.event
    return KnownEntry(number, number, event.id, event.uid, occurrence.key, digest(occurrence))


def test_what_is_new_is_added() -> None:
    assert list(compare([one()], [])) == [Add(one(), digest(one()))]


def test_what_did_not_change_is_not_written() -> None:
    assert list(compare([one()], [known(one())])) == []


def test_what_changed_is_updated_in_its_row() -> None:
    changed = one(replace(EVENT, title="Other"))
    assert list(compare([changed], [known(one())])) == [Update(known(one()), changed, digest(changed))]


def test_what_is_no_longer_named_is_removed() -> None:
    assert list(compare([], [known(one())])) == [Remove(known(one()))]


def test_occurrences_are_told_apart_by_their_key_and_items_by_their_id() -> None:
    first, second = one(key="20260610T090000Z"), one(key="20260611T090000Z")
    elsewhere = one(replace(EVENT, id="copy"))
    stored = [known(first, 1), known(one(), 2)]
    assert list(compare([first, second, elsewhere], stored)) == [
        Add(second, digest(second)),
        Add(elsewhere, digest(elsewhere)),
        Remove(stored[1]),
    ]


def test_an_occurrence_named_twice_is_written_once_as_it_was_named_last() -> None:
    again = one(replace(EVENT, title="Other"))
    assert list(compare([one(), again], [])) == [Add(again, digest(again))]
    assert list(compare([again, one()], [known(one())])) == []
