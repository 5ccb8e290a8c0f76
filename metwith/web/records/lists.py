"""Lists of records: sorted by a heading, filtered by typing, paged by scrolling or a link; the address tells it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html_join
from django.views.decorators.http import require_GET

from metwith.lib import clock
from metwith.overview import lists, recount
from metwith.records import queries
from metwith.web.records import cells, narrowing
from metwith.web.records.forms import OFFERED, company_offer, person_offer
from metwith.web.records.kinds import KINDS

if TYPE_CHECKING:
    from metwith.records.kinds import Kind
    from metwith.web.records.kinds import Column
    from metwith.web.site.members import MemberRequest

PAGE = 50
FIRST = "-last_met"
"""How a list begins."""


@dataclass(frozen=True)
class Heading:
    """One column's heading as a link that sorts by it, or the other way round."""

    column: Column
    url: str
    order: str
    """`ascending`, `descending`, or empty when the list is sorted by something else."""


def _text(request: MemberRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:200]


def _query(**words: str) -> str:
    return "?" + urlencode({name: value for name, value in words.items() if value})


def _heading(column: Column, sort: str, **narrowed: str) -> Heading:
    """What a click on a heading does: sort by it, or turn the order round."""
    if not column.sort:
        return Heading(column, "", "")
    name = column.sort.removeprefix("-")
    order = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    other = {"ascending": f"-{name}", "descending": name}.get(order, column.sort)
    return Heading(column, _query(**narrowed, sort=other), order)


@require_GET
def records(request: MemberRequest, kind: Kind) -> HttpResponse:
    """The list of a kind; for htmx only the table, or only the rows that come next."""
    found, sort, cursor, now = KINDS[kind], _text(request, "sort") or FIRST, _cursor(request), clock.now()
    typed = {name: _text(request, name) for name in ("q", *narrowing.NAMES[kind])}
    world = recount.world_of(request.member.workspace_id)
    page = lists.read(
        world,
        found.rows(request.member.workspace, narrowing.record_filter(typed)),
        order=sort,
        asked=narrowing.figure_filter(typed, world, now),
        cursor=cursor,
        limit=PAGE,
        now=now,
    )
    rows, most = cells.rows(request.member, world, page, now)
    context: dict[str, Any] = {
        "kind": found,
        "rows": rows,
        "most": most,
        "total": _total(page.total),
        "pending": page.pending,
        "sort": sort,
        "headings": [_heading(column, sort, **typed) for column in found.columns],
        "next": _query(**typed, sort=sort, cursor=page.next) if page.next else "",
        "rows_template": f"records/rows_{kind}.html",
        "choices": narrowing.choices(kind, typed, world),
        "narrowed": sum(bool(typed[name]) for name in narrowing.NAMES[kind]),
        "typed": typed,
    }
    part = ("#rows" if cursor else "#table") if request.htmx else ""
    answer = render(request, f"records/list.html{part}", context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _total(many: int) -> str:
    """Exact as far as it was counted: `606`, `10,000+`."""
    return f"{intcomma(lists.EXACT)}+" if many > lists.EXACT else str(intcomma(many))


def _cursor(request: MemberRequest) -> str | None:
    return request.GET.get("cursor") or None


@require_GET
def trash(request: MemberRequest, kind: Kind) -> HttpResponse:
    """What was put into the trash, latest first."""
    found = KINDS[kind]
    page = queries.trash(request.member.workspace, kind, cursor=_cursor(request), limit=PAGE)
    context = {"kind": found, "page": page, "next": _query(cursor=page.next) if page.next else ""}
    return render(request, "records/trash.html", context)


@require_GET
def offers(request: MemberRequest, kind: Kind) -> HttpResponse:
    """Options for the datalist of a field in which a company or a contact is typed."""
    typed = next(iter(request.GET.dict().values()), "").strip()[:200]
    workspace = request.member.workspace
    if not typed:
        names = []
    elif kind == "company":
        names = [company_offer(row) for row in queries.companies(workspace, q=typed, limit=OFFERED).items]
    else:
        names = [person_offer(row) for row in queries.people(workspace, q=typed, limit=OFFERED).items]
    return HttpResponse(format_html_join("", '<option value="{}">', ((name,) for name in names)))
