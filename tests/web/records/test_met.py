"""The page of people whom one meets: ticks, one button, and what is unticked stays out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.models import Calendar
from metwith.calendars.overrides import NotAContact
from metwith.calendars.vocabulary import RemoteAttendee
from metwith.engine.models import State
from metwith.lib import clock
from metwith.records.models import Person
from tests.calendars.desk import Desk, meeting
from tests.people import person
from tests.web.tight import tight

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

ANNA, BEN, KIM = "anna@acme.example", "ben@acme.example", "kim@gmail.com"


@pytest.fixture
def desk(alice: Member) -> Desk:
    made = Desk(alice, "alice")
    lately = clock.now() - timedelta(days=2)
    made.put("lunch", attendees=(*meeting("", alice.user.email, BEN, KIM).attendees, RemoteAttendee(ANNA, "Anna Lindt")), start=lately)
    made.put("dinner", ANNA, start=lately)
    made.sync()
    return made


def keys(page: str, *, ticked: bool | None = None) -> dict[str, str]:
    """By address, of all rows or of those with a tick or without."""
    found = {}
    for row in re.findall(r"<li>.*?</li>", page, re.DOTALL):
        if key := re.search(r'name="add"[^>]*value="(\w+)"', row):
            address = re.search(r"[\w.]+@[\w.]+", row)
            if address and ticked in {None, "checked" in row}:
                found[address[0]] = key[1]
    return found


def test_who_was_met_stands_there_with_ticks_and_a_sentence(desk: Desk, as_alice: Client) -> None:
    page = as_alice.get("/people/met/").content.decode()
    assert "You met 3 people at 1 company, 2 times" in page
    assert keys(page, ticked=True).keys() == {ANNA, BEN}
    assert keys(page, ticked=False).keys() == {KIM}
    assert "Anna Lindt · Acme" in tight(page)
    assert "met 2 times · 2 days ago" in page


def test_the_ticked_come_and_the_others_stay_out(desk: Desk, as_alice: Client, alice: Member) -> None:
    found = keys(as_alice.get("/people/met/").content.decode())
    sent = {"shown": [*found.values()], "add": [found[ANNA]], "new_people": "organised"}
    answer = as_alice.post("/people/met/", sent, follow=True)
    assert answer.redirect_chain == [("/people/", 302)]
    assert "1 person was added, with 1 company; 2 stay out." in answer.content.decode()
    assert set(Person.objects.of(alice.workspace).values_list("name", flat=True)) == {"Anna Lindt"}
    assert desk.calendar.new_people == "organised"
    assert desk.calendar.cursor
    page = as_alice.get("/people/met/").content.decode()
    assert "Nobody is missing" in page
    assert "Left out (2)" in page


def test_only_who_stood_on_the_page_is_decided(desk: Desk, as_alice: Client, alice: Member) -> None:
    found = keys(as_alice.get("/people/met/").content.decode())
    as_alice.post("/people/met/", {"shown": [found[ANNA]], "add": [found[ANNA], found[BEN], "0" * 32]})
    assert Person.objects.of(alice.workspace).count() == 1
    assert not NotAContact.objects.of(alice.workspace).exists()


def test_the_left_out_are_offered_again(desk: Desk, as_alice: Client) -> None:
    found = keys(as_alice.get("/people/met/").content.decode())
    as_alice.post("/people/met/", {"shown": [*found.values()]})
    page = as_alice.get("/people/met/left-out/").content.decode()
    assert all(address in page for address in found)
    as_alice.post("/people/met/left-out/", {"key": found[BEN]})
    assert keys(as_alice.get("/people/met/").content.decode()).keys() == {BEN}


def test_a_word_that_is_no_choice_changes_nothing(desk: Desk, as_alice: Client, alice: Member) -> None:
    found = keys(as_alice.get("/people/met/").content.decode())
    answer = as_alice.post("/people/met/", {"shown": [*found.values()], "add": [*found.values()], "new_people": "everybody"})
    assert answer.status_code == 422
    assert "New people come in: off, organised, on." in answer.content.decode()
    assert not Person.objects.of(alice.workspace).exists()


def test_meetings_that_one_organises_are_preselected_where_nobody_is_on_record(desk: Desk, as_alice: Client, alice: Member) -> None:
    assert '<option value="organised" selected>' in as_alice.get("/people/met/").content.decode()
    person(alice, "Zoe")
    assert '<option value="off" selected>' in as_alice.get("/people/met/").content.decode()


def test_it_asks_again_while_a_calendar_is_read_for_the_first_time(desk: Desk, as_alice: Client, alice: Member) -> None:
    assert "every 2s" not in as_alice.get("/people/met/").content.decode()
    Calendar.objects.of(alice.workspace).update(state=State.READING, last_success_at=None, read=40, expected=None)
    page = as_alice.get("/people/met/part/").content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "Reading for the first time: 40 so far" in page
    assert page.count("About ") == 2


def test_without_a_calendar_it_says_what_to_do(as_bob: Client) -> None:
    page = as_bob.get("/people/met/").content.decode()
    assert "Connect a calendar" in page
    assert 'name="add"' not in page


def test_people_tell_how_many_are_not_there(desk: Desk, as_alice: Client, as_bob: Client) -> None:
    assert "/people/met/hint/" in as_alice.get("/people/").content.decode()
    assert "2 people you meet are not here" in tight(as_alice.get("/people/met/hint/").content.decode())
    assert as_bob.get("/people/met/hint/").content.decode().strip() == ""


def test_it_goes_on_asking_between_two_attempts_of_a_first_reading(desk: Desk, as_alice: Client, alice: Member) -> None:
    later = clock.now() + timedelta(minutes=5)
    broken = {"state": State.BROKEN, "last_success_at": None, "lease_until": None, "next_sync_at": later}
    Calendar.objects.of(alice.workspace).update(**broken)
    assert "every 2s" in as_alice.get("/people/met/part/").content.decode()
    assert "every 2s" in as_alice.get(f"/settings/accounts/{desk.account.pk}/state/").content.decode()
