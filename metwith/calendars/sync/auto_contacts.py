"""New people (product.md, section 5): an unknown outsider becomes a Person, its work domain a Company. Only where a calendar asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from metwith.calendars.models import Attendee, Newcomer, NewPeople
from metwith.calendars.rules.keep import Policy, participants
from metwith.calendars.sync import relink
from metwith.calendars.sync.meeting import organizers
from metwith.calendars.vocabulary import AttendeeKind, Occurrence, RemoteEvent
from metwith.lib.addresses import domain_of, parents, reversed_domain
from metwith.lib.freemail import is_free_mail
from metwith.lib.text import sort_key
from metwith.records.models import Company, CompanyDomain, Person, PersonAddress
from metwith.rules.blocks import blocked
from metwith.rules.link import RecordKind
from metwith.rules.own_identities import role_address

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from metwith.calendars.sync.batch import Claim


def create_contacts(claim: Claim, occurrences: Iterable[Occurrence], now: datetime) -> None:
    """Make the people of a page who are not known yet, and link the meetings to them that others had with them before.

    Inside the writers' lock and the page's transaction, before the page's own events are linked.
    """
    if claim.new_people == NewPeople.OFF:
        return
    workspace_id = claim.workspace_id
    names = _strangers(claim, occurrences)
    new = names.keys() - _known(workspace_id, names.keys())
    if new:
        domains = _make(claim, {address: names[address] for address in sorted(new)}, now)
        relink.relink(workspace_id, _events_of(workspace_id, new, domains))


def _make(claim: Claim, names: Mapping[str, str], now: datetime) -> list[str]:
    """Make people, and companies where there are none. Returns the new companies' domains."""
    workspace_id = claim.workspace_id
    companies, made, domains = _companies(workspace_id, names, now)
    people = Person.objects.bulk_create(
        Person(
            workspace_id=workspace_id,
            name=(name or address)[:300],
            name_key=sort_key(name or address)[:300],
            company_id=companies.get(address),
            **_mark(now),
        )
        for address, name in names.items()
    )
    _remember(claim, people, made)
    PersonAddress.objects.bulk_create(
        PersonAddress(workspace_id=workspace_id, person=person, address=address, folded=address, primary=True)
        for person, address in zip(people, names, strict=True)
    )
    organizers.came_on_record(workspace_id, {address: person.pk for person, address in zip(people, names, strict=True)})
    return domains


def _mark(now: datetime) -> dict[str, Any]:
    """Both times are the same until somebody edits: so it is known that nobody has (`actions/undo_contacts.py`)."""
    return {"made_by_rule": True, "created_at": now, "updated_at": now}


def _remember(claim: Claim, people: Iterable[Person], companies: Iterable[Company]) -> None:
    made = [(RecordKind.PERSON, person.pk) for person in people] + [(RecordKind.COMPANY, company.pk) for company in companies]
    Newcomer.objects.bulk_create(
        Newcomer(workspace_id=claim.workspace_id, calendar_id=claim.calendar_id, record_kind=kind, record_id=pk) for kind, pk in made
    )


def _strangers(claim: Claim, occurrences: Iterable[Occurrence]) -> dict[str, str]:
    """Address → name of the outsiders who may become people."""
    found: dict[str, str] = {}
    policy = claim.policy
    for event in {id(o.event): o.event for o in occurrences}.values():
        if claim.new_people == NewPeople.ORGANISED and not _organised(event, policy):
            continue
        people = participants(event)
        for a in event.attendees:
            if a.address in people and a.kind is AttendeeKind.INDIVIDUAL and _may_become(a.address, policy):
                found[a.address] = found.get(a.address) or (a.name if "@" not in a.name else "")
    return found


def _organised(event: RemoteEvent, policy: Policy) -> bool:
    """Whether the calendar's owner is the one who invites."""
    return any(a.organizer and a.address in policy.owner for a in event.attendees)


def _may_become(address: str, policy: Policy) -> bool:
    if address in policy.owner | policy.claimed or policy.own_identities.includes(address) or role_address(address):
        return False
    return not (blocked(address, policy.blocks.who) or policy.blocks.keeps_out((address,)))


def _known(workspace_id: int, addresses: Iterable[str]) -> set[str]:
    """Also those in the trash: somebody there stays there."""
    return set(PersonAddress.objects.of(workspace_id).filter(folded__in=list(addresses)).values_list("folded", flat=True))


def _companies(workspace_id: int, addresses: Iterable[str], now: datetime) -> tuple[dict[str, int], list[Company], list[str]]:
    """Address → the company of its work domain, the most specific one in use; those that had to be made, and their domains.

    None is made where all that there are lie in the trash.
    """
    work = {address: parents(domain_of(address)) for address in addresses if not is_free_mail(domain_of(address))}
    held = _oldest_companies(workspace_id, {domain for domains in work.values() for domain in domains})
    missing = sorted({domains[-1] for domains in work.values() if domains and held.keys().isdisjoint(domains)})
    made = [Company(workspace_id=workspace_id, name=domain, name_key=domain, **_mark(now)) for domain in missing]
    Company.objects.bulk_create(made)
    CompanyDomain.objects.bulk_create(CompanyDomain(workspace_id=workspace_id, company=company, domain=company.name) for company in made)
    in_use = {domain: pk for domain, pk in held.items() if pk is not None} | {company.name: company.pk for company in made}
    found = {address: next((in_use[d] for d in domains if d in in_use), None) for address, domains in work.items()}
    return {address: pk for address, pk in found.items() if pk is not None}, made, missing


def _oldest_companies(workspace_id: int, domains: Iterable[str]) -> dict[str, int | None]:
    """Domain → its oldest company in use; None when all of them are in the trash."""
    rows = CompanyDomain.objects.of(workspace_id).filter(domain__in=list(domains)).order_by("company_id")
    found: dict[str, int | None] = {}
    for domain, company_id, trashed_at in rows.values_list("domain", "company_id", "company__trashed_at"):
        found[domain] = found.get(domain) or (None if trashed_at else company_id)
    return found


def _events_of(workspace_id: int, addresses: Collection[str], domains: Iterable[str]) -> set[int]:
    """The meetings with these people, and with anybody at these domains or under them."""
    concerned = Q(address__in=addresses)
    for domain in domains:
        concerned |= Q(reversed_domain__startswith=reversed_domain(domain))
    return set(Attendee.objects.of(workspace_id).filter(concerned).values_list("event_id", flat=True))
