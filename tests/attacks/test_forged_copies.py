"""A colleague who makes calendars up, and an outsider whose feed somebody reads.

What a colleague can do (product.md, section 4): where an outsider organizes, a copy in a signed-in calendar, with the same UID and organizer
and a higher SEQUENCE, says to those who have no copy when the meeting is and whether it was cancelled, as long as it is there, and everybody
sees whose calendar that is from. What nobody can: move, cancel or take away the meeting of whoever has a copy, take it off a record, see
more of another's copy, change its words, touch what was linked by hand, or reach into another workspace. A feed can do nothing of it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.accounts.models import Account
from metwith.calendars import queries
from metwith.calendars.actions import connect
from metwith.calendars.models import Attendee as Attendees
from metwith.calendars.models import Calendar, Entry, Event, Link
from metwith.calendars.sync.run import sync_calendar
from metwith.calendars.transparency.explain import why
from metwith.calendars.vocabulary import RemoteAttendee
from metwith.workspaces.addresses import of_account
from tests.built_once import Copies, built_once
from tests.calendars.desk import START, Desk
from tests.calendars.providers.ics.feed import Feed, served
from tests.exits.world import GUEST, Viewer, World, mark
from tests.people import NOW, company, holds, opportunity, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

SECRET = mark("title", "alone")
HOUR = timedelta(hours=1)


built = built_once(lambda: World("metadata", "everything"))


@pytest.fixture
def world(built: Copies[World], db: None) -> World:
    """Bob shares times only; Erin is the colleague who means harm."""
    return built()


@pytest.fixture
def alice(world: World) -> Member:
    return world.alice


@pytest.fixture
def charlie(world: World) -> Member:
    found = world.viewers["a member of another workspace"].member
    assert found is not None
    return found


def of(world: World, member: Member) -> tuple[str | None, str | None]:
    """Title and description of Bob's meeting, as a member sees them."""
    shown = queries.meeting(member, world.events["alone"])
    return shown.title, shown.description


def forged(world: World, *guests: str, organizer: str = "erin@lumen.example", **facts: object) -> Desk:
    """A calendar of Erin's with Bob's meeting in it, later than his, and as she would like it to be."""
    desk = Desk(world.erin, "erin", sharing="everything")
    people = (RemoteAttendee(organizer, organizer=True), *(RemoteAttendee(guest) for guest in guests))
    desk.put("alone", attendees=people, title="Forged", description="Forged", **({"sequence": 1_000_000, "start": START} | facts))
    desk.sync()
    return desk


def stands(world: World) -> tuple[object, ...]:
    """When Bob's meeting is and whether it was cancelled, for everybody; who takes part, and on which records it is."""
    event = Event.objects.of(world.bob.workspace).get(pk=world.events["alone"])
    people = frozenset(Attendees.objects.of(world.bob.workspace).filter(event=event).values_list("address", flat=True))
    links = Link.objects.of(world.bob.workspace).filter(event=event, hidden=False, member=0).values_list("record_kind", "record_id")
    return event.starts_at, event.cancelled, people, frozenset(links)


def everything_seen_by(world: World, member: Member) -> str:
    viewer = Viewer("", member)
    event, anna = world.events["alone"], world.anna.pk
    pages = [f"/meetings/{event}/", f"/people/{anna}/", "/", f"/search/?q={SECRET}", f"/people/{anna}/?q={SECRET}"]
    programs = [f"/api/v1/people/{anna}/calendar", f"/api/v1/meetings/{event}/why"]
    told = [viewer.browser.get(path).content for path in pages] + [viewer.program.get(path).content for path in programs]
    return b"\n".join(told).decode().replace(f'value="{SECRET}"', "").replace(f"“{SECRET}”", "").replace(f"q={SECRET}", "")


def test_a_second_copy_with_another_organizer_is_another_meeting(world: World):
    before = stands(world)
    forged(world, GUEST, "erin@lumen.example", cancelled=True)
    assert stands(world) == before
    assert Event.objects.of(world.bob.workspace).filter(ical_uid="alone").count() == 2
    assert {of(world, member) for member in (world.erin, world.alice)} == {(None, None)}
    assert SECRET not in everything_seen_by(world, world.erin)


def test_one_that_names_the_organizer_shows_nothing_of_the_first_and_does_not_speak(world: World):
    before = stands(world)
    forged(world, GUEST, organizer="bob@lumen.example", cancelled=True)
    assert stands(world) == before
    assert {of(world, member) for member in (world.erin, world.alice)} == {("Forged", "Forged")}
    assert SECRET not in everything_seen_by(world, world.erin)


def test_it_changes_no_word_of_what_the_owner_sees(world: World):
    before = of(world, world.bob)
    forged(world, GUEST)
    assert of(world, world.bob) == before
    assert Entry.objects.of(world.bob.workspace).filter(calendar=world.desk.calendar, title__contains="Forged").count() == 0


