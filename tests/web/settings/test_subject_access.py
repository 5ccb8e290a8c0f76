"""Settings → A person's data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from metwith.accounts.models import Block
from metwith.calendars.models import Event
from metwith.records.models import Person
from metwith.workspaces.models import AuditLine
from tests.calendars.desk import Desk
from tests.calendars.worker import work
from tests.people import person
from tests.remembered import once

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

AT = "/settings/person/"
ANNA = "anna@acme.example"


@once
def desk(bob: Member) -> Desk:
    """Bob's, of which Alice sees no titles."""
    made = Desk(bob, "bob")
    made.put("lunch", ANNA, title="Bob's secret")
    made.put("shop", "zoe@shop.example")
    made.sync()
    return made


def noted(member: Member) -> list[tuple[str, dict[str, object]]]:
    found = AuditLine.objects.of(member.workspace_id).filter(action__in=["exported", "erased"]).order_by("pk")
    return list(found.values_list("action", "facts"))


def test_what_is_held_is_shown_in_numbers_and_looking_leaves_nothing(as_alice: Client, alice: Member, desk: Desk):
    person(alice, "Anna Lindt", "Anna@ACME.example", "anna@home.example")
    assert "Show what is held" in as_alice.get(AT).content.decode()
    page = as_alice.post(AT, {"address": " ANNA@acme.example "}).content.decode()
    assert f"Held about {ANNA}" in page
    assert "Anna Lindt" in page
    assert "has 1 other address" in page
    assert "secret" not in page
    assert noted(alice) == []
    assert "Nothing is held about this address" in as_alice.post(AT, {"address": "nobody@x.example"}).content.decode()


def test_the_files_hold_what_the_admin_may_see_and_are_noted(as_alice: Client, alice: Member, desk: Desk):
    person(alice, "Anna Lindt", ANNA)
    work()
    answer = as_alice.post(f"{AT}export/json/", {"address": ANNA})
    assert answer["Content-Disposition"] == 'attachment; filename="person.json"'
    (meeting,) = json.loads(answer.content)["meetings"]
    assert (meeting["ical_uid"], meeting["title"]) == (None, None)
    calendar = as_alice.post(f"{AT}export/ics/", {"address": ANNA}).content.decode()
    assert calendar.count("UID:") == 1
    assert "UID:lunch" not in calendar, "the level hides the provider's own"
    assert "secret" not in calendar
    assert noted(alice) == [("exported", {"kind": "subject", "many": 1})] * 2


def test_erasing_asks_for_the_address_again_and_says_what_went(as_alice: Client, alice: Member, desk: Desk):
    goes, stays = person(alice, "Anna Lindt", ANNA), person(alice, "A. Lindt", "lindt@home.example", ANNA)
    given = {"address": ANNA, f"person-{stays.pk}": "1"}
    for wrong in ("", "ana@acme.example"):
        answer = as_alice.post(f"{AT}erase/", given | {"again": wrong})
        assert answer.status_code == 422
        assert "Nothing was erased" in answer.content.decode()
    assert Event.objects.filter(ical_uid="lunch").exists()
    done = as_alice.post(f"{AT}erase/", given | {"again": "Anna@acme.example"}, follow=True).content.decode()
    assert "Erased: 1 person, the address of 1 person who stays, 1 meeting" in done
    assert ANNA not in done
    work()
    assert desk.uids() == {"shop"}
    assert not Person.objects.filter(pk=goes.pk).exists()
    assert list(stays.addresses.values_list("folded", flat=True)) == ["lindt@home.example"]
    assert [action for action, _ in noted(alice)] == ["erased"]


def test_it_is_listed_among_the_blocks_without_the_address_and_lifted_there(as_alice: Client, as_bob: Client, alice: Member, desk: Desk):
    as_alice.post(f"{AT}erase/", {"address": ANNA, "again": ANNA})
    block = Block.objects.of(alice.workspace).get()
    for client in (as_alice, as_bob):
        page = client.get("/settings/blocks/").content.decode()
        assert "An erased person" in page
        assert ANNA not in page
        assert block.pattern not in page
    assert as_bob.post(f"/settings/blocks/{block.pk}/remove/").status_code == 403
    as_alice.post(f"/settings/blocks/{block.pk}/remove/")
    assert not Block.objects.exists()
    assert as_alice.post("/settings/blocks/", {"kind": "erased", "text": "x", "confirmed": "1"}).status_code == 422


@pytest.mark.parametrize("path", ["", "export/json/", "erase/"])
def test_it_is_for_admins_only_and_ends_at_the_workspaces_border(as_bob: Client, as_charlie: Client, desk: Desk, path: str):
    given = {"address": ANNA, "again": ANNA}
    assert as_bob.post(f"{AT}{path}", given).status_code == 403
    assert "lunch" not in as_charlie.post(f"{AT}{path}", given, follow=True).content.decode()
    assert Event.objects.filter(ical_uid="lunch").exists()
    assert "A person" not in as_bob.get("/settings/").content.decode()
    assert as_bob.get(AT).status_code == 403


@pytest.mark.parametrize("path", ["", "export/json/", "erase/"])
def test_what_is_no_address_is_said_at_its_field(as_alice: Client, path: str):
    for typed in ("", "anna", "a b@c"):
        answer = as_alice.post(f"{AT}{path}", {"address": typed})
        assert answer.status_code == 422
        assert "_error" in answer.content.decode()


def test_a_members_address_is_not_erased_so(as_alice: Client, bob: Member):
    answer = as_alice.post(f"{AT}erase/", {"address": "bob@lumen.example", "again": "bob@lumen.example"})
    assert answer.status_code == 422
    assert "This is an address of a member" in answer.content.decode()
