"""New people on the pages: chosen per calendar, marked, filtered, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.records.models import Company, Person
from tests.calendars.desk import Desk
from tests.people import person
from tests.remembered import once
from tests.web.tight import tight

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member


@once
def desk(alice: Member) -> Desk:
    made = Desk(alice, "alice", new_people="on")
    made.put("lunch", "anna@acme.example", "ben@acme.example")
    made.sync()
    return made


def test_it_is_chosen_for_each_calendar(as_alice: Client, desk: Desk):
    at = f"/settings/accounts/{desk.account.pk}/"
    assert '<option value="on" selected>' in as_alice.get(at).content.decode()
    as_alice.post(f"{at}calendars/", {"calendars": [desk.calendar.pk], f"new_people_{desk.calendar.pk}": "organised"})
    assert desk.calendar.new_people == "organised"
    as_alice.post(f"{at}calendars/", {"calendars": [desk.calendar.pk]})
    assert desk.calendar.new_people == "organised"
    refused = as_alice.post(f"{at}calendars/", {"calendars": [desk.calendar.pk], f"new_people_{desk.calendar.pk}": "some"})
    assert (refused.status_code, desk.calendar.new_people) == (422, "organised")


def test_what_a_calendar_made_is_marked_and_can_be_listed_alone(as_alice: Client, alice: Member, desk: Desk):
    person(alice, "Zoe", "zoe@acme.example")
    assert '<option value="calendar"' in as_alice.get("/people/").content.decode()
    alone = as_alice.get("/people/?made=calendar").content.decode()
    assert "anna@acme.example" in alone
    assert "Zoe" not in alone
    assert "acme.example" in as_alice.get("/companies/?made=calendar").content.decode()
    for record in (Person.objects.of(alice.workspace).get(name="anna@acme.example"), Company.objects.of(alice.workspace).get()):
        page = as_alice.get(f"/{'people' if isinstance(record, Person) else 'companies'}/{record.pk}/").content.decode()
        assert "from a calendar" in page
    assert "Nothing here is as the filter wants it" in as_alice.get("/people/?made=calendar&company=999").content.decode()


def test_they_are_taken_back_after_a_look(as_alice: Client, alice: Member, desk: Desk):
    account = f"/settings/accounts/{desk.account.pk}/"
    at = f"{account}calendars/{desk.calendar.pk}/people/"
    assert at in as_alice.get(account).content.decode()
    looked = tight(as_alice.get(at).content.decode())
    assert "2 people, 1 company" in looked
    assert Person.objects.of(alice.workspace).count() == 2
    done = as_alice.post(at, follow=True).content.decode()
    assert "3 records were removed" in done
    assert "adds nobody any more" in done
    assert not Person.objects.of(alice.workspace).exists()
    assert at not in done
    assert "Remove 0" not in as_alice.get(at).content.decode()


def test_nobody_takes_back_what_anothers_calendar_made(as_bob: Client, as_charlie: Client, alice: Member, desk: Desk):
    for somebody in (as_bob, as_charlie):
        for answer in (somebody.get, somebody.post):
            assert answer(f"/settings/accounts/{desk.account.pk}/calendars/{desk.calendar.pk}/people/").status_code == 404
    assert Person.objects.of(alice.workspace).count() == 2