def by_anna(world: World) -> None:
    """Not Bob but his guest organizes: nobody's calendar is the organizer's."""
    world.desk.put("alone", attendees=(RemoteAttendee(GUEST, organizer=True), RemoteAttendee("bob@lumen.example")), title=SECRET)
    world.desk.sync()


def test_where_an_outsider_organizes_the_later_version_speaks_as_long_as_it_is_there_and_all_see_whose_it_is(world: World):
    by_anna(world)
    real = Event.objects.of(world.bob.workspace).get(pk=world.events["alone"])
    later = START + timedelta(days=1)
    desk = forged(world, organizer=GUEST, start=later)
    moved = Event.objects.of(world.bob.workspace).get(pk=real.pk)
    assert (moved.starts_at, real.starts_at != later) == (later, True)
    told = why(world.bob, real.pk).times_from
    assert (told.owner, told.mine) == ("Erin", False)
    desk.delete("alone")
    desk.sync()
    back = Event.objects.of(world.bob.workspace).get(pk=real.pk)
    assert (back.starts_at, back.cancelled) == (real.starts_at, False)


def test_it_takes_the_meeting_off_no_record(world: World):
    by_anna(world)
    before = stands(world)[-1]
    forged(world, "mallory@evil.example", organizer=GUEST, cancelled=True)
    assert stands(world)[-1] == before


def test_it_moves_no_link_that_somebody_made_by_hand_and_the_others_come_back(world: World):
    mine = Link.objects.of(world.bob.workspace).filter(event_id=world.events["alone"])
    # Erin's copy is at another time, so while it is there she has rows of her own, of this record too.
    by_hand = mine.filter(reason=Link.Reason.BY_HAND).exclude(member=world.erin.pk)
    all_links, before = set(mine.values_list("record_kind", "record_id", "member", "starts_at")), by_hand.get()
    desk = forged(world, "somebody@north.example", organizer="bob@lumen.example")
    assert (by_hand.get().pk, by_hand.get().starts_at) == (before.pk, before.starts_at)
    desk.delete("alone")
    desk.sync()
    assert set(mine.values_list("record_kind", "record_id", "member", "starts_at")) == all_links


def test_a_strangers_copy_in_another_workspace_changes_nothing_at_all(world: World):
    charlie = world.viewers["a member of another workspace"].member
    assert charlie is not None
    before = list(Event.objects.of(world.bob.workspace).order_by("pk").values()), set(Link.objects.of(world.bob.workspace).values_list())
    desk = Desk(charlie, "charlie")
    desk.put("alone", GUEST, "bob@lumen.example", sequence=1_000_000, start=START, cancelled=True)
    desk.sync()
    assert (
        list(Event.objects.of(world.bob.workspace).order_by("pk").values()),
        set(Link.objects.of(world.bob.workspace).values_list()),
    ) == before


@pytest.mark.parametrize("claimed", [GUEST, "robert@lumen.example", "bob@lumen.example"])
def test_who_claims_an_address_sees_no_more_by_it(world: World, claimed: str):
    """An outsider's, a colleague's other one, a colleague's sign-in: typed for a calendar server of one's own, or told by that server."""
    holds(world.bob, "robert@lumen.example", "provider", account_id=99)
    world.desk.put("alone", GUEST, "robert@lumen.example", title=SECRET)
    world.desk.sync()
    Desk(world.erin, "erin")
    mine = connect.connect(world.erin, "memory", address=claimed, server="memory:erin", now=lambda: NOW)
    holds(world.erin, f"also.{claimed}", "server", account_id=mine.pk)
    assert of(world, world.erin) == (None, None)
    assert SECRET not in everything_seen_by(world, world.erin)
    assert of(world, world.bob)[0] == SECRET


def test_whose_address_a_provider_proves_it_stays(world: World):
    """A claim does not take a colleague's meetings away from them either."""
    Desk(world.dora, "dora")
    holds(world.dora, "dee@lumen.example", "provider", account_id=99)
    world.desk.put("alone", GUEST, "dee@lumen.example", title=SECRET)
    world.desk.sync()
    connect.connect(world.erin, "memory", address="dee@lumen.example", server="memory:dora", now=lambda: NOW)
    assert of(world, world.dora)[0] == SECRET
    assert of(world, world.erin)[0] is None
    shown = next(p for p in queries.meeting(world.bob, world.events["alone"]).participants if p.address == "dee@lumen.example")
    assert shown.member_name == "Dora"


