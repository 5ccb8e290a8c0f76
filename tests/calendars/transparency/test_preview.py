"""What would come in, before anything is stored."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.accounts import blocks
from metwith.accounts.models import Account
from metwith.calendars.actions import connect
from metwith.calendars.models import Calendar, Entry, Event, Trace
from metwith.calendars.providers import memory
from metwith.calendars.sync.run import sync_calendar
from metwith.calendars.transparency import preview
from metwith.calendars.vocabulary import AttendeeKind, Recurrence, RemoteCalendar, Unreadable, Visibility
from metwith.engine.errors import ProviderBroken
from tests.calendars.desk import exception, meeting
from tests.everywhere import stored
from tests.people import NOW, person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.calendars.providers.catalogue import Connected
    from metwith.calendars.providers.memory import MemoryServer
    from metwith.calendars.transparency.preview import Look
    from metwith.workspaces.models import Member

ALICE, ANNA, BOB = "alice@lumen.example", "anna@acme.example", "bob@lumen.example"


@pytest.fixture
def office() -> Iterator[MemoryServer]:
    memory.forget_servers("preview")
    found = memory.server("preview")
    found.add_calendar(RemoteCalendar("work", "Work", primary=True))
    found.add_calendar(RemoteCalendar("side", "Side"))
    yield found
    memory.forget_servers("preview")


def connected(member: Member) -> Connected:
    return connect.try_connection(member, "memory", address=member.user.email, server="memory:preview", now=lambda: NOW)


def look(member: Member, *calendars: str, sharing: str = "metadata") -> Look:
    return preview.preview_connection(member, connected(member), calendars or ("work",), sharing, clock=lambda: NOW)


def fill(office: MemoryServer) -> None:
    """One of each kind."""
    office.put("work", meeting("talk", ALICE, ANNA, start=NOW + timedelta(days=3)))
    office.put("work", meeting("past", ALICE, ANNA, start=NOW - timedelta(days=3)))
    weekly = meeting("weekly", ALICE, ANNA, recurrence=Recurrence(rules=("FREQ=WEEKLY;COUNT=5",)))
    private = exception(weekly, weekly.start + timedelta(weeks=1), visibility=Visibility.PRIVATE)
    office.put("work", replace(weekly, exceptions=(private,)))
    office.put("work", meeting("team", ALICE, BOB))
    office.put("work", meeting("doctor", ALICE, ANNA, visibility=Visibility.PRIVATE))
    office.put("work", meeting("alone", ALICE))
    office.put("work", meeting("spam", ALICE, "x@blocked.example"))
    office.put("work", Unreadable("odd", "the start is not a date"))


def test_a_look_says_what_the_first_reading_then_brings(alice: Member, bob: Member, office: MemoryServer):
    fill(office)
    blocks.add_blocks(alice, "who", ["blocked.example"], everybody=False)
    found = look(alice)
    assert (found.meetings, found.read, found.whole) == (6, 8, True)
    assert found.dropped == {"internal": 1, "private": 2, "not-a-meeting": 1, "blocked": 1, "unreadable": 1}
    connect.keep_connection(alice, connected(alice), calendars=["work"], sharing="metadata", new_people="off", now=NOW)
    calendar = Calendar.objects.of(alice.workspace).get(enabled=True)
    sync_calendar(alice.workspace_id, calendar.pk, clock=lambda: NOW)
    assert Entry.objects.of(alice.workspace).count() == found.meetings
    traces = list(Trace.objects.of(alice.workspace).values_list("reason", flat=True))
    assert {reason: traces.count(reason) for reason in traces} == found.dropped


def test_the_account_that_is_about_to_be_connected_is_one_of_us(alice: Member, office: MemoryServer):
    office.own_addresses = ("a.adler@home.example",)
    office.put("work", meeting("myself", ALICE, "a.adler@home.example"))
    office.put("work", meeting("sent", "a.adler@home.example", ANNA))
    found = look(alice)
    assert found.dropped == {"not-a-meeting": 1}


def test_an_address_stands_for_its_owner_as_colleagues_will_see_it(alice: Member, bob: Member, office: MemoryServer):
    """Claimed ones are a stranger's there, on record or not; those that the provider verifies are the owner's."""
    person(alice, "Priya Nair", "priya@bright.example")
    office.own_addresses = ("priya@bright.example", "a.adler@home.example")
    office.put("work", meeting("sent", "a.adler@home.example", "priya@bright.example", ANNA, BOB))

    def labels(*verified: str) -> dict[str, str]:
        account = replace(connected(alice), verified=frozenset(verified))
        shown = preview.preview_connection(alice, account, ["work"], "metadata", clock=lambda: NOW).upcoming[0]
        return {p.label: "outsider" if p.outsider else p.member_name for p in shown.participants}

    others = {ANNA: "outsider", "Bob Brandt": "Bob Brandt", "Priya Nair": "outsider"}
    assert labels() == others | {"a.adler@home.example": "outsider"}
    assert labels("a.adler@home.example", BOB) == others | {"Alice Adler": "Alice Adler"}


def test_rows_are_what_a_colleague_sees_at_the_chosen_level(alice: Member, office: MemoryServer):
    person(alice, "Anna Lindt", ANNA)
    office.put("work", meeting("talk", ALICE, ANNA, title="Price", location="Room 4", description="Secret"))
    for level, title, place in (("metadata", None, None), ("subject", "Price", None), ("everything", "Price", "Room 4")):
        row = look(alice, sharing=level).upcoming[0]
        assert (row.title, row.location, row.level) == (title, place, level)
        assert [p.label for p in row.participants] == ["Anna Lindt", "Alice Adler"]
        assert not row.took_part


def test_the_workspace_may_allow_less_than_was_chosen(alice: Member, office: MemoryServer):
    office.put("work", meeting("talk", ALICE, ANNA))
    alice.workspace.sharing_cap = "metadata"
    alice.workspace.save()
    found = look(alice, sharing="everything")
    assert (found.level, found.upcoming[0].title) == ("metadata", None)


def test_the_nearest_come_first_and_the_latest_too(alice: Member, office: MemoryServer):
    for day in range(-6, 7):
        office.put("work", meeting(f"day {day}", ALICE, ANNA, start=NOW + timedelta(days=day, hours=1)))
    found = look(alice, sharing="subject")
    assert [m.title for m in found.upcoming] == [f"About day {day}" for day in (0, 1, 2, 3)]
    assert [m.title for m in found.latest] == [f"About day {day}" for day in (-1, -2, -3, -4)]


def test_what_two_calendars_hold_counts_once_and_one_that_is_not_chosen_is_not_asked(alice: Member, office: MemoryServer):
    office.put("work", meeting("talk", ALICE, ANNA))
    office.put("side", meeting("talk", ALICE, ANNA))
    office.put("side", meeting("doctor", ALICE, ANNA, visibility=Visibility.PRIVATE))
    office.put("work", meeting("doctor", ALICE, ANNA, visibility=Visibility.PRIVATE))
    found = look(alice, "work", "side")
    assert (found.meetings, found.dropped) == (1, {"private": 2})
    assert look(alice, "work").dropped == {"private": 1}


def test_pages_that_come_twice_count_once(alice: Member, office: MemoryServer):
    fill(office)
    once = look(alice)
    office.faults.replays = True
    again = look(alice)
    assert (again.meetings, again.dropped) == (once.meetings, once.dropped)


def test_a_look_ends_after_two_thousand_items(alice: Member, office: MemoryServer):
    for number in range(preview.MOST + 100):
        office.put("work", meeting(f"m{number}", ALICE, ANNA))
    found = look(alice, "work", "side")
    assert (found.meetings, found.read, found.whole) == (preview.MOST, preview.MOST, False)


def test_a_calendar_of_just_so_many_was_seen_whole(alice: Member, office: MemoryServer):
    office.page_size = 1000
    for number in range(preview.MOST):
        office.put("work", meeting(f"m{number}", ALICE, ANNA))
    found = look(alice, "work", "side")
    assert (found.read, found.whole) == (preview.MOST, True)


def test_a_look_ends_when_it_takes_too_long(alice: Member, office: MemoryServer):
    office.page_size = 1
    fill(office)
    times = iter(NOW + timedelta(seconds=4 * n) for n in range(100))
    found = preview.preview_connection(alice, connected(alice), ["work", "side"], "metadata", clock=lambda: next(times))
    assert not found.whole
    assert 0 < found.read < 8


def test_a_provider_that_breaks_says_so(alice: Member, office: MemoryServer):
    account = connected(alice)
    office.faults.broken = True
    with pytest.raises(ProviderBroken):
        preview.preview_connection(alice, account, ["work"], "metadata", clock=lambda: NOW)


def test_a_look_leaves_nothing_behind(alice: Member, office: MemoryServer, caplog: pytest.LogCaptureFixture):
    for visibility in Visibility:
        office.put("work", meeting(f"m-{visibility}", ALICE, "zoe@marker.example", title="MARKER", visibility=visibility))
    before = stored()
    with caplog.at_level(logging.DEBUG):
        assert look(alice, sharing="everything").upcoming[0].title == "MARKER"
    assert "marker" not in caplog.text.lower()
    assert stored() == before
    for model in (Account, Calendar, Event, Entry, Trace):
        assert not model.objects.across_workspaces("none anywhere").exists()


def test_rooms_are_no_participants(alice: Member, office: MemoryServer):
    event = meeting("talk", ALICE, ANNA, "room@lumen.example")
    people = tuple(replace(a, kind=AttendeeKind.ROOM) if a.address.startswith("room") else a for a in event.attendees)
    office.put("work", replace(event, attendees=people))
    assert {p.address for p in look(alice).upcoming[0].participants} == {ALICE, ANNA}


def test_what_never_ends_is_bounded(alice: Member, office: MemoryServer):
    for number in range(80):
        office.put("work", meeting(f"s{number}", ALICE, ANNA, recurrence=Recurrence(rules=("FREQ=DAILY",))))
    office.page_size = 10
    found = look(alice)
    assert found.meetings < preview.MOST_MEETINGS + 10 * 400
    assert not found.whole
