"""Adding who takes part and is on no record, from the meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars.models import Event
from metwith.calendars.vocabulary import RemoteAttendee
from metwith.records.models import Person
from tests.calendars.desk import Desk, meeting
from tests.people import company, person
from tests.web.tight import tight

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

ANNA, BEN, TEAM = "anna@acme.example", "ben@acme.example", "info@acme.example"


@pytest.fixture
def path(alice: Member) -> str:
    desk = Desk(alice, "alice")
    people = meeting("", alice.user.email, BEN, TEAM, "bob@lumen.example").attendees
    desk.put("lunch", attendees=(*people, RemoteAttendee(ANNA, "Anna Lindt")))
    desk.sync()
    return f"/meetings/{Event.objects.of(alice.workspace).get().pk}/"


def names(alice: Member) -> set[str]:
    return set(Person.objects.of(alice.workspace).values_list("name", flat=True))


def test_every_unknown_outsider_has_a_button_and_colleagues_have_none(path: str, as_alice: Client) -> None:
    page = tight(as_alice.get(path).content.decode())
    assert page.count('name="who" value="') == 4
    assert all(f'value="{address}"' in page for address in (ANNA, BEN, TEAM))
    assert "Anna Lindt <small>anna@acme.example</small>" in page
    assert "Add all 3 who are on no record" in page


def test_one_is_added_with_name_and_company_and_stands_there(path: str, as_alice: Client, alice: Member) -> None:
    company(alice, "Acme", "acme.example")
    answer = as_alice.post(f"{path}add/", {"who": ANNA, "from": "meetings", "list": "mine=true"})
    assert answer["Location"] == f"{path}?from=meetings&list=mine%3Dtrue"
    anna = Person.objects.of(alice.workspace).get()
    assert (anna.name, anna.company.name if anna.company else "", anna.made_by_rule) == ("Anna Lindt", "Acme", False)
    page = as_alice.get(path).content.decode()
    assert f'href="/people/{anna.pk}/"' in page
    assert "Anna Lindt was added." in page


def test_all_are_added_but_for_roles(path: str, as_alice: Client, alice: Member) -> None:
    page = as_alice.post(f"{path}add/", {"who": "everybody"}, follow=True).content.decode()
    assert names(alice) == {"Anna Lindt", BEN}
    assert "2 people were added." in page


@pytest.mark.parametrize("who", ["", "kim@kin.example", "bob@lumen.example", "everyone"])
def test_nobody_is_added_who_does_not_take_part_or_is_one_of_us(path: str, as_alice: Client, alice: Member, who: str) -> None:
    assert as_alice.post(f"{path}add/", {"who": who}).status_code == 404
    assert names(alice) == set()


def test_whoever_does_not_know_of_the_meeting_adds_nobody(path: str, as_charlie: Client, alice: Member) -> None:
    assert as_charlie.post(f"{path}add/", {"who": ANNA}).status_code == 404
    assert names(alice) == set()


def test_who_is_known_meanwhile_is_not_added_twice(path: str, as_alice: Client, alice: Member) -> None:
    person(alice, "Anna", ANNA)
    assert as_alice.post(f"{path}add/", {"who": ANNA}).status_code == 404
    assert names(alice) == {"Anna"}
