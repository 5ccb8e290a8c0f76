"""A copy that turned between two readings, while a colleague's copy of the same meeting stays: of the gone one nothing is left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from metwith.accounts import blocks
from metwith.accounts.models import Block
from metwith.calendars import queries
from metwith.calendars.actions import choose, link, own_copy
from metwith.calendars.actions import connect as calendars
from metwith.calendars.feed import FeedFilter
from metwith.calendars.models import Attendee, Entry, Event, Link
from metwith.calendars.transparency.explain import why
from metwith.calendars.vocabulary import RemoteAttendee as Participant
from metwith.calendars.vocabulary import Visibility
from metwith.rules.health import Succeeded
from metwith.rules.link import RecordKind
from metwith.workspaces import actions as workspaces
from tests.calendars.desk import HOUR, START, Desk, exception, links
from tests.calendars.searching import search_titles
from tests.calendars.sync.picture import words_of
from tests.calendars.worker import work
from tests.people import NOW, company, person
from tests.remembered import once

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.calendars.vocabulary import RemoteEvent
    from metwith.records.models import Company, Person
    from metwith.workspaces.models import Member

ANNA, ZOE = "anna@acme.example", "zoe@shop.example"
OWN = ("Zebra", "Lagoon", "https://meet.example/quokka", "pangolin", "Zoe Zander", ZOE)
"""Words that only Alice's copy has."""


@once
def zoe(alice: Member) -> Person:
    return person(alice, "Somebody", ZOE, company=company(alice, "Shop", "shop.example"))


@once
def acme(alice: Member) -> Company:
    """Whom Bob's copy names too."""
    acme = company(alice, "Acme", "acme.example")
    person(alice, "Anna", ANNA, company=acme)
    return acme


@once
def hers(alice: Member, zoe: Person, acme: Company) -> Desk:
    return Desk(alice, "alice", sharing="everything")


@once
def his(bob: Member) -> Desk:
    return Desk(bob, "bob", sharing="everything")


def by_anna(desk: Desk, said: RemoteEvent) -> RemoteEvent:
    """The same, with Anna as its organizer: it is one meeting in both calendars, and neither is the organizer's own."""
    event = replace(said, attendees=tuple(replace(one, organizer=one.address == ANNA) for one in said.attendees))
    desk.server.put("work", event)
    return event


def hold(hers: Desk, his: Desk) -> None:
    """Alice's copy is the newer one, so it speaks: another hour, another guest, other words."""
    facts: dict[str, Any] = {"title": "Zebra", "location": "Lagoon", "join_url": "https://meet.example/quokka", "description": "pangolin"}
    said = by_anna(hers, hers.put("one", ANNA, sequence=3, start=START + HOUR, **facts))
    hers.server.put("work", replace(said, attendees=(*said.attendees, Participant(ZOE, "Zoe Zander"))))
    by_anna(his, his.put("one", ANNA, title="Plain"))
    assert (hers.sync(), his.sync()) == (Succeeded(), Succeeded())


def turned_private(hers: Desk) -> None:
    hers.put("one", ANNA, ZOE, title="Zebra", visibility=Visibility.PRIVATE)


def turned_internal(hers: Desk) -> None:
    hers.put("one", "bob@lumen.example", title="Zebra")


def deleted(hers: Desk) -> None:
    hers.delete("one")


def blocked_by_address(hers: Desk) -> None:
    blocks.add_blocks(hers.member, Block.Kind.WHO, [ZOE], everybody=False)
    work()


def blocked_by_word(hers: Desk) -> None:
    blocks.add_blocks(hers.member, Block.Kind.WORD, ["zebra"], everybody=False)
    work()


def taken_out(hers: Desk) -> None:
    own_copy.take_out(hers.member, Event.objects.get().pk, whole=False, now=NOW)


def switched_off(hers: Desk) -> None:
    choose.choose_calendars(hers.member, hers.account.pk, [], NOW)


def disconnected(hers: Desk) -> None:
    calendars.disconnect(hers.member, hers.account.pk, purge=True, now=NOW)


def left(hers: Desk) -> None:
    """The member did, with all that was theirs."""
    owner = workspaces.add_member(hers.member.workspace, "olga@lumen.example", "owner", now=NOW)
    workspaces.remove_member(owner, hers.member.pk, keep=False, now=NOW)


