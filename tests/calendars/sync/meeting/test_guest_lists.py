"""A meeting with two thousand participants: who is kept, what is decided by all of them, and what is read again (product.md, section 4)."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from metwith.accounts import blocks
from metwith.accounts.models import Block
from metwith.calendars import queries
from metwith.calendars.exports import record_file
from metwith.calendars.feed import FeedFilter
from metwith.calendars.models import Attendee, Entry, Event, Series
from metwith.calendars.rules.guest_list import MOST
from metwith.calendars.sync.extend_series import roll
from metwith.calendars.sync.reevaluate import redecide
from metwith.calendars.vocabulary import Recurrence, Response
from metwith.calendars.vocabulary import RemoteAttendee as Participant
from metwith.workspaces import domains
from tests.calendars.desk import Desk, links, meeting
from tests.calendars.worker import work
from tests.people import NOW, company, person
from tests.remembered import once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metwith.workspaces.models import Member

ALICE, BOB, ANNA, LAST = "alice@lumen.example", "bob@lumen.example", "anna@acme.example", "zzz@last.example"
CROWD = [f"guest{number}@elsewhere.example" for number in range(1997)]


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


def put(desk: Desk, *more: str, uid: str = "fair", **facts: Any) -> None:
    """A meeting with 2,000 participants: Alice, Anna, the crowd and the last one of all."""
    desk.server.put("work", meeting(uid, ALICE, *CROWD, ANNA, LAST, *more, **facts))


def kept() -> set[str]:
    return set(Attendee.objects.values_list("address", flat=True))


def read_again(desk: Desk) -> bool:
    """What is due is read; True when that was everything."""
    due, cursor = desk.calendar.next_sync_at, desk.calendar.cursor
    desk.sync()
    return due is not None and cursor == ""


def test_five_hundred_are_kept_and_the_number_of_the_others(alice: Member, desk: Desk) -> None:
    anna = person(alice, "Anna Lindt", ANNA)
    put(desk)
    desk.sync()
    found = queries.meeting(alice, Event.objects.get().pk)
    assert (len(found.participants), found.others) == (MOST, 1500)
    assert {ALICE, ANNA} <= kept()
    assert {p.organizer for p in found.participants if p.address == ALICE} == {True}
    assert links(alice) == {("fair", 1, anna.pk)}
    assert len(Entry.objects.get().attendees) == MOST


def test_what_was_cut_is_the_same_when_it_is_read_again(desk: Desk) -> None:
    put(desk)
    put(desk, uid="series", recurrence=Recurrence(rules=("FREQ=WEEKLY;COUNT=3",)))
    desk.sync()
    stored = list(Entry.objects.order_by("pk").values_list("pk", "digest", "attendees"))
    desk.server.expire_cursors()
    desk.sync()
    assert list(Entry.objects.order_by("pk").values_list("pk", "digest", "attendees")) == stored
    assert set(Event.objects.values_list("more", flat=True)) == {1500}


def test_a_series_is_cut_too_and_rolls_on(desk: Desk) -> None:
    put(desk, recurrence=Recurrence(rules=("FREQ=YEARLY",)))
    desk.sync()
    definition = Series.objects.get().definition
    assert (len(definition["attendees"]), definition["more"]) == (MOST, 1500)
    before = Event.objects.count()
    roll(desk.member.workspace_id, desk.calendar.pk, NOW.replace(year=2029))
    assert Event.objects.count() > before
    assert set(Event.objects.values_list("more", flat=True)) == {1500}


def test_it_is_decided_by_all_of_them_before_the_list_is_cut(alice: Member, desk: Desk) -> None:
    blocks.add_blocks(alice, Block.Kind.WHO, [LAST], everybody=True)
    put(desk)
    desk.sync()
    assert (desk.uids(), desk.dropped()) == (set(), {"blocked": 1})


def test_one_outsider_among_two_thousand_of_us_lets_it_in_and_is_kept(alice: Member, desk: Desk) -> None:
    domains.decide_domain(alice, "elsewhere.example", "whole")
    desk.server.put("work", meeting("fair", ALICE, *CROWD, LAST))
    desk.sync()
    assert desk.uids() == {"fair"}
    assert LAST in kept()


def test_who_was_cut_and_is_blocked_later_takes_it_away_when_it_is_read_again(alice: Member, desk: Desk) -> None:
    put(desk)
    desk.sync()
    assert LAST not in kept()
    blocks.add_blocks(alice, Block.Kind.WHO, [LAST], everybody=True)
    redecide(alice.workspace_id, NOW)
    assert desk.uids() == {"fair"}
    assert read_again(desk)
    assert (desk.uids(), desk.dropped()) == (set(), {"blocked": 1})


def test_that_all_who_are_kept_are_one_of_us_says_nothing_about_the_others(alice: Member, desk: Desk) -> None:
    put(desk)
    desk.sync()
    assert kept() <= {ALICE, *CROWD, ANNA}
    person(alice, "Anna Lindt", ANNA)
    for domain in ("elsewhere.example", "acme.example"):
        domains.decide_domain(alice, domain, "whole")
    redecide(alice.workspace_id, NOW)
    assert desk.uids() == {"fair"}
    assert read_again(desk)
    assert desk.uids() == {"fair"}
    assert LAST in kept()


def test_that_all_of_them_are_one_of_us_is_found_when_it_is_read_again(alice: Member, desk: Desk) -> None:
    put(desk)
    desk.sync()
    for domain in ("elsewhere.example", "acme.example", "last.example"):
        domains.decide_domain(alice, domain, "whole")
    redecide(alice.workspace_id, NOW)
    assert read_again(desk)
    assert (desk.uids(), desk.dropped()) == (set(), {"internal": 1})


def test_a_member_who_is_cut_sees_all_of_it_all_the_same_and_their_answer_counts(alice: Member, bob: Member, desk: Desk) -> None:
    company(alice, "Elsewhere", "elsewhere.example")
    put(desk, BOB)
    desk.sync()
    found = queries.meeting(bob, Event.objects.get().pk)
    assert BOB not in kept()
    assert (found.title, found.took_part, found.others) == ("About fair", True, 1501)
    theirs = Desk(bob, "bob")
    event = meeting("fair", ALICE, *CROWD, ANNA, LAST)
    theirs.server.put("work", replace(event, attendees=(*event.attendees, Participant(BOB, response=Response.DECLINED))))
    theirs.sync()
    line = next(said for said in Entry.objects.get(calendar=theirs.calendar).attendees if said[0] == BOB)
    assert line[2] == "declined"


def test_several_copies_come_to_five_hundred_too(alice: Member, bob: Member, desk: Desk) -> None:
    half = [f"other{number}@elsewhere.example" for number in range(400)]
    for member, name, guests in ((alice, "alice", CROWD[:400]), (bob, "bob", half)):
        desk = Desk(member, name)
        desk.server.put("work", meeting("fair", ALICE, *guests))
        desk.sync()
    found = queries.meeting(alice, Event.objects.get().pk)
    assert (len(found.participants), found.others) == (MOST, 301)
    assert set(Entry.objects.values_list("more", flat=True)) == {0}


def test_a_person_who_is_added_later_is_linked_when_it_is_read_again(alice: Member, desk: Desk) -> None:
    put(desk)
    desk.sync()
    work()
    late = person(alice, "Last Lundt", LAST)
    work()
    assert read_again(desk)
    assert ("fair", 1, late.pk) in links(alice)


def test_where_nothing_was_cut_a_new_person_makes_nobody_read_again(alice: Member, desk: Desk) -> None:
    desk.put("lunch", ANNA)
    desk.sync()
    work()
    person(alice, "Anna Lindt", ANNA)
    work()
    assert desk.calendar.cursor != ""


def test_each_file_says_how_many_others_there_are(alice: Member, desk: Desk) -> None:
    anna = person(alice, "Anna Lindt", ANNA)
    put(desk)
    desk.sync()

    def taken(write: Any) -> str:
        pages: Iterable[Any] = record_file.pages("person", anna.pk, alice, FeedFilter(), NOW)
        return "".join(write(pages, alice, anna, NOW))

    (row,) = csv.DictReader(io.StringIO(taken(record_file.as_csv).lstrip("\ufeff")))
    assert row["participants"].endswith("; and 1,500 others")
    (told,) = json.loads(taken(record_file.as_json))["meetings"]
    assert (len(told["participants"]), told["more_participants"]) == (MOST, 1500)
    assert "and 1960 others" in taken(record_file.as_ics).replace("\r\n ", "")
