"""Ways of naming an address × whose it is × effects: nobody gets more by naming one than the contract gives (product.md, section 3).

The table is in claims.py. A way of holding an address, a provider and a verb that are not in it fail here.
"""

from __future__ import annotations

import inspect
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from procrastinate.contrib.django.models import ProcrastinateJob

from metwith.calendars import queries
from metwith.calendars.intents.facts import ChangedFact
from metwith.calendars.intents.removals import Removal
from metwith.calendars.models import Entry, Event
from metwith.calendars.providers import catalogue, memory
from metwith.calendars.vocabulary import FILE
from metwith.lib.addresses import domain_of
from metwith.lib.errors import Invalid, NotAllowed
from metwith.privacy.erasure import erase_address
from metwith.records.models import PersonAddress
from metwith.rules.identity import Way
from metwith.workspaces import actions, addresses, domains
from metwith.workspaces.addresses import who_is_who
from metwith.workspaces.models import Member
from metwith.workspaces.queries import member_with_address
from tests.attacks.claims import ASKED, HOUR, NAME_NOBODY, NAMINGS, OWNERS, ZOE, World, title, ways_written
from tests.calendars.desk import START, Desk, meeting
from tests.calendars.worker import SYNC, work
from tests.exits.world import Viewer
from tests.people import NOW
from tests.savepoints import undone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pytest_django import DjangoDbBlocker

    from tests.attacks.claims import Naming
pytestmark = pytest.mark.django_db
COLLEAGUES = {"a colleague's, verified", "a colleague's, named"}
CELLS = [(name, whose) for whose in OWNERS for name in NAMINGS]
"""In this order: what came of a state is played once by each worker, and states of one address stand together."""


@dataclass(frozen=True)
class Effects:
    """What somebody who named an address has of it, and what becomes of others."""

    one_of_us: bool
    own_domain: bool
    theirs: bool
    """It stands for them in their own calendars."""
    sign_in: bool
    """Somebody of this workspace signs in with it."""
    verified: bool


@dataclass(frozen=True)
class Shown:
    """The same, of meetings and records."""

    sight: bool
    """The namer sees titles of others' meetings in which it takes part, which show times only."""
    kept: bool
    """Bob's meeting with nobody but it is still there for him."""
    speaks: bool
    """The namer's copy of a meeting that it organizes says when it is."""
    person: bool
    """A rule makes a Person of it."""
    erasable: bool


def letter(naming: Naming, whose: str) -> str:
    """The contract's answer."""
    return dict(zip(OWNERS, naming.answers.split(), strict=True))[whose]


def effects(naming: Naming, whose: str) -> Effects:
    """What the answer of the table comes to."""
    answer = letter(naming, whose)
    at_home = whose in {"one's own", "somebody's who is to join"}
    waits = whose in {"a client on record", "free mail"}
    return Effects(
        one_of_us=known(naming, whose) or answer in "ud" or at_home,
        own_domain=at_home or answer == "d" or (answer == "v" and naming.signs_in and not waits),
        theirs=known_theirs(naming, whose) or (answer == "c" and not known(naming, whose)),
        sign_in=(naming.signs_in and answer in "vn") or (whose == "one's own" and (answer == "-" or not naming.gone)),
        verified=answer == "v" or (whose == "one's own" and answer == "-"),
    )


def known_theirs(naming: Naming, whose: str) -> bool:
    """Verified, or named and nobody else's: the one who signs in with it comes before the one to whom it was given."""
    answer = letter(naming, whose)
    mine = naming.signs_in or whose not in COLLEAGUES
    return answer == "v" or (answer == "n" and mine) or (whose == "one's own" and answer == "-")


def known(naming: Naming, whose: str) -> bool:
    """The same, and anybody's."""
    return known_theirs(naming, whose) or whose in {*COLLEAGUES, "a former member's"}


