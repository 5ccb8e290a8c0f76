"""The feeds of all meetings: what stands on any record, and what is a viewer's own; each once, in order, a page at a time."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metwith.calendars import queries
from metwith.calendars.actions import link, share
from metwith.calendars.feed import EVERYBODY, MINE, FeedFilter, PageRequest, Whose
from metwith.calendars.models import Event
from metwith.lib.errors import Invalid
from tests.calendars.desk import HOUR, Desk, invited_by, uid_of
from tests.calendars.worker import work
from tests.people import NOW, company, holds, person
from tests.remembered import once
from tests.savepoints import undone

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
ANNA, KIM = "anna@acme.example", "kim@kin.example"


def listed(viewer: Member, whose: Whose, *, limit: int = 100, rising: bool = False, **narrowed: object) -> list[str]:
    """All pages, as UIDs."""
    found: list[str] = []
    cursor = None
    while True:
        turn = PageRequest(FeedFilter(**narrowed), cursor, limit, earliest_first=rising)  # type: ignore[arg-type]
        page = queries.timelines(whose, viewer, [turn], now=NOW).pages[0]
        assert len(page.items) <= limit
        found += [uid_of(meeting) for meeting in page.items]
        cursor = page.next
        if cursor is None:
            return found


@once
def desks(alice: Member, bob: Member) -> dict[str, Desk]:
    company(alice, "Acme", "acme.example")
    person(alice, "Anna", ANNA)
    return {"alice": Desk(alice, "alice"), "bob": Desk(bob, "bob")}


def test_everybody_is_what_stands_on_records_each_once(desks: dict[str, Desk], alice: Member, bob: Member) -> None:
    desks["alice"].put("hers", ANNA, start=NOW - DAY)
    desks["alice"].put("private-life", KIM, start=NOW - 2 * DAY)
    both = invited_by(alice.user.email, bob.user.email, ANNA)
    for desk in desks.values():
        desk.put("both", attendees=both, start=NOW + DAY)
    desks["bob"].put("his", ANNA, start=NOW - 3 * DAY)
    for desk in desks.values():
        desk.sync()
    assert listed(alice, EVERYBODY) == ["both", "hers", "his"]
    assert listed(bob, EVERYBODY, rising=True) == ["his", "hers", "both"]
    assert listed(alice, MINE) == ["both", "hers", "private-life"]
    assert listed(bob, MINE) == ["both", "his"]


def test_what_names_a_member_by_a_verified_address_is_theirs(desks: dict[str, Desk], alice: Member, bob: Member) -> None:
    holds(bob, "bobby@home.example", "typed")
    desks["alice"].put("named", KIM, bob.user.email, start=NOW - DAY)
    desks["alice"].put("claimed", KIM, "bobby@home.example", start=NOW - 2 * DAY)
    desks["alice"].put("on-record", ANNA, bob.user.email, start=NOW - 3 * DAY)
    desks["alice"].sync()
    assert listed(bob, MINE) == ["named", "on-record"]
    assert listed(bob, EVERYBODY) == ["on-record"]


def test_a_colleagues_meeting_on_no_record_is_in_nobodys_list_count_or_search(desks: dict[str, Desk], alice: Member, bob: Member) -> None:
    share.set_sharing(alice, desks["alice"].account.pk, "everything")
    desks["alice"].put("off", KIM, start=NOW - DAY, title="Quartz")
    desks["alice"].sync()
    assert listed(bob, EVERYBODY) == listed(bob, MINE) == listed(bob, EVERYBODY, q="Quartz") == []
    assert listed(alice, MINE, q="Quartz") == ["off"]
    link.link_by_hand(alice, Event.objects.of(alice.workspace).get().pk, "company", company(alice, "Kin").pk)
    assert listed(bob, EVERYBODY, q="Quartz") == ["off"]


def test_a_search_finds_only_titles_that_one_may_see(desks: dict[str, Desk], alice: Member, bob: Member) -> None:
    desks["alice"].put("hers", ANNA, start=NOW - DAY, title="Quartz")
    desks["alice"].sync()
    assert (listed(bob, EVERYBODY, q="quartz"), listed(alice, EVERYBODY, q="quartz"), listed(alice, MINE, q="quartz")) == (
        [],
        ["hers"],
        ["hers"],
    )
    share.set_sharing(alice, desks["alice"].account.pk, "subject")
    assert listed(bob, EVERYBODY, q="quartz") == ["hers"]


def test_whose_own_copy_is_at_another_time_has_it_then(desks: dict[str, Desk], alice: Member, bob: Member) -> None:
    people = invited_by(alice.user.email, bob.user.email, ANNA)
    desks["alice"].put("moved", attendees=people, start=NOW + 5 * DAY)
    desks["bob"].put("moved", attendees=people, start=NOW - 5 * DAY)
    desks["alice"].put("between", ANNA, start=NOW)
    for desk in desks.values():
        desk.sync()
    assert listed(alice, EVERYBODY) == ["moved", "between"]
    assert listed(bob, EVERYBODY) == ["between", "moved"]
    assert listed(bob, MINE, when="past") == ["moved"]
    assert listed(alice, MINE, when="upcoming") == ["between", "moved"]


def test_it_is_narrowed_as_a_record_is(desks: dict[str, Desk], alice: Member, bob: Member) -> None:
    desks["alice"].put("hers", ANNA, start=NOW - DAY)
    desks["bob"].put("his", ANNA, start=NOW - 2 * DAY)
    desks["bob"].put("off", ANNA, start=NOW - 3 * DAY, cancelled=True)
    for desk in desks.values():
        desk.sync()
    assert listed(alice, EVERYBODY, colleague=bob.pk) == ["his", "off"]
    assert listed(alice, EVERYBODY, cancelled=False) == ["hers", "his"]
    assert listed(alice, EVERYBODY, start=(NOW - 2 * DAY).date(), end=(NOW - DAY).date()) == ["his"]
    assert listed(bob, MINE, cancelled=False) == ["his"]


@pytest.mark.parametrize("whose", [EVERYBODY, MINE])
def test_a_cursor_that_is_none_is_refused(desks: dict[str, Desk], alice: Member, whose: Whose) -> None:
    with pytest.raises(Invalid):
        queries.timelines(whose, alice, [PageRequest(cursor="nonsense")], now=NOW)


def test_only_a_record_is_met(desks: dict[str, Desk], alice: Member) -> None:
    with pytest.raises(ValueError, match="record"):
        queries.timelines(EVERYBODY, alice, [PageRequest(FeedFilter("past", figure=True))], now=NOW)


STEPS = st.lists(
    st.tuples(st.sampled_from(["alice", "bob"]), st.integers(0, 4), st.integers(-3, 3), st.sampled_from([ANNA, KIM])), max_size=12
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, limit=st.integers(1, 3), rising=st.booleans())
def test_pages_of_any_size_are_the_whole_list_in_the_viewers_own_order(
    desks: dict[str, Desk], alice: Member, bob: Member, steps: list[tuple[str, int, int, str]], limit: int, *, rising: bool
) -> None:
    """Whatever copies say apart, moved or not: each meeting once, at the time at which it is shown, and Mine is what one has or is named in."""
    with undone():
        for owner, number, day, guest in steps:
            people = invited_by(alice.user.email, bob.user.email if number % 2 else KIM, guest)
            desks[owner].put(f"m{number}", attendees=people, start=NOW + day * DAY + number * HOUR)
        for desk in desks.values():
            desk.sync()
        work()
        for viewer in (alice, bob):
            for whose in (EVERYBODY, MINE):
                paged = listed(viewer, whose, limit=limit, rising=rising)
                assert paged == listed(viewer, whose, rising=rising)
                assert len(paged) == len(set(paged))
                page = queries.timelines(whose, viewer, [PageRequest(limit=100, earliest_first=rising)], now=NOW).pages[0]
                starts = [meeting.starts_at for meeting in page.items]
                assert all((a <= b) if rising else (a >= b) for a, b in pairwise(starts))
        for owner, number in {(owner, number) for owner, number, *_ in steps}:
            desks[owner].delete(f"m{number}")