def test_an_account_in_a_colleagues_name_does_not_speak_as_the_organizer(world: World):
    """Of two copies of one version the organizer's speaks: it is no use to say that one is them."""
    before = Event.objects.of(world.bob.workspace).get(pk=world.events["alone"]).starts_at
    desk = Desk(world.erin, "erin")
    Account.objects.of(world.erin.workspace).filter(pk=desk.account.pk).update(address="bob@lumen.example")
    organizer = (RemoteAttendee("bob@lumen.example", organizer=True), RemoteAttendee(GUEST))
    desk.put("alone", attendees=organizer, start=START, sequence=9, updated=NOW)
    desk.sync()
    assert Entry.objects.of(world.bob.workspace).get(calendar=desk.calendar).event_id == world.events["alone"]
    assert Event.objects.of(world.bob.workspace).get(pk=world.events["alone"]).starts_at == before


FEED = """BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
UID:alone\r
SEQUENCE:99\r
DTSTART:20260610T090000Z\r
DTEND:20260610T100000Z\r
SUMMARY:Forged\r
ORGANIZER:mailto:bob@lumen.example\r
ATTENDEE;PARTSTAT=ACCEPTED:mailto:erin@lumen.example\r
ATTENDEE;PARTSTAT=ACCEPTED:mailto:dora@lumen.example\r
ATTENDEE:mailto:mallory@evil.example\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_a_feed_that_names_colleagues_gives_nobody_sight(world: World, monkeypatch: pytest.MonkeyPatch):
    """It says that Bob organizes and that Erin and Dora come: they see the feed's own words by it, and none of Bob's."""
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    with served(Feed(FEED.encode())) as feed:
        account = connect.connect(world.erin, "ics", address="erin@lumen.example", secret=feed.url, now=lambda: NOW)
        sync_calendar(world.erin.workspace_id, account_calendar(account), clock=lambda: NOW)
    assert Entry.objects.of(world.bob.workspace).filter(event_id=world.events["alone"]).count() == 2
    for member in (world.erin, world.dora):
        assert of(world, member)[0] == "Forged"
        assert SECRET not in everything_seen_by(world, member)
    assert of(world, world.alice) == (None, None)
    assert SECRET in (of(world, world.bob)[0] or "")


@pytest.mark.parametrize("organizer", ["bob@lumen.example", GUEST, "mallory@evil.example", ""])
@pytest.mark.parametrize("anna_organizes", [False, True])
def test_a_feed_takes_nothing_off_anybodys_records(
    world: World, monkeypatch: pytest.MonkeyPatch, organizer: str, *, anna_organizes: bool
) -> None:
    """Whoever was invited knows the UID, and can hand a colleague a calendar address with it."""
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    if anna_organizes:
        by_anna(world)
    before = stands(world)
    body = FEED.replace("SEQUENCE:99", "SEQUENCE:999999\r\nSTATUS:CANCELLED")
    body = body.replace("ORGANIZER:mailto:bob@lumen.example", f"ORGANIZER:mailto:{organizer}" if organizer else "COMMENT:none")
    with served(Feed(body.encode())) as feed:
        account = connect.connect(world.erin, "ics", address="erin@lumen.example", secret=feed.url, now=lambda: NOW)
        sync_calendar(world.erin.workspace_id, account_calendar(account), clock=lambda: NOW)
    assert Entry.objects.of(world.bob.workspace).filter(calendar__account=account).count() == 1
    assert stands(world) == before
    assert SECRET in (of(world, world.bob)[0] or "")


def account_calendar(account: Account) -> int:
    return Calendar.objects.of(account.workspace_id).get(account=account).pk


def test_a_feed_makes_nobody_one_of_us(world: World, monkeypatch: pytest.MonkeyPatch):
    """Else an outsider could have the meetings with them taken for internal ones, and purged."""
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    before = Event.objects.of(world.bob.workspace).count()
    body = FEED.replace("UID:alone", "UID:other").replace("bob@lumen.example", GUEST)
    with served(Feed(body.encode())) as feed:
        account = connect.connect(world.erin, "ics", address="erin@lumen.example", secret=feed.url, now=lambda: NOW)
        sync_calendar(world.erin.workspace_id, account_calendar(account), clock=lambda: NOW)
    assert Event.objects.of(world.bob.workspace).count() == before + 1
    assert of_account(account.workspace_id, account.pk) == {"erin@lumen.example"}


def test_new_people_from_a_feed_reach_into_no_other_workspace(alice: Member, charlie: Member):
    acme = company(charlie, "Acme", "acme.example")
    anna = person(charlie, "Anna", "anna@acme.example", company=acme)
    opportunity(charlie, "Deal", company=acme)
    desk = Desk(alice, "alice", new_people="on")
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    assert not Link.objects.of(charlie.workspace).exists()
    anna = type(anna).objects.of(charlie.workspace).get()
    assert anna.name == "Anna"
