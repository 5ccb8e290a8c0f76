"""The verbs about records. Pages, API, command line and import call these; they take a member and `now`, never a request.

Fields that are not given stay as they are. What is wrong with one is `Invalid`, naming it; a record of another workspace does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.lib.errors import Invalid
from metwith.records import fields, signals
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress, Record
from metwith.records.queries import MODELS, TAGS
from metwith.workspaces.may import admins_only
from metwith.workspaces.models import Member
from metwith.workspaces.signals import announce

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from metwith.records.kinds import Kind
    from metwith.records.queries import AnyRecord


class RecordFields(TypedDict, total=False):
    """What can be said of every record."""

    name: str
    owner_id: int | None
    """A member who has not left."""
    tags: Sequence[str]
    """All of them."""


class PersonFields(RecordFields, total=False):
    """What can be said of a person."""

    job_title: str
    phone: str
    addresses: Sequence[str]
    """All of them, the primary first."""
    company_id: int | None


class CompanyFields(RecordFields, total=False):
    """What can be said of a company."""

    phone: str
    domains: Sequence[str]
    """All of them."""


class OpportunityFields(RecordFields, total=False):
    """What can be said of an opportunity."""

    stage: str
    amount: Decimal | str | float | None
    currency: str
    close_date: date | str | None
    company_id: int | None
    contact_id: int | None


@transaction.atomic
def create_person(member: Member, *, now: datetime, **fields: Unpack[PersonFields]) -> Person:
    """A new person. Raises Invalid (by the names of `PersonFields`)."""
    person = Person(workspace_id=member.workspace_id, created_at=now)
    return _write_person(person, {"name": "", **fields}, now)


@transaction.atomic
def update_person(member: Member, person_id: int, *, now: datetime, **fields: Unpack[PersonFields]) -> Person:
    """Change what is given. Raises Invalid as `create_person`, and Person.DoesNotExist."""
    return _write_person(_to_edit(Person, member, person_id), fields, now)


@transaction.atomic
def create_company(member: Member, *, now: datetime, **fields: Unpack[CompanyFields]) -> Company:
    """A new company. Raises Invalid (by the names of `CompanyFields`)."""
    company = Company(workspace_id=member.workspace_id, created_at=now)
    return _write_company(company, {"name": "", **fields}, now)


@transaction.atomic
def update_company(member: Member, company_id: int, *, now: datetime, **fields: Unpack[CompanyFields]) -> Company:
    """Change what is given. Raises Invalid as `create_company`, and Company.DoesNotExist."""
    return _write_company(_to_edit(Company, member, company_id), fields, now)


@transaction.atomic
def create_opportunity(member: Member, *, now: datetime, **fields: Unpack[OpportunityFields]) -> Opportunity:
    """A new opportunity. Raises Invalid (by the names of `OpportunityFields`)."""
    opportunity = Opportunity(workspace_id=member.workspace_id, created_at=now)
    return _write_opportunity(opportunity, {"name": "", **fields}, now)


@transaction.atomic
def update_opportunity(member: Member, opportunity_id: int, *, now: datetime, **fields: Unpack[OpportunityFields]) -> Opportunity:
    """Change what is given. Raises Invalid as `create_opportunity`, and Opportunity.DoesNotExist."""
    return _write_opportunity(_to_edit(Opportunity, member, opportunity_id), fields, now)


@transaction.atomic
def trash(member: Member, kind: Kind, record_id: int, *, now: datetime) -> None:
    """Put a record into the trash; it keeps everything but its meetings. Raises the model's DoesNotExist."""
    record = _locked(MODELS[kind], member, record_id)
    if record.trashed_at is None:
        record.trashed_at = now
        record.save(update_fields=["trashed_at"])
        announce(signals.record_removed, workspace_id=record.workspace_id, kind=kind, record_id=record.pk)


@transaction.atomic
def restore(member: Member, kind: Kind, record_id: int) -> None:
    """Take a record back from the trash. Raises the model's DoesNotExist."""
    record = _locked(MODELS[kind], member, record_id)
    if record.trashed_at is not None:
        record.trashed_at = None
        record.save(update_fields=["trashed_at"])
        announce(signals.record_changed, workspace_id=record.workspace_id, kind=kind, record_id=record.pk)


@transaction.atomic
def delete_for_good(member: Member, kind: Kind, record_id: int) -> None:
    """Delete a record that is in the trash. Admins only; there is no way back. Raises NotAllowed, Invalid, or the model's DoesNotExist."""
    admins_only(member)
    record = _locked(MODELS[kind], member, record_id)
    if record.trashed_at is None:
        raise Invalid("", _("Put it into the trash first."))
    record.delete()
    announce(signals.record_removed, workspace_id=member.workspace_id, kind=kind, record_id=record_id)


