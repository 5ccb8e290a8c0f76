"""A series survives being written as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.rules.compare import digest
from metwith.calendars.rules.recur import occurrences
from metwith.calendars.sync.series_json import from_json, to_json
from metwith.calendars.vocabulary import AttendeeKind, Fallback, Recurrence, RemoteAttendee, RemoteEvent, Response, Role, Visibility

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([UTC, BERLIN, ZoneInfo("America/New_York"), timezone(timedelta(hours=3))])
WALLS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31))  # noqa: DTZ001  zones are drawn beside
INSTANTS = st.builds(lambda wall, zone: wall.replace(microsecond=0, tzinfo=zone), WALLS, ZONES)
MOMENTS = INSTANTS | st.dates(date(2024, 1, 1), date(2027, 12, 31))
PEOPLE = st.builds(
    RemoteAttendee,
    st.sampled_from(["anna@acme.example", "alice@lumen.example"]),
    st.text(max_size=5),
    st.sampled_from(Response),
    st.sampled_from(Role),
    st.sampled_from(AttendeeKind),
    organizer=st.booleans(),
)
RECURRENCES = st.builds(
    Recurrence,
    rules=st.lists(st.sampled_from(["FREQ=WEEKLY;COUNT=9", "FREQ=DAILY;COUNT=12"]), max_size=2).map(tuple),
    dates=st.lists(MOMENTS, max_size=2).map(tuple),
    periods=st.lists(INSTANTS.map(lambda at: (at, at + timedelta(hours=2))), max_size=2).map(tuple),
    excluded=st.lists(MOMENTS, max_size=2).map(tuple),
    excluded_rules=st.lists(st.just("FREQ=MONTHLY;COUNT=2"), max_size=1).map(tuple),
    ends_before=st.none() | MOMENTS,
)


@st.composite
def series(draw: st.DrawFn) -> RemoteEvent:
    """Everything that a provider can say of a series, in the zones in which it can say it."""
    start = draw(INSTANTS)
    event = RemoteEvent(
        id="s",
        uid="s",
        start=start,
        end=start + timedelta(hours=1),
        zone=draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])),
        sequence=draw(st.integers(0, 3)),
        updated=draw(st.none() | INSTANTS),
        title=draw(st.text(max_size=8)),
        description=draw(st.text(max_size=8)),
        attachments=tuple(draw(st.lists(st.text(max_size=4), max_size=2))),
        attendees=tuple(draw(st.lists(PEOPLE, max_size=2))),
        recurrence=draw(RECURRENCES),
        cancelled=draw(st.booleans()),
    )
    moved = replace(event, recurrence=None, original_start=draw(MOMENTS), this_and_future=draw(st.booleans()), title="moved")
    return replace(event, exceptions=draw(st.sampled_from([(), (moved,)])))


def told(event: RemoteEvent) -> list[tuple[str, object, object, bytes]]:
    found = occurrences(event, until=datetime(2028, 1, 1, tzinfo=UTC))
    return [(o.key, o.start, o.end, digest(o)) for o in found]


@given(series())
def test_a_series_written_and_read_gives_the_same_occurrences(event: RemoteEvent) -> None:
    again = from_json(json.loads(json.dumps(to_json(event))))
    assert told(again) == told(event)


@given(series())
def test_writing_what_was_read_changes_nothing(event: RemoteEvent) -> None:
    once = json.loads(json.dumps(to_json(event)))
    assert json.loads(json.dumps(to_json(from_json(once)))) == once


def test_an_all_day_series_keeps_its_dates() -> None:
    event = RemoteEvent(
        "s", "s", date(2026, 6, 1), date(2026, 6, 2), recurrence=Recurrence(("FREQ=DAILY;COUNT=3",), excluded=(date(2026, 6, 2),))
    )
    assert from_json(json.loads(json.dumps(to_json(event)))) == event


def test_wall_time_is_read_in_its_zone_so_that_nine_stays_nine_through_the_change_of_the_clock() -> None:
    start = datetime(2026, 10, 23, 9, tzinfo=BERLIN)
    event = RemoteEvent("s", "s", start, start + timedelta(hours=1), zone="Europe/Berlin", recurrence=Recurrence(("FREQ=DAILY;COUNT=4",)))
    again = from_json(json.loads(json.dumps(to_json(event))))
    assert [
        o.start.astimezone(BERLIN).hour for o in occurrences(again, until=start + timedelta(days=9)) if isinstance(o.start, datetime)
    ] == [9] * 4


def test_a_start_that_the_clock_skips_keeps_its_wall_time() -> None:
    start = datetime(2023, 3, 26, 2, tzinfo=BERLIN)
    event = RemoteEvent("s", "s", start, start + timedelta(hours=2), zone="Europe/Berlin", recurrence=Recurrence(("FREQ=WEEKLY;COUNT=3",)))
    again = from_json(json.loads(json.dumps(to_json(event))))
    assert told(again) == told(event)


def test_a_clock_of_its_own_and_what_was_guessed_are_kept() -> None:
    start = datetime(2026, 3, 23, 9, tzinfo=UTC)
    event = RemoteEvent(
        "s", "s", start, start, clock=((0, 600), (1774742400, 4200)), nominal_days=1, fallbacks=(Fallback.ZONE_CARRIED_ON,),
        recurrence=Recurrence(("FREQ=WEEKLY;COUNT=3",)),
    )  # fmt: skip
    assert from_json(json.loads(json.dumps(to_json(event)))) == event


def test_what_is_at_its_default_is_left_out() -> None:
    start = datetime(2026, 6, 1, 9, tzinfo=UTC)
    plain = RemoteEvent("s", "s", start, start, visibility=Visibility.PUBLIC, recurrence=Recurrence(("FREQ=DAILY",)))
    assert to_json(plain).keys() == {"id", "uid", "start", "end", "recurrence"}
