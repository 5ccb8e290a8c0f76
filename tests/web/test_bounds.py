"""However many calendars and addresses a server names, an account has so many, and whoever connects it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars import actions
from metwith.calendars.models import Calendar
from metwith.calendars.providers import catalogue, memory
from metwith.calendars.vocabulary import Account, RemoteCalendar
from metwith.lib.errors import Invalid
from tests.people import NOW
from tests.web.landing import landed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from metwith.calendars.providers.catalogue import Connected
    from metwith.workspaces.models import Member
    from tests.accounts.practice import Practice
    from tests.accounts.signing_in import SignInServer


@pytest.fixture
def many() -> Iterator[memory.MemoryServer]:
    yield memory.server("many")
    memory.forget("many")


def tried(member: Member) -> Connected:
    return actions.try_connection(member, "memory", address="alice@lumen.example", server="memory:many", now=lambda: NOW)


def kept(member: Member, found: Connected, *chosen: str) -> int:
    """How many calendars the account has then."""
    account = actions.keep(member, found, calendars=chosen, sharing="metadata", new_people="off", now=NOW)
    return Calendar.objects.of(member.workspace_id).filter(account=account).count()


def fill(server: memory.MemoryServer, many: int, name: str = "c", *, primary: bool = True) -> None:
    for number in range(many):
        server.add_calendar(RemoteCalendar(f"{name}{number}", f"{name}{number}", primary=primary and number == many - 1))


def test_of_300_calendars_200_are_taken_the_main_one_among_them(alice: Member, many: memory.MemoryServer):
    fill(many, 300)
    found = tried(alice)
    assert (len(found.calendars), found.more_calendars) == (catalogue.MOST_CALENDARS, 100)
    assert found.calendars[0].primary
    assert kept(alice, found, "c299") == catalogue.MOST_CALENDARS


def test_a_server_that_names_others_each_time_makes_no_more_of_them(alice: Member, many: memory.MemoryServer):
    fill(many, 150)
    assert kept(alice, tried(alice), "c0") == 150
    memory.forget("many")
    fill(memory.server("many"), 150, "other")
    assert kept(alice, tried(alice), "other0") == catalogue.MOST_CALENDARS
    memory.forget("many")
    fill(memory.server("many"), 10, "third")
    with pytest.raises(Invalid, match="200 calendars at most"):
        kept(alice, tried(alice), "third0")


def test_of_60000_addresses_50_are_taken(alice: Member):
    account = Account("memory", "alice@lumen.example")
    found = catalogue._bounded(account, (), tuple(f"a{n}@lumen.example" for n in range(60_000)))
    assert (len(found.own_addresses), found.more_addresses) == (catalogue.MOST_ADDRESSES, 59_950)


def test_whoever_connects_is_told(as_alice: Client, service: SignInServer, practice: Practice):
    fill(practice.server, 300, primary=False)
    state = service.visit(as_alice.get("/settings/accounts/connect/google/go/")["Location"])
    back = as_alice.get("/settings/accounts/connect/google/back/", {"state": state, "code": "yes"})
    page = as_alice.get(landed(as_alice, back)["Location"]).content.decode()
    assert "This account has 102 more calendars. Metwith takes 200 of an account." in page
