"""Small things that unpack, repeat or nest into huge ones, and texts that keep a pattern busy.

What a server sends packed is tried in tests/lib/test_http.py, entities of XML in tests/calendars/providers/caldav/test_traps.py, rules that
never end in tests/calendars/sync/test_hostile.py. The fences here are a hundred times what it takes, and a hundredth of what it took.
"""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from django.core.files import uploadedfile
from django.core.files.uploadedfile import SimpleUploadedFile

from metwith.calendars.models import Entry
from metwith.calendars.providers import catalogue
from metwith.calendars.providers.caldav import dav
from metwith.calendars.providers.icalendar import conference, content_lines, parse
from metwith.engine.apis.rest import json_object
from metwith.engine.errors import ProviderBroken
from metwith.lib import addresses, domains
from metwith.lib.errors import Invalid
from metwith.records import fields
from metwith.records.imports import sheets
from metwith.rules import blocks, own_identities
from metwith.web.accounts import forms
from metwith.web.calendar.meeting import description
from tests.calendars.desk import Desk
from tests.exits.world import Viewer
from tests.fence import fence

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.workspaces.models import Member

ENDLESS = 10
"""Seconds of CPU."""
MEGABYTE = 1_000_000
LONG_AGO = datetime(2010, 1, 1, 9, tzinfo=UTC)
VEVENT = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:odd\r\nDTSTART:20260610T090000Z\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def packed() -> dict[str, bytes]:
    """A gigabyte of nothing, twice."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("calendar.ics", b"\n" * 20 * MEGABYTE)
    return {"gzip": gzip.compress(b"BEGIN:VCALENDAR\n" + b"\n" * 20 * MEGABYTE), "zip": archive.getvalue()}


def small(kind: str, data: bytes) -> bytes:
    """What would be read, if somebody unpacked it."""
    if kind == "gzip":
        return gzip.compress(data)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("only", data)
    return archive.getvalue()


def _read_sheet(data: bytes) -> list[tuple[int, list[str]]]:
    return list(sheets.open_sheet("person", io.BytesIO(data)).rows)


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_not_even_an_honest_file_is_unpacked(alice: Member, kind: str):
    """The huge ones below would be refused for what is in them, too: this one only because it is packed."""
    with pytest.raises(ProviderBroken), catalogue.open_file(small(kind, VEVENT.format("SUMMARY:Lunch").encode()), zone="UTC"):
        pass
    with pytest.raises(Invalid):
        _read_sheet(small(kind, b"Name,Email\nAnna,anna@acme.example\n"))
    assert _read_sheet(b"Name,Email\nAnna,anna@acme.example\n")


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_what_is_packed_is_never_unpacked(alice: Member, kind: str):
    """An upload is what it is: neither form knows archives."""
    data, browser = packed()[kind], Viewer("", alice).browser
    with fence(ENDLESS):
        with pytest.raises(ProviderBroken), catalogue.open_file(data, zone="UTC"):
            pass
        with pytest.raises(Invalid):
            _read_sheet(data)
        for path, name in (("/settings/accounts/connect/file/", "calendar.ics"), ("/people/import/", "people.csv")):
            sent = {"file": SimpleUploadedFile(name, data), "sharing": "metadata"}
            assert browser.post(path, sent).status_code == 422, path


def test_an_upload_is_measured_before_it_is_read_and_touches_no_disk(alice: Member, monkeypatch: pytest.MonkeyPatch):
    """A calendar holds private events: a temporary file of one would outlive the refusal."""
    monkeypatch.setattr(uploadedfile.TemporaryUploadedFile, "__init__", lambda *_: pytest.fail("on the disk"))
    monkeypatch.setattr(forms, "LARGEST_FILE", 1000)
    monkeypatch.setattr(catalogue, "open_file", lambda *_, **__: pytest.fail("read"))
    sent = {"file": SimpleUploadedFile("calendar.ics", b"x" * 3 * MEGABYTE), "sharing": "metadata"}
    page = Viewer("", alice).browser.post("/settings/accounts/connect/file/", sent)
    assert page.status_code == 422
    assert "larger than 50 MB" in page.content.decode()


def test_a_body_that_says_it_is_packed_is_taken_as_it_is(alice: Member):
    """The server in front of us unpacks nothing either (docs/operator-guide.md names no such setting)."""
    browser = Viewer("", alice).browser
    body = gzip.compress(b"name=" + b"a" * 20 * MEGABYTE)
    answer = browser.post("/companies/new/", body, content_type="application/x-www-form-urlencoded", headers={"Content-Encoding": "gzip"})
    assert answer.status_code in {400, 422}


def test_a_form_that_is_too_large_or_has_too_many_fields_is_refused(alice: Member):
    browser = Viewer("", alice).browser
    for body in (b"name=" + b"a" * 3 * MEGABYTE, b"&".join(b"a=b" for _ in range(2000))):
        with fence(ENDLESS):
            answer = browser.post("/companies/new/", body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in {400, 413}


NESTED = {
    "lists": b"[" * 100_000,
    "objects": b'{"value":' * 100_000,
    "closed": b"[" * 100_000 + b"]" * 100_000,
    "a number": b"9" * MEGABYTE,
}


@pytest.mark.parametrize("body", NESTED.values(), ids=NESTED.keys())
def test_deep_json_is_refused_and_breaks_nothing(alice: Member, body: bytes):
    viewer = Viewer("", alice)
    viewer.program.raise_request_exception = viewer.browser.raise_request_exception = False
    with fence(ENDLESS):
        assert viewer.program.post("/api/v1/people", body, content_type="application/json").status_code in {400, 422}
        assert viewer.browser.post("/hooks/microsoft", body, content_type="application/json").status_code == 202
        cursor = base64.urlsafe_b64encode(body[:60_000]).decode()
        assert viewer.program.get(f"/api/v1/people?cursor={cursor}").status_code == 422
        assert viewer.browser.get(f"/people/?cursor={cursor}").status_code < 500
        key = viewer.browser.post("/settings/organisation/google/", {"secret": body.decode()})
        assert key.status_code == 422


@pytest.mark.parametrize("body", NESTED.values(), ids=NESTED.keys())
def test_deep_json_of_a_provider_is_an_answer_that_is_none(body: bytes):
    answer = httpx.Response(200, content=body, request=httpx.Request("GET", "https://service.example/"))
    assert json_object(answer) is None


XML = {
    "deep": b"<D:multistatus xmlns:D='DAV:'>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</D:multistatus>",
    "a billion laughs": b'<!DOCTYPE m [<!ENTITY a "' + b"ha" * 1000 + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 50) for at in range(9)) + b']><D:multistatus xmlns:D="DAV:">&j;</D:multistatus>',
    "many attributes": b"<D:multistatus xmlns:D='DAV:' " + b" ".join(b"a%d=''" % at for at in range(100_000)) + b"/>",
    "a file of ours": b'<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><D:multistatus xmlns:D="DAV:"><D:response><D:href>&x;</D:href></D:response></D:multistatus>',
}  # fmt: skip


@pytest.mark.parametrize("body", XML.values(), ids=XML.keys())
def test_hostile_xml_is_read_to_nothing(body: bytes):
    answer = httpx.Response(207, content=body, request=httpx.Request("PROPFIND", "https://cal.example/"))
    with fence(ENDLESS):
        try:
            found = dav.read_multistatus(answer)
        except ProviderBroken:
            return
    assert "root:" not in str(found)
    assert len(str(found)) < 10_000


ICS = {
    "begin after begin": "BEGIN:VCALENDAR\r\n" + "BEGIN:A\r\n" * 100_000,
    "begin after begin in a zone": "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\n" + "BEGIN:A\r\n" * 100_000 + "END:A\r\n" * 100_000,
    "events within events": "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 100_000,
    "ends of nothing": "BEGIN:VCALENDAR\r\n" + "END:A\r\n" * 100_000 + "END:VCALENDAR\r\n",
    "a parameter of spaces": VEVENT.format("ATTENDEE;" + " " * MEGABYTE + ":mailto:a@acme.example"),
    "parameters of quotation marks": VEVENT.format('ATTENDEE;CN="' + '";"' * (MEGABYTE // 3) + ":mailto:a@acme.example"),
    "parameters without end": VEVENT.format("ATTENDEE" + ";A=B" * (MEGABYTE // 4) + ":mailto:a@acme.example"),
    "a folded line without end": VEVENT.format("SUMMARY:" + "\r\n a" * (MEGABYTE // 4)),
    "escapes without end": VEVENT.format("SUMMARY:" + "\\" * MEGABYTE),
    "a rule without end": VEVENT.format("RRULE:FREQ=DAILY" + ";BYDAY=MO" * (MEGABYTE // 9)),
    "a link without end": VEVENT.format("DESCRIPTION:https://" + "a." * (MEGABYTE // 2)),
    "many links": VEVENT.format("DESCRIPTION:" + "https://a.zoom.us" * (MEGABYTE // 17)),
    "an address without end": VEVENT.format("ATTENDEE:mailto:" + "a." * MEGABYTE + "@" + "a." * MEGABYTE),
    "zones of its own": "BEGIN:VCALENDAR\r\n"
    + "".join(
        f"BEGIN:VTIMEZONE\r\nTZID:Z{at}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+{at % 12:02}{at // 12 % 60:02}\r\n"
        f"END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:{at}\r\nDTSTART;TZID=Z{at}:20260610T090000\r\nEND:VEVENT\r\n"
        for at in range(700)
    )
    + "END:VCALENDAR\r\n",
}


@pytest.mark.parametrize("text", ICS.values(), ids=ICS.keys())
def test_reading_a_hostile_calendar_comes_to_an_end(text: str):
    with fence(ENDLESS):
        parse.events("odd.ics", text.encode())
    parse.forget_parsed()


PATTERNS: dict[str, Callable[[str], object]] = {
    "an invitation's text": description.description_html,
    "links": conference._MEETING.search,
    "parameters": lambda text: content_lines.parameters(f";{text}"),
    "quoted parameters": lambda text: content_lines._after_quotes(f"A;{text}"),
    "an address": addresses.fold,
    "a domain": addresses.fold_domain,
    "nobody": own_identities.is_non_person,
    "a role": own_identities.role_address,
    "a blocked word": lambda text: blocks.Blocks(words=frozenset({"a a", "interview"})).stop((), text),
    "a block": blocks.fold_word,
}
HOSTILE = {
    "spaces": " " * 19_000 + "x",
    "letters": "a" * 19_000 + "!",
    "full stops": "http://a" + "." * 19_000 + "x",
    "closing marks": "http://a" + ");" * 9_500 + "x",
    "breaks": "x<br>" + " " * 9_000 + "<br>" + " " * 9_000 + "y",
    "open tags": "<h1 " * 4_500,
    "ampersands": "http://a" + "&" * 19_000 + "x",
    "dots and letters": "a." * 9_500,
    "signs for at": "a@" * 9_500,
    "hyphens": "owner-" * 3_000 + "-list@" + "lists." * 3_000,
    "nested": "<div>" * 4_000,
    "quotation marks": ';"' * 9_500,
    "tabs": "\t" * 19_000 + "=",
    "words": "a " * 9_500,
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS.keys())
def test_no_text_keeps_a_pattern_busy(pattern: Callable[[str], object]):
    """Each is done in a moment, where steps that grow with the square take ten seconds and more."""
    for text in HOSTILE.values():
        with fence(5):
            pattern(text)


def test_what_is_typed_has_an_end():
    """Patterns are given no more than this: where steps cannot be counted, sizes are."""
    long = "a" * MEGABYTE
    for refused in (
        lambda: fields.name(long),
        lambda: fields.address_list([f"{long}@acme.example"], "email"),
        lambda: fields.domain_list([f"{long}.example"]),
        lambda: fields.amount("9" * MEGABYTE),
        lambda: fields.close_date(long),
        lambda: fields.one_line("job_title", long, 200),
    ):
        with fence(ENDLESS), pytest.raises(Invalid):
            refused()
    with fence(ENDLESS), pytest.raises(ValueError):
        domains.check_domain(long)
    assert (addresses.fold(f"{long}@acme.example"), addresses.fold_domain(long)) == ("", "")
    assert description.LONGEST <= 20_000
    assert conference.URL_LENGTH <= 2_000


def test_a_small_series_does_not_fill_the_disk(alice: Member):
    """Each occurrence has its own copy of the words: a hundred kilobytes become gigabytes by one line."""
    desk = Desk(alice, "alice")
    desk.put("lunch", "anna@acme.example")
    desk.series("bomb", "anna@acme.example", rule="FREQ=DAILY;COUNT=5000", description="x" * 100_000, start=LONG_AGO)
    crowd = [f"guest{at}@acme.example" for at in range(5000)]
    desk.series("crowd", *crowd, rule="FREQ=DAILY;COUNT=5000", start=LONG_AGO)
    desk.sync()
    assert (desk.uids(), desk.dropped()) == ({"lunch"}, {"unreadable": 2})
    assert Entry.objects.of(alice.workspace).count() == 1


def test_an_honest_series_with_a_long_text_comes_in(alice: Member):
    desk = Desk(alice, "alice")
    desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY;COUNT=20", description="x" * 100_000)
    desk.sync()
    assert Entry.objects.of(alice.workspace).count() == 20
