"""Why is it here, in a viewer's eyes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from metwith.calendars.actions import own_copy
from metwith.calendars.models import Calendar, Event
from metwith.calendars.transparency.explain import CopySource, why
from metwith.web.calendar.meeting.why import sentences
from metwith.workspaces import addresses
from metwith.workspaces.actions import add_member, create_token, set_sharing_rules
from tests.calendars.desk import Desk
from tests.calendars.worker import work
from tests.people import NOW, holds, person
from tests.web.conftest import signed_in

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"


def the_event() -> int:
    return Event.objects.get().pk


def test_calendars_are_named_for_their_owner_only_and_outsiders_for_everybody(alice: Member, bob: Member):
    anna = person(alice, "Anna", ANNA)
    desk = Desk(alice, "alice")
    desk.put("one", ANNA, "bob@lumen.example")
    desk.sync()
    mine, theirs = why(alice, the_event()), why(bob, the_event())
    assert mine.sources == (CopySource("Alice Adler", mine=True, calendar="Work"),)
    assert theirs.sources == (CopySource("Alice Adler", mine=False, calendar=""),)
    assert mine.outsiders == theirs.outsiders == (ANNA,)
    assert [(reason.record.id, reason.because) for reason in mine.records] == [(anna.pk, ANNA)]
    assert (mine.setting, theirs.setting) == ("own", "took-part")
    assert sentences(mine) == (
        "It is in your calendar “Work”.",
        "It came in because anna@acme.example is not one of you.",
        "You see all of it because it is in your calendar.",
    )
    assert "Work" not in " ".join(sentences(theirs))


def test_who_takes_part_by_a_named_address_is_told_what_a_vouching_would_open(alice: Member, bob: Member):
    person(alice, "Anna", ANNA)
    holds(bob, "b@home.example", "given")
    desk = Desk(alice, "alice")
    desk.put("one", ANNA, "b@home.example")
    desk.sync()
    work()
    dora = add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora", now=NOW)
    holds(dora, ANNA, "typed", account_id=5)
    told = "your address is not confirmed yet"
    assert told in sentences(why(bob, the_event()))[-1]
    page = signed_in(bob).get(f"/meetings/{the_event()}/").content.decode()
    assert page.count(told) == 2
    assert 'href="/settings/you/addresses/"' in page
    assert "can change that" not in page
    for other in (alice, dora):
        # A claimed address is a stranger's in a colleague's calendar: nothing is told of it.
        assert told not in " ".join(sentences(why(other, the_event())))
        assert told not in signed_in(other).get(f"/meetings/{the_event()}/").content.decode()
    addresses.vouch(alice, bob.pk, "b@home.example", NOW)
    work()
    assert sentences(why(bob, the_event()))[-1] == "You see all of it because you are among the participants."


def test_nobody_is_an_outsider_in_their_own_calendar_by_an_address_that_they_claim(alice: Member, bob: Member):
    person(alice, "Anna", ANNA)
    desk = Desk(alice, "alice")
    holds(alice, "a@home.example", "typed", account_id=desk.account.pk)
    desk.put("one", ANNA, "a@home.example")
    desk.sync()
    work()
    assert why(alice, the_event()).outsiders == (ANNA,)
    assert why(bob, the_event()).outsiders == ("a@home.example", ANNA)


def test_the_setting_that_decides_is_named(alice: Member, bob: Member):
    person(alice, "Anna", ANNA)
    desk = Desk(alice, "alice", sharing="subject")
    desk.series("daily", ANNA, rule="FREQ=DAILY;COUNT=1")
    desk.sync()

    def seen() -> tuple[str, str, bool]:
        found = why(bob, the_event())
        return found.setting, found.level, found.capped

    assert seen() == ("account", "subject", False)
    Calendar.objects.update(sharing="everything")
    assert seen() == ("calendar", "everything", False)
    own_copy.set_level(alice, the_event(), "metadata", whole=True)
    assert seen() == ("series", "metadata", False)
    own_copy.set_level(alice, the_event(), "everything", whole=False)
    assert seen() == ("meeting", "everything", False)
    assert sentences(why(bob, the_event()))[-1] == "You see all of it: Alice Adler set that for this one meeting."
    set_sharing_rules(alice, cap="metadata", default="metadata")
    assert seen() == ("meeting", "metadata", True)
    assert sentences(why(bob, the_event()))[-1] == (
        "You see when it is and who takes part: the workspace allows no more, whatever Alice Adler shares."
    )


def test_a_single_meeting_is_no_series(alice: Member, bob: Member):
    person(alice, "Anna", ANNA)
    desk = Desk(alice, "alice")
    desk.put("one", ANNA)
    desk.sync()
    own_copy.set_level(alice, the_event(), "subject", whole=True)
    assert why(bob, the_event()).setting == "meeting"


def test_the_copy_that_speaks_and_the_copy_that_is_shown_may_be_of_different_people(alice: Member, bob: Member):
    person(alice, "Anna", ANNA)
    first, second = Desk(alice, "alice"), Desk(bob, "bob", sharing="subject")
    event = first.put("one", ANNA, sequence=3)
    second.server.put("work", replace(event, sequence=1))
    first.sync()
    second.sync()
    dora = add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora", now=NOW)
    work()
    found = why(dora, the_event())
    assert (found.times_from.owner, found.times_because) == ("Alice Adler", "organizer")
    assert (found.seen_of.owner, found.level) == ("Bob Brandt", "subject")
    assert sentences(found)[0] == "It is in a calendar of Alice Adler and Bob Brandt."
    assert "Its times are those of the copy of Alice Adler: it is the organizer's own." in sentences(found)


def test_another_workspaces_meeting_is_not_found(alice: Member, charlie: Member):
    desk = Desk(alice, "alice")
    desk.put("one", ANNA)
    desk.sync()
    with pytest.raises(Event.DoesNotExist):
        why(charlie, the_event())


def test_a_meeting_on_no_record_is_found_only_by_whose_it_is_and_who_took_part(alice: Member, bob: Member):
    """Else whoever counts through the numbers is told whom their colleagues meet."""
    dora = add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora", now=NOW)
    desk = Desk(alice, "alice", sharing="everything")
    desk.put("one", ANNA, "bob@lumen.example")
    desk.sync()
    assert why(alice, the_event()).outsiders == why(bob, the_event()).outsiders == (ANNA,)
    with pytest.raises(Event.DoesNotExist):
        why(dora, the_event())
    token = create_token(dora, "a program", now=NOW)
    answer = Client(headers={"Authorization": f"Bearer {token}"}).get(f"/api/v1/meetings/{the_event()}/why")
    assert answer.status_code == 404
    assert ANNA not in answer.content.decode()
    person(alice, "Anna", ANNA)
    work()
    assert why(dora, the_event()).outsiders == (ANNA,)


def test_the_page_of_a_meeting_reads_it_once(alice: Member):
    desk = Desk(alice, "alice")
    desk.put("one", "anna@acme.example")
    desk.sync()
    browser = signed_in(alice)
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(f"/meetings/{Event.objects.of(alice.workspace).get().pk}/")
    assert page.status_code == 200
    assert sum("e.description, e.location" in query["sql"] for query in asked.captured_queries) == 1
