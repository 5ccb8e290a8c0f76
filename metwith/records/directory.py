"""Which person has an address, and which company a domain: asked here by whoever asks (product.md, section 5)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from metwith.lib.freemail import is_free_mail
from metwith.records.models import CompanyDomain, PersonAddress
from metwith.rules.link import Directory, KnownPerson, lookup_domains

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.db.models import QuerySet

    from metwith.records.models import Company, Person
    from metwith.records.queries import Where


def holders(where: Where, addresses: Iterable[str]) -> QuerySet[PersonAddress]:
    """The rows of people who have these folded addresses and are not in the trash.

    Of several with one address the first counts: whose primary it is, then the older record.
    """
    held = PersonAddress.objects.of(where).filter(folded__in=set(addresses), person__trashed_at=None)
    return held.order_by("-primary", "person__created_at", "person_id")


def directory(workspace_id: int, addresses: Collection[str]) -> Directory:
    """The records that these addresses may lead to."""
    return Directory(_people(workspace_id, addresses), _companies(workspace_id, lookup_domains(addresses)))


def _people(workspace_id: int, addresses: Collection[str]) -> Mapping[str, KnownPerson]:
    rows = holders(workspace_id, addresses).values_list("folded", "person_id", "person__company_id", "person__company__trashed_at")
    found: dict[str, KnownPerson] = {}
    for folded, person_id, company_id, company_trashed_at in rows:
        found.setdefault(folded, KnownPerson(person_id, None if company_trashed_at else company_id))
    return found


def _companies(workspace_id: int, domains: Iterable[str]) -> Mapping[str, tuple[int, ...]]:
    rows = (
        CompanyDomain.objects.of(workspace_id)
        .filter(domain__in=[d for d in domains if not is_free_mail(d)], company__trashed_at=None)
        .order_by("company_id")
        .values_list("domain", "company_id")
    )
    found: dict[str, list[int]] = defaultdict(list)
    for domain, company_id in rows:
        found[domain].append(company_id)
    return {domain: tuple(ids) for domain, ids in found.items()}


def people_by_addresses(where: Where, addresses: Iterable[str]) -> dict[str, Person]:
    """Who has these folded addresses. Of several, the one whose primary it is, then the older record (product.md, section 5)."""
    return {address: owners[0] for address, owners in owners_of(where, addresses).items()}


def owners_of(where: Where, addresses: Iterable[str]) -> dict[str, tuple[Person, ...]]:
    """Everybody who has these folded addresses: first those whose primary it is, then by age of the record."""
    found: dict[str, tuple[Person, ...]] = {}
    for row in holders(where, addresses).select_related("person"):
        found[row.folded] = (*found.get(row.folded, ()), row.person)
    return found


def companies_by_domains(where: Where, domains: Iterable[str]) -> dict[str, tuple[Company, ...]]:
    """Which companies have exactly these folded domains, the older record first. Ask with `addresses.parents` for subdomains."""
    held = CompanyDomain.objects.of(where).filter(domain__in=set(domains), company__trashed_at=None)
    found: dict[str, tuple[Company, ...]] = {}
    for row in held.select_related("company").order_by("company__created_at", "company_id"):
        found[row.domain] = (*found.get(row.domain, ()), row.company)
    return found


def others_with(where: Where, addresses: Iterable[str], *, besides: int = 0) -> tuple[PersonAddress, ...]:
    """Rows of other people with one of these folded addresses, for a warning beside the form."""
    return tuple(holders(where, addresses).exclude(person_id=besides).select_related("person").order_by("folded", "person_id"))
