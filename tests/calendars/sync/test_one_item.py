"""One event that nobody thought of, of each provider, beside one that is plain: the plain one comes in, whatever the odd one does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.models import Series
from metwith.calendars.providers.google import series as google
from metwith.calendars.providers.google.parse import google_zone
from metwith.calendars.providers.icalendar import parse
from metwith.calendars.providers.microsoft import series as microsoft
from metwith.calendars.providers.microsoft.parse import MailboxOwner
from metwith.calendars.sync import extend_series
from metwith.lib.text import json_of
from metwith.rules.health import Succeeded
from tests.calendars.desk import Desk

if TYPE_CHECKING:
    from metwith.calendars.vocabulary import RemoteEvent, Unreadable
    from metwith.workspaces.models import Member

LATE = "99991231T235959Z"
WIDE_ZONE = """BEGIN:VTIMEZONE\r\nTZID:Odd\r\nBEGIN:STANDARD\r\nDTSTART:{start}\r\nTZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}
{more}END:STANDARD\r\nEND:VTIMEZONE\r\n"""


def ics(*lines: str, before: str = "") -> bytes:
    text = ["BEGIN:VCALENDAR", before.strip(), "BEGIN:VEVENT", "UID:odd", *lines, "ORGANIZER:mailto:alice@lumen.example"]
    text += ["ATTENDEE:mailto:anna@acme.example", "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(filter(None, text)).encode("utf-8", "surrogatepass")


def zoned(offset: str, start: str = "19700101T000000", more: str = "") -> bytes:
    zone = WIDE_ZONE.format(offset=offset, start=start, more=more).replace("\r\n", "\n").replace("\n", "\r\n")
    return ics("DTSTART;TZID=Odd:20260610T090000", "RRULE:FREQ=DAILY;COUNT=2", before=zone)


FILES = {
    "a rule to the end of time, east": ics("DTSTART;TZID=Asia/Tokyo:20260610T090000", f"RRULE:FREQ=YEARLY;UNTIL={LATE}"),
    "a rule to the end of time, west": ics("DTSTART;TZID=America/New_York:20260610T090000", f"RRULE:FREQ=YEARLY;UNTIL={LATE}"),
    "an excluding rule to the end of time": ics("DTSTART:20260610T090000Z", "RRULE:FREQ=DAILY", f"EXRULE:FREQ=YEARLY;UNTIL={LATE}"),
    "a rule that ended before time": ics("DTSTART;TZID=America/New_York:20260610T090000", "RRULE:FREQ=YEARLY;UNTIL=00010101T000000Z"),
    "an offset of more than a day": zoned("+5328"),
    "an offset of a day": zoned("-2400"),
    "an offset of a century": zoned("+99999999"),
    "an offset that is none": zoned("east"),
    "an offset without end": zoned("+" + "9" * 5000),
    "a zone from the end of time": zoned("+0100", "99991231T235959", "RRULE:FREQ=YEARLY\r\n"),
    "a zone that changes at the end of time": zoned("-1200", more="RDATE:99991231T235959,00010101T000000\r\n"),
    "a count of five thousand digits": ics("DTSTART:20260610T090000Z", "RRULE:FREQ=DAILY;COUNT=" + "9" * 5000),
    "an interval of five thousand digits": ics("DTSTART:20260610T090000Z", "RRULE:FREQ=DAILY;INTERVAL=" + "9" * 5000),
    "weekdays of five thousand digits": ics("DTSTART:20260610T090000Z", "RRULE:FREQ=YEARLY;BYDAY=" + "9" * 5000 + "MO"),
    "month days of many digits": ics("DTSTART:20260610T090000Z", "RRULE:FREQ=MONTHLY;BYMONTHDAY=" + "9" * 5000),
    "a weekday of no week": ics("DTSTART:20260610T090000Z", "RRULE:FREQ=WEEKLY;WKST=XX;BYSETPOS=1;BYDAY=MO"),
    "set positions beyond any set": ics("DTSTART:20260610T090000Z", "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366,-366"),
    "an event at the end of the years": ics("DTSTART;TZID=Asia/Tokyo:24991231T235959", "DURATION:P99999D", "RRULE:FREQ=DAILY"),
    "an event at the beginning of the years": ics("DTSTART;TZID=Pacific/Apia:16000101T000000", "RRULE:FREQ=YEARLY;COUNT=3"),
    "a moved occurrence nine centuries away": ics("DTSTART:24990101T090000Z", "RECURRENCE-ID;RANGE=THISANDFUTURE:16000101T090000Z"),
    "half a character in an address": ics("DTSTART:20260610T090000Z", "ATTENDEE:mailto:\udc80\ud800@acme.example"),
    "digits of another script": ics("DTSTART:２０２６0610T090000Z", "RRULE:FREQ=DAILY;COUNT=２"),
    "nul in an attachment's address": ics("DTSTART:20260610T090000Z", "ATTACH:https://files.example/a%00b.pdf"),
    "a port that is none": ics("DTSTART:20260610T090000Z", "ATTACH:https://[acme.example:x/"),
}

GUESTS: dict[str, Any] = {"organizer": {"email": "alice@lumen.example"}, "attendees": [{"email": "anna@acme.example"}]}
AT = {"start": {"dateTime": "2026-06-10T09:00:00Z"}, "end": {"dateTime": "2026-06-10T10:00:00Z"}}
GOOGLE: dict[str, dict[str, Any]] = {
    "a visibility that is a list": {"visibility": ["private"]},
    "a kind that is a list": {"eventType": ["default"]},
    "a kind that is an object": {"eventType": {}},
    "a rule to the end of time": {"start": {"dateTime": "2026-06-10T09:00:00+09:00", "timeZone": "Asia/Tokyo"},
        "recurrence": [f"RRULE:FREQ=YEARLY;UNTIL={LATE}"]},
    "the end of time": {"start": {"dateTime": "9999-12-31T23:59:59-12:00"}},
    "an end beyond time": {"end": {"dateTime": "9999-12-31T23:59:59-12:00"}},
    "the first moment of time": {"start": {"dateTime": "0001-01-01T00:00:00+14:00"}},
    "a change at the end of time": {"updated": "9999-12-31T23:59:59-12:00"},
    "times that are lists": {"start": [], "end": [[]]},
    "a zone that is a list": {"start": {"dateTime": "2026-06-10T09:00:00Z", "timeZone": ["Europe/Berlin"]}},
    "guests of guests": {"attendees": [[{"email": "anna@acme.example"}], None, 7, {"email": ["a@acme.example"]}]},
    "a conference of lists": {"conferenceData": {"entryPoints": [{"entryPointType": ["video"], "uri": []}]}},
    "lines that are none": {"recurrence": [None, 7, "RRULE", "RRULE:", "EXDATE:x"]},
    "a sequence that is true": {"sequence": True},
}  # fmt: skip

SPOKEN = [{"emailAddress": {"address": "anna@acme.example"}}]
GRAPH: dict[str, dict[str, Any]] = {
    "the end of time, all day": {"isAllDay": True, "start": {"dateTime": "9999-12-31T23:00:00", "timeZone": "UTC"}},
    "the end of time": {"start": {"dateTime": "9999-12-31T23:59:59", "timeZone": "Pacific/Honolulu"}},
    "an end beyond time": {"isAllDay": True, "end": {"dateTime": "9999-12-31T00:00:00", "timeZone": "UTC"}},
    "half a character as id": {"id": "\ud800", "iCalUId": ""},
    "half a character as uid": {"iCalUId": "\udfff"},
    "an exception of the end of time": {"type": "exception", "originalStart": "9999-12-31T23:59:59-12:00"},
    "an id of a day that is none": {"iCalUId": "040000008200E00074C5B7101A82E008" + "FFFF0C1F" + "0" * 40 + "AA"},
    "nul in a uid": {"iCalUId": "040000008200E00074C5B7101A82E008" + "0" * 40 + "12000000" + b"vCal-Uid\x01\x00\x00\x00a\x00b\x00".hex()},
    "a type that is a list": {"type": ["singleInstance"]},
    "a sensitivity that is a list": {"sensitivity": ["normal"]},
    "answers that are lists": {"attendees": [{"emailAddress": {"address": []}, "status": {"response": []}}, []], "organizer": []},
    "a body that is a text": {"body": "text", "location": ["x"], "onlineMeeting": 7},
    "a zone that is an object": {"start": {"dateTime": "2026-06-10T09:00:00", "timeZone": {}}},
    "times that are numbers": {"start": 7, "end": None},
}  # fmt: skip


def of_file(data: bytes) -> tuple[RemoteEvent | Unreadable, ...]:
    return parse.events("odd.ics", data)


def of_google(**said: Any) -> tuple[RemoteEvent | Unreadable, ...]:
    payload = {"id": "odd", "iCalUID": "odd"} | AT | GUESTS | said
    return google.whole_series("odd", [payload], google_zone("UTC"))


def of_graph(**said: Any) -> tuple[RemoteEvent | Unreadable, ...]:
    times = {name: {"dateTime": f"2026-06-10T{hour}:00:00", "timeZone": "UTC"} for name, hour in (("start", "09"), ("end", "10"))}
    payload = {"id": "odd", "iCalUId": "odd", "sensitivity": "normal", "type": "singleInstance", "attendees": SPOKEN} | times | said
    return microsoft.items(payload, MailboxOwner("alice@lumen.example", "Europe/Berlin"))


ODD = {
    **{f"file: {name}": of_file(data) for name, data in FILES.items()},
    **{f"google: {name}": of_google(**said) for name, said in GOOGLE.items()},
    **{f"graph: {name}": of_graph(**said) for name, said in GRAPH.items()},
}


@pytest.mark.parametrize("items", ODD.values(), ids=ODD.keys())
def test_an_odd_event_costs_its_neighbours_nothing(alice: Member, items: tuple[RemoteEvent | Unreadable, ...]) -> None:
    desk = Desk(alice, "alice")
    desk.put("lunch", "anna@acme.example")
    desk.server.put("work", *items)
    assert items
    assert desk.sync() == Succeeded()
    assert "lunch" in desk.uids()
    assert desk.calendar.state == "fine"


def test_an_item_that_trips_over_a_defect_is_counted_with_the_place_in_the_log(
    alice: Member, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def defective(*_given: object) -> None:
        raise ZeroDivisionError("anna@acme.example")

    monkeypatch.setattr("metwith.calendars.rules.keep.decide", defective)
    desk = Desk(alice, "alice")
    desk.put("lunch", "anna@acme.example")
    assert desk.sync() == Succeeded()
    assert desk.dropped() == {"unreadable": 1}
    told = [line for line in caplog.messages if "a defect of ours" in line]
    assert ["ZeroDivisionError (keep.py:" in line for line in told] == [True]
    assert "anna" not in caplog.text


def test_a_stored_series_that_cannot_be_expanded_any_more_does_not_keep_the_others_from_rolling_on(
    alice: Member, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(alice, "alice")
    desk.series("odd", "anna@acme.example", rule="FREQ=WEEKLY")
    desk.series("plain", "anna@acme.example", rule="FREQ=WEEKLY")
    desk.sync()
    odd = Series.objects.of(alice.workspace_id).get(ical_uid="odd")
    Series.objects.of(alice.workspace_id).filter(pk=odd.pk).update(definition=odd.definition | {"zone": 7})
    caplog.clear()
    assert extend_series.roll(alice.workspace_id, desk.calendar.pk, datetime(2027, 12, 1, tzinfo=UTC)) > 0
    assert [record.levelname for record in caplog.records if record.name.startswith("metwith")] == ["ERROR"]


def test_a_number_without_end_makes_one_value_meaningless_and_not_the_page() -> None:
    assert json_of(b'{"sequence": ' + b"9" * 5000 + b', "id": "x"}') == {"sequence": None, "id": "x"}
