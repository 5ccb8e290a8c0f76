"""A record's meetings as a file to take along."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from icalendar import Calendar as ICalendar

from metwith.calendars.exports import record_file
from metwith.calendars.feed import FeedFilter
from metwith.calendars.providers.catalogue import open_file
from metwith.calendars.providers.icalendar.split import split
from metwith.calendars.vocabulary import RemoteAttendee, handed_out
from metwith.engine.errors import ProviderBroken
from metwith.records.models import Company
from metwith.workspaces import actions
from metwith.workspaces.models import AuditLine
from tests.calendars.desk import HOUR, START, Desk
from tests.calendars.worker import work
from tests.exits.test_matrix import told
from tests.people import NOW, company, opportunity, person
from tests.remembered import once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"
FORMULA = "=HYPERLINK(1)"


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@once
def acme(alice: Member) -> Company:
    return company(alice, "Acme GmbH", "acme.example")


@once
def desks(acme: Company, alice: Member, bob: Member) -> tuple[Desk, Desk]:
    """Alice's meetings; and Bob's, of which she sees no titles."""
    hers, his = Desk(alice, "alice"), Desk(bob, "bob")
    hers.put(
        "kick-off", ANNA, title="Kick-off; one, two", description="Agenda\nand more", location="Room 1", join_url="https://meet.example/x"
    )
    hers.put("fair", ANNA, start=date(2026, 7, 1), length=timedelta(days=2), cancelled=True)
    hers.put("old", ANNA, start=NOW - timedelta(days=400))
    his.put("his", ANNA, title="Bob's secret", description="Bob's notes", start=START + HOUR)
    his.series("daily", ANNA, title="Bob's series", start=START + 5 * HOUR)
    hers.sync()
    his.sync()
    return hers, his


def taken(client: Client, record: Any, ending: str, query: str = "", kind: str = "company") -> str:
    answer = client.get(f"/calendar/{kind}/{record.pk}/meetings.{ending}{query}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    return told(answer).partition("\n\n")[2]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def meetings(client: Client, record: Any, query: str = "", kind: str = "company") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(taken(client, record, "json", query, kind))["meetings"]
    return found


def blocks(text: str) -> list[dict[str, str]]:
    """The events of a calendar file: property with its parameters → value as it is written."""
    found = [part.partition("END:VEVENT")[0] for part in text.split("BEGIN:VEVENT\r\n")[1:]]
    return [dict(line.split(":", 1) for line in part.split("\r\n") if line) for part in found]


@pytest.mark.usefixtures("desks")
def test_a_spreadsheet_has_a_row_for_each_meeting_and_empty_cells_for_what_is_not_shared(as_alice: Client, acme: Company, alice: Member):
    actions.change_profile(alice, name="Alice Adler", time_zone="Europe/Berlin")
    found = rows(taken(as_alice, acme, "csv"))
    assert len(found) == 7
    assert [row["start"] for row in found] == sorted((row["start"] for row in found), reverse=True)
    (hers,) = [row for row in found if row["title"] == "Kick-off; one, two"]
    assert (hers["start"], hers["end"]) == ("2026-06-10T11:00:00+02:00", "2026-06-10T12:00:00+02:00")
    assert (hers["level"], hers["location"], hers["join_url"]) == ("everything", "Room 1", "https://meet.example/x")
    assert hers["description"] == "Agenda\nand more"
    assert hers["participants"] == "anna@acme.example needs-action; Alice Adler <alice@lumen.example> accepted"
    (fair,) = [row for row in found if row["cancelled"]]
    assert (fair["start"], fair["end"], fair["all_day"]) == ("2026-07-01", "2026-07-03", "yes")
    of_bob = [row for row in found if row["in_calendars_of"] == "Bob Brandt"]
    assert {(row["title"], row["description"], row["location"], row["level"]) for row in of_bob} == {("", "", "", "metadata")}
    assert len(of_bob) == 4


@pytest.mark.usefixtures("desks")
def test_json_says_null_and_the_level_where_something_is_not_shared(as_alice: Client, acme: Company):
    found = meetings(as_alice, acme)
    assert {(m["title"], m["description"], m["level"]) for m in found if m["in_calendars_of"] == ["Bob Brandt"]} == {
        (None, None, "metadata")
    }
    (fair,) = [m for m in found if m["cancelled"]]
    assert (fair["start"], fair["end"], fair["all_day"]) == ("2026-07-01", "2026-07-03", True)
    assert json.loads(taken(as_alice, acme, "json"))["record"] == {"id": acme.pk, "name": "Acme GmbH"}


@pytest.mark.usefixtures("desks")
def test_a_calendar_file_asks_nobody_anything(as_alice: Client, acme: Company):
    text = taken(as_alice, acme, "ics")
    for word in ("METHOD", "ATTENDEE", "ORGANIZER", "RSVP", "VALARM", "secret", "notes"):
        assert word not in text
    found = {block["SUMMARY"]: block for block in blocks(text)}
    kick_off, fair = found["Kick-off\\; one\\, two"], found["About fair"]
    assert (kick_off["DTSTART"], kick_off["DTEND"], kick_off["LOCATION"]) == ("20260610T090000Z", "20260610T100000Z", "Room 1")
    assert kick_off["DESCRIPTION"] == "with anna@acme.example\\, Alice Adler\\n\\nAgenda\\nand more\\n\\nhttps://meet.example/x"
    assert (fair["DTSTART;VALUE=DATE"], fair["DTEND;VALUE=DATE"], fair["STATUS"]) == ("20260701", "20260703", "CANCELLED")
    assert "Not shared by Bob Brandt" in found
    assert {block["TRANSP"] for block in blocks(text)} == {"TRANSPARENT"}
    assert split(text.encode()).whole


@pytest.mark.usefixtures("desks")
def test_another_program_reads_the_calendar_file_as_it_was_meant(as_alice: Client, acme: Company):
    """The icalendar library, which is not ours."""
    found: dict[str, Any] = {str(event["SUMMARY"]): event for event in ICalendar.from_ical(taken(as_alice, acme, "ics")).walk("VEVENT")}
    kick_off, fair = found["Kick-off; one, two"], found["About fair"]
    assert kick_off["DESCRIPTION"] == "with anna@acme.example, Alice Adler\n\nAgenda\nand more\n\nhttps://meet.example/x"
    assert (kick_off["DTSTART"].dt, kick_off["DTEND"].dt) == (START, START + HOUR)
    assert (fair["DTSTART"].dt, fair["DTEND"].dt, fair["STATUS"]) == (date(2026, 7, 1), date(2026, 7, 3), "CANCELLED")
    assert not any(event.errors for event in found.values())


@pytest.mark.usefixtures("desks")
def test_each_occurrence_has_a_uid_of_its_own_that_stays_and_tells_nothing(as_alice: Client, as_bob: Client, acme: Company):
    seen, again, by_bob = ({block["UID"] for block in blocks(taken(client, acme, "ics"))} for client in (as_alice, as_alice, as_bob))
    assert len(seen) == 7
    assert seen == again == by_bob
    assert all(handed_out(uid) for uid in seen)
    assert not any(word in uid for uid in seen for word in ("kick-off", "daily", "his@"))


def test_lines_are_folded_between_characters_and_words_of_others_break_none(as_alice: Client, acme: Company, alice: Member):
    desk = Desk(alice, "alice")
    desk.put("x", ANNA, title="ä" * 100, description="A\r\nATTENDEE;RSVP=TRUE:mailto:eve@x.example\r\nX\x07:1", location="a" * 300)
    desk.sync()
    answer: Any = as_alice.get(f"/calendar/company/{acme.pk}/meetings.ics")
    raw = answer.content
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert b"\r\nATTENDEE" not in raw
    assert b"\x07" not in raw
    assert raw.decode().replace("\r\n ", "").count("ä" * 100) == 1


@pytest.mark.usefixtures("desks")
@pytest.mark.parametrize(
    ("query", "many"),
    [
        ("?cancelled=no", 6),
        ("?period=year", 6),
        ("?period=own&from=2026-06-10&to=2026-06-10", 3),
        ("?with={bob}", 4),
        ("?with={bob}&period=own&to=2026-06-10", 2),
        ("?q=kick", 1),
        ("?q=secret", 0),
        ("?upcoming=all&before=x&month=2026-01&as={bob}", 7),
    ],
)
def test_the_file_holds_what_the_tab_is_narrowed_to(as_alice: Client, acme: Company, bob: Member, query: str, many: int):
    query = query.format(bob=bob.pk)
    assert len(meetings(as_alice, acme, query)) == many
    assert len(rows(taken(as_alice, acme, "csv", query))) == many
    assert len(blocks(taken(as_alice, acme, "ics", query))) == many


@pytest.mark.usefixtures("desks")
def test_the_tab_links_to_the_files_as_it_is_narrowed(as_alice: Client, acme: Company, bob: Member):
    page = as_alice.get(f"/companies/{acme.pk}/?cancelled=no&q=kick&upcoming=all").content.decode()
    for ending in ("csv", "ics", "json"):
        assert f'href="/calendar/company/{acme.pk}/meetings.{ending}?cancelled=no&amp;q=kick"' in page
    assert f'href="/calendar/company/{acme.pk}/subscribe/"' in page
    assert f'href="/calendar/company/{acme.pk}/meetings.csv"' in as_alice.get(f"/companies/{acme.pk}/").content.decode()
    page = as_alice.get(f"/companies/{acme.pk}/?view=month&on=2026-06&cancelled=no").content.decode()
    assert f'href="/calendar/company/{acme.pk}/meetings.csv?cancelled=no"' in page, "a month is a page of the whole, no filter"
    assert "meetings.csv" not in as_alice.get(f"/companies/{acme.pk}/?as={bob.pk}").content.decode()


@pytest.mark.usefixtures("desks")
def test_all_pages_are_in_it_each_meeting_once(as_alice: Client, acme: Company, monkeypatch: pytest.MonkeyPatch):
    whole = [m["id"] for m in meetings(as_alice, acme)]
    monkeypatch.setattr(record_file, "AT_ONCE", 2)
    assert [m["id"] for m in meetings(as_alice, acme)] == whole
    assert len(blocks(taken(as_alice, acme, "ics"))) == len(rows(taken(as_alice, acme, "csv"))) == len(whole) == 7


@pytest.mark.usefixtures("desks")
def test_no_more_than_a_page_is_read_before_it_is_wanted(acme: Company, alice: Member, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(record_file, "AT_ONCE", 2)
    read: list[int] = []

    def counted() -> Iterator[Any]:
        for page in record_file.pages("company", acme.pk, alice, FeedFilter(), NOW):
            read.append(len(page))
            yield page

    pieces = record_file.as_csv(counted(), alice, acme, NOW)
    next(pieces)
    next(pieces)
    assert read == [2]


@pytest.mark.usefixtures("desks")
def test_people_and_opportunities_have_theirs(as_alice: Client, acme: Company, alice: Member):
    anna = person(alice, "Anna Lindt", ANNA, company=acme)
    deal = opportunity(alice, "Pilot", company=acme)
    work()
    assert len(meetings(as_alice, anna, kind="person")) == len(meetings(as_alice, deal, kind="opportunity")) == 7


@pytest.mark.usefixtures("desks")
def test_who_took_it_is_noted_without_a_word_of_it(as_alice: Client, acme: Company, alice: Member):
    taken(as_alice, acme, "ics", "?q=kick")
    line = AuditLine.objects.of(alice.workspace_id).filter(action="exported").get()
    assert line.facts == {"kind": "company", "record": acme.pk, "to": "ics"}
    page = as_alice.get("/settings/audit/").content.decode()
    assert "exported the meetings of a record (company)" in page


@pytest.mark.parametrize("query", ["?period=own&from=nonsense", "?period=own&from=2026-06-02&to=2026-06-01"])
def test_a_period_that_is_none_gives_no_file_with_everything(as_alice: Client, acme: Company, alice: Member, query: str):
    answer = as_alice.get(f"/calendar/company/{acme.pk}/meetings.csv{query}")
    assert answer.status_code == 400
    assert not AuditLine.objects.of(alice.workspace_id).filter(action="exported").exists()


def test_a_file_speaks_the_members_language_while_it_is_sent(as_bob: Client, acme: Company, alice: Member, bob: Member):
    desk = Desk(alice, "alice")
    desk.put("x", ANNA, title="Hers")
    desk.sync()
    actions.change_profile(bob, name="Bob", time_zone="Europe/Berlin", language="de")
    text = taken(as_bob, acme, "ics")
    assert "SUMMARY:Nicht freigegeben von Alice Adler" in text
    assert "Hers" not in text


def test_strangers_and_the_trash_get_none(as_charlie: Client, stranger: Client, as_alice: Client, acme: Company):
    path = f"/calendar/company/{acme.pk}/meetings.csv"
    assert as_charlie.get(path).status_code == 404
    assert stranger.get(path).status_code == 302
    assert as_alice.get(f"/calendar/company/{acme.pk}/meetings.exe").status_code == 404
    assert as_alice.get(f"/calendar/meeting/{acme.pk}/meetings.csv").status_code == 404
    assert as_alice.post(path).status_code == 405
    acme.trashed_at = NOW
    acme.save()
    assert as_alice.get(path).status_code == 404


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ('A"\r\nSet-Cookie: evil=1', "a-set-cookie-evil1.csv"),
        ("../../etc/passwd", "etcpasswd.csv"),
        ("Müller & Söhne", "filename*=utf-8''m%C3%BCller-s%C3%B6hne.csv"),
        ("\u202etxt.exe; filename=evil.exe", "txtexe-filenameevilexe.csv"),
        ("!!!", "company.csv"),
        ("x" * 190, f"{'x' * 60}.csv"),
    ],
)
def test_a_records_name_adds_nothing_to_the_answers_head(as_alice: Client, acme: Company, name: str, file: str):
    Company.objects.of(acme.workspace_id).filter(pk=acme.pk).update(name=name)
    for ending in ("csv", "ics", "json"):
        answer = as_alice.get(f"/calendar/company/{acme.pk}/meetings.{ending}")
        assert file.replace(".csv", f".{ending}") in answer.headers["Content-Disposition"]
        assert "Set-Cookie" not in answer.headers
        text = told(answer).partition("\n\n")[2]
        assert "\r\nSet-Cookie" not in text


def test_no_cell_is_a_formula(as_alice: Client, acme: Company, alice: Member):
    desk = Desk(alice, "alice")
    event = desk.put("x", ANNA)
    guests = (*event.attendees, RemoteAttendee("eve@acme.example", name=FORMULA))
    desk.put("x", ANNA, attendees=guests, title=FORMULA, location="@SUM(A1)", description="+1", join_url="https://x.example/")
    desk.sync()
    (row,) = rows(taken(as_alice, acme, "csv"))
    assert (row["title"], row["location"], row["description"]) == (f"'{FORMULA}", "'@SUM(A1)", "'+1")
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


@pytest.mark.usefixtures("desks")
def test_what_was_taken_along_does_not_come_in_again(as_alice: Client, acme: Company):
    text = taken(as_alice, acme, "ics")
    with pytest.raises(ProviderBroken, match="Metwith itself gives out this calendar"), open_file(text.encode(), zone="UTC") as provider:
        list(provider.changes("feed", ""))


def test_a_meeting_without_length_has_no_end(as_alice: Client, acme: Company, alice: Member):
    desk = Desk(alice, "alice")
    desk.put("x", ANNA, length=timedelta())
    desk.put("ancient", ANNA, start=datetime(1600, 1, 2, tzinfo=UTC))
    desk.sync()
    found = {block["SUMMARY"]: block for block in blocks(taken(as_alice, acme, "ics"))}
    assert "DTEND" not in found["About x"]
    assert found["About ancient"]["DTSTART"] == "16000102T000000Z"
