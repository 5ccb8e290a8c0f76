"""New people (product.md, section 5): an unknown outsider becomes a Person, its work domain a Company. Only where a calendar asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from metwith.calendars.models import Attendee, Calendar, Newcomer, NewPeople
from metwith.calendars.reads.strangers import left_out
from metwith.calendars.rules.contacts import may_become_person
from metwith.calendars.rules.keep import Policy, participants
from metwith.calendars.sync import relink
from metwith.calendars.sync.meeting import organizers
from metwith.calendars.vocabulary import AttendeeKind, Occurrence, RemoteEvent
from metwith.lib.addresses import reversed_domain
from metwith.records.contacts import ContactsMade, known_addresses, make_contacts
from metwith.rules.link import RecordKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
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
    new = names.keys() - known_addresses(workspace_id, names.keys())
    new -= left_out(workspace_id, _owner(claim), new) if new else set()
    if new:
        made = make_contacts(workspace_id, {address: names[address] for address in sorted(new)}, by_rule=True, now=now)
        _remember(claim, made)
        organizers.came_on_record(workspace_id, {address: person.pk for address, person in made.people.items()})
        relink.relink(workspace_id, _events_of(workspace_id, new, made.companies))


def _owner(claim: Claim) -> int:
    """The member whose calendar it is."""
    calendars = Calendar.objects.of(claim.workspace_id).filter(pk=claim.calendar_id)
    return calendars.values_list("account__member_id", flat=True).get()


def _remember(claim: Claim, made: ContactsMade) -> None:
    records = [(RecordKind.PERSON, person.pk) for person in made.people.values()]
    records += [(RecordKind.COMPANY, company.pk) for company in made.companies.values()]
    Newcomer.objects.bulk_create(
        Newcomer(workspace_id=claim.workspace_id, calendar_id=claim.calendar_id, record_kind=kind, record_id=pk) for kind, pk in records
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
            if a.address in people and a.kind is AttendeeKind.INDIVIDUAL and may_become_person(a.address, policy):
                found[a.address] = found.get(a.address) or (a.name if "@" not in a.name else "")
    return found


def _organised(event: RemoteEvent, policy: Policy) -> bool:
    """Whether the calendar's owner is the one who invites."""
    return any(a.organizer and a.address in policy.owner for a in event.attendees)


def _events_of(workspace_id: int, addresses: Collection[str], domains: Iterable[str]) -> set[int]:
    """The meetings with these people, and with anybody at these domains or under them."""
    concerned = Q(address__in=addresses)
    for domain in domains:
        concerned |= Q(reversed_domain__startswith=reversed_domain(domain))
    return set(Attendee.objects.of(workspace_id).filter(concerned).values_list("event_id", flat=True))