def shown(naming: Naming, whose: str) -> Shown:
    """What it comes to for meetings and records."""
    found = effects(naming, whose)
    opens = found.verified and (not naming.gone or letter(naming, whose) == "-")
    stranger = letter(naming, whose) in ".-" and not found.one_of_us
    upgraded = letter(naming, whose) == "u" and whose in {"a client on record", "a client on no record", "free mail"}
    return Shown(
        sight=opens,
        # An upgrade purges nothing.
        kept=not found.one_of_us or upgraded,
        speaks=opens,
        person=stranger and whose != "a client on record",
        erasable=not known(naming, whose),
    )


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """One for all: each cell takes back what it did."""
    with django_db_blocker.unblock(), undone():
        yield World()


@pytest.fixture
def cell(world: World, db: None) -> Iterator[World]:
    cache.clear()
    yield world
    for name in ("eve", "eve-feed"):
        memory.forget_servers(name)


def named(world: World, naming: Naming, whose: str) -> Member:
    """Do it; whose the address would be."""
    try:
        member = naming.deed(world, OWNERS[whose])
    except (Invalid, NotAllowed):
        assert letter(naming, whose) == "-", "refused"
        return world.eve
    assert letter(naming, whose) != "-", "not refused"
    return member or world.eve


@pytest.mark.parametrize("name", NAMINGS)
def test_a_named_address_counts_for_what_the_contract_says(cell: World, name: str):
    """Of a client on no record; everybody's, and what comes of it, is asked below."""
    _counts_for_what_it_says(cell, name, "a client on no record")


def _counts_for_what_it_says(world: World, name: str, whose: str) -> Member:
    """Whose the address would be."""
    naming, address = NAMINGS[name], OWNERS[whose]
    member = named(world, naming, whose)
    who = who_is_who(world.alice.workspace_id)
    signs_in = member_with_address(address)
    found = Effects(
        one_of_us=who.own_identities.includes(address),
        own_domain=who.own_identities.owns(domain_of(address)),
        theirs=address in who.addresses_of(member.pk),
        sign_in=signs_in is not None and signs_in.workspace_id == world.alice.workspace_id,
        verified=address in who.verified_of(member.pk),
    )
    assert found == effects(naming, whose)
    assert address not in who.verified_of(world.erin.pk)
    return member


# --- what that opens and takes away -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def played() -> dict[object, Shown]:
    """What came of each state that a naming leaves behind: played once, however many namings come to it."""
    return {}


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "whose"), CELLS)
def test_everybodys_does_and_opens_and_takes_away_no_more_than_that(cell: World, played: dict[object, Shown], name: str, whose: str):
    member = _counts_for_what_it_says(cell, name, whose)
    left = whose, left_behind(cell, member)
    if left not in played:
        played[left] = play(cell, member, OWNERS[whose], everywhere=whose == "a client on no record")
    assert played[left] == shown(NAMINGS[name], whose)


def left_behind(world: World, member: Member) -> object:
    """All that what comes afterwards can rest on, without ids that are new each time: who is who, what is to be decided again, which jobs
    wait, whose copies of what are there."""
    space = world.alice.workspace_id
    who, names = who_is_who(space), dict(Member.objects.of(space).values_list("pk", "user__email"))

    def by_member(held: Mapping[int, Collection[str]]) -> list[tuple[str, list[str]]]:
        return sorted((names[pk], sorted(addresses)) for pk, addresses in held.items())

    facts = ChangedFact.objects.of(space).values_list("kind", "pattern", "member_id")
    return repr((
        sorted(who.own_identities.addresses), sorted(who.own_identities.domains), sorted(who.claimed),
        by_member(who.verified), by_member(who.known), by_member(who.held),
        sorted(Member.objects.of(space).filter(left_at=None).values_list("user__email", flat=True)), names.get(member.pk),
        sorted((kind, pattern, names.get(pk or 0, "")) for kind, pattern, pk in facts),
        sorted({job.task_name for job in ProcrastinateJob.objects.filter(status="todo").exclude(task_name=SYNC)}),
        sorted(Removal.objects.of(space).values_list("kind", flat=True)),
        sorted(Entry.objects.of(space).values_list("event__ical_uid", "calendar__account__member__user__email")),
    ))  # fmt: skip


