"""An owner's word on one meeting: its level, and out for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from metwith.calendars import queries
from metwith.calendars.actions import choose, connect, own_copy
from metwith.calendars.feed import FeedFilter
from metwith.calendars.models import Calendar, Entry, Event, Series
from metwith.calendars.overrides import MeetingLevel, TakenOut
from metwith.calendars.sync import extend_series, run
from metwith.calendars.sync.access import access
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import ChangePage, RemoteAttendee, Unreadable
from metwith.engine import lease
from metwith.lib.errors import Invalid
from metwith.workspaces.actions import set_sharing_rules
from metwith.workspaces.models import AuditLine
from tests.calendars.desk import HOUR, START, Desk, events, exception, invited_by, meeting
from tests.calendars.searching import search_titles
from tests.calendars.sync.picture import words_of
from tests.calendars.sync.test_store import Interrupted
from tests.calendars.worker import work
from tests.people import NOW, company, person

if TYPE_CHECKING:
    from metwith.records.models import Company
    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
ANNA = "anna@acme.example"


@pytest.fixture
def acme(alice: Member) -> Company:
    return company(alice, "Acme", "acme.example")


@pytest.fixture
def desk(alice: Member, acme: Company) -> Desk:
    return Desk(alice, "alice")


def event_id(uid: str, number: int = 0) -> int:
    return list(Event.objects.filter(ical_uid=uid).order_by("starts_at").values_list("pk", flat=True))[number]


def titles(viewer: Member, acme: Company) -> list[str | None]:
    """What a viewer sees of the company's meetings, earliest first."""
    found = queries.timeline_for("company", acme.pk, viewer, now=NOW, feed_filter=FeedFilter(when="upcoming"), limit=100)
    return [shown.title for shown in found.items]


def found(viewer: Member, acme: Company) -> int:
    """How many a search by title gives."""
    by_tab = queries.timeline_for("company", acme.pk, viewer, now=NOW, feed_filter=FeedFilter(q="about"), limit=100)
    everywhere = search_titles(viewer, "about", limit=100)
    assert len(by_tab.items) == len(everywhere)
    return len(everywhere)


# --- the level of one meeting -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("account", "own"), list(product(["metadata", "subject", "everything"], repeat=2)))
def test_a_meetings_own_level_goes_before_the_accounts_lower_or_higher(alice: Member, bob: Member, acme: Company, account: str, own: str):
    desk = Desk(alice, "levels", sharing=account)
    desk.put("one", ANNA, location="Room 1")
    desk.sync()
    own_copy.set_level(alice, event_id("one"), own, whole=False)
    shown = queries.meeting(bob, event_id("one"))
    assert (shown.level, shown.copies[0].level) == (own, own)
    assert (shown.title is not None, shown.location is not None) == (own != "metadata", own == "everything")
    assert found(bob, acme) == (own != "metadata")
    assert queries.meeting(alice, event_id("one")).title == "About one"
    own_copy.set_level(alice, event_id("one"), "", whole=False)
    assert queries.meeting(bob, event_id("one")).level == account
    assert found(bob, acme) == (account != "metadata")
    assert not MeetingLevel.objects.exists()


def test_it_goes_before_a_calendar_set_apart_too_and_never_beyond_the_cap(desk: Desk, alice: Member, bob: Member, acme: Company):
    desk.put("one", ANNA)
    desk.sync()
    own_copy.set_level(alice, event_id("one"), "everything", whole=False)
    Calendar.objects.of(alice.workspace).update(sharing="metadata")
    assert titles(bob, acme) == ["About one"]
    set_sharing_rules(alice, cap="metadata", default="metadata")
    assert (titles(bob, acme), found(bob, acme)) == ([None], 0)


def test_a_level_beyond_the_cap_or_of_no_meaning_is_refused(desk: Desk, alice: Member):
    desk.put("one", ANNA)
    desk.sync()
    set_sharing_rules(alice, cap="subject", default="metadata")
    for level in ("everything", "unheard-of"):
        with pytest.raises(Invalid) as refused:
            own_copy.set_level(alice, event_id("one"), level, whole=False)
        assert refused.value.field == "level"
    assert own_copy.own_copy(alice, event_id("one")).levels == ("metadata", "subject")


