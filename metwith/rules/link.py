"""Whose meeting is it? (product.md, section 5). Pure: addresses and a directory in, links with reasons out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from metwith.lib.addresses import domain_of, parents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class RecordKind(IntEnum):
    """What a link points at; the numbers are stored."""

    PERSON = 1
    COMPANY = 2
    OPPORTUNITY = 3


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person that an address leads to."""

    id: int
    company_id: int | None
    """None also when the company is in the trash."""


@dataclass(frozen=True, slots=True)
class Directory:
    """The records that some addresses could lead to. Trashed ones are not in it."""

    people: Mapping[str, KnownPerson]
    """By folded address; ties are settled: primary beats additional, the older record wins."""
    companies: Mapping[str, tuple[int, ...]]
    """By folded domain, never a free-mail one; several companies may share a domain."""


@dataclass(frozen=True, slots=True)
class WantedLink:
    """A link that the rules ask for."""

    kind: RecordKind
    record_id: int
    reason: str
    """`address`, `person` or `domain`."""
    because: str
    """The address that made it."""


def links_for(addresses: Iterable[str], directory: Directory) -> tuple[WantedLink, ...]:
    """The links that an event with these participants should have, each record once, with its first and strongest reason."""
    found: dict[tuple[RecordKind, int], WantedLink] = {}
    for address in sorted(addresses):
        for link in _of_one(address, directory):
            held = found.get((link.kind, link.record_id))
            if held is None or (held.reason == "domain" and link.reason == "person"):
                found[link.kind, link.record_id] = link
    return tuple(found.values())


def _of_one(address: str, directory: Directory) -> Iterable[WantedLink]:
    person = directory.people.get(address)
    if person:
        yield WantedLink(RecordKind.PERSON, person.id, "address", address)
        if person.company_id:
            yield WantedLink(RecordKind.COMPANY, person.company_id, "person", address)
    for company_id in _by_domain(domain_of(address), directory):
        yield WantedLink(RecordKind.COMPANY, company_id, "domain", address)


def _by_domain(domain: str, directory: Directory) -> tuple[int, ...]:
    """The companies of the most specific domain that anybody has: `eu.acme.com` before `acme.com`."""
    return next((directory.companies[d] for d in parents(domain) if d in directory.companies), ())


def lookup_domains(addresses: Iterable[str]) -> frozenset[str]:
    """The domains that a directory must be asked for."""
    return frozenset(d for address in addresses for d in parents(domain_of(address)))
