"""New people (product.md, section 5): an unknown outsider becomes a Person, its work domain a Company. Only where a calendar asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.models import Attendee
from metwith.calendars.rules.keep import Policy, blocked, participants
from metwith.calendars.sync import linking
from metwith.calendars.vocabulary import AttendeeKind, Occurrence
from metwith.lib.addresses import domain_of, registrable
from metwith.lib.freemail import is_free_mail
from metwith.lib.text import sort_key
from metwith.records.models import Company, CompanyDomain, Person, PersonAddress
from metwith.rules.ours import role_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def welcome(workspace_id: int, policy: Policy, occurrences: Iterable[Occurrence]) -> None:
    """Make the people of a page who are not known yet, and link the meetings to them that others had with them before.

    Inside the writers' lock and the page's transaction, before the page's own events are linked.
    """
    names = _strangers(policy, occurrences)
    new = names.keys() - _known(workspace_id, names.keys())
    if new:
        _make(workspace_id, {address: names[address] for address in sorted(new)})
        linking.relink(workspace_id, _events_of(workspace_id, new))


def _make(workspace_id: int, names: Mapping[str, str]) -> None:
    companies = _companies(workspace_id, names)
    people = Person.objects.bulk_create(
        Person(
            workspace_id=workspace_id,
            name=(name or address)[:300],
            name_key=sort_key(name or address)[:300],
            company_id=companies.get(registrable(domain_of(address))),
            made_by_rule=True,
        )
        for address, name in names.items()
    )
    PersonAddress.objects.bulk_create(
        PersonAddress(workspace_id=workspace_id, person=person, address=address, folded=address, primary=True)
        for person, address in zip(people, names, strict=True)
    )


def _strangers(policy: Policy, occurrences: Iterable[Occurrence]) -> dict[str, str]:
    """Address → name of the outsiders who may become people."""
    found: dict[str, str] = {}
    for event in {id(o.event): o.event for o in occurrences}.values():
        people = participants(event)
        for a in event.attendees:
            if a.address in people and a.kind is AttendeeKind.INDIVIDUAL and _may_become(a.address, policy):
                found[a.address] = found.get(a.address) or (a.name if "@" not in a.name else "")
    return found


def _may_become(address: str, policy: Policy) -> bool:
    return not (address in policy.owner or policy.ours.includes(address) or role_address(address) or blocked(address, policy.blocks))


def _known(workspace_id: int, addresses: Iterable[str]) -> set[str]:
    """Also those in the trash: somebody there stays there."""
    return set(PersonAddress.objects.of(workspace_id).filter(folded__in=list(addresses)).values_list("folded", flat=True))


def _companies(workspace_id: int, addresses: Iterable[str]) -> dict[str, int]:
    """Work domain → its company, made when there is none. Domains whose only companies are in the trash get none."""
    domains = sorted({registrable(domain_of(a)) for a in addresses if not is_free_mail(domain_of(a))} - {""})
    rows = CompanyDomain.objects.of(workspace_id).filter(domain__in=domains).order_by("-company_id")
    held = {domain: (pk, trashed) for domain, pk, trashed in rows.values_list("domain", "company_id", "company__trashed_at")}
    new = [Company(workspace_id=workspace_id, name=domain, name_key=domain, made_by_rule=True) for domain in domains if domain not in held]
    Company.objects.bulk_create(new)
    CompanyDomain.objects.bulk_create(CompanyDomain(workspace_id=workspace_id, company=c, domain=c.name) for c in new)
    return {domain: pk for domain, (pk, trashed) in held.items() if not trashed} | {c.name: c.pk for c in new}


def _events_of(workspace_id: int, addresses: set[str]) -> set[int]:
    return set(Attendee.objects.of(workspace_id).filter(address__in=addresses).values_list("event_id", flat=True))
