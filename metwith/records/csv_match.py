"""What the rows of a file mean for the records that are there: which record each row speaks of, and what it would change.

With `lock` what would change is held until the transaction ends.

Nothing is written here; the records in a plan carry their new values unsaved. An empty cell changes nothing, and no address, domain or
reference is ever taken away by an import.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

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

    from django.db.models import QuerySet


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
    earlier: Mapping[str, Any] = field(default_factory=dict)
    """What stood there before in each column that changes."""
    held: tuple[Address, ...] = ()
    """A person's addresses before."""


@dataclass(slots=True)
class Plan[M: Record]:
    """What an import would do."""

    changes: list[Change[M]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    new_companies: list[NewCompany] = field(default_factory=list)
    """That the changes need."""


@dataclass(slots=True)
class NewCompany:
    """A company that a row names and that is not there yet."""

    company: Company
    """Unsaved."""
    domains: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SeenRows:
    """What rows before said, of a file that is read piece by piece."""

    marks: dict[Hashable, int] = field(default_factory=dict)
    """What no two rows may share → the row that has it."""
    companies: set[str] = field(default_factory=set)
    """Names of new companies."""


class CompanyFinder:
    """The companies that rows name, by domain or by name.

    A domain that nobody has yet makes a company named as the row says, else after the domain; a name that nobody has yet makes one too.
    """

    def __init__(self, where: int, rows: Sequence[PersonRow | OpportunityRow]) -> None:
        self.where = where
        wanted = {row.company_domain for row in rows if row.company_domain}
        self.held = companies_by_domains(where, {above for domain in wanted for above in parents(domain)})
        self.namesakes = _by_name(Company, where, {row.company for row in rows if row.company})
        self.new: dict[int, NewCompany] = {}
        """By the identity of the company, which has no id yet."""
        unknown = {domain for domain in wanted if not self.of(domain)}
        # Of acme.com and eu.acme.com, both unknown, one company is made.
        self.tops = {domain: next(above for above in reversed(parents(domain)) if above in unknown) for domain in unknown}
        for row in sorted(rows, key=lambda row: (row.company_domain, row.number)):
            self._provide(row)

    def of(self, domain: str) -> tuple[Company, ...]:
        """Who has the domain, or the most specific one above it; the older record first."""
        return next((self.held[above] for above in parents(domain) if above in self.held), ())

    def _provide(self, row: PersonRow | OpportunityRow) -> None:
        """Have a company for what the row names, made or found."""
        key, top = sort_key(row.company)[:300], self.tops.get(row.company_domain, "")
        if (row.company_domain and self.of(row.company_domain)) or not (top or key):
            return
        same = self.namesakes[key] if key else []
        if not same:
            company = Company(workspace_id=self.where, name=row.company or top, name_key=sort_key(row.company or top)[:300])
            self.new[id(company)] = NewCompany(company)
            same = self.namesakes[key or company.name_key] = [company]
        if top and len(same) == 1:
            self.held[top] = (same[0],)
            if new := self.new.get(id(same[0])):
                new.domains.append(top)

    def named_by(self, row: PersonRow | OpportunityRow) -> list[Company]:
        """The companies that a row may mean; of several with its domain those of the name that it gives."""
        key = sort_key(row.company)[:300]
        of_domain = self.of(row.company_domain) if row.company_domain else ()
        return [c for c in of_domain if c.name_key == key] or list(of_domain) or (self.namesakes[key] if key else [])

    def choose(self, row: PersonRow | OpportunityRow, current: int | None) -> Company | None:
        """The company that a row means for a record that is in company `current`; None when it names none. Raises Invalid (`company`)."""
        several = self.named_by(row)
        by_domain = row.company_domain and self.of(row.company_domain)
        if several and (by_domain or current in {company.pk for company in several}):
            return _choose(several, current)
        return _only(several, "company")


def plan_people(where: int, rows: list[PersonRow], seen: SeenRows, *, lock: bool = False) -> Plan[Person]:
    """People are recognised by their addresses; those without one in the file by their name."""
    finder = CompanyFinder(where, rows)
    owners = owners_of(where, {address.folded for row in rows for address in row.addresses})
    namesakes = _by_name(Person, where, {row.name for row in rows if not row.addresses})
    known = _locked(Person, where, lock=lock).in_bulk({person.pk for person in chain(*owners.values(), *namesakes.values())})
    held: dict[int, list[Address]] = defaultdict(list)
    for stored in PersonAddress.objects.of(where).filter(person_id__in=known).order_by("-primary", "id"):
        held[stored.person_id].append(Address(stored.address, stored.folded))

    def change(row: PersonRow) -> Change[Person]:
        found = _only(_by_address(row, owners), "email") if row.addresses else _only(namesakes[sort_key(row.name)], "name")
        found = known.get(found.pk) if found else None  # who was deleted this very moment comes anew
        person = found or Person(workspace_id=where)
        before = _facts(person, "name", "job_title", "company_id")
        company = finder.choose(row, person.company_id)
        _rename(person, row.name)
        person.job_title = row.job_title or person.job_title
        if company:
            person.company = company
        theirs = tuple(held[found.pk]) if found else ()
        addresses = _joined(row, theirs)
        earlier = _earlier(person, before, company)
        moved = addresses if addresses != theirs else None
        differs = found is None or bool(earlier) or moved is not None
        return Change(row, person, found is None, differs, moved, earlier=earlier, held=theirs)

    return _plan(rows, change, seen, finder)


def plan_companies(where: int, rows: list[CompanyRow], seen: SeenRows, *, lock: bool = False) -> Plan[Company]:
    """Companies are recognised by a domain, else by their name."""
    owners = companies_by_domains(where, {domain for row in rows for domain in row.domains})
    namesakes = _by_name(Company, where, {row.name for row in rows})
    known = _locked(Company, where, lock=lock).in_bulk({company.pk for company in chain(*owners.values(), *namesakes.values())})
    held: dict[int, list[str]] = defaultdict(list)
    for stored in CompanyDomain.objects.of(where).filter(company_id__in=known).order_by("id"):
        held[stored.company_id].append(stored.domain)

    def change(row: CompanyRow) -> Change[Company]:
        by_domain = {company.pk: company for domain in row.domains for company in owners.get(domain, ())}
        same_name = [company for company in by_domain.values() if company.name_key == sort_key(row.name)]
        found = _only(same_name or list(by_domain.values()), "domains") or _only(namesakes[sort_key(row.name)], "name")
        found = known.get(found.pk) if found else None
        company = found or Company(workspace_id=where)
        before = _facts(company, "name")
        _rename(company, row.name)
        further = tuple(domain for domain in row.domains if not found or domain not in held[found.pk])
        earlier = _earlier(company, before)
        return Change(row, company, found is None, found is None or bool(further or earlier), domains=further, earlier=earlier)

    return _plan(rows, change, seen)


def plan_opportunities(where: int, rows: list[OpportunityRow], seen: SeenRows, *, lock: bool = False) -> Plan[Opportunity]:
    """Opportunities are recognised by their name, within the company when the row names one."""
    finder = CompanyFinder(where, rows)
    contacts = owners_of(where, {row.contact for row in rows if row.contact})
    namesakes = _by_name(Opportunity, where, {row.name for row in rows}, lock=lock)
    facts = ("name", "stage", "amount", "currency", "close_date", "company_id", "contact_id")

    def change(row: OpportunityRow) -> Change[Opportunity]:
        if row.contact and row.contact not in contacts:
            message = _("Nobody has the address “%(address)s”. Import the people first, or leave the cell empty.")
            raise Invalid("contact_email", message % {"address": row.contact})
        named = row.company_domain or row.company
        of_company = {company.pk for company in finder.named_by(row)} if named else None
        found = _only([o for o in namesakes[sort_key(row.name)] if of_company is None or o.company_id in of_company], "name")
        opportunity = found or Opportunity(workspace_id=where)
        before = _facts(opportunity, *facts)
        company = finder.choose(row, opportunity.company_id)
        _rename(opportunity, row.name)
        if company:
            opportunity.company = company
        if row.contact:
            opportunity.contact = _choose(contacts[row.contact], opportunity.contact_id)
        opportunity.stage = row.stage or opportunity.stage
        opportunity.amount = opportunity.amount if row.amount is None else row.amount
        opportunity.currency = row.currency or opportunity.currency
        opportunity.close_date = row.close_date or opportunity.close_date
        earlier = _earlier(opportunity, before, company)
        return Change(row, opportunity, found is None, found is None or bool(earlier), earlier=earlier)

    return _plan(rows, change, seen, finder)


def _plan[R: Row, M: Record](
    rows: list[R], change: Callable[[R], Change[M]], seen: SeenRows, finder: CompanyFinder | None = None
) -> Plan[M]:
    plan: Plan[M] = Plan()
    for row in rows:
        try:
            made = change(row)
            _not_twice(made, seen.marks)
        except Invalid as error:
            plan.errors.append(RowError(row.number, error.field, error.message))
            continue
        plan.changes.append(made)
    # One that only bad rows name is not made.
    needed = {id(_new_company(change.record)) for change in plan.changes}
    plan.new_companies = [new for made, new in finder.new.items() if made in needed] if finder else []
    seen.companies |= {new.company.name_key for new in plan.new_companies}
    return plan


def _new_company(record: Record) -> Company | None:
    """The company of a record, when it is not stored yet."""
    if isinstance(record, Person | Opportunity) and record.company_id is None and type(record)._meta.get_field("company").is_cached(record):
        return record.company
    return None


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


def _locked[M: Record](model: type[M], where: int, *, lock: bool) -> QuerySet[M]:
    """With `lock` nobody changes or deletes what is read here before the transaction ends."""
    rows = model.objects.of(where)
    return rows.select_for_update(no_key=True, of=("self",)) if lock else rows


def _by_name[M: Record](model: type[M], where: int, names: Iterable[str], *, lock: bool = False) -> dict[str, list[M]]:
    """The records with these names, by comparable name."""
    found: dict[str, list[M]] = defaultdict(list)
    rows = _locked(model, where, lock=lock).filter(trashed_at=None, name_key__in={sort_key(name)[:300] for name in names})
    for record in rows.order_by("id"):
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


def _joined(row: PersonRow, addresses: Sequence[Address]) -> tuple[Address, ...]:
    """The addresses after the import. What the file names as `email` becomes the primary; without one the primary stays."""
    order = [*row.addresses, *addresses] if row.email or not addresses else [addresses[0], *row.additional, *addresses[1:]]
    spelled = {address.folded: address for address in [*addresses, *row.addresses]}
    return tuple(spelled[folded] for folded in dict.fromkeys(address.folded for address in order))


def _rename(record: Record, name: str) -> None:
    record.name, record.name_key = name, sort_key(name)[:300]


def _facts(record: Record, *names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _earlier(record: Record, before: Mapping[str, Any], company: Company | None = None) -> dict[str, Any]:
    """Of the values before, those that change. A company that is new has no id yet by which it could differ."""
    unsaved = company is not None and company.pk is None
    return {name: value for name, value in before.items() if value != getattr(record, name) or (unsaved and name == "company_id")}