def test_of_a_series_one_occurrence_or_all_are_set_and_the_nearer_word_wins(desk: Desk, alice: Member, bob: Member, acme: Company):
    desk.series("daily", ANNA)
    desk.sync()
    own_copy.set_level(alice, event_id("daily", 1), "everything", whole=False)
    assert titles(bob, acme) == [None, "About daily", None]
    own_copy.set_level(alice, event_id("daily", 0), "subject", whole=True)
    assert titles(bob, acme) == ["About daily"] * 3
    assert [queries.meeting(bob, event_id("daily", n)).level for n in range(3)] == ["subject", "everything", "subject"]
    own_copy.set_level(alice, event_id("daily", 1), "", whole=False)
    assert queries.meeting(bob, event_id("daily", 1)).level == "subject"
    own_copy.set_level(alice, event_id("daily", 2), "metadata", whole=False)
    own_copy.set_level(alice, event_id("daily", 2), "", whole=True)
    assert titles(bob, acme) == [None, None, None]
    assert not MeetingLevel.objects.exists()


def test_it_survives_a_move_a_full_read_and_a_calendar_switched_off_and_on(desk: Desk, alice: Member, bob: Member, acme: Company):
    series = desk.series("daily", ANNA)
    desk.put("one", ANNA, start=START + 9 * DAY)
    desk.sync()
    own_copy.set_level(alice, event_id("daily", 1), "subject", whole=False)
    own_copy.set_level(alice, event_id("one"), "subject", whole=False)
    moved = exception(series, START + DAY, start=START + DAY + 2 * HOUR, end=START + DAY + 3 * HOUR)
    desk.server.put("work", replace(series, exceptions=(moved,)))
    desk.server.rename("work", "one", "another-id")
    desk.sync()
    assert titles(bob, acme) == [None, "About daily", None, "About one"]
    choose.choose_calendars(alice, desk.account.pk, [], NOW)
    assert titles(bob, acme) == []
    choose.choose_calendars(alice, desk.account.pk, [desk.calendar.pk], NOW)
    desk.sync()
    assert titles(bob, acme) == [None, "About daily", None, "About one"]


def test_occurrences_that_come_later_follow_their_series(desk: Desk, alice: Member):
    desk.series("weekly", ANNA, rule="FREQ=WEEKLY")
    desk.sync()
    own_copy.set_level(alice, event_id("weekly"), "subject", whole=True)
    desk.now += 30 * DAY
    assert extend_series.roll(alice.workspace_id, desk.calendar.pk, desk.now) == 4
    assert set(Entry.objects.values_list("sharing", flat=True)) == {"subject"}


def test_what_was_set_is_kept_without_a_word_of_the_meeting(desk: Desk, alice: Member):
    desk.put("one-of-a-kind", ANNA)
    desk.sync()
    own_copy.set_level(alice, event_id("one-of-a-kind"), "subject", whole=False)
    own_copy.take_out(alice, event_id("one-of-a-kind"), whole=False, now=NOW)
    kept = [*MeetingLevel.objects.values(), *TakenOut.objects.values(), *AuditLine.objects.values()]
    assert kept
    assert "one-of-a-kind" not in repr(kept)


def test_nobody_sets_the_level_of_a_copy_that_is_not_theirs(desk: Desk, alice: Member, bob: Member, charlie: Member):
    desk.put("one", ANNA, "bob@lumen.example")
    desk.sync()
    for stranger in (bob, charlie):
        for verb in (
            lambda who: own_copy.set_level(who, event_id("one"), "everything", whole=False),
            lambda who: own_copy.take_out(who, event_id("one"), whole=False, now=NOW),
            lambda who: own_copy.own_copy(who, event_id("one")),
            lambda who: own_copy.would_leave(who, event_id("one"), whole=False),
        ):
            with pytest.raises(Event.DoesNotExist):
                verb(stranger)
    assert desk.uids() == {"one"}


