"""People of addresses, many at once: each new, with the company of its work domain. For what is met, not for what is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from metwith.lib.addresses import domain_of, parents
from metwith.lib.freemail import is_free_mail
from metwith.lib.text import sort_key
from metwith.records import signals
from metwith.records.models import Company, CompanyDomain, Person, PersonAddress
from metwith.rules.company_names import name_from_domain
from metwith.workspaces.signals import announce

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class ContactsMade:
    """What was made."""

    people: Mapping[str, Person]
    """By folded address."""
    companies: Mapping[str, Company]
    """By domain, folded: those that had to be made."""


@transaction.atomic
def add_contacts(member: Member, names: Mapping[str, str], *, now: datetime) -> ContactsMade:
    """Folded address → name (may be empty). Made by this member's hand; who is on record already, or in the trash, is left as they are.

    Whoever calls holds what keeps others from doing the same at once. The links follow as one piece of work.
    """
    known = known_addresses(member.workspace_id, names)
    new = {address: name for address, name in names.items() if address not in known}
    made = make_contacts(member.workspace_id, new, by_rule=False, now=now)
    ids = {"people": _ids(made.people.values()), "companies": _ids(made.companies.values())}
    announce(signals.contacts_added, workspace_id=member.workspace_id, **ids)
    return made


def _ids(records: Iterable[Person | Company]) -> str:
    return " ".join(str(record.pk) for record in records)


def make_contacts(workspace_id: int, names: Mapping[str, str], *, by_rule: bool, now: datetime) -> ContactsMade:
    """The people, each with one address, and companies where there are none. Nobody is told.

    Both times of a record are the same until somebody edits it: so it is known that nobody has (`calendars/actions/undo_contacts.py`).
    """
    mark = {"made_by_rule": by_rule, "created_at": now, "updated_at": now}
    held, missing = companies_of(workspace_id, names)
    names_of = {domain: name_from_domain(domain) for domain in missing}
    made = {d: Company(workspace_id=workspace_id, name=name, name_key=sort_key(name), **mark) for d, name in names_of.items()}
    Company.objects.bulk_create(made.values())
    CompanyDomain.objects.bulk_create(
        CompanyDomain(workspace_id=workspace_id, company=company, domain=domain) for domain, company in made.items()
    )
    people = Person.objects.bulk_create(
        Person(
            workspace_id=workspace_id,
            name=(name or address)[:300],
            name_key=sort_key(name or address)[:300],
            company_id=held.get(address) or next((made[domain].pk for domain in parents(domain_of(address)) if domain in made), None),
            **mark,
        )
        for address, name in names.items()
    )
    PersonAddress.objects.bulk_create(
        PersonAddress(workspace_id=workspace_id, person=person, address=address, folded=address, primary=True)
        for person, address in zip(people, names, strict=True)
    )
    return ContactsMade(dict(zip(names, people, strict=True)), made)


def known_addresses(workspace_id: int, addresses: Iterable[str]) -> set[str]:
    """Those of the folded addresses that somebody has. Also those in the trash: somebody there stays there."""
    return set(PersonAddress.objects.of(workspace_id).filter(folded__in=list(addresses)).values_list("folded", flat=True))


def companies_of(workspace_id: int, addresses: Iterable[str]) -> tuple[dict[str, int], list[str]]:
    """Address → the company in use of its work domain, the most specific one; and the domains that nobody has, by name.

    None is missing where all that there are lie in the trash.
    """
    work = {address: parents(domain_of(address)) for address in addresses if not is_free_mail(domain_of(address))}
    held = _oldest_companies(workspace_id, {domain for domains in work.values() for domain in domains})
    missing = sorted({domains[-1] for domains in work.values() if domains and held.keys().isdisjoint(domains)})
    in_use = {domain: pk for domain, pk in held.items() if pk is not None}
    found = {address: next((in_use[d] for d in domains if d in in_use), None) for address, domains in work.items()}
    return {address: pk for address, pk in found.items() if pk is not None}, missing


def _oldest_companies(workspace_id: int, domains: Iterable[str]) -> dict[str, int | None]:
    """Domain → its oldest company in use; None when all of them are in the trash."""
    rows = CompanyDomain.objects.of(workspace_id).filter(domain__in=list(domains)).order_by("company_id")
    found: dict[str, int | None] = {}
    for domain, company_id, trashed_at in rows.values_list("domain", "company_id", "company__trashed_at"):
        found[domain] = found.get(domain) or (None if trashed_at else company_id)
    return found
