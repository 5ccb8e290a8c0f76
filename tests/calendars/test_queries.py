from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from metwith.calendars import feed, queries
from metwith.calendars.actions import link
from metwith.calendars.feed import FeedFilter, PageRequest
from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.vocabulary import RemoteAttendee
from metwith.lib.errors import Invalid
from metwith.records import actions as records
from metwith.workspaces import actions as workspaces
from metwith.workspaces.actions import add_member
from tests.calendars.desk import HOUR, START, Desk, uid_of
from tests.calendars.searching import search_titles
from tests.people import NOW, company, holds, opportunity, person
from tests.remembered import once

DAY = timedelta(days=1)
BOB = "bob@lumen.example"


@once
def desk(alice):
    """Alice's calendar, shared with nobody beyond times and participants."""
    return Desk(alice, "queries")


@once
def acme(alice):
    return company(alice, "Acme", "acme.test")


def uids(viewer, kind, record, **asked: Any):
    turn = {name: asked.pop(name) for name in ("cursor", "limit") if name in asked}
    found = queries.timeline_for(kind, record.pk, viewer, now=NOW, feed_filter=FeedFilter(**asked), **turn)
    return [uid_of(m) for m in found.items]


def event_id(uid):
    return Event.objects.get(ical_uid=uid).pk


# --- what has a title for whom -----------------------------------------------------------------------------------------------------


def forged(desk, uid):
    """A guest whose name reads like Bob's address: he did not take part."""
    event = desk.put(uid, "anna@acme.test")
    desk.server.put("work", replace(event, attendees=(*event.attendees[:1], RemoteAttendee("anna@acme.test", name=BOB))))


@pytest.mark.parametrize("sharing", ["metadata", "subject", "everything"])
@pytest.mark.parametrize("calendar", ["", "metadata", "subject", "everything", "unheard-of"])
@pytest.mark.parametrize("meeting", ["", "metadata", "subject", "unheard-of"])
@pytest.mark.parametrize("with_bob", [True, False])
def test_a_search_finds_exactly_the_titles_that_are_shown(alice, bob, acme, *, sharing, calendar, meeting, with_bob):
    desk = Desk(alice, f"levels-{sharing}", sharing=sharing)
    desk.put("one", "anna@acme.test", *([BOB] if with_bob else []))
    forged(desk, "two")
    desk.sync()
    Calendar.objects.filter(pk=desk.calendar.pk).update(sharing=calendar)
    Entry.objects.filter(event__ical_uid="two").update(sharing=meeting)
    for viewer in (alice, bob):
        shown = {uid_of(m) for m in queries.timeline_for("company", acme.pk, viewer, now=NOW).items if m.title is not None}
        assert set(uids(viewer, "company", acme, q="about")) == shown
        assert {uid_of(m) for m, _ in search_titles(viewer, "ABOUT")} == shown


def test_an_alias_of_the_viewers_took_part_too(alice, bob, acme, desk):
    holds(bob, "robert@lumen.example", "provider", account_id=99)
    desk.put("one", "anna@acme.test", "robert@lumen.example")
    desk.sync()
    assert uids(bob, "company", acme, q="about") == ["one"]


@pytest.mark.parametrize("q", ["50%", "a_b", "back\\slash", "größe", "GRÖSSE 5"])
def test_what_is_searched_for_is_taken_by_the_letter(alice, acme, desk, q):
    desk.put("hit", "anna@acme.test", title=f"The {q} plan")
    desk.put("miss", "anna@acme.test", title="The 400 axb backslash gruse plan")
    desk.sync()
    assert uids(alice, "company", acme, q=q) == ["hit"]


def test_a_search_for_nothing_finds_nothing(alice, acme, desk):
    desk.put("one", "anna@acme.test")
    desk.sync()
    assert search_titles(alice, "  ") == ()


def test_a_list_carries_no_details_even_where_everything_may_be_seen(alice, acme, desk):
    desk.put("one", "anna@acme.test", description="Terms", location="Room 1")
    desk.sync()
    (listed,) = queries.timeline_for("company", acme.pk, alice, now=NOW).items
    (full,) = queries.timeline_for("company", acme.pk, alice, now=NOW, details=True).items
    assert (listed.title, listed.description, listed.location, listed.attachments) == ("About one", None, None, None)
    assert (full.description, full.location, full.attachments) == ("Terms", "Room 1", ())


