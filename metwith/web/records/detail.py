"""A record's page: header, and the tabs Calendar (which opens first), Emails, Notes (`notes.py`) and Details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from metwith.lib import clock
from metwith.notes.queries import count_on_record
from metwith.overview import lists, recount
from metwith.overview.asking import FigureFilter
from metwith.records import queries
from metwith.records.queries import RecordFilter
from metwith.web.calendar import header
from metwith.web.calendar import tab as calendar_tab
from metwith.web.records import cells
from metwith.web.records.kinds import KINDS
from metwith.web.records.strip import strip
from metwith.web.site.members import or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.records.kinds import Kind
    from metwith.records.queries import AnyRecord
    from metwith.web.records.strip import Strip
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

type Tab = Literal["calendar", "emails", "notes", "details"]

SHOWN = 50
"""How many people and opportunities the Details of a record list."""


@require_GET
def record(request: MemberRequest, kind: Kind, record_id: int, tab: Tab = "calendar") -> HttpResponse:
    """One record. What is in the trash shows its Details only: it has no meetings until it is restored."""
    with or_404():
        found = find(request.member, kind, record_id)
    if found.trashed_at is not None and tab != "details":
        return redirect(f"{kind}_details", record_id)
    return show(request, kind, found, tab, _tab(request, tab, kind, found))


def find(member: Member, kind: Kind, record_id: int) -> AnyRecord:
    """A record of the member's workspace, also one in the trash. Raises the model's DoesNotExist."""
    return KINDS[kind].find(member.workspace, record_id)


def show(request: MemberRequest, kind: Kind, record: AnyRecord, tab: Tab, more: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A tab with the record's head; `more` is what the tab itself sets."""
    context: dict[str, Any] = {"kind": KINDS[kind], "record": record, "tab_name": tab, "facts_template": f"records/facts_{kind}.html"}
    if record.trashed_at is None:
        context["note_count"] = count_on_record(request.member, kind, record.pk)
        context["strip"] = _strip(kind, record)
    if record.trashed_at is None and tab != "calendar":  # the Calendar tab brings its own, read together with its list
        context["header"] = header.header(request.member, kind, record.pk)
    return render(request, f"records/{tab}.html", context | _facts(kind, record) | more, status=status)


def _strip(kind: Kind, record: AnyRecord) -> Strip | None:
    world, now = recount.world_of(record.workspace_id), clock.now()
    return strip(kind, record.pk, lists.of_one(world, record, now), now, world.zone)


def _facts(kind: Kind, record: AnyRecord) -> dict[str, Any]:
    return {"facts": queries.company_facts(record.workspace_id, record.pk)} if kind == "company" else {}


def _tab(request: MemberRequest, tab: Tab, kind: Kind, record: AnyRecord) -> dict[str, Any]:
    if tab == "calendar":
        return calendar_tab.context(request, kind, record)
    return _details(request.member, kind, record) if tab == "details" else {}


def _details(viewer: Member, kind: Kind, record: AnyRecord) -> dict[str, Any]:
    details: dict[str, Any] = {"details_template": f"records/details_{kind}.html"}
    world, now = recount.world_of(record.workspace_id), clock.now()
    details["owner"] = world.names.get(record.owner_id, "") if record.owner_id else ""
    if record.trashed_at is None:
        (own,) = lists.of_records(world, [record], now)
        details["acquainted"] = cells.acquainted(viewer, world, own.figures, now)
    if kind == "person":
        details["opportunities"] = queries.opportunities(record.workspace_id, contact=record.pk, limit=SHOWN)
    if kind == "company":
        people = queries.people_rows(record.workspace_id, RecordFilter(company=record.pk))
        page = lists.read(world, people, order="-last_met", asked=FigureFilter(), cursor=None, limit=SHOWN, now=now)
        details["people"], details["people_further"] = cells.rows(viewer, world, page, now)[0], page.next
        details["opportunities"] = queries.opportunities(record.workspace_id, company=record.pk, limit=SHOWN)
    return details
