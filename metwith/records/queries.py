"""Questions about records. Every one takes the workspace first; what is in the trash is left out unless said."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Min, Prefetch, Q, QuerySet
from django.db.models.expressions import RawSQL

from metwith.lib import sql
from metwith.lib.addresses import fold, fold_domain
from metwith.lib.text import sort_key
from metwith.records import search
from metwith.records.fields import LONGEST_TAG
from metwith.records.models import (
    Company,
    CompanyDomain,
    CompanyTag,
    Opportunity,
    OpportunityTag,
    Person,
    PersonAddress,
    PersonTag,
    Record,
    Tag,
)
from metwith.records.paging import Page, Sort, by_position, page_of, sorts

if TYPE_CHECKING:
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Workspace

type Where = Workspace | int
type AnyRecord = Person | Company | Opportunity

MODELS: dict[Kind, type[AnyRecord]] = {"person": Person, "company": Company, "opportunity": Opportunity}
TAGS: dict[type[AnyRecord], type[Tag]] = {Person: PersonTag, Company: CompanyTag, Opportunity: OpportunityTag}
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


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records are wanted, by what they have of themselves; what is empty or None is not asked. In the trash is none of them."""

    q: str = ""
    """Words in names, and in a person's addresses, a company's domains, the name of an opportunity's company."""
    email: str = ""
    """Of people: one whole address."""
    domain: str = ""
    """Of companies: one whole domain."""
    company: int | None = None
    """Of people and opportunities."""
    contact: int | None = None
    """Of opportunities."""
    stage: str = ""
    """Of opportunities: one, or `open` for all that are neither won nor lost."""
    from_calendar: bool | None = None
    """Those that a rule made, or the others."""
    owner: int | None = None
    """A member's id; 0: nobody."""
    tag: str = ""


def people_rows(where: Where, asked: RecordFilter) -> QuerySet[Person]:
    """People, with company, addresses and tags at hand."""
    rows = _narrowed(_whole_people(where), where, asked)
    for word in search.words_of(asked.q):
        held = Q(name_key__contains=word) | Q(pk__in=_with_address_like(where, word))
        rows = rows.filter(_holding(where, "person", word) or held)
    if asked.email:
        rows = rows.filter(pk__in=PersonAddress.objects.of(where).filter(folded=fold(asked.email)).values("person_id"))
    return rows if asked.company is None else rows.filter(company_id=asked.company)


def company_rows(where: Where, asked: RecordFilter) -> QuerySet[Company]:
    """Companies, with domains and tags at hand."""
    rows = _narrowed(_whole_companies(where), where, asked)
    for word in search.words_of(asked.q):
        held = Q(name_key__contains=word) | Q(pk__in=_with_domain_like(where, word))
        rows = rows.filter(_holding(where, "company", word) or held)
    if asked.domain:
        rows = rows.filter(pk__in=CompanyDomain.objects.of(where).filter(domain=fold_domain(asked.domain)).values("company_id"))
    return rows


def opportunity_rows(where: Where, asked: RecordFilter) -> QuerySet[Opportunity]:
    """Opportunities, with company, contact and tags at hand."""
    rows = _narrowed(_whole_opportunities(where), where, asked)
    for word in search.words_of(asked.q):
        held = Q(name_key__contains=word) | Q(company__name_key__contains=word)
        rows = rows.filter(_holding(where, "opportunity", word) or held)
    if asked.company is not None:
        rows = rows.filter(company_id=asked.company)
    if asked.contact is not None:
        rows = rows.filter(contact_id=asked.contact)
    return rows.filter(stage__in=OPEN_STAGES if asked.stage == "open" else [asked.stage]) if asked.stage else rows


def people(where: Where, *, sort: str = "name", cursor: str | None = None, limit: int = 50, **asked: Any) -> Page[Person]:
    """A page of people. `asked`: as `RecordFilter`. `sort`: a key of `PERSON_SORTS`."""
    return page_of(people_rows(where, RecordFilter(**asked)), PERSON_SORTS, sort, cursor, limit)


