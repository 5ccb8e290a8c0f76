"""However many calendars and addresses a server names, an account has so many, and a member so many accounts: whoever connects one is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from metwith.accounts.models import Account as AnAccount
from metwith.calendars.actions import connect
from metwith.calendars.models import Calendar
from metwith.calendars.providers import catalogue, memory
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib.errors import Invalid
from metwith.rules.identity import Way
from metwith.workspaces import addresses
from metwith.workspaces.models import MemberAddress
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
    memory.forget_servers("many")


def tried(member: Member) -> Connected:
    return connect.try_connection(member, "memory", address="alice@lumen.example", server="memory:many", now=lambda: NOW)


def kept(member: Member, found: Connected, *chosen: str) -> int:
    """How many calendars the account has then."""
    account = connect.keep_connection(member, found, calendars=chosen, sharing="metadata", new_people="off", now=NOW)
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
    memory.forget_servers("many")
    fill(memory.server("many"), 150, "other")
    assert kept(alice, tried(alice), "other0") == catalogue.MOST_CALENDARS
    memory.forget_servers("many")
    fill(memory.server("many"), 10, "third")
    with pytest.raises(Invalid, match="200 calendars at most"):
        kept(alice, tried(alice), "third0")


def test_of_60000_addresses_50_are_taken(alice: Member):
    account = RemoteAccount("memory", "alice@lumen.example")
    found = catalogue._bounded(account, (), tuple(f"a{n}@lumen.example" for n in range(60_000)))
    assert (len(found.own_addresses), found.more_addresses) == (catalogue.MOST_ADDRESSES, 59_950)


def test_whoever_connects_is_told(as_alice: Client, service: SignInServer, practice: Practice):
    fill(practice.server, 300, primary=False)
    state = service.visit(as_alice.get("/settings/accounts/connect/google/go/")["Location"])
    back = as_alice.get("/settings/accounts/connect/google/back/", {"state": state, "code": "yes"})
    page = as_alice.get(landed(as_alice, back)["Location"]).content.decode()
    assert "This account has 102 more calendars. Metwith takes 200 of an account." in page


def another(member: Member, number: int) -> Connected:
    """What a server of the member's own says."""
    server = f"memory:many?{number}"
    return replace(tried(member), account=RemoteAccount("memory", f"x{number}@c.example", server=server))


def accounts(member: Member) -> int:
    return AnAccount.objects.of(member.workspace_id).filter(member=member).count()


def test_of_one_member_there_are_so_many_accounts(alice: Member, bob: Member, many: memory.MemoryServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connect, "MOST_ACCOUNTS", 3)
    fill(many, 1)
    for number in range(3):
        kept(alice, another(alice, number), "c0")
    with pytest.raises(Invalid, match="You have 3 accounts"):
        kept(alice, another(alice, 3), "c0")
    with pytest.raises(Invalid, match="You have 3 accounts"):
        connect.connect_file(alice, b"", name="x.ics", now=NOW)
    kept(alice, another(alice, 2), "c0")
    assert accounts(alice) == 3
    kept(bob, another(bob, 3), "c0")


def test_their_accounts_have_so_many_addresses_together(alice: Member, many: memory.MemoryServer, monkeypatch: pytest.MonkeyPatch):
    fill(many, 1)
    monkeypatch.setattr(addresses, "MOST_OF_MEMBER", 60)
    named = tuple(f"a{n}@c.example" for n in range(49))
    kept(alice, replace(another(alice, 0), own_addresses=named), "c0")
    with pytest.raises(Invalid, match="Your accounts have 200 addresses at most"):
        kept(alice, replace(another(alice, 1), own_addresses=named), "c0")
    account = kept_account(alice, another(alice, 2))
    addresses.bring(alice, account, {f"b{n}@c.example": Way.SERVER for n in range(49)}, NOW)
    held = MemberAddress.objects.of(alice.workspace).filter(member=alice).exclude(account_id=0)
    assert held.count() == 60, "nor do they come one after the other"


def kept_account(member: Member, found: Connected) -> int:
    return connect.keep_connection(member, found, calendars=["c0"], sharing="metadata", new_people="off", now=NOW).pk
