"""Settings → Privacy receipt: on a page, to be printed, as JSON and as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from metwith.engine.counters import DISCONNECTED
from metwith.lib import clock
from metwith.privacy import receipt as the
from metwith.records.csv_text import csv_line
from metwith.web.site.words import counted, dropped

if TYPE_CHECKING:
    from metwith.privacy.receipt import Sums
    from metwith.web.site.members import MemberRequest


@require_GET
def receipt(request: MemberRequest) -> HttpResponse:
    """The page."""
    found = the.receipt(request.member, clock.now())
    several = [_shown(sums) for sums in found.mine]
    everything = _shown(found.workspace) if found.workspace else None
    return render(request, "settings/receipt.html", {"receipt": found, "accounts": several, "everything": everything})


@require_POST
def as_json(request: MemberRequest) -> HttpResponse:
    """The numbers for a program. By POST: an export is noted in the audit log."""
    answer = JsonResponse(the.export(request.member, clock.now(), "json"), json_dumps_params={"indent": 2})
    return _to_keep(answer, "json")


@require_POST
def as_csv(request: MemberRequest) -> HttpResponse:
    """The numbers for a spreadsheet."""
    lines = the.rows(the.export(request.member, clock.now(), "csv"))
    return _to_keep(HttpResponse("".join(map(csv_line, lines)), content_type="text/csv; charset=utf-8"), "csv")


def _to_keep(answer: HttpResponse, ending: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="privacy-receipt.{ending}"'
    return answer


def _shown(sums: Sums) -> dict[str, object]:
    """Sums with their reasons in words."""
    purged = [_word(reason) for reason in sums.purge.reasons] if sums.purge else []
    return {"sums": sums, "counted": counted(sums.numbers), "purged": ", ".join(purged)}


def _word(reason: str) -> str:
    if reason == DISCONNECTED:
        return _("Disconnected")
    return dropped({reason: 1})[0].label
