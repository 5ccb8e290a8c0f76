"""Making one record of two: find the other, look at both, choose which stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View

from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.records import actions
from metwith.records.queries import RecordFilter
from metwith.web.records.kinds import KINDS
from metwith.web.site.members import number, or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.records.kinds import Kind
    from metwith.records.queries import AnyRecord
    from metwith.web.site.members import MemberRequest

MERGE: dict[Kind, Any] = {"person": actions.merge_people, "company": actions.merge_companies}
FOUND = 20


class Merge(View):
    """`?q=` looks for the other one, `?with=7` shows both."""

    def get(self, request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
        """Find the other one, or show both."""
        record = _find(request, kind, record_id)
        if other_id := number(request.GET.get("with", "")):
            return render(request, "records/merge.html", _context(kind, record) | {"pair": [record, _find(request, kind, other_id)]})
        q = request.GET.get("q", record.name).strip()[:200]
        rows = KINDS[kind].rows(request.member.workspace, RecordFilter(q=q)).order_by("name_key", "id")[:FOUND] if q else ()
        return render(
            request, "records/merge_find.html", _context(kind, record) | {"q": q, "found": [row for row in rows if row.pk != record_id]}
        )

    def post(self, request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
        """Make one of the two."""
        record, other = _find(request, kind, record_id), _find(request, kind, number(request.POST.get("other", "")))
        keep = number(request.POST.get("keep", ""))
        if keep not in {record.pk, other.pk}:
            raise Http404
        gone = other.pk if keep == record.pk else record.pk
        try:
            with or_404():
                kept = MERGE[kind](request.member, keep, gone, now=clock.now())
        except Invalid as error:
            messages.error(request, error.message)
            return redirect(f"{kind}_merge", record_id)
        messages.success(request, _("Merged. Everything is on %(name)s now.") % {"name": kept.name})
        return redirect(kind, kept.pk)


def _find(request: MemberRequest, kind: Kind, record_id: int) -> AnyRecord:
    with or_404():
        return KINDS[kind].find(request.member.workspace, record_id)


def _context(kind: Kind, record: AnyRecord) -> dict[str, Any]:
    return {"kind": KINDS[kind], "record": record, "details_template": f"records/details_{kind}.html"}
