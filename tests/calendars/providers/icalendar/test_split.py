from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metwith.calendars.providers.icalendar.content_lines import meaningful
from metwith.calendars.providers.icalendar.split import split

from .support import PAYLOADS, one, payload, readable, whole

ALL = sorted(path.stem for path in PAYLOADS.glob("*.ics"))
NOT_WHOLE = {"cut-short", "no-calendar-around", "web-page", "empty"}


@pytest.mark.parametrize("case", ALL)
def test_a_file_is_whole_when_what_begins_also_ends(case: str) -> None:
    assert split(payload(case)).whole is (case not in NOT_WHOLE)


@pytest.mark.parametrize("case", ["bare-lf", "bare-cr", "cr-cr-lf"])
def test_any_line_end_is_one(case: str) -> None:
    assert one(case).location == "Room 7"


@pytest.mark.parametrize("case", ["utf-16", "utf-16-without-mark", "folded-inside-a-character"])
def test_any_encoding_and_any_folding_gives_the_same_title(case: str) -> None:
    assert one(case).title == "Größe"


def test_latin_1_is_read_line_by_line() -> None:
    assert [event.title for event in whole("latin-1")] == ["Größe", "Größe"]


def test_one_line_that_is_not_utf_8_does_not_spoil_the_others() -> None:
    data = payload("latin-1").replace(b"DTSTAMP:20260501T120000Z", "LOCATION:Café".encode())
    assert [(event.title, event.location) for event in readable(data)] == [("Größe", "Café"), ("Größe", "Café")]


def test_a_byte_order_mark_is_no_text() -> None:
    assert one("byte-order-mark").title == "Planning"


def test_a_tab_folds_too() -> None:
    assert one("folded-with-tab").title == "Planning"


def test_control_characters_are_left_out() -> None:
    assert one("control-characters").location == "Room 7"


def test_an_alarm_in_an_event_is_none_of_its_lines() -> None:
    event = one("nested-alarm")
    assert (event.title, event.description, event.attendees) == ("Planning", "The plan", ())


@pytest.mark.parametrize("case", ["event-without-end", "alarm-without-end", "zone-without-end"])
def test_an_end_that_is_missing_costs_no_event(case: str) -> None:
    assert [event.uid for event in whole(case)] == ["a@example.test", "b@example.test"]


def test_an_event_that_only_the_calendar_ends_is_read() -> None:
    assert one("last-event-without-end").title == "Planning"


def test_an_event_cut_off_by_the_end_of_the_file_is_left_out() -> None:
    file = split(payload("cut-short"))
    assert [len(calendar.blocks) for calendar in file.calendars] == [1]


def test_every_calendar_of_a_file_keeps_its_own_header() -> None:
    file = split(payload("several-calendars"))
    assert [calendar.header["X-WR-TIMEZONE"] for calendar in file.calendars] == ["Europe/Berlin", "America/New_York"]


def test_the_header_tells_name_colour_and_how_often_to_come() -> None:
    (calendar,) = split(payload("header")).calendars
    assert calendar.header == {
        "X-WR-CALNAME": "Team, north",
        "X-APPLE-CALENDAR-COLOR": "#FF2968FF",
        "REFRESH-INTERVAL": "PT1H",
        "X-PUBLISHED-TTL": "PT2H",
        "X-WR-TIMEZONE": "Europe/Berlin",
        "METHOD": "PUBLISH",
    }


def test_the_zones_of_a_file_are_kept_whole() -> None:
    (calendar,) = split(payload("zone-custom-of-outlook")).calendars
    (zone,) = calendar.zones
    assert zone.count(b"BEGIN:") == zone.count(b"END:") == 3


def test_what_is_not_stored_makes_no_difference() -> None:
    block = b"\nUID:a\nDTSTAMP:20260101T000000Z\nSUMMARY:A\nX-SERVED-BY:7\nTRANSP:OPAQUE"
    again = b"\nUID:a\nDTSTAMP:20270101T000000Z\nSUMMARY:A\nX-SERVED-BY:8"
    assert meaningful(block) == meaningful(again) == b"\nUID:a\nSUMMARY:A"


@pytest.mark.parametrize("line", [b"SUMMARY:B", b"summary:B", b"SUMMARY;LANGUAGE=en:A", b"CLASS:PRIVATE", b"EXDATE:20260101T000000Z"])
def test_what_is_stored_makes_a_difference(line: bytes) -> None:
    block = b"\nUID:a\nSUMMARY:A"
    assert meaningful(b"\nUID:a\n" + line) != meaningful(block)


MARKS = st.sampled_from(
    [b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"BEGIN:VEVENT", b"END:VEVENT", b"BEGIN:VALARM", b"END:VALARM", b"BEGIN:VTIMEZONE",
     b"END:VTIMEZONE", b"BEGIN:STANDARD", b"END:STANDARD", b"UID:a", b" folded", b"", b"\xff\x00", b"DTSTART:20260101", b"X"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(MARKS, max_size=30))
@example([b"BEGIN:VCALENDAR", b"BEGIN:VTIMEZONE", b"BEGIN:VEVENT", b"BEGIN:VCALENDAR"])
@example([b"BEGIN:VCALENDAR", b"BEGIN:VTIMEZONE", b"BEGIN:VTIMEZONE", b"BEGIN:VEVENT", b"BEGIN:VCALENDAR"])
def test_no_order_of_lines_breaks_the_splitter(lines: list[bytes]) -> None:
    data = b"\r\n".join(lines)
    file = split(data)
    assert sum(len(calendar.blocks) for calendar in file.calendars) <= data.count(b"BEGIN:VEVENT")
    assert not any(b"BEGIN:VALARM" in block or b"END:" in block for calendar in file.calendars for block in calendar.blocks)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_splitter(data: bytes) -> None:
    assert split(data).whole in {True, False}
