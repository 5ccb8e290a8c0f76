"""Whoever has a copy is shown its times and status, on the records it leads to; everybody else the speaking copy's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars import queries
from metwith.calendars.actions import connect, link
from metwith.calendars.feed import EVERYBODY, MINE, FeedFilter, PageRequest, Whose
from metwith.calendars.models import Event, Link
from metwith.calendars.vocabulary import RemoteAttendee
from metwith.workspaces import actions as workspaces
from tests.calendars.desk import START, Desk
from tests.calendars.searching import search_titles
from tests.calendars.worker import work
from tests.people import NOW, company, opportunity, person
from tests.remembered import once

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.records.kinds import Kind
    from metwith.records.models import Company, Person
    from metwith.workspaces.models import Member

ANNA, ZOE = "anna@acme.example", "zoe@other.example"
LATER = START + timedelta(days=3)
EARLIER = NOW - timedelta(days=3)


class Scene:
    """Anna organizes. Alice's copy is of the later version and speaks; Bob's says something else; Dora has none."""

    def __init__(self, alice: Member, bob: Member) -> None:
        self.alice, self.bob = alice, bob
        self.dora = workspaces.add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora", now=NOW)
        self.acme: Company = company(alice, "Acme", "acme.example")
        self.anna: Person = person(alice, "Anna", ANNA, company=self.acme)
        self.zoe: Person = person(alice, "Zoe", ZOE)
        self.desks = {"alice": Desk(alice, "alice"), "bob": Desk(bob, "bob")}

    def say(self, who: str, *guests: str, **facts: object) -> None:
        people = (RemoteAttendee(ANNA, organizer=True), *(RemoteAttendee(guest) for guest in guests))
        self.desks[who].put("plan", attendees=people, **facts)
        self.desks[who].sync()
        work()

    def on(self, viewer: Member, record: Person | Company, **ask: Any) -> list[tuple[object, bool]]:
        """Start and status of what a viewer finds on a record."""
        kind: Kind = "person" if record in {self.anna, self.zoe} else "company"
        found = queries.timeline_for(kind, record.pk, viewer, now=NOW, feed_filter=FeedFilter(**ask))
        return [(meeting.starts_at, meeting.cancelled) for meeting in found.items]

    @property
    def event(self) -> Event:
        return Event.objects.of(self.alice.workspace).get()


@once
def scene(alice: Member, bob: Member) -> Scene:
    made = Scene(alice, bob)
    made.say("alice", "bob@lumen.example", sequence=2, start=START)
    return made


@pytest.mark.parametrize("facts", [{"start": LATER}, {"cancelled": True}, {"start": EARLIER, "cancelled": True}])
def test_the_owner_finds_it_at_their_own_time_and_everybody_else_at_the_speakers(scene: Scene, facts: dict[str, object]):
    scene.say("bob", "alice@lumen.example", sequence=1, **facts)
    mine = (facts.get("start", START), facts.get("cancelled", False))
    for record in (scene.anna, scene.acme):
        assert scene.on(scene.bob, record) == [mine]
        assert scene.on(scene.alice, record) == scene.on(scene.dora, record) == [(START, False)]
    assert (queries.meeting(scene.bob, scene.event.pk).starts_at, queries.meeting(scene.dora, scene.event.pk).starts_at) == (mine[0], START)
    assert scene.on(scene.bob, scene.anna, cancelled=False) == [] if mine[1] else [mine]
    assert scene.on(scene.dora, scene.anna, cancelled=False) == [(START, False)]


def test_it_stands_once_and_is_counted_once(scene: Scene):
    scene.say("bob", sequence=1, start=EARLIER)
    for viewer in (scene.bob, scene.dora):
        turns = (PageRequest(FeedFilter(when="past")), PageRequest(FeedFilter(when="upcoming")))
        found = queries.timelines_for("company", scene.acme.pk, viewer, turns, now=NOW, count_up_to=10)
        assert (sum(len(page.items) for page in found.pages), found.count) == (1, 1)


def test_figures_follow_the_speaking_copy(scene: Scene):
    scene.say("bob", sequence=1, start=EARLIER)
    found = queries.timelines_for("person", scene.anna.pk, scene.bob, (queries.LAST, queries.NEXT), now=NOW)
    assert [[m.starts_at for m in page.items] for page in found.pages] == [[], [START]]


def test_an_own_copy_leads_to_records_for_its_owner_alone_where_it_has_no_say(scene: Scene):
    """Bob's file names Zoe besides: a file has no say beside a signed-in calendar."""
    file = f"""BEGIN:VCALENDAR
BEGIN:VEVENT
UID:plan
DTSTART:{START:%Y%m%dT%H%M%SZ}
DTEND:{START + timedelta(hours=1):%Y%m%dT%H%M%SZ}
ORGANIZER:mailto:{ANNA}
ATTENDEE:mailto:{ZOE}
ATTENDEE:mailto:bob@lumen.example
END:VEVENT
END:VCALENDAR
"""
    connect.connect_file(scene.bob, file.replace("\n", "\r\n").encode(), name="old.ics", now=NOW)
    assert scene.on(scene.bob, scene.zoe) == [(START, False)]
    assert scene.on(scene.dora, scene.zoe) == scene.on(scene.alice, scene.zoe) == []
    assert {r.record.name for r in queries.why_here(scene.dora, scene.event.pk)} == {"Anna", "Acme"}
    assert {r.record.name for r in queries.why_here(scene.bob, scene.event.pk)} == {"Anna", "Acme", "Zoe"}