def play(world: World, member: Member, address: str, *, everywhere: bool) -> Shown:
    """What comes of it, once all that follows by itself is done."""
    work()
    world.desk.sync()
    here = Member.objects.of(world.alice.workspace).filter(pk=member.pk, left_at=None).exists()
    return Shown(
        sight=here and sees(world, member, address, everywhere=everywhere),
        kept=there(world, f"alone {address}"),
        speaks=here and speaks(world, member, address),
        person=person_made(world, address),
        erasable=erasable(world, address),
    )


def sees(world: World, member: Member, address: str, *, everywhere: bool) -> bool:
    """`everywhere`: at every exit alike."""
    event = Event.objects.of(world.alice.workspace).get(ical_uid=f"with {address}")
    word = title("with", address)
    seen = word in (queries.meeting(member, event.pk).title or "")
    if everywhere:
        assert {word in text for text in exits_of(world, Viewer("", member), event.pk)} == {seen}
    return seen


def exits_of(world: World, viewer: Viewer, event_id: int) -> list[str]:
    """A page, the record's tab, a search, the API, the files."""
    zoe = world.zoe.pk
    pages = [f"/meetings/{event_id}/", f"/people/{zoe}/", f"/search/?q={ASKED}", f"/people/{zoe}/?q={ASKED}"]
    files = [f"/calendar/person/{zoe}/meetings.{ending}" for ending in ("csv", "ics", "json")]
    answers = [viewer.browser.get(path) for path in (*pages, *files)] + [viewer.program.get(f"/api/v1/people/{zoe}/calendar")]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return [body_of(answer).decode().replace("\r\n ", "") for answer in answers]


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def there(world: World, uid: str) -> bool:
    """For Bob, whose it is."""
    event = Event.objects.of(world.alice.workspace).filter(ical_uid=uid).first()
    with suppress(Event.DoesNotExist):
        return event is not None and queries.meeting(world.bob, event.pk).id == event.pk
    return False


def speaks(world: World, member: Member, address: str) -> bool:
    """A copy of theirs of what the address organizes, older than Bob's and at another time."""
    desk, uid = Desk(member, "eve"), f"by {address}"
    desk.server.put("work", meeting(uid, address, "bob@lumen.example", ZOE, start=START + HOUR, updated=NOW - HOUR))
    desk.sync()
    one = Event.objects.of(world.alice.workspace).get(ical_uid=uid)
    return one.starts_at == START + HOUR


def person_made(world: World, address: str) -> bool:
    """When Bob's other calendar is read, which makes people of strangers."""
    with undone():
        before = people(world, address)
        world.later.put("new", address, ZOE)
        world.later.sync()
        return people(world, address) > before


def people(world: World, address: str) -> int:
    return PersonAddress.objects.of(world.alice.workspace).filter(folded=address).count()


def erasable(world: World, address: str) -> bool:
    """And then nobody claims it any more."""
    with undone():
        try:
            erase_address(world.alice, address)
        except Invalid:
            return False
        assert address not in who_is_who(world.alice.workspace_id).claimed
        return True


# --- that all of the kind is in it --------------------------------------------------------------------------------------------------


def test_every_way_of_holding_an_address_is_in_the_matrix(world: World):
    ways = set()
    for naming in NAMINGS.values():
        with undone():
            named(world, naming, "a client on no record")
            ways |= ways_written()
    assert ways == set(Way)


def test_every_provider_is_in_the_matrix():
    assert {naming.provider for naming in NAMINGS.values()} - {""} == {*catalogue.KINDS, FILE}


def test_every_verb_by_which_an_address_can_be_named_is_in_the_matrix():
    verbs = {
        name
        for module in (addresses, actions, domains)
        for name, found in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and found.__module__ == module.__name__
    }
    tried = {verb for naming in NAMINGS.values() for verb in naming.verbs}
    assert tried & NAME_NOBODY == set()
    assert tried | NAME_NOBODY == verbs
