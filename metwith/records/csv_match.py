"""What the rows of a file mean for the records that are there: which record each row speaks of, and what it would change.

Nothing is written here; the records in a plan carry their new values unsaved. An empty cell changes nothing, and no address, domain or
reference is ever taken away by an import.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.lib.addresses import parents
from metwith.lib.errors import Invalid
from metwith.lib.text import sort_key
from metwith.records.csv_rows import CompanyRow, OpportunityRow, PersonRow, Row, RowError, marks_of
from metwith.records.directory import companies_by_domains, owners_of
from metwith.records.fields import Address
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence


@dataclass(slots=True)
class Change[M: Record]:
    """One row and its record."""

    row: Row
    record: M
    """With its new values, unsaved."""
    new: bool
    """It is not there yet, and has no id."""
    differs: bool
    """Something of it changes."""
    addresses: tuple[Address, ...] | None = None
    """All of a person's, when they change; the primary first."""
    domains: tuple[str, ...] | None = None
    """A company's further ones."""


@dataclass(slots=True)
class Plan[M: Record]:
    """What an import would do."""

    changes: list[Change[M]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    new_companies: list[Company] = field(default_factory=list)
    """Named after a domain that nobody has yet; unsaved."""


class CompanyFinder:
    """The companies of a file's `company_domain` cells. A domain that nobody has yet makes a company named after it."""

    def __init__(self, where: int, domains: Iterable[str]) -> None:
        wanted = {domain for domain in domains if domain}
        self.held = companies_by_domains(where, {above for domain in wanted for above in parents(domain)})
        unknown = {domain for domain in wanted if not self.of(domain)}
        # Of acme.com and eu.acme.com, both unknown, one company is made.
        tops = {domain: next(above for above in reversed(parents(domain)) if above in unknown) for domain in unknown}
        self.new = {domain: Company(workspace_id=where, name=domain, name_key=sort_key(domain)) for domain in sorted(set(tops.values()))}
        self.held |= {domain: (self.new[top],) for domain, top in tops.items()}

    def of(self, domain: str) -> tuple[Company, ...]:
        """Who has the domain, or the most specific one above it; the older record first."""
        return next((self.held[above] for above in parents(domain) if above in self.held), ())

    def choose(self, domain: str, current: int | None) -> Company:
        """The company that a cell means for a record that is in company `current`."""
        return _choose(self.of(domain), current)


def plan_people(where: int, rows: list[PersonRow]) -> Plan[Person]:
    """People are recognised by their addresses; those without one in the file by their name."""
    finder = CompanyFinder(where, (row.company_domain for row in rows))
    owners = owners_of(where, {address.folded for row in rows for address in row.addresses})
    namesakes = _by_name(Person, where, [row for row in rows if not row.addresses])
    known = Person.objects.of(where).in_bulk({person.pk for person in chain(*owners.values(), *namesakes.values())})
    held: dict[int, list[Address]] = defaultdict(list)
    for stored in PersonAddress.objects.of(where).filter(person_id__in=known).order_by("-primary", "id"):
        held[stored.person_id].append(Address(stored.address, stored.folded))

    def change(row: PersonRow) -> Change[Person]:
        found = _only(_by_address(row, owners), "email") if row.addresses else _only(namesakes[sort_key(row.name)], "name")
        person = known[found.pk] if found else Person(workspace_id=where)
        before = _facts(person, "name", "job_title", "company_id")
        _rename(person, row.name)
        person.job_title = row.job_title or person.job_title
        if row.company_domain:
            person.company = finder.choose(row.company_domain, person.company_id)
        addresses = _joined(row, held[found.pk] if found else [])
        moved = addresses != tuple(held[found.pk] if found else [])
        differs = found is None or moved or before != _facts(person, "name", "job_title", "company_id")
        return Change(row, person, found is None, differs, addresses=addresses if moved else None)

    return _plan(rows, change, finder)


def plan_companies(where: int, rows: list[CompanyRow]) -> Plan[Company]:
    """Companies are recognised by a domain, else by their name."""
    owners = companies_by_domains(where, {domain for row in rows for domain in row.domains})
    namesakes = _by_name(Company, where, rows)
    known = Company.objects.of(where).in_bulk({company.pk for company in chain(*owners.values(), *namesakes.values())})
    held: dict[int, list[str]] = defaultdict(list)
    for stored in CompanyDomain.objects.of(where).filter(company_id__in=known).order_by("id"):
        held[stored.company_id].append(stored.domain)

    def change(row: CompanyRow) -> Change[Company]:
        by_domain = {company.pk: company for domain in row.domains for company in owners.get(domain, ())}
        same_name = [company for company in by_domain.values() if company.name_key == sort_key(row.name)]
        found = _only(same_name or list(by_domain.values()), "domains") or _only(namesakes[sort_key(row.name)], "name")
        company = known[found.pk] if found else Company(workspace_id=where)
        before = company.name
        _rename(company, row.name)
        further = tuple(domain for domain in row.domains if not found or domain not in held[found.pk])
        return Change(row, company, found is None, found is None or bool(further) or before != company.name, domains=further)

    return _plan(rows, change)


def plan_opportunities(where: int, rows: list[OpportunityRow]) -> Plan[Opportunity]:
    """Opportunities are recognised by their name, within the company when the row names one."""
    finder = CompanyFinder(where, (row.company_domain for row in rows))
    contacts = owners_of(where, {row.contact for row in rows if row.contact})
    namesakes = _by_name(Opportunity, where, rows)
    facts = ("name", "stage", "amount", "currency", "close_date", "company_id", "contact_id")

    def change(row: OpportunityRow) -> Change[Opportunity]:
        if row.contact and row.contact not in contacts:
            message = _("Nobody has the address “%(address)s”. Import the people first, or leave the cell empty.")
            raise Invalid("contact_email", message % {"address": row.contact})
        of_company = {company.pk for company in finder.of(row.company_domain)} if row.company_domain else None
        found = _only([o for o in namesakes[sort_key(row.name)] if of_company is None or o.company_id in of_company], "name")
        opportunity = found or Opportunity(workspace_id=where)
        before = _facts(opportunity, *facts)
        _rename(opportunity, row.name)
        if row.company_domain:
            opportunity.company = finder.choose(row.company_domain, opportunity.company_id)
        if row.contact:
            opportunity.contact = _choose(contacts[row.contact], opportunity.contact_id)
        opportunity.stage = row.stage or opportunity.stage
        opportunity.amount = opportunity.amount if row.amount is None else row.amount
        opportunity.currency = row.currency or opportunity.currency
        opportunity.close_date = row.close_date or opportunity.close_date
        return Change(row, opportunity, found is None, found is None or before != _facts(opportunity, *facts))

    return _plan(rows, change, finder)


def _plan[R: Row, M: Record](rows: list[R], change: Callable[[R], Change[M]], finder: CompanyFinder | None = None) -> Plan[M]:
    plan: Plan[M] = Plan(new_companies=list(finder.new.values()) if finder else [])
    first: dict[Hashable, int] = {}
    for row in rows:
        try:
            made = change(row)
            _not_twice(made, first)
        except Invalid as error:
            plan.errors.append(RowError(row.number, error.field, error.message))
            continue
        plan.changes.append(made)
    return plan


def _not_twice[M: Record](change: Change[M], first: dict[Hashable, int]) -> None:
    """No two rows speak of the same record, and no two new ones share what they would be recognised by."""
    row, record = change.row, change.record
    marks = marks_of(row) if change.new else [("", record.name, ("record", record.pk))]
    for column, what, mark in marks:
        if mark in first:
            message = _("“%(what)s” stands in row %(row)d already. Make one row of the two.")
            raise Invalid(column, message % {"what": what[:100], "row": first[mark]})
    first.update({mark: row.number for _column, _what, mark in marks})


def _by_address(row: PersonRow, owners: Mapping[str, tuple[Person, ...]]) -> list[Person]:
    """Whom a row's addresses lead to; of people who share an address, the one of that name."""
    found: dict[int, Person] = {}
    for sharing in filter(None, (owners.get(address.folded) for address in row.addresses)):
        person = next((person for person in sharing if person.name_key == sort_key(row.name)), sharing[0])
        found[person.pk] = person
    return list(found.values())


def _choose[M: Record](rows: Sequence[M], current: int | None) -> M:
    """The first of several; the one that stands there already, when it is among them."""
    return next((record for record in rows if current and record.pk == current), rows[0])


def _by_name[M: Record](model: type[M], where: int, rows: Iterable[Row]) -> dict[str, list[M]]:
    """The records with the rows' names, by comparable name."""
    found: dict[str, list[M]] = defaultdict(list)
    for record in model.objects.of(where).filter(trashed_at=None, name_key__in={sort_key(row.name)[:300] for row in rows}).order_by("id"):
        found[record.name_key].append(record)
    return found


def _only[M: Record](rows: list[M], column: str) -> M | None:
    """The one that was found, or none. Raises Invalid when a row could mean several."""
    if len(rows) < 2:
        return rows[0] if rows else None
    if rows[0].name == rows[1].name:
        message = _("“%(name)s” is there %(count)d times. Say which one by an address or domain, or merge them.")
        raise Invalid(column, message % {"name": rows[0].name, "count": len(rows)})
    names = " · ".join(f"“{record.name}”" for record in rows[:5])
    raise Invalid(column, _("This row fits several: %(names)s. Make two rows of it, or merge them.") % {"names": names})


def _joined(row: PersonRow, addresses: list[Address]) -> tuple[Address, ...]:
    """The addresses after the import. What the file names as `email` becomes the primary; without one the primary stays."""
    order = [*row.addresses, *addresses] if row.email or not addresses else [addresses[0], *row.additional, *addresses[1:]]
    spelled = {address.folded: address for address in [*addresses, *row.addresses]}
    return tuple(spelled[folded] for folded in dict.fromkeys(address.folded for address in order))


def _rename(record: Record, name: str) -> None:
    record.name, record.name_key = name, sort_key(name)[:300]


def _facts(record: Record, *names: str) -> tuple[object, ...]:
    return tuple(getattr(record, name) for name in names)