def test_a_colleagues_copy_keeps_its_own_level(desk: Desk, alice: Member, bob: Member):
    desk.put("one", ANNA)
    desk.sync()
    theirs = Desk(bob, "bob", sharing="metadata")
    theirs.put("one", attendees=invited_by("alice@lumen.example", ANNA))
    theirs.sync()
    own_copy.set_level(alice, event_id("one"), "everything", whole=False)
    person(alice, "Anna", ANNA)
    levels = {copy.owner: copy.level for copy in queries.meeting(bob, event_id("one")).copies}
    assert levels == {"Alice Adler": "everything", "Bob Brandt": "metadata"}


# --- out for good -----------------------------------------------------------------------------------------------------------------------


def again(desk: Desk) -> None:
    """Everything is read again, as after an expired cursor."""
    Calendar.objects.of(desk.member.workspace_id).filter(pk=desk.calendar.pk).update(cursor="")
    desk.sync()


def test_a_meeting_that_was_taken_out_goes_with_its_links_and_stays_out(desk: Desk, alice: Member, acme: Company):
    desk.put("one", ANNA)
    desk.put("two", ANNA)
    desk.sync()
    assert own_copy.take_out(alice, event_id("one"), whole=False, now=NOW) == 1
    assert events(alice) == {("two", "")}
    desk.sync()
    again(desk)
    desk.put("one", ANNA, start=START + DAY, title="Moved and renamed")
    desk.sync()
    assert desk.uids() == {"two"}
    assert desk.dropped() == {"taken-out": 1}
    assert "Moved and renamed" not in words_of(alice.workspace_id)
    desk.put("one", ANNA, recurrence=desk.series("other", ANNA).recurrence)
    desk.delete("other")
    desk.sync()
    assert desk.uids() == {"two"}


def test_let_in_again_it_is_read_again(desk: Desk, alice: Member):
    desk.put("one", ANNA)
    desk.sync()
    own_copy.take_out(alice, event_id("one"), whole=False, now=NOW)
    desk.sync()
    (row,) = own_copy.taken_out(alice)
    assert (row.taken_on, row.calendar and row.calendar.name, row.whole) == (NOW.date(), "Work", False)
    own_copy.let_in(alice, row.pk)
    work()
    desk.sync()
    assert desk.uids() == {"one"}
    assert desk.dropped() == {}
    assert [line.action for line in AuditLine.objects.order_by("pk")][-2:] == ["meeting-out", "meeting-back"]


def test_of_a_series_one_occurrence_goes_or_all(desk: Desk, alice: Member):
    series = desk.series("daily", ANNA, rule="FREQ=DAILY;COUNT=4")
    renamed = exception(series, START + DAY, title="Renamed")
    desk.server.put("work", replace(series, exceptions=(renamed,)))
    desk.sync()
    for number in (2, 1):
        own_copy.take_out(alice, event_id("daily", number), whole=False, now=NOW)
        assert len(events(alice)) == 1 + number
    assert "Renamed" not in repr(list(Series.objects.values()))
    for _again in range(2):
        assert sorted(key[:8] for _, key in events(alice)) == ["20260610", "20260613"]
        assert roll_anew(desk) == 0
        again(desk)
    assert desk.dropped() == {"taken-out": 2}
    own_copy.take_out(alice, event_id("daily"), whole=True, now=NOW)
    assert not Series.objects.exists()
    again(desk)
    assert events(alice) == set()


def roll_anew(desk: Desk) -> int:
    Series.objects.of(desk.member.workspace_id).update(expanded_until=desk.now)
    return extend_series.roll(desk.member.workspace_id, desk.calendar.pk, desk.now)