def test_the_copy_that_shows_most_speaks_and_each_copys_owner_is_named(alice, bob, acme):
    closed, opened = Desk(alice, "copies-a"), Desk(bob, "copies-b", sharing="subject")
    event = closed.put("one", "anna@acme.test", title="Closed")
    opened.server.put("work", replace(event, title="Open", location="Room 1"))
    closed.sync()
    opened.sync()
    (mine,) = queries.timeline_for("company", acme.pk, alice, now=NOW, details=True).items
    assert [(c.owner, c.mine, c.level) for c in mine.copies] == [("Alice Adler", True, "metadata"), ("Bob Brandt", False, "subject")]
    assert (mine.title, mine.level) == ("Closed", "everything")
    dora = add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora", now=NOW)
    (theirs,) = queries.timeline_for("company", acme.pk, dora, now=NOW, details=True).items
    assert (theirs.title, theirs.location, theirs.level) == ("Open", None, "subject")


# --- the feed ----------------------------------------------------------------------------------------------------------------------


def test_what_still_lasts_is_upcoming_and_what_ended_is_past(alice, acme, desk):
    desk.put("lasts", "anna@acme.test", start=NOW - HOUR, length=2 * HOUR)
    desk.put("ends", "anna@acme.test", start=NOW - HOUR)
    desk.put("comes", "anna@acme.test", start=NOW + HOUR)
    desk.put("fair", "anna@acme.test", start=date(2026, 6, 1), length=DAY)
    desk.put("day-before", "anna@acme.test", start=date(2026, 5, 31), length=DAY)
    desk.put("endless", "anna@acme.test", start=NOW - 32 * DAY, length=60 * DAY)
    desk.sync()
    assert uids(alice, "company", acme, when="upcoming") == ["fair", "lasts", "comes"]
    assert uids(alice, "company", acme, when="past") == ["ends", "day-before", "endless"]
    assert len(uids(alice, "company", acme)) == 6


def test_days_begin_where_the_viewer_is_and_all_day_meetings_go_by_their_date(alice, acme, desk):
    alice.user.time_zone = "America/Sao_Paulo"
    desk.put("late", "anna@acme.test", start=datetime(2026, 6, 2, 2, tzinfo=UTC))
    desk.put("fair", "anna@acme.test", start=date(2026, 6, 2), length=DAY)
    desk.put("next", "anna@acme.test", start=datetime(2026, 6, 3, 3, tzinfo=UTC))
    desk.sync()
    assert uids(alice, "company", acme, start=date(2026, 6, 1), end=date(2026, 6, 2)) == ["late"]
    assert uids(alice, "company", acme, start=date(2026, 6, 2), end=date(2026, 6, 3)) == ["fair"]
    assert uids(alice, "company", acme, start=date(2026, 6, 3)) == ["next"]


def test_a_list_is_narrowed_to_a_colleague_and_to_what_takes_place(alice, bob, acme, desk):
    desk.put("hers", "anna@acme.test")
    desk.put("off", "anna@acme.test", cancelled=True)
    desk.sync()
    bobs = Desk(bob, "queries-colleague")
    bobs.put("his", "anna@acme.test", start=START + HOUR)
    bobs.sync()
    assert set(uids(alice, "company", acme, colleague=bob.pk)) == {"his"}
    assert set(uids(alice, "company", acme, cancelled=False)) == {"hers", "his"}


