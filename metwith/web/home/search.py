"""One search for everything: people, companies, opportunities, and the meetings and notes that the viewer may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.views.decorators.http import require_GET

from metwith.calendars.queries import search_meetings
from metwith.notes.queries import search_notes
from metwith.records import queries
from metwith.web.notes.rows import note_rows

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

SHOWN = 8
MEETINGS = 20
NOTES = 20


@require_GET
def search(request: MemberRequest) -> HttpResponse:
    """What fits, by kind."""
    q = request.GET.get("q", "").replace("\0", " ").strip()[:200]
    return render(request, "home/search.html", {"q": q} | (_results(request.member, q) if q else {}))


def _results(viewer: Member, q: str) -> dict[str, Any]:
    where = viewer.workspace
    found = {
        "people": queries.people(where, q=q, limit=SHOWN),
        "companies": queries.companies(where, q=q, limit=SHOWN),
        "opportunities": queries.opportunities(where, q=q, limit=SHOWN),
    }
    meetings = search_meetings(viewer, q, limit=MEETINGS)
    notes = note_rows(viewer, search_notes(viewer, q, limit=NOTES))
    nothing = not meetings and not notes and not any(page.items for page in found.values())
    return found | {"meetings": meetings, "notes": notes, "nothing": nothing}