def test_an_occurrence_that_speaks_for_later_ones_leaves_them_their_words(desk: Desk, alice: Member):
    series = desk.series("daily", ANNA, rule="FREQ=DAILY;COUNT=4")
    desk.server.put("work", replace(series, exceptions=(exception(series, START + DAY, title="New topic", this_and_future=True),)))
    desk.sync()
    own_copy.take_out(alice, event_id("daily", 1), whole=False, now=NOW)
    for _again in range(2):
        assert [title for _, _, title in sorted(desk.entries())] == ["About daily", "New topic", "New topic"]
        again(desk)


def test_an_occurrence_that_is_out_stays_out_when_it_moves_or_comes_without_its_series(desk: Desk, alice: Member):
    series = desk.series("daily", ANNA)
    desk.sync()
    own_copy.take_out(alice, event_id("daily", 1), whole=False, now=NOW)
    moved = exception(series, START + DAY, start=START + 7 * DAY, end=START + 7 * DAY + HOUR, title="Moved")
    desk.server.put("work", replace(series, exceptions=(moved,)))
    desk.sync()
    assert sorted(key[:8] for _, key in events(alice)) == ["20260610", "20260612"]
    desk.server.put("work", replace(moved, id="daily"))
    desk.sync()
    assert events(alice) == set()
    assert "Moved" not in words_of(alice.workspace_id)


def test_colleagues_keep_their_copies_and_the_meeting_stays_with_them(desk: Desk, alice: Member, bob: Member):
    for owner in (desk, Desk(bob, "bob")):
        owner.put("one", attendees=invited_by("alice@lumen.example", ANNA), title=f"Of {owner.member}")
        owner.sync()
    going = own_copy.would_leave(alice, event_id("one"), whole=False)
    assert (going.copies, going.gone, going.colleagues, going.from_file) == (1, 0, ("Bob Brandt",), False)
    own_copy.take_out(alice, event_id("one"), whole=False, now=NOW)
    assert [copy.owner for copy in queries.meeting(bob, event_id("one")).copies] == ["Bob Brandt"]
    with pytest.raises(TakenOut.DoesNotExist):
        own_copy.let_in(bob, TakenOut.objects.get().pk)
    assert not own_copy.taken_out(bob)


def test_a_sync_under_way_does_not_bring_it_back(desk: Desk, alice: Member):
    one = desk.put("one", ANNA)
    desk.sync()
    Calendar.objects.update(cursor="")
    calendar = lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    assert calendar
    pages = [ChangePage(), ChangePage(events=(replace(one, title="Late"),), cursor="end")]
    interrupted = Interrupted(pages, lambda: own_copy.take_out(alice, event_id("one"), whole=False, now=NOW))
    with pytest.raises(lease.LeaseLost):
        run.read_calendar(calendar, access(calendar), interrupted, lambda: desk.now)
    assert desk.uids() == set()


def test_it_stays_out_of_every_calendar_of_the_member_also_when_connected_anew(desk: Desk, alice: Member):
    desk.put("one", ANNA)
    desk.sync()
    own_copy.take_out(alice, event_id("one"), whole=False, now=NOW)
    connect.disconnect(alice, desk.account.pk, purge=True, now=NOW)
    (row,) = own_copy.taken_out(alice)
    assert row.calendar is None
    anew = Desk(alice, "anew")
    anew.put("one", ANNA)
    anew.put("two", ANNA)
    anew.sync()
    assert anew.uids() == {"two"}


def test_what_cannot_be_read_is_no_matter(desk: Desk, alice: Member):
    desk.put("one", ANNA)
    desk.server.put("work", Unreadable("broken", "the start is not a date"))
    desk.sync()
    own_copy.take_out(alice, event_id("one"), whole=False, now=NOW)
    again(desk)
    assert desk.dropped() == {"taken-out": 1, "unreadable": 1}


def test_a_meeting_with_the_same_title_and_people_is_another_one(desk: Desk, alice: Member):
    desk.put("one", ANNA)
    desk.sync()
    own_copy.take_out(alice, event_id("one"), whole=False, now=NOW)
    desk.server.put("work", replace(meeting("two", alice.user.email), attendees=(RemoteAttendee(ANNA),), title="About one"))
    desk.sync()
    assert desk.uids() == {"two"}