@pytest.mark.parametrize("when", ["upcoming", "all"])
def test_pages_of_meetings_at_the_same_time_lose_and_repeat_nothing(alice, acme, desk, when):
    for number in range(7):
        desk.put(f"m{number}", "anna@acme.test", start=START + number // 3 * HOUR)
    desk.sync()
    found, cursor = [], None
    while True:
        page = queries.timeline_for("company", acme.pk, alice, now=NOW, feed_filter=FeedFilter(when=when), cursor=cursor, limit=2)
        found += [uid_of(m) for m in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == uids(alice, "company", acme, when=when)
    assert len(found) == 7


def test_several_pages_and_the_count_are_one_question(alice, acme, desk, django_assert_num_queries):
    for number in range(4):
        desk.put(f"past{number}", "anna@acme.test", start=NOW - (number + 1) * DAY)
    desk.put("next", "anna@acme.test")
    desk.sync()
    turns = (PageRequest(FeedFilter(when="past"), limit=2), queries.LAST, queries.NEXT)
    with django_assert_num_queries(5):  # who is who, what is being removed, the places, the copies, the participants
        found = queries.timelines_for("company", acme.pk, alice, turns, now=NOW, count_up_to=1000)
    assert [[uid_of(m) for m in page.items] for page in found.pages] == [["past0", "past1"], ["past0"], ["next"]]
    assert [page.next is not None for page in found.pages] == [True, True, False]
    assert found.count == 5
    assert queries.timelines_for("company", acme.pk, alice, (), now=NOW, count_up_to=3).count == 3


def test_an_opportunity_reads_its_company_and_its_contact_each_meeting_once(alice, acme, desk):
    anna = person(alice, "Anna Lindt", "anna@elsewhere.test", company=None)
    deal = opportunity(alice, "Big deal", company=acme, contact=anna)
    desk.put("both", "ben@acme.test", "anna@elsewhere.test", start=START)
    desk.put("company", "ben@acme.test", start=START + HOUR)
    desk.put("contact", "anna@elsewhere.test", start=START + 2 * HOUR)
    desk.put("hand", "zoe@nowhere.test", start=START + 3 * HOUR)
    desk.sync()
    link.link_by_hand(alice, event_id("hand"), "opportunity", deal.pk)
    assert uids(alice, "opportunity", deal) == ["hand", "contact", "company", "both"]
    assert uids(alice, "opportunity", deal, when="upcoming") == ["both", "company", "contact", "hand"]
    assert uids(alice, "opportunity", deal, limit=2) == ["hand", "contact"]
    assert queries.timelines_for("opportunity", deal.pk, alice, (), now=NOW, count_up_to=1000).count == 4
    link.unlink_by_hand(alice, event_id("both"), "opportunity", deal.pk)
    assert uids(alice, "opportunity", deal) == ["hand", "contact", "company"]
    records.trash(alice, "opportunity", deal.pk, now=NOW)
    assert "company" not in uids(alice, "opportunity", deal)


def test_a_record_of_another_workspace_has_no_meetings_here(alice, charlie, acme, desk):
    desk.put("one", "anna@acme.test")
    desk.sync()
    assert uids(charlie, "company", acme) == []
    with pytest.raises(Event.DoesNotExist):
        queries.meeting(charlie, event_id("one"))


@pytest.mark.parametrize("cursor", ["x", "!", "W10", "WzEsIDJd"])
def test_a_cursor_that_is_none_is_refused(alice, acme, cursor):
    with pytest.raises(Invalid):
        uids(alice, "company", acme, cursor=cursor)


def test_a_mark_survives_the_way_out_and_back():
    mark = (START, 5)
    assert feed._mark(feed.cursor(mark)) == mark


# --- participants ------------------------------------------------------------------------------------------------------------------


def test_a_shared_address_leads_to_its_primary_holder_then_to_the_older_record(alice, acme, desk):
    person(alice, "Additional", "additional@acme.test", "shared@acme.test", now=NOW - 2 * DAY)
    primary = person(alice, "Primary", "shared@acme.test", company=acme)
    person(alice, "Younger", "shared@acme.test", now=NOW + DAY)
    desk.put("one", "shared@acme.test")
    desk.sync()
    guest = queries.meeting(alice, event_id("one")).participants[0]
    assert (guest.person_id, guest.person_name, guest.company_name) == (primary.pk, "Primary", "Acme")
    records.trash(alice, "company", acme.pk, now=NOW)
    assert queries.meeting(alice, event_id("one")).participants[0].company_name == ""
    records.trash(alice, "person", primary.pk, now=NOW)
    assert queries.meeting(alice, event_id("one")).participants[0].person_name == "Younger"


def test_outsiders_come_first_and_the_organizer_before_the_others(alice, bob, acme, desk):
    desk.put("one", "zoe@acme.test", "anna@acme.test", BOB)
    desk.sync()
    people = queries.meeting(bob, event_id("one")).participants
    assert [(p.address, p.outsider, p.me) for p in people] == [
        ("anna@acme.test", True, False),
        ("zoe@acme.test", True, False),
        ("alice@lumen.example", False, False),
        (BOB, False, True),
    ]


def test_who_linked_by_hand_is_named_as_they_are_called_now_and_by_nothing_when_they_are_gone(alice, bob, acme, desk):
    desk.put("lunch", "tom@gmail.com", "bob@lumen.example")
    desk.sync()
    event = Event.objects.of(alice.workspace).get(ical_uid="lunch")
    link.link_by_hand(bob, event.pk, "company", acme.pk)
    workspaces.change_profile(bob, name="Robert Brandt", time_zone="UTC")
    assert [reason.because for reason in queries.why_here(alice, event.pk)] == ["Robert Brandt"]
    workspaces.remove_member(alice, bob.pk, keep=False, now=NOW)
    assert [reason.because for reason in queries.why_here(alice, event.pk)] == [""]
