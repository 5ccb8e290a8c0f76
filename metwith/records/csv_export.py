"""Export of people, companies and opportunities as CSV, with the headings that the import reads: what goes out comes in again unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch

from metwith.records.csv_text import HEADERS, TOLD, csv_line
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.records.kinds import Kind
    from metwith.records.queries import Where

AT_ONCE = 2000


def export(where: Where, kind: Kind) -> Iterator[str]:
    """The lines of a file (RFC 4180, to be sent as UTF-8), the headings first, records by name; without the trash.

    A cell that a spreadsheet would run as a formula begins with `'`.
    """
    yield csv_line((*HEADERS[kind], *TOLD[kind]))
    cells = {"person": _people, "company": _companies, "opportunity": _opportunities}[kind](where)
    yield from map(csv_line, cells)


def _people(where: Where) -> Iterator[list[str]]:
    rows = Person.objects.of(where).filter(trashed_at=None).select_related("company").order_by("name_key", "id")
    addresses = PersonAddress.objects.of(where).order_by("-primary", "id")
    domains = _first_domains(where)
    for person in rows.prefetch_related(Prefetch("addresses", queryset=addresses)).iterator(AT_ONCE):
        written = [row.address for row in person.addresses.all()]
        company = domains.get(person.company_id or 0, "")
        yield [person.name, written[0] if written else "", ";".join(written[1:]), person.job_title, company, _from_calendar(person)]


def _companies(where: Where) -> Iterator[list[str]]:
    rows = Company.objects.of(where).filter(trashed_at=None).order_by("name_key", "id")
    domains = CompanyDomain.objects.of(where).order_by("id")
    for company in rows.prefetch_related(Prefetch("domains", queryset=domains)).iterator(AT_ONCE):
        yield [company.name, ";".join(row.domain for row in company.domains.all()), _from_calendar(company)]


def _from_calendar(record: Person | Company) -> str:
    return "yes" if record.made_by_rule else ""


def _opportunities(where: Where) -> Iterator[list[str]]:
    domains = _first_domains(where)
    rows = Opportunity.objects.of(where).filter(trashed_at=None).order_by("name_key", "id")
    contacts = (
        PersonAddress.objects.of(where).filter(person__trashed_at=None, person__in=rows.values("contact_id")).order_by("-primary", "id")
    )
    addresses: dict[int, str] = {}
    for row in contacts:
        addresses.setdefault(row.person_id, row.address)
    for deal in rows.iterator(AT_ONCE):
        yield [
            deal.name,
            domains.get(deal.company_id or 0, ""),
            addresses.get(deal.contact_id or 0, ""),
            deal.stage,
            "" if deal.amount is None else str(deal.amount),
            deal.currency,
            "" if deal.close_date is None else deal.close_date.isoformat(),
        ]


def _first_domains(where: Where) -> dict[int, str]:
    """Company id → the domain that names it in a file. Companies in the trash have none."""
    held: dict[int, str] = {}
    for company_id, domain in (
        CompanyDomain.objects.of(where).filter(company__trashed_at=None).order_by("id").values_list("company_id", "domain")
    ):
        held.setdefault(company_id, domain)
    return held
