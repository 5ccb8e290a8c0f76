"""Whatever a provider sends: the odd item is set aside or stored as far as it goes, and the others come in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.providers.icalendar import parse
from metwith.rules.health import Succeeded
from tests.calendars.desk import Desk

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

PLAIN = {
    "UID": "odd",
    "DTSTART": "20260610T090000Z",
    "DTEND": "20260610T100000Z",
    "SUMMARY": "Odd",
    "ORGANIZER": "mailto:alice@lumen.example",
    "ATTENDEE": "mailto:anna@acme.example",
}


def ics(**lines: str) -> bytes:
    body = "\r\n".join(f"{name}{'' if value.startswith(';') else ':'}{value}" for name, value in (PLAIN | lines).items() if value)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode("utf-8", "surrogatepass")


CASES = {
    "a uid of five thousand characters": ics(UID="u" * 5000),
    "a uid of a thousand wide characters": ics(UID="ü€😀" * 400),
    "an address longer than any": ics(ATTENDEE="mailto:" + "a" * 4000 + "@acme.example"),
    "a name longer than any": ics(ATTENDEE=";CN=" + "n" * 5000 + ":mailto:anna@acme.example"),
    "a nul and a lone surrogate": ics(SUMMARY="a\x00b\udc80c"),
    "the first year there is": ics(DTSTART=";TZID=Asia/Tokyo:00010101T000000", DTEND=""),
    "the last year there is": ics(DTSTART=";TZID=America/New_York:99991231T235959", DTEND=""),
    "an end in the last year": ics(DTSTART="20260610T090000Z", DTEND=";VALUE=DATE:99991231"),
    "a duration of a million years": ics(DTEND="", DURATION="P365000000D"),
    "a sequence beyond all numbers": ics(SEQUENCE="9" * 30),
    "a negative sequence": ics(SEQUENCE="-5"),
    "a rule that never ends and never rests": ics(RRULE="FREQ=SECONDLY"),
    "a rule with an enormous interval": ics(RRULE="FREQ=YEARLY;INTERVAL=99999999999"),
    "a rule that fits no day": ics(RRULE="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
    "a zone that is a path": ics(DTSTART=";TZID=../../etc/passwd:20260610T090000", DTEND=""),
    "a last change in the year zero": ics(**{"LAST-MODIFIED": "00000000T000000Z"}),
    "a last change before time": ics(**{"LAST-MODIFIED": "00010101T000000Z"}),
    "a link of a megabyte": ics(URL="https://acme.example/" + "x" * 1_000_000),
    "a location of a megabyte": ics(LOCATION="x" * 1_000_000),
    "a class of many words": ics(CLASS="PUBLIC\\, PRIVATE"),
    "an escape at the end": ics(SUMMARY="trailing \\"),
    "a copy separator": ics(SUMMARY="tab\there \\\\. \\N {} \x1f end"),
}


@pytest.mark.parametrize("data", CASES.values(), ids=CASES.keys())
def test_an_odd_item_never_keeps_the_others_out(alice: Member, data: bytes) -> None:
    desk = Desk(alice, "alice")
    desk.put("lunch", "anna@acme.example")
    desk.server.put("work", *parse.events("odd.ics", data))
    assert desk.sync() == Succeeded()
    assert "lunch" in desk.uids()
    assert desk.calendar.read == 2
    desk.server.expire_cursors()
    assert desk.sync() == Succeeded()


def test_an_identifier_that_no_index_can_hold_is_set_aside_and_counted(alice: Member) -> None:
    desk = Desk(alice, "alice")
    desk.server.put("work", replace(desk.put("lunch", "anna@acme.example"), id="long", uid="ü" * 600))
    assert desk.sync() == Succeeded()
    assert (desk.uids(), desk.dropped()) == ({"lunch"}, {"unreadable": 1})
