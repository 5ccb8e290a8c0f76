"""Questions about records. Every one takes the workspace first; what is in the trash is left out unless said."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, Q, QuerySet

from metwith.lib import sql
from metwith.lib.addresses import fold, fold_domain
from metwith.lib.text import sort_key
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress, Record
from metwith.records.paging import Page, Sort, by_position, page_of, sorts

if TYPE_CHECKING:
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Workspace

type Where = Workspace | int
type AnyRecord = Person | Company | Opportunity

MODELS: dict[Kind, type[AnyRecord]] = {"person": Person, "company": Company, "opportunity": Opportunity}
OPEN_STAGES = tuple(stage for stage in Opportunity.Stage.values if stage not in {Opportunity.Stage.WON, Opportunity.Stage.LOST})

_NAME = Sort("name", "name_key")
_CREATED = Sort("created", "created_at", read=dt.datetime.fromisoformat)
_UPDATED = Sort("updated", "updated_at", read=dt.datetime.fromisoformat)
_COMPANY = Sort("company", "company__name_key", optional=True)
COMPANY_SORTS = sorts(_NAME, _CREATED, _UPDATED)
PERSON_SORTS = sorts(_NAME, _CREATED, _UPDATED, _COMPANY)
OPPORTUNITY_SORTS = sorts(
    _NAME,
    _CREATED,
    _UPDATED,
    _COMPANY,
    Sort("stage", by_position("stage", Opportunity.Stage.values), read=int),
    Sort("amount", "amount", optional=True, read=Decimal),
    Sort("close_date", "close_date", optional=True, read=dt.date.fromisoformat),
)
TRASH_SORTS = sorts(Sort("trashed", "trashed_at", read=dt.datetime.fromisoformat))


def people(
    where: Where,
    *,
    q: str = "",
    email: str = "",
    company: int | None = None,
    from_calendar: bool | None = None,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Person]:
    """A page of people, with company and addresses at hand.

    `q` finds words in names and addresses, `email` one whole address, `company` the people of one, `from_calendar` those that a rule made,
    or the others. `sort`: a key of `PERSON_SORTS`.
    """
    rows = _made(_whole_people(where).filter(trashed_at=None), from_calendar)
    for word in _words(q):
        rows = rows.filter(Q(name_key__contains=word) | Q(pk__in=_with_address_like(where, word)))
    if email:
        rows = rows.filter(pk__in=PersonAddress.objects.of(where).filter(folded=fold(email)).values("person_id"))
    if company is not None:
        rows = rows.filter(company_id=company)
    return page_of(rows, PERSON_SORTS, sort, cursor, limit)


def companies(
    where: Where,
    *,
    q: str = "",
    domain: str = "",
    from_calendar: bool | None = None,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Company]:
    """A page of companies, with their domains at hand. `q` finds words in names and domains, `domain` one whole domain.

    `from_calendar` those that a rule made, or the others.
    """
    rows = _made(_whole_companies(where).filter(trashed_at=None), from_calendar)
    for word in _words(q):
        rows = rows.filter(Q(name_key__contains=word) | Q(pk__in=_with_domain_like(where, word)))
    if domain:
        rows = rows.filter(pk__in=CompanyDomain.objects.of(where).filter(domain=fold_domain(domain)).values("company_id"))
    return page_of(rows, COMPANY_SORTS, sort, cursor, limit)


def opportunities(
    where: Where,
    *,
    q: str = "",
    company: int | None = None,
    contact: int | None = None,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Opportunity]:
    """A page of opportunities, with company and contact at hand. `q` finds words in their names and their companies'."""
    rows = _whole_opportunities(where).filter(trashed_at=None)
    for word in _words(q):
        rows = rows.filter(Q(name_key__contains=word) | Q(company__name_key__contains=word))
    if company is not None:
        rows = rows.filter(company_id=company)
    if contact is not None:
        rows = rows.filter(contact_id=contact)
    return page_of(rows, OPPORTUNITY_SORTS, sort, cursor, limit)


def person(where: Where, person_id: int) -> Person:
    """A person with company and addresses, also from the trash. Raises Person.DoesNotExist."""
    return _whole_people(where).get(pk=person_id)


def company(where: Where, company_id: int) -> Company:
    """A company with its domains, also from the trash. Raises Company.DoesNotExist."""
    return _whole_companies(where).get(pk=company_id)


def opportunity(where: Where, opportunity_id: int) -> Opportunity:
    """An opportunity with company and contact, also from the trash. Raises Opportunity.DoesNotExist."""
    return _whole_opportunities(where).get(pk=opportunity_id)


def trash(where: Where, kind: Kind, *, cursor: str | None = None, limit: int = 50) -> Page[Person] | Page[Company] | Page[Opportunity]:
    """What of a kind is in the trash, latest first."""
    if kind == "person":
        return page_of(_whole_people(where).exclude(trashed_at=None), TRASH_SORTS, "-trashed", cursor, limit)
    if kind == "company":
        return page_of(_whole_companies(where).exclude(trashed_at=None), TRASH_SORTS, "-trashed", cursor, limit)
    return page_of(_whole_opportunities(where).exclude(trashed_at=None), TRASH_SORTS, "-trashed", cursor, limit)


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """For the line under a company's name: "14 people · 2 open opportunities"."""

    people: int
    """At most `MANY`, which means that many or more: counting on would cost more than it tells."""
    open_opportunities: int

    @property
    def many(self) -> bool:
        """There may be more people than counted."""
        return self.people >= MANY


def company_facts(where: Where, company_id: int) -> CompanyFacts:
    """The counts of one company."""
    space = where if isinstance(where, int) else where.pk
    ((people, open_opportunities),) = sql.rows(FACTS, [space, company_id, MANY, space, company_id, list(OPEN_STAGES)])
    return CompanyFacts(people, open_opportunities)


MANY = 1000
FACTS = """SELECT (SELECT count(*) FROM (SELECT 1 FROM records_person p
WHERE p.workspace_id = %s AND p.company_id = %s AND p.trashed_at IS NULL LIMIT %s) held),
(SELECT count(*) FROM records_opportunity o
WHERE o.workspace_id = %s AND o.company_id = %s AND o.trashed_at IS NULL AND o.stage = ANY(%s))"""


def _whole_people(where: Where) -> QuerySet[Person]:
    addresses = PersonAddress.objects.of(where).order_by("-primary", "id")
    return Person.objects.of(where).select_related("company").prefetch_related(Prefetch("addresses", queryset=addresses))


def _whole_companies(where: Where) -> QuerySet[Company]:
    return Company.objects.of(where).prefetch_related(Prefetch("domains", queryset=CompanyDomain.objects.of(where).order_by("id")))


def _whole_opportunities(where: Where) -> QuerySet[Opportunity]:
    return Opportunity.objects.of(where).select_related("company", "contact")


def _made[R: Record](rows: QuerySet[R], from_calendar: bool | None) -> QuerySet[R]:  # noqa: FBT001  a filter
    return rows if from_calendar is None else rows.filter(made_by_rule=from_calendar)


def _words(q: str) -> list[str]:
    """What to search for: at most eight words, without accents and letter case."""
    return sort_key(q.replace("\0", " ")).split()[:8]


def _with_address_like(where: Where, word: str) -> QuerySet[PersonAddress, Any]:
    return PersonAddress.objects.of(where).filter(folded__contains=word).values("person_id")


def _with_domain_like(where: Where, word: str) -> QuerySet[CompanyDomain, Any]:
    return CompanyDomain.objects.of(where).filter(domain__contains=word).values("company_id")