def companies(where: Where, *, sort: str = "name", cursor: str | None = None, limit: int = 50, **asked: Any) -> Page[Company]:
    """A page of companies, as `people`."""
    return page_of(company_rows(where, RecordFilter(**asked)), COMPANY_SORTS, sort, cursor, limit)


def opportunities(where: Where, *, sort: str = "name", cursor: str | None = None, limit: int = 50, **asked: Any) -> Page[Opportunity]:
    """A page of opportunities, as `people`."""
    return page_of(opportunity_rows(where, RecordFilter(**asked)), OPPORTUNITY_SORTS, sort, cursor, limit)


def tags(where: Where, kind: Kind) -> list[str]:
    """The tags that records of a kind have, each once, by name; at most 200."""
    found: Any = TAGS[MODELS[kind]].objects.of(where)
    return [name for _, name in found.values_list("key").annotate(name=Min("name")).order_by("key")[:200]]


def best_matches(where: Where, kind: Kind, q: str, *, limit: int) -> tuple[tuple[AnyRecord, ...], bool]:
    """For what somebody types: exact first, then what begins with it, then the rest, or what is one slip away; and whether there are more."""
    hits = search.find_ids(where if isinstance(where, int) else where.pk, kind, q, limit=limit)
    whole: QuerySet[Any] = {"person": _whole_people, "company": _whole_companies, "opportunity": _whole_opportunities}[kind](where)
    found = {row.pk: row for row in whole.filter(pk__in=hits.ids)} if hits.ids else {}
    return tuple(found[pk] for pk in hits.ids if pk in found), hits.more


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
    return (
        Person.objects.of(where)
        .select_related("company")
        .prefetch_related(Prefetch("addresses", queryset=addresses), _tags(where, PersonTag))
    )


def _whole_companies(where: Where) -> QuerySet[Company]:
    domains = Prefetch("domains", queryset=CompanyDomain.objects.of(where).order_by("id"))
    return Company.objects.of(where).prefetch_related(domains, _tags(where, CompanyTag))


def _whole_opportunities(where: Where) -> QuerySet[Opportunity]:
    return Opportunity.objects.of(where).select_related("company", "contact").prefetch_related(_tags(where, OpportunityTag))


def _tags(where: Where, model: type[Tag]) -> Prefetch[Any, Any, Any]:
    return Prefetch("tags", queryset=model.objects.of(where).order_by("key"))


def _narrowed[R: Record](rows: QuerySet[R], where: Where, asked: RecordFilter) -> QuerySet[R]:
    rows = rows.filter(trashed_at=None)
    if asked.from_calendar is not None:
        rows = rows.filter(made_by_rule=asked.from_calendar)
    if asked.owner is not None:
        rows = rows.filter(owner_id=asked.owner or None)
    if asked.tag:
        tagged: Any = TAGS[rows.model].objects.of(where)  # type: ignore[index]  # one of the three
        rows = rows.filter(pk__in=tagged.filter(key=sort_key(asked.tag)[:LONGEST_TAG]).values("record_id"))
    return rows


def _holding(where: Where, kind: Kind, word: str) -> Q | None:
    """What holds a word, by the index; None for one of a letter or two, which it knows only where a word begins."""
    held = search.holding(where if isinstance(where, int) else where.pk, kind, word)
    return Q(pk__in=RawSQL(held.text, held.params)) if held else None  # noqa: S611  ours; values are params


def _with_address_like(where: Where, word: str) -> QuerySet[PersonAddress, Any]:
    return PersonAddress.objects.of(where).filter(folded__contains=word).values("person_id")


def _with_domain_like(where: Where, word: str) -> QuerySet[CompanyDomain, Any]:
    return CompanyDomain.objects.of(where).filter(domain__contains=word).values("company_id")
