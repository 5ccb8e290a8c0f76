"""Writing what rows mean, many at once, and noting what stood there before. In a transaction, with the workspace held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metwith.records.acts.models import ActChange
from metwith.records.acts.noting import note_changed, note_made
from metwith.records.csv_rows import CompanyRow, PersonRow
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress, Record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from metwith.records.acts.models import Act
    from metwith.records.csv_match import Change, NewCompany, Plan
    from metwith.records.kinds import Kind
    from metwith.workspaces.scope import OwnedByWorkspace

AT_ONCE = 2000
COUNTED = ("created", "updated", "unchanged", "companies", "rejected")
TABLES: dict[Kind, tuple[type[OwnedByWorkspace], ...]] = {
    "person": (Person, PersonAddress, ActChange),
    "company": (Company, CompanyDomain, ActChange),
    "opportunity": (Opportunity, ActChange),
}
"""That grow with each row of a kind."""
CHANGED: dict[type[Record], tuple[str, ...]] = {
    Person: ("name", "name_key", "job_title", "company", "updated_at"),
    Company: ("name", "name_key", "updated_at"),
    Opportunity: ("name", "name_key", "stage", "amount", "currency", "close_date", "company", "contact", "updated_at"),
}


def count_plan(plan: Plan[Any]) -> dict[str, int]:
    """How many records would be made, changed, and left as they are."""
    new, changed = _differing(plan)
    return {"created": len(new), "updated": len(changed), "unchanged": len(plan.changes) - len(new) - len(changed)}


def store_plan(plan: Plan[Any], act: Act, now: datetime) -> None:
    """Make and change what a plan says."""
    new, changed = _differing(plan)
    _store_new_companies(plan.new_companies, act, now)
    stamps = {change.record.pk: change.record.updated_at for change in changed}
    for change in (*new, *changed):
        change.record.updated_at = now
    for change in new:
        change.record.created_at = now
    _insert([change.record for change in new])
    domains = _domains_of(act.workspace_id, [change.record.pk for change in changed if change.domains])
    _update([change.record for change in changed])
    _store_addresses([*new, *changed])
    _store_domains([*new, *changed])
    if not plan.changes:
        return
    kind = _kind_of(plan.changes[0])
    note_made(act, kind, (change.record.pk for change in new), now)
    note_changed(act, kind, ((change.record.pk, _before(change, stamps[change.record.pk], domains)) for change in changed), now)


def _differing(plan: Plan[Any]) -> tuple[list[Change[Any]], list[Change[Any]]]:
    differing = [change for change in plan.changes if change.differs]
    return [change for change in differing if change.new], [change for change in differing if not change.new]


def _kind_of(change: Change[Any]) -> Kind:
    return "person" if isinstance(change.row, PersonRow) else "company" if isinstance(change.row, CompanyRow) else "opportunity"


def _before(change: Change[Any], stamp: datetime, domains: dict[int, list[str]]) -> dict[str, Any]:
    before: dict[str, Any] = {**change.earlier, "updated_at": stamp}
    if change.addresses is not None:
        before["addresses"] = [(address.written, address.folded) for address in change.held]
    if change.domains:
        before["domains"] = domains.get(change.record.pk, [])
    return before


def _domains_of(workspace_id: int, company_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = CompanyDomain.objects.of(workspace_id).filter(company_id__in=company_ids).order_by("id")
    for company_id, domain in rows.values_list("company_id", "domain"):
        found.setdefault(company_id, []).append(domain)
    return found


def _store_new_companies(companies: list[NewCompany], act: Act, now: datetime) -> None:
    for new in companies:
        new.company.created_at = new.company.updated_at = now
    Company.objects.bulk_create((new.company for new in companies), AT_ONCE)
    CompanyDomain.objects.bulk_create(
        (
            CompanyDomain(workspace_id=act.workspace_id, company=new.company, domain=domain)
            for new in companies
            for domain in dict.fromkeys(new.domains)
        ),
        AT_ONCE,
    )
    note_made(act, "company", (new.company.pk for new in companies), now)


def _insert(records: list[Any]) -> None:
    if records:
        type(records[0]).objects.bulk_create(records, AT_ONCE)


def _update(records: list[Any]) -> None:
    """By INSERT … ON CONFLICT, which PostgreSQL is fed in bulk; `bulk_update` takes a hundred times as long."""
    if records:
        model = type(records[0])
        model.objects.bulk_create(records, AT_ONCE, update_conflicts=True, unique_fields=["id"], update_fields=CHANGED[model])


def _store_addresses(changes: Iterable[Change[Any]]) -> None:
    """Changed lists are written anew; the primary is the first."""
    moved = [change for change in changes if change.addresses is not None]
    if held := [change.record for change in moved if not change.new]:
        PersonAddress.objects.of(held[0].workspace_id).filter(person__in=held).delete()
    PersonAddress.objects.bulk_create(
        (
            PersonAddress(
                workspace_id=change.record.workspace_id,
                person_id=change.record.pk,
                address=address.written,
                folded=address.folded,
                primary=at == 0,
            )
            for change in moved
            for at, address in enumerate(change.addresses or ())
        ),
        AT_ONCE,
    )


def _store_domains(changes: Iterable[Change[Any]]) -> None:
    CompanyDomain.objects.bulk_create(
        (
            CompanyDomain(workspace_id=change.record.workspace_id, company_id=change.record.pk, domain=domain)
            for change in changes
            for domain in change.domains or ()
        ),
        AT_ONCE,
    )
