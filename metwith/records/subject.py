"""What the records hold about one address, and forgetting it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.lib.addresses import fold
from metwith.lib.text import sort_key
from metwith.records import signals
from metwith.records.acts.forgetting import earlier_values
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress
from metwith.workspaces.signals import announce

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """A person's record with the address."""

    id: int
    name: str
    further: int
    """Other addresses of the record: it may stay without this one."""
    trashed: bool


@dataclass(frozen=True, slots=True)
class RecordsGone:
    """What was forgotten."""

    people: tuple[int, ...] = ()
    """Records that are gone."""
    kept: tuple[int, ...] = ()
    """Records that lost the address only."""
    companies: tuple[int, ...] = ()
    """The companies of the first, which a rule had made and which have nobody any more."""


def people(workspace_id: int, address: str) -> tuple[NamedRecord, ...]:
    """The records with a folded address, those in the trash too, the oldest first."""
    found = Person.objects.of(workspace_id).filter(pk__in=_ids(workspace_id, address)).order_by("created_at", "pk")
    many: dict[int, int] = {}
    for person_id in PersonAddress.objects.of(workspace_id).filter(person__in=found).values_list("person_id", flat=True):
        many[person_id] = many.get(person_id, 0) + 1
    return tuple(NamedRecord(p.pk, p.name, many.get(p.pk, 1) - 1, p.trashed_at is not None) for p in found)


def count_earlier_values(workspace_id: int, address: str, person_ids: Collection[int]) -> int:
    """How many changes of these people, or that name a folded address, could be taken back still, and are kept for it."""
    return earlier_values(workspace_id, address, person_ids).count()


def _ids(workspace_id: int, address: str) -> list[int]:
    return list(PersonAddress.objects.of(workspace_id).filter(folded=address).values_list("person_id", flat=True))


def companies(workspace_id: int, person_ids: Collection[int]) -> tuple[tuple[int, str], ...]:
    """Companies that a rule made, that have nobody but these people, and no opportunity: id and name."""
    made = Company.objects.of(workspace_id).filter(made_by_rule=True)
    theirs = made.filter(pk__in=Person.objects.of(workspace_id).filter(pk__in=person_ids).values("company_id"))
    others = Person.objects.of(workspace_id).exclude(pk__in=person_ids).exclude(company=None)
    deals = Opportunity.objects.of(workspace_id).exclude(company=None)
    alone = theirs.exclude(pk__in=others.values("company_id")).exclude(pk__in=deals.values("company_id"))
    return tuple(alone.order_by("pk").values_list("pk", "name"))


def forget_person(workspace_id: int, address: str, *, keep: Collection[int]) -> RecordsGone:
    """Delete the records with a folded address for good; of those in `keep` that have others only the address. In a transaction.

    Their companies are named, not deleted: what else hangs on them is for the rooms above to say. What acts know of it goes too.
    """
    found = people(workspace_id, address)
    earlier_values(workspace_id, address, [row.id for row in found]).delete()
    kept = tuple(row.id for row in found if row.id in keep and row.further)
    gone = tuple(row.id for row in found if row.id not in kept)
    theirs = companies(workspace_id, gone)
    for person_id in kept:
        _take_off(workspace_id, person_id, address)
        announce(signals.record_changed, workspace_id=workspace_id, kind="person", record_id=person_id)
    Person.objects.of(workspace_id).filter(pk__in=gone).delete()
    for person_id in gone:
        announce(signals.record_removed, workspace_id=workspace_id, kind="person", record_id=person_id)
    return RecordsGone(gone, kept, tuple(pk for pk, _ in theirs))


def _take_off(workspace_id: int, person_id: int, address: str) -> None:
    held = PersonAddress.objects.of(workspace_id).filter(person_id=person_id)
    held.filter(folded=address).delete()
    first = held.order_by("-primary", "pk")[0]
    held.filter(pk=first.pk).update(primary=True)
    person = Person.objects.of(workspace_id).get(pk=person_id)
    if fold(person.name) == address:
        # A rule that knew no name took the address for one.
        Person.objects.of(workspace_id).filter(pk=person_id).update(name=first.address[:300], name_key=sort_key(first.address)[:300])


def company_domains(workspace_id: int, company_ids: Collection[int]) -> dict[int, list[str]]:
    """The domains of companies."""
    found: dict[int, list[str]] = {pk: [] for pk in company_ids}
    for company_id, domain in CompanyDomain.objects.of(workspace_id).filter(company_id__in=company_ids).values_list("company_id", "domain"):
        found[company_id].append(domain)
    return found


def delete_companies(workspace_id: int, company_ids: Collection[int]) -> None:
    """For good. In a transaction."""
    Company.objects.of(workspace_id).filter(pk__in=company_ids).delete()
    for company_id in company_ids:
        announce(signals.record_removed, workspace_id=workspace_id, kind="company", record_id=company_id)
