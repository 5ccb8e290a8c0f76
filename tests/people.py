"""The people of the tests. Alice owns a workspace, Bob is on her team, Charlie owns another one and is a stranger here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.border import at_every_connection
from tests.remembered import Remembered, Writes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.records.models import Company, Opportunity, Person
    from metwith.rules.own_identities import OneOfUs, Verified
    from metwith.workspaces.models import Member

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PASSWORD = "a long enough sentence"


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def writes(border: None) -> Iterator[Writes]:
    """Counts what is written, at every connection."""
    with at_every_connection(counted := Writes()):
        yield counted


@pytest.fixture
def remembered(db: None, writes: Writes) -> Remembered:
    """The people of a test, who are mostly the same."""
    return Remembered(writes)


@pytest.fixture
def alice(remembered: Remembered) -> Member:
    """Owner of Lumen Studio."""
    from metwith.workspaces import actions  # noqa: PLC0415  as above

    return remembered("alice", lambda: actions.create_workspace("Lumen Studio", "alice@lumen.example", None, "Alice Adler", now=NOW))


@pytest.fixture
def bob(alice: Member, remembered: Remembered) -> Member:
    """A plain member on Alice's team."""
    from metwith.workspaces import actions  # noqa: PLC0415  as above

    return remembered("bob", lambda: actions.add_member(alice.workspace, "bob@lumen.example", "member", None, "Bob Brandt", now=NOW))


@pytest.fixture
def charlie(remembered: Remembered) -> Member:
    """Owner of another workspace."""
    from metwith.workspaces import actions  # noqa: PLC0415  as above

    made = lambda: actions.create_workspace("Harbour Freight", "charlie@harbour.example", None, "Charlie Costa", now=NOW)  # noqa: E731
    return remembered("charlie", made)


def person(member: Member, name: str, *addresses: str, company: Company | None = None, **fields: Any) -> Person:
    """A person in the member's workspace, the first address primary."""
    from metwith.records import actions  # noqa: PLC0415  as above

    return actions.create_person(
        member, name=name, addresses=addresses, company_id=company.pk if company else None, **{"now": NOW} | fields
    )


def us(*addresses: str) -> frozenset[OneOfUs]:
    """These addresses as ones that make one of us."""
    from metwith.rules.own_identities import OneOfUs  # noqa: PLC0415  as above

    return frozenset(OneOfUs(address) for address in addresses)


def verified(*addresses: str) -> frozenset[Verified]:
    """These addresses as ones that are shown to be a member's."""
    from metwith.rules.own_identities import Verified  # noqa: PLC0415  as above

    return frozenset(Verified(address) for address in us(*addresses))


def holds(member: Member, address: str, way: str = "given", account_id: int = 0) -> None:
    """A further address of a member, as the table of addresses has it."""
    from metwith.rules.identity import Way  # noqa: PLC0415  as above
    from metwith.workspaces import addresses  # noqa: PLC0415  as above

    if account_id:
        addresses.bring(member, account_id, {address: Way(way)}, NOW)
    else:
        addresses._hold(member, address, Way(way), NOW)


def company(member: Member, name: str, *domains: str, now: datetime = NOW) -> Company:
    """A company in the member's workspace."""
    from metwith.records import actions  # noqa: PLC0415  as above

    return actions.create_company(member, name=name, domains=domains, now=now)


def opportunity(member: Member, name: str, **fields: Any) -> Opportunity:
    """An opportunity in the member's workspace. `company` and `contact` take records."""
    from metwith.records import actions  # noqa: PLC0415  as above

    for reference in ("company", "contact"):
        if reference in fields:
            fields[f"{reference}_id"] = fields.pop(reference).pk
    return actions.create_opportunity(member, name=name, **{"now": NOW} | fields)
