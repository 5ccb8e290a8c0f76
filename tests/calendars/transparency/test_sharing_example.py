"""One meeting at each level, as a colleague would see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.actions import share
from metwith.calendars.models import Entry
from metwith.calendars.queries import meeting as as_seen
from metwith.calendars.transparency.sharing_example import example
from metwith.rules.show import LEVELS
from tests.calendars.desk import Desk
from tests.people import NOW, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"


@pytest.fixture
def desk(alice: Member) -> Desk:
    person(alice, "Anna Lindt", ANNA)
    return Desk(alice, "example")


def titles(desk: Desk) -> set[str | None]:
    return {seen.title for seen in example(desk.member, NOW, account_id=desk.account.pk).seen.values()}


def test_the_next_meeting_is_the_example_else_the_latest(desk: Desk):
    for day in (-9, -2):
        desk.put(f"day {day}", ANNA, start=NOW + timedelta(days=day))
    desk.sync()
    assert titles(desk) == {None, "About day -2"}
    for day in (5, 3):
        desk.put(f"day {day}", ANNA, start=NOW + timedelta(days=day))
    desk.put("off", ANNA, start=NOW + timedelta(days=1), cancelled=True)
    desk.sync()
    assert titles(desk) == {None, "About day 3"}


def test_each_level_shows_what_a_colleague_sees_when_it_is_set(desk: Desk, bob: Member):
    desk.put("talk", ANNA, location="Room 4", description="Notes", join_url="https://meet.example/", attachments=("a.pdf",))
    desk.sync()
    shown = example(desk.member, NOW, account_id=desk.account.pk).seen
    event_id = Entry.objects.of(bob.workspace).get().event_id
    for level in LEVELS:
        share.set_sharing(desk.member, desk.account.pk, level)
        seen = as_seen(bob, event_id)
        ours = replace(shown[level], ical_uid=seen.ical_uid, participants=seen.participants)
        assert ours == seen
        assert {p.label for p in shown[level].participants} == {p.label for p in seen.participants} == {"Anna Lindt", "Alice Adler"}


def test_no_more_is_shown_than_the_workspace_allows(desk: Desk):
    desk.put("talk", ANNA, location="Room 4")
    desk.sync()
    desk.member.workspace.sharing_cap = "subject"
    desk.member.workspace.save()
    seen = example(desk.member, NOW, account_id=desk.account.pk).seen["everything"]
    assert (seen.title, seen.location, seen.level) == ("About talk", None, "subject")


def test_without_a_meeting_the_example_is_invented_and_says_so(desk: Desk):
    found = example(desk.member, NOW, account_id=desk.account.pk)
    assert found.invented
    assert [bool(seen.title) for seen in found.seen.values()] == [False, True, True]
    assert found.seen["everything"].location
    assert [p.outsider for p in found.seen["metadata"].participants] == [True, False]


def test_a_colleagues_meeting_is_never_the_example(desk: Desk, bob: Member):
    desk.put("talk", ANNA)
    desk.sync()
    assert example(bob, NOW, account_id=desk.account.pk).invented