@transaction.atomic
def merge_people(member: Member, keeper_id: int, other_id: int, *, now: datetime) -> Person:
    """Make one of two: the keeper gets the other's addresses, opportunities, and what it lacks itself; the other is deleted.

    Raises Invalid (`other_id`) and Person.DoesNotExist.
    """
    keeper, other = _pair(Person, member, keeper_id, other_id)
    held = [fields.Address(row.address, row.folded) for row in _addresses_of(keeper)]
    known = {address.folded for address in held}
    held += [fields.Address(row.address, row.folded) for row in _addresses_of(other) if row.folded not in known]
    _store_addresses(keeper, held)
    keeper.job_title = keeper.job_title or other.job_title
    keeper.phone = keeper.phone or other.phone
    keeper.company_id = keeper.company_id or other.company_id
    _kept(keeper, other, now)
    Opportunity.objects.of(keeper.workspace_id).filter(contact=other).update(contact=keeper)
    other.delete()
    announce(signals.people_merged, workspace_id=member.workspace_id, keeper_id=keeper_id, other_id=other_id)
    return keeper


@transaction.atomic
def merge_companies(member: Member, keeper_id: int, other_id: int, *, now: datetime) -> Company:
    """Make one of two: the keeper gets the other's domains, people and opportunities; the other is deleted. Raises as `merge_people`."""
    keeper, other = _pair(Company, member, keeper_id, other_id)
    _store_domains(keeper, list(dict.fromkeys([*_domains_of(keeper), *_domains_of(other)])))
    keeper.phone = keeper.phone or other.phone
    _kept(keeper, other, now)
    Person.objects.of(keeper.workspace_id).filter(company=other).update(company=keeper)
    Opportunity.objects.of(keeper.workspace_id).filter(company=other).update(company=keeper)
    other.delete()
    announce(signals.companies_merged, workspace_id=member.workspace_id, keeper_id=keeper_id, other_id=other_id)
    return keeper


def _write_person(person: Person, values: PersonFields, now: datetime) -> Person:
    tags = _write_record(person, values)
    if "phone" in values:
        person.phone = fields.one_line("phone", values["phone"], fields.LONGEST_PHONE)
    if "job_title" in values:
        person.job_title = fields.one_line("job_title", values["job_title"], 200)
    if "company_id" in values:
        person.company_id = _reference(Company, person.workspace_id, "company_id", values["company_id"], person.company_id)
    addresses = fields.address_list(values["addresses"]) if "addresses" in values else None
    _edited(person, now)
    _store_tags(person, tags)
    if addresses is not None:
        _store_addresses(person, addresses)
    announce(signals.record_changed, workspace_id=person.workspace_id, kind="person", record_id=person.pk)
    return person


def _write_company(company: Company, values: CompanyFields, now: datetime) -> Company:
    tags = _write_record(company, values)
    if "phone" in values:
        company.phone = fields.one_line("phone", values["phone"], fields.LONGEST_PHONE)
    domains = fields.domain_list(values["domains"]) if "domains" in values else None
    _edited(company, now)
    _store_tags(company, tags)
    if domains is not None:
        _store_domains(company, domains)
    announce(signals.record_changed, workspace_id=company.workspace_id, kind="company", record_id=company.pk)
    return company


def _write_opportunity(opportunity: Opportunity, values: OpportunityFields, now: datetime) -> Opportunity:
    tags = _write_record(opportunity, values)
    if "stage" in values:
        opportunity.stage = fields.stage(values["stage"])
    if "amount" in values:
        opportunity.amount = fields.amount(values["amount"])
    if "currency" in values:
        opportunity.currency = fields.currency(values["currency"])
    if "close_date" in values:
        opportunity.close_date = fields.close_date(values["close_date"])
    where = opportunity.workspace_id
    if "company_id" in values:
        opportunity.company_id = _reference(Company, where, "company_id", values["company_id"], opportunity.company_id)
    if "contact_id" in values:
        opportunity.contact_id = _reference(Person, where, "contact_id", values["contact_id"], opportunity.contact_id)
    _edited(opportunity, now)
    _store_tags(opportunity, tags)
    announce(signals.record_changed, workspace_id=where, kind="opportunity", record_id=opportunity.pk)
    return opportunity


