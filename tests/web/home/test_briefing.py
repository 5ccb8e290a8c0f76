"""The briefing of a meeting: page and API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.models import Event
from metwith.lib import clock
from metwith.notes import actions as notes
from metwith.overview.briefing import MOST
from metwith.workspaces.actions import create_token
from tests.calendars.desk import HOUR, Desk
from tests.people import company, opportunity, person

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from metwith.records.models import Person
    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
ANNA, ZOE = "anna@acme.example", "zoe@elsewhere.example"


@pytest.fixture
def desk(alice: Member) -> Desk:
    """Alice met Anna of Acme last week, and meets her and Zoe, whom nobody knows, in an hour."""
    desk = Desk(alice, "alice")
    desk.put("before", ANNA, start=clock.now() - 7 * DAY, title="Secret before")
    desk.put("soon", ANNA, ZOE, start=clock.now() + HOUR, title="Secret soon")
    return desk


@pytest.fixture
def anna(alice: Member, desk: Desk) -> Person:
    found = person(alice, "Anna Lindt", ANNA, company=company(alice, "Acme GmbH", "acme.example"), job_title="Head of sales")
    desk.sync()
    return found


def event_id(member: Member, uid: str = "soon") -> int:
    return Event.objects.of(member.workspace).get(ical_uid__startswith=uid).pk


def page(browser: Client, member: Member) -> str:
    answer = browser.get(f"/meetings/{event_id(member)}/briefing/")
    assert answer.status_code == 200
    return answer.content.decode()


def asked(member: Member, of: int) -> Any:
    from django.test import Client  # noqa: PLC0415  a program is no browser

    program = Client(headers={"Authorization": f"Bearer {create_token(member, 'test', now=clock.now())}"})
    return program.get(f"/api/v1/meetings/{of}/briefing")


def test_who_comes_with_role_company_last_met_and_open_opportunities(as_alice: Client, alice: Member, anna: Person):
    assert anna.company is not None
    opportunity(alice, "Big deal", company=anna.company)
    found = page(as_alice, alice)
    for words in (
        "Anna Lindt",
        "Head of sales · Acme GmbH",
        "with you",
        "1 meeting in twelve months",
        "Big deal",
        "Secret soon",
        "On no record.",
    ):
        assert words in found, words
    (guest, other) = asked(alice, event_id(alice)).json()["guests"]
    assert (guest["person"]["name"], guest["person"]["last_met_with"]) == ("Anna Lindt", ["Alice Adler"])
    assert [deal["name"] for deal in guest["person"]["open_opportunities"]] == ["Big deal"]
    assert (other["address"], other["person"]) == (ZOE, None)


def test_notes_on_records_are_for_all_and_those_on_the_last_meeting_for_whom_it_is_shown(
    as_alice: Client, as_bob: Client, alice: Member, bob: Member, anna: Person
):
    notes.write_on_record(alice, "person", anna.pk, "On her record", now=clock.now())
    notes.write_on_record(alice, "company", anna.company_id or 0, "On her company", now=clock.now())
    notes.write_on_meeting(alice, event_id(alice, "before"), "On the last meeting", now=clock.now())
    mine, theirs = page(as_alice, alice), page(as_bob, alice)
    assert "On her record" in mine
    assert "On her record" in theirs
    assert "On her company" in theirs
    assert "On the last meeting" in mine
    assert "On the last meeting" not in theirs
    assert "Secret" not in theirs
    told = asked(bob, event_id(alice)).json()
    assert [note["text"] for note in told["guests"][0]["person"]["notes"]] == ["On her record"]
    assert [note["text"] for note in told["company_notes"][0]["notes"]] == ["On her company"]
    assert told["meeting"]["title"] is None


def test_a_meeting_that_one_may_not_know_of_has_none(as_bob: Client, as_charlie: Client, alice: Member, bob: Member, desk: Desk):
    desk.sync()
    unseen = event_id(alice)
    for browser in (as_bob, as_charlie):
        assert browser.get(f"/meetings/{unseen}/briefing/").status_code == 404
    assert asked(bob, unseen).status_code == 404


def test_the_panel_of_a_coming_meeting_leads_there_and_that_of_a_past_one_does_not(as_alice: Client, alice: Member, anna: Person):
    for uid, leads in (("soon", True), ("before", False)):
        of = event_id(alice, uid)
        assert (f"/meetings/{of}/briefing/" in as_alice.get(f"/meetings/{of}/").content.decode()) is leads


def test_it_takes_few_queries_however_many_come(
    as_alice: Client, alice: Member, desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries
):
    firm = company(alice, "Acme GmbH", "acme.example")
    many = [f"guest{number}@acme.example" for number in range(MOST + 5)]
    for number, address in enumerate(many):
        person(alice, f"Guest {number}", address, company=firm)
    desk.put("soon", *many, start=clock.now() + HOUR)
    desk.sync()
    as_alice.get("/")
    with django_assert_max_num_queries(32):
        found = page(as_alice, alice)
    assert "and 5 more from outside" in found