TURNS = (
    turned_private, turned_internal, deleted, blocked_by_address, blocked_by_word, taken_out, switched_off, disconnected, left,
)  # fmt: skip


@pytest.mark.parametrize("turn", TURNS)
def test_of_the_gone_copy_nothing_is_left_and_the_other_speaks(
    hers: Desk, his: Desk, zoe: Person, acme: Company, turn: Callable[[Desk], None]
) -> None:
    workspaces.set_sharing_rules(hers.member, cap="everything", default="metadata")
    carol = workspaces.add_member(hers.member.workspace, "carol@lumen.example", now=NOW)
    hold(hers, his)
    seen = queries.meeting(carol, Event.objects.get().pk)
    assert (seen.title, seen.starts_at) == ("Zebra", START + HOUR)
    assert {record for _, _, record in links(carol)} >= {zoe.pk, acme.pk}
    turn(hers)
    if turn in {turned_private, turned_internal, deleted}:
        assert hers.sync() == Succeeded()
    words = words_of(carol.workspace_id)
    assert [word for word in OWN if word in words] == []
    seen = queries.meeting(carol, Event.objects.get().pk)
    assert (seen.title, seen.location, seen.description, seen.join_url) == ("Plain", "", "", "")
    assert (seen.starts_at, len(seen.copies)) == (START, 1)
    assert set(Attendee.objects.values_list("address", flat=True)) == {"bob@lumen.example", ANNA}
    assert Entry.objects.count() == 1
    assert not Link.objects.filter(record_kind=RecordKind.PERSON, record_id=zoe.pk).exists()
    assert not Link.objects.filter(because=ZOE).exists()
    assert set(Link.objects.values_list("starts_at", flat=True)) == {START}
    for word in ("zebra", "lagoon", "pangolin"):
        assert search_titles(carol, word) == ()
        assert queries.timeline_for("company", acme.pk, carol, now=NOW, feed_filter=FeedFilter(q=word)).items == ()


def test_of_one_occurrence_too(hers: Desk, his: Desk, zoe: Person) -> None:
    series, _ = (by_anna(desk, desk.series("daily", ANNA)) for desk in (hers, his))
    special = exception(series, START, title="Zebra", attendees=(*series.attendees, Participant(ZOE, "Zoe Zander")))
    hers.server.put("work", replace(series, exceptions=(special,)))
    assert (hers.sync(), his.sync()) == (Succeeded(), Succeeded())
    assert links(hers.member) >= {("daily", RecordKind.PERSON, zoe.pk)}
    hidden = replace(special, visibility=Visibility.PRIVATE)
    hers.server.put("work", replace(series, exceptions=(hidden,)))
    assert hers.sync() == Succeeded()
    words = words_of(hers.member.workspace_id)
    assert [word for word in OWN if word in words] == []
    assert (Event.objects.count(), Entry.objects.count()) == (3, 5)
    assert not Link.objects.filter(record_id=zoe.pk, record_kind=RecordKind.PERSON).exists()


def test_a_link_by_hand_stays_with_the_meeting_at_the_time_of_the_copy_that_is_left(hers: Desk, his: Desk, zoe: Person) -> None:
    hold(hers, his)
    link.link_by_hand(hers.member, Event.objects.get().pk, "person", zoe.pk)
    hers.delete("one")
    hers.sync()
    found = Link.objects.get(record_id=zoe.pk, record_kind=RecordKind.PERSON)
    assert (found.reason, found.starts_at, found.because) == ("by-hand", START, str(hers.member.pk))


@pytest.mark.parametrize("first", ["hers", "his"])
def test_of_two_copies_that_show_the_same_much_the_newer_one_is_shown_whichever_was_read_first(hers: Desk, his: Desk, first: str) -> None:
    workspaces.set_sharing_rules(hers.member, cap="everything", default="metadata")
    carol = workspaces.add_member(hers.member.workspace, "carol@lumen.example", now=NOW)
    by_anna(hers, hers.put("one", ANNA, title="Newer", sequence=1))
    by_anna(his, his.put("one", ANNA, title="Older"))
    for desk in (hers, his) if first == "hers" else (his, hers):
        desk.sync()
    event_id = Event.objects.get().pk
    assert queries.meeting(carol, event_id).title == "Newer"
    assert queries.meeting(his.member, event_id).title == "Older", "a copy of one's own goes first"
    assert why(carol, event_id).seen_of.owner == hers.member.user.name
