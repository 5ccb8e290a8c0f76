"""Ways of naming an address × whose it is × effects: nobody gets more by naming one than the contract gives (product.md, section 3).

The table is in claims.py. A way of holding an address, a provider and a verb that are not in it fail here.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache

from metwith.calendars.actions import FILE
from metwith.calendars.providers import catalogue, memory
from metwith.lib.addresses import domain_of
from metwith.lib.errors import Invalid, NotAllowed
from metwith.rules.identity import Way
from metwith.workspaces import actions, addresses, domains
from metwith.workspaces.addresses import who_is_who
from metwith.workspaces.queries import member_with_address
from tests.attacks.claims import NAME_NOBODY, NAMINGS, OWNERS, World, ways_written
from tests.savepoints import undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from metwith.workspaces.models import Member
    from tests.attacks.claims import Naming
pytestmark = pytest.mark.django_db
COLLEAGUES = {"a colleague's, verified", "a colleague's, named"}
CELLS = [(name, whose) for name in NAMINGS for whose in OWNERS]


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


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """One for all: each cell takes back what it did."""
    with django_db_blocker.unblock(), undone():
        yield World()


@pytest.fixture
def cell(world: World, db: None) -> Iterator[World]:
    cache.clear()
    yield world
    memory.forget("eve-feed")


def named(world: World, naming: Naming, whose: str) -> Member:
    """Do it; whose the address would be."""
    try:
        member = naming.deed(world, OWNERS[whose])
    except (Invalid, NotAllowed):
        assert letter(naming, whose) == "-", "refused"
        return world.eve
    assert letter(naming, whose) != "-", "not refused"
    return member or world.eve


@pytest.mark.parametrize(("name", "whose"), CELLS)
def test_a_named_address_counts_for_what_the_contract_says(cell: World, name: str, whose: str):
    naming, address = NAMINGS[name], OWNERS[whose]
    member = named(cell, naming, whose)
    who = who_is_who(cell.alice.workspace_id)
    signs_in = member_with_address(address)
    found = Effects(
        one_of_us=who.ours.includes(address),
        own_domain=who.ours.owns(domain_of(address)),
        theirs=address in who.addresses_of(member.pk),
        sign_in=signs_in is not None and signs_in.workspace_id == cell.alice.workspace_id,
        verified=address in who.verified_of(member.pk),
    )
    assert found == effects(naming, whose)
    assert address not in who.verified_of(cell.erin.pk)


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
