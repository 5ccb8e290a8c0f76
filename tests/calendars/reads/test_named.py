"""Whom a copy names is asked in the database (calendars/reads/named.py), and comes to the same as reading its list would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars import queries
from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.rules import precedence, sieve
from tests.calendars.desk import Desk
from tests.calendars.searching import search_titles
from tests.people import NOW, company, holds
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

BOB, ROBERT = "bob@lumen.example", "robert@lumen.example"
MANY = [f"guest{number}@elsewhere.example" for number in range(3 * sieve.SHORT)]


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "named")


@pytest.mark.parametrize("forgotten", [False, True], ids=["with a sieve", "from before there were sieves"])
@pytest.mark.parametrize("by", [BOB, ROBERT])
@pytest.mark.parametrize("guests", [0, len(MANY)])
def test_who_is_named_in_a_list_of_any_length_sees_the_title_and_finds_it(
    alice: Member, bob: Member, desk: Desk, *, by: str, guests: int, forgotten: bool
) -> None:
    acme = company(alice, "Acme", "acme.test")
    holds(bob, ROBERT, "provider", account_id=99)
    desk.put("with", "anna@acme.test", *MANY[:guests], by)
    desk.put("without", "anna@acme.test", *MANY[:guests])
    desk.sync()
    assert Entry.objects.filter(sieve=None).count() == (0 if guests else 2)
    if forgotten:
        Entry.objects.update(sieve=None)
    shown = queries.timeline_for("company", acme.pk, bob, now=NOW).items
    assert {m.title for m in shown} == {"About with", None}
    assert [m.title for m, _ in search_titles(bob, "about")] == ["About with"]


def many_times(desk: Desk, times: int) -> None:
    """The same copy in so many calendars of the same account."""
    (entry,) = Entry.objects.all()
    calendars = [
        Calendar(workspace_id=entry.workspace_id, account_id=desk.account.pk, remote_id=f"more {number}", name="More", enabled=True)
        for number in range(times - 1)
    ]
    for calendar in Calendar.objects.bulk_create(calendars):
        entry.pk, entry.calendar_id, entry._state.adding = None, calendar.pk, True
        entry.save()


def test_of_one_members_hundred_copies_a_page_reads_a_few_and_shows_the_same(alice: Member, bob: Member, desk: Desk) -> None:
    desk.put("one", "anna@acme.test", *MANY, BOB)
    desk.sync()
    event = Event.objects.get()
    seen = {viewer: queries.meeting(viewer, event.pk) for viewer in (alice, bob)}
    many_times(desk, 100)
    for viewer, before in seen.items():
        found = queries.meeting(viewer, event.pk)
        assert len(found.copies) == precedence.MOST_OF_ONE
        assert (found.title, found.level, found.took_part) == (before.title, "everything", True)


def test_of_one_members_hundred_copies_the_one_that_says_most_is_shown(alice: Member, bob: Member, desk: Desk) -> None:
    company(alice, "Acme", "acme.test")
    desk.put("one", "anna@acme.test")
    desk.sync()
    many_times(desk, 100)
    last = Entry.objects.order_by("-pk")[:1].get()
    Entry.objects.filter(pk=last.pk).update(sharing="everything", title="The one")
    assert queries.meeting(bob, last.event_id).title == "The one"