def test_what_is_linked_or_taken_off_by_hand_is_so_for_the_owner_too(scene: Scene):
    scene.say("bob", sequence=1, start=LATER)
    link.link_by_hand(scene.alice, scene.event.pk, "person", scene.zoe.pk)
    assert (scene.on(scene.bob, scene.zoe), scene.on(scene.dora, scene.zoe)) == ([(LATER, False)], [(START, False)])
    link.unlink_by_hand(scene.alice, scene.event.pk, "person", scene.anna.pk)
    assert (scene.on(scene.bob, scene.anna), scene.on(scene.dora, scene.anna)) == ([], [])


def test_an_opportunity_reads_own_rows_too(scene: Scene):
    deal = opportunity(scene.alice, "Deal", company=scene.acme, contact=scene.anna)
    scene.say("bob", sequence=1, start=LATER)
    for viewer, start in ((scene.bob, LATER), (scene.dora, START)):
        found = queries.timelines_for("opportunity", deal.pk, viewer, [PageRequest()], now=NOW, count_up_to=10)
        assert ([m.starts_at for m in found.pages[0].items], found.count) == ([start], 1)


def test_the_own_row_goes_when_the_copies_agree_again(scene: Scene):
    scene.say("bob", sequence=1, start=LATER)
    assert Link.objects.of(scene.alice.workspace).filter(member=scene.bob.pk).exists()
    scene.say("bob", sequence=1, start=START)
    assert not Link.objects.of(scene.alice.workspace).filter(member=scene.bob.pk).exists()
    assert scene.on(scene.bob, scene.anna) == [(START, False)]


def test_the_own_day_has_it_at_the_own_time(scene: Scene):
    scene.say("bob", sequence=1, start=LATER)

    def starts(viewer: Member, whose: Whose) -> list[datetime]:
        return [m.starts_at for m in queries.timelines(whose, viewer, [PageRequest()], now=NOW).pages[0].items]

    for whose in (MINE, EVERYBODY):
        assert (starts(scene.bob, whose), starts(scene.alice, whose)) == ([LATER], [START])


def test_seen_as_a_colleague_nothing_of_their_own_copy_is_told(scene: Scene):
    scene.say("bob", sequence=1, start=LATER)
    found = queries.timelines_for("person", scene.anna.pk, scene.alice, [PageRequest()], now=NOW, view_as=scene.bob.pk)
    assert [m.starts_at for m in found.pages[0].items] == [START]


def test_what_is_on_no_record_is_for_its_owners_and_those_whom_it_names(scene: Scene):
    desk = Desk(scene.alice, "alone", sharing="everything")
    desk.put("quiet", "kim@kin.example", "bob@lumen.example", title="Quiet talk")
    desk.sync()
    quiet = Event.objects.of(scene.alice.workspace).get(ical_uid="quiet")
    for viewer, knows in ((scene.alice, True), (scene.bob, True), (scene.dora, False)):
        assert bool(queries.meetings(viewer, [quiet.pk])) is knows
        assert bool(search_titles(viewer, "Quiet")) is knows
    with pytest.raises(Event.DoesNotExist):
        queries.meeting(scene.alice, quiet.pk, view_as=scene.dora.pk)
    person(scene.alice, "Kim", "kim@kin.example")
    work()
    assert search_titles(scene.dora, "Quiet")