def _write_record(record: AnyRecord, values: RecordFields) -> Mapping[str, str] | None:
    """What all kinds have alike. Returns the tags that it shall have, by their keys; None: as they are."""
    if "name" in values:
        record.name = fields.name(values["name"])
    if "owner_id" in values:
        record.owner_id = _owner(record.workspace_id, values["owner_id"], record.owner_id)
    return fields.tag_list(values["tags"]) if "tags" in values else None


def _owner(where: int, wanted: int | None, current: int | None) -> int | None:
    """Whoever left may stay what they were."""
    if wanted is None or wanted == current:
        return wanted
    if not Member.objects.of(where).filter(pk=wanted, left_at=None).exists():
        raise Invalid("owner_id", _("This is no member of the workspace. Choose another one."))
    return wanted


def _edited(record: Record, now: datetime) -> None:
    record.updated_at = now
    record.save()


def _kept(keeper: Person | Company, other: Person | Company, now: datetime) -> None:
    keeper.made_by_rule = keeper.made_by_rule and other.made_by_rule
    keeper.owner_id = keeper.owner_id or other.owner_id
    _edited(keeper, now)
    _store_tags(keeper, _tags_of(other) | _tags_of(keeper))


def _locked[R: Record](model: type[R], member: Member, record_id: int) -> R:
    return model.objects.of(member.workspace_id).select_for_update(no_key=True).get(pk=record_id)


def _to_edit[R: Record](model: type[R], member: Member, record_id: int) -> R:
    record = _locked(model, member, record_id)
    if record.trashed_at is not None:
        raise Invalid("", _("It is in the trash. Restore it first."))
    return record


def _pair[R: Record](model: type[R], member: Member, keeper_id: int, other_id: int) -> tuple[R, R]:
    """Both of a merge, locked in the order of their ids, so that two merges the other way round do not wait for each other."""
    if keeper_id == other_id:
        raise Invalid("other_id", _("Choose two different ones."))
    first, second = (_to_edit(model, member, record_id) for record_id in sorted((keeper_id, other_id)))
    return (first, second) if first.pk == keeper_id else (second, first)


def _reference[R: Record](model: type[R], where: int, field: str, wanted: int | None, current: int | None) -> int | None:
    """The id of a record of the same workspace that is not in the trash; what stood there before may stay."""
    if wanted is None or wanted == current:
        return wanted
    if not model.objects.of(where).filter(pk=wanted, trashed_at=None).exists():
        raise Invalid(field, _("This record does not exist (any more). Choose another one."))
    return wanted


def _addresses_of(person: Person) -> list[PersonAddress]:
    return list(PersonAddress.objects.of(person.workspace_id).filter(person=person).order_by("-primary", "id"))


def _domains_of(company: Company) -> list[str]:
    return list(CompanyDomain.objects.of(company.workspace_id).filter(company=company).order_by("id").values_list("domain", flat=True))


def _store_addresses(person: Person, addresses: Sequence[fields.Address]) -> None:
    """Nothing points at these rows, so a changed list is simply written anew, in its order."""
    if [(row.address, row.folded, row.primary) for row in _addresses_of(person)] == [
        (address.written, address.folded, at == 0) for at, address in enumerate(addresses)
    ]:
        return
    PersonAddress.objects.of(person.workspace_id).filter(person=person).delete()
    PersonAddress.objects.bulk_create(
        PersonAddress(workspace_id=person.workspace_id, person=person, address=address.written, folded=address.folded, primary=at == 0)
        for at, address in enumerate(addresses)
    )


def _tags_of(record: AnyRecord) -> dict[str, str]:
    tags: Any = TAGS[type(record)]
    return dict(tags.objects.of(record.workspace_id).filter(record=record).order_by("key").values_list("key", "name"))


def _store_tags(record: AnyRecord, wanted: Mapping[str, str] | None) -> None:
    if wanted is None or (held := _tags_of(record)).keys() == wanted.keys():
        return
    tags: Any = TAGS[type(record)]
    tags.objects.of(record.workspace_id).filter(record=record, key__in=held.keys() - wanted.keys()).delete()
    new = sorted(wanted.keys() - held.keys())
    tags.objects.bulk_create(tags(workspace_id=record.workspace_id, record=record, key=key, name=wanted[key]) for key in new)


def _store_domains(company: Company, domains: Sequence[str]) -> None:
    if _domains_of(company) == list(domains):
        return
    CompanyDomain.objects.of(company.workspace_id).filter(company=company).delete()
    CompanyDomain.objects.bulk_create(
        CompanyDomain(workspace_id=company.workspace_id, company=company, domain=domain) for domain in domains
    )
