"""A colleague who makes a copy up of a meeting that stands on no record: it shows them what they wrote themselves, and nothing of the others.

Whoever was ever mailed the invitation has the UID and the organizer, and any calendar can name them (product.md, sections 4 and 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from metwith.calendars import queries
from metwith.calendars.actions import connect as calendars
from metwith.calendars.actions import link
from metwith.calendars.feed import FeedFilter
from metwith.calendars.models import Event, Link
from metwith.calendars.sync import relink
from metwith.calendars.transparency.explain import why
from metwith.lib.errors import NotAllowed
from metwith.workspaces import actions
from tests.calendars.desk import START, Desk, invited_by
from tests.calendars.searching import search_titles
from tests.people import NOW, PASSWORD, person
from tests.web.conftest import signed_in

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

KIM, LAWYER = "kim@kin.example", "lawyer@law.example"
LATER = START + timedelta(days=2)


@dataclass(frozen=True)
class World:
    """Bob meets Kim and a lawyer, Dora is named there; Eve made a copy up."""

    bob: Member
    dora: Member
    eve: Member
    event: int


@pytest.fixture(params=["signed in", "a file"])
def world(alice: Member, bob: Member, request: pytest.FixtureRequest) -> World:
    dora, eve = (actions.add_member(alice.workspace, f"{n}@lumen.example", "member", PASSWORD, n.title(), now=NOW) for n in ("dora", "eve"))
    real = Desk(bob, "bob", sharing="subject")
    real.put("plan", attendees=invited_by(KIM, LAWYER, bob.user.email, dora.user.email), title="Takeover")
    real.sync()
    event = Event.objects.of(alice.workspace).get()
    if request.param == "a file":
        calendars.connect_file(eve, forged(), name="x.ics", sharing="metadata", new_people="off", now=NOW)
    else:
        made_up = Desk(eve, "eve")
        made_up.put("plan", attendees=invited_by(KIM, "zoe@acme.example"), title="Quince", start=LATER, sequence=9)
        made_up.sync()
    assert Event.objects.of(alice.workspace).get().pk == event.pk, "one meeting: one UID and one organizer"
    return World(bob, dora, eve, event.pk)


def forged() -> bytes:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:plan", f"DTSTART:{LATER:%Y%m%dT%H%M%SZ}", "DURATION:PT1H",
        f"ORGANIZER:mailto:{KIM}", "ATTENDEE:mailto:zoe@acme.example", "SUMMARY:Quince", "SEQUENCE:9", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def told(member: Member, event: int) -> str:
    """All that any exit tells a member of it."""
    found, because = queries.meeting(member, event), why(member, event)
    pages = [signed_in(member).get(at).content.decode() for at in (f"/meetings/{event}/", "/", "/search/?q=plan")]
    token = actions.create_token(member, "", now=NOW)
    api = Client(headers={"Authorization": f"Bearer {token}"}).get(f"/api/v1/meetings/{event}/why").content.decode()
    return "\n".join([repr(found), repr(because), *pages, api])


def test_who_made_a_copy_up_sees_what_they_wrote_and_nothing_of_the_others(world: World):
    found = queries.meeting(world.eve, world.event)
    assert (found.starts_at, found.spoken, found.title) == (LATER, None, "Quince")
    assert {p.address for p in found.participants} == {KIM, "zoe@acme.example"}
    assert [copy.owner for copy in found.copies] == ["Eve"]
    said = told(world.eve, world.event)
    for secret in ("lawyer", "Bob", "dora", "Dora", "Takeover", f"{START:%H:%M} – ", f"{START.day} June"):
        assert secret not in said, secret


def test_no_search_finds_it_by_anothers_title(world: World):
    assert [m.id for m, _ in search_titles(world.eve, "Quince")] == [world.event]
    assert search_titles(world.eve, "Takeover") == ()
    assert [m.id for m, _ in search_titles(world.bob, "Takeover")] == [world.event]
    assert [m.id for m, _ in search_titles(world.dora, "Takeover")] == [world.event]


def test_whoever_is_named_by_a_copy_sees_that_one_and_not_what_was_made_up(world: World):
    for member in (world.bob, world.dora):
        found = queries.meeting(member, world.event)
        assert (found.title, found.starts_at, found.spoken) == ("Takeover", START, None)
        assert {p.address for p in found.participants} == {KIM, LAWYER, world.bob.user.email, world.dora.user.email}
        assert "Quince" not in told(member, world.event)


def test_it_cannot_be_put_on_a_record_for_all_to_see(world: World, alice: Member):
    anna = person(alice, "Anna", "anna@acme.example")
    for verb in (link.link_by_hand, link.unlink_by_hand):
        with pytest.raises(NotAllowed):
            verb(world.eve, world.event, "person", anna.pk)
        with pytest.raises(Event.DoesNotExist):
            verb(alice, world.event, "person", anna.pk)
    assert not Link.objects.of(alice.workspace).exists()


@pytest.mark.parametrize("world", ["a file"], indirect=True)  # a calendar that somebody signed in to has a say in who takes part
def test_a_record_that_the_copy_alone_leads_to_shows_its_owner_that_copy_alone(world: World, alice: Member):
    zoe = person(alice, "Zoe", "zoe@acme.example")
    relink.relink(alice.workspace_id, [world.event])
    assert Link.objects.of(alice.workspace).get().member == world.eve.pk
    [found] = queries.timeline_for("person", zoe.pk, world.eve, now=NOW).items
    assert (found.title, found.starts_at, {p.address for p in found.participants}) == ("Quince", LATER, {KIM, "zoe@acme.example"})
    for ask in (FeedFilter(q="Takeover"), FeedFilter(colleague=world.bob.pk)):
        assert queries.timeline_for("person", zoe.pk, world.eve, now=NOW, feed_filter=ask).items == (), ask
    for ask in (FeedFilter(q="Quince"), FeedFilter(colleague=world.eve.pk)):
        assert len(queries.timeline_for("person", zoe.pk, world.eve, now=NOW, feed_filter=ask).items) == 1, ask
