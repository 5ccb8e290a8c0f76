"""A meeting's page says that there is another of the same identifier and start, to whoever may know of it; and when colleagues see it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.models import Event
from metwith.calendars.transparency import twins
from metwith.calendars.vocabulary import RemoteAttendee
from metwith.workspaces import actions as workspaces
from tests.calendars.desk import START, Desk
from tests.people import NOW, person
from tests.remembered import once
from tests.web.conftest import signed_in

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

ALICE, ANNA, ZOE = "alice@lumen.example", "anna@acme.example", "zoe@other.example"


def put(desk: Desk, organizer: str, *guests: str, **facts: object) -> Event:
    """The meeting `plan` in a desk's calendar, as `organizer` planned it."""
    desk.put("plan", attendees=(RemoteAttendee(organizer, organizer=True), *map(RemoteAttendee, guests)), **facts)
    desk.sync()
    return Event.objects.of(desk.member.workspace).order_by("-pk")[0]


@once
def dora(alice: Member) -> Member:
    """Has no calendar."""
    return workspaces.add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora", now=NOW)


def test_each_says_that_there_is_the_other(alice: Member, bob: Member, dora: Member) -> None:
    person(alice, "Anna", ANNA)
    person(alice, "Zoe", ZOE)
    first = put(Desk(alice, "alice"), ANNA, ALICE, title="The real one")
    second = put(Desk(bob, "bob"), ZOE, "bob@lumen.example", title="The other one", start=START + timedelta(days=1))
    assert first.pk != second.pk
    for member in (alice, bob, dora):
        assert [other.id for other in twins.twins_of(member, first.pk)] == [second.pk]
        page = signed_in(member).get(f"/meetings/{first.pk}/").content.decode()
        assert f'href="/meetings/{second.pk}/"' in page
        assert "organized by Zoe" in page
        assert ("The other one" in page) is False
        assert f'href="/meetings/{first.pk}/"' in signed_in(member).get(f"/meetings/{second.pk}/").content.decode()


def test_of_one_that_is_on_no_record_only_those_hear_who_may_know_of_it(alice: Member, bob: Member, dora: Member) -> None:
    person(alice, "Anna", ANNA)
    first = put(Desk(alice, "alice"), ANNA, ALICE)
    second = put(Desk(bob, "bob"), ZOE, "bob@lumen.example")
    assert [other.id for other in twins.twins_of(bob, first.pk)] == [second.pk]
    for member in (alice, dora):
        assert twins.twins_of(member, first.pk) == ()
        assert f"/meetings/{second.pk}/" not in signed_in(member).get(f"/meetings/{first.pk}/").content.decode()
    assert twins.twins_of(bob, first.pk, view_as=dora.pk) == ()


def test_nothing_is_said_of_other_meetings_or_other_workspaces(alice: Member, charlie: Member) -> None:
    person(alice, "Anna", ANNA)
    mine = put(Desk(alice, "alice"), ANNA, ALICE)
    put(Desk(charlie, "charlie"), ZOE, "charlie@harbour.example")
    assert twins.twins_of(alice, mine.pk) == ()
    assert twins.twins_of(charlie, mine.pk) == ()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"start": START + timedelta(days=3)}, "see it at another time: Wednesday 10 June, 09:00–10:00"),
        (
            {"cancelled": True},
            "has it as cancelled. Colleagues without a copy of their own see it like this: Wednesday 10 June, 09:00–10:00",
        ),
        ({}, ""),
    ],
)
def test_whose_own_copy_says_otherwise_is_told_what_colleagues_see(
    alice: Member, bob: Member, dora: Member, facts: dict[str, object], said: str
) -> None:
    person(alice, "Anna", ANNA)
    event = put(Desk(alice, "alice"), ANNA, ALICE, "bob@lumen.example", sequence=2)
    put(Desk(bob, "bob"), ANNA, ALICE, "bob@lumen.example", sequence=1, **facts)
    mine = signed_in(bob).get(f"/meetings/{event.pk}/").content.decode()
    assert said in mine
    assert ("Colleagues without a copy" in mine) is bool(said)
    for member in (alice, dora):
        assert "Colleagues without a copy" not in signed_in(member).get(f"/meetings/{event.pk}/").content.decode()


def test_whose_own_copy_stands_although_others_see_it_as_cancelled_is_told_so(alice: Member, bob: Member) -> None:
    person(alice, "Anna", ANNA)
    event = put(Desk(alice, "alice"), ANNA, ALICE, "bob@lumen.example", sequence=2, cancelled=True)
    put(Desk(bob, "bob"), ANNA, ALICE, "bob@lumen.example", sequence=1)
    assert "see it as cancelled" in signed_in(bob).get(f"/meetings/{event.pk}/").content.decode()
