"""Import of people, companies and opportunities from CSV, in two steps: look at what would happen, then let all of it happen or nothing.

The first step stores nothing, so that it may be repeated: whoever confirms hands in the same file (or the same preview) again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.lib.errors import Invalid
from metwith.records import signals
from metwith.records.csv_match import Change, Plan, plan_companies, plan_opportunities, plan_people
from metwith.records.csv_rows import CompanyRow, OpportunityRow, PersonRow, Row, RowError, parse
from metwith.records.csv_text import rows_of
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress, Record
from metwith.workspaces.models import Workspace
from metwith.workspaces.signals import announce

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member

AT_ONCE = 2000
CHANGED: dict[type[Record], tuple[str, ...]] = {
    Person: ("name", "name_key", "job_title", "company", "updated_at"),
    Company: ("name", "name_key", "updated_at"),
    Opportunity: ("name", "name_key", "stage", "amount", "currency", "close_date", "company", "contact", "updated_at"),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A row that would make or change a record."""

    row: int
    """As a spreadsheet counts; the headings are row 1."""
    name: str
    detail: str
    """Addresses or domains."""
    record_id: int | None
    """Of the record that would change."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. Nothing is stored yet."""

    kind: Kind
    rows: tuple[Row, ...]
    create: tuple[Planned, ...]
    update: tuple[Planned, ...]
    unchanged: int
    """Rows that say what is known already."""
    new_companies: tuple[str, ...]
    """Domains that no company has yet: each makes a company of that name."""
    errors: tuple[RowError, ...]
    """In the order of the rows. While there is one, nothing can be imported."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import did."""

    created: int
    updated: int
    unchanged: int
    new_companies: int


def read_table(member: Member, kind: Kind, data: bytes) -> Preview:
    """What importing this file would do. Raises Invalid (`file`) when the file as a whole cannot be read; bad rows are in `errors`."""
    rows, errors = parse(kind, rows_of(kind, data))
    plan = _plan(kind, member.workspace_id, rows)
    errors = sorted(errors + plan.errors, key=lambda error: error.row)
    differing = [change for change in plan.changes if change.differs]
    return Preview(
        kind=kind,
        rows=tuple(rows),
        create=tuple(_planned(change) for change in differing if change.new),
        update=tuple(_planned(change) for change in differing if not change.new),
        unchanged=len(plan.changes) - len(differing),
        new_companies=tuple(company.name for company in plan.new_companies),
        errors=tuple(errors),
    )


@transaction.atomic
def apply(member: Member, preview: Preview, now: datetime) -> Counts:
    """Import what `read` showed, all or nothing. Raises Invalid (`file`) when a row has an error, or got one since.

    What each row means is decided again, by the records as they are now.
    """
    # One import of a workspace at a time, or two of the same file would both make what neither found.
    Workspace.objects.select_for_update(no_key=True).get(pk=member.workspace_id)
    plan = _plan(preview.kind, member.workspace_id, list(preview.rows))
    for error in (*preview.errors, *plan.errors):
        raise Invalid("file", _("Row %(row)d: %(message)s Nothing was imported.") % {"row": error.row, "message": error.message})
    differing = [change for change in plan.changes if change.differs]
    new = [change for change in differing if change.new]
    changed = [change for change in differing if not change.new]
    _store_new_companies(plan.new_companies, now)
    _store(new, changed, now)
    if differing:
        announce(signals.records_imported, workspace_id=member.workspace_id)
    return Counts(len(new), len(changed), len(plan.changes) - len(differing), len(plan.new_companies))


def _plan(kind: Kind, where: int, rows: list[Row]) -> Plan[Any]:
    if kind == "person":
        return plan_people(where, cast("list[PersonRow]", rows))
    if kind == "company":
        return plan_companies(where, cast("list[CompanyRow]", rows))
    return plan_opportunities(where, cast("list[OpportunityRow]", rows))


def _planned(change: Change[Any]) -> Planned:
    return Planned(change.row.number, change.row.name, change.row.detail, change.record.pk)


def _store_new_companies(companies: list[Company], now: datetime) -> None:
    for company in companies:
        company.created_at = company.updated_at = now
    Company.objects.bulk_create(companies, AT_ONCE)
    CompanyDomain.objects.bulk_create(
        (CompanyDomain(workspace_id=company.workspace_id, company=company, domain=company.name) for company in companies), AT_ONCE
    )


def _store(new: list[Change[Any]], changed: list[Change[Any]], now: datetime) -> None:
    for change in new:
        change.record.created_at = change.record.updated_at = now
    for change in changed:
        change.record.updated_at = now
    _insert([change.record for change in new])
    _update([change.record for change in changed])
    _store_addresses([*new, *changed])
    CompanyDomain.objects.bulk_create(
        (
            CompanyDomain(workspace_id=change.record.workspace_id, company_id=change.record.pk, domain=domain)
            for change in (*new, *changed)
            for domain in change.domains or ()
        ),
        AT_ONCE,
    )


def _insert(records: list[Any]) -> None:
    if records:
        type(records[0]).objects.bulk_create(records, AT_ONCE)


def _update(records: list[Any]) -> None:
    """By INSERT … ON CONFLICT, which PostgreSQL is fed in bulk; `bulk_update` takes a hundred times as long."""
    if not records:
        return
    model, where = type(records[0]), records[0].workspace_id
    held = model.objects.of(where).select_for_update(no_key=True).filter(pk__in=[record.pk for record in records])
    if len(held.values_list("pk")) < len(records):
        raise Invalid("file", _("Somebody deleted one of these records just now. Look at the file again. Nothing was imported."))
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
