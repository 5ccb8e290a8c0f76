"""One search for everything: people, companies, opportunities, the meetings and notes that the viewer may see. As a page, and while typing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from metwith.calendars.queries import search_meetings
from metwith.calendars.status_text import title_of
from metwith.lib import clock
from metwith.notes.queries import search_notes
from metwith.records.queries import best_matches
from metwith.web.calendar import words
from metwith.web.notes.rows import note_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpResponse

    from metwith.calendars.queries import MeetingLine
    from metwith.records.kinds import Kind
    from metwith.records.models import Company, Opportunity, Person
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

SHOWN, OFFERED = 8, 4
"""Of each kind: on the page, and while typing."""
MEETINGS = 20
NOTES = 20
MOST_RECORDS = 2
PLACES: tuple[tuple[Kind, str], ...] = (("person", "people"), ("company", "companies"), ("opportunity", "opportunities"))


@dataclass(frozen=True, slots=True)
class Find:
    """One line of what was found."""

    href: str
    name: str
    about: str
    face: object = None
    """Whose initials stand before it."""
    square: bool = False
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Finds:
    """What was found of one kind."""

    key: str
    label: str
    lines: tuple[Find, ...]
    more: str
    """Where the others are; empty: there are none."""
    more_label: str


@require_GET
def search(request: MemberRequest) -> HttpResponse:
    """What fits, by kind; `?kind=meetings` the meetings alone, page by page."""
    q, now = _typed(request), clock.now()
    cursor = request.GET.get("cursor", "")
    alone = request.GET.get("kind") == "meetings"
    if alone:
        groups = [_meetings(request.member, q, now, MEETINGS, cursor)] if q else []
    else:
        groups = _found(request.member, q, now, SHOWN, MEETINGS)
    notes = note_rows(request.member, search_notes(request.member, q, limit=NOTES)) if q and not alone else ()
    return render(request, "home/search.html", {"q": q, "groups": [group for group in groups if group.lines], "notes": notes})


@require_GET
def suggestions(request: MemberRequest) -> HttpResponse:
    """The first of each kind, for the list under the field."""
    q = _typed(request)
    groups = [group for group in _found(request.member, q, clock.now(), OFFERED, OFFERED) if group.lines]
    return render(request, "home/suggestions.html", {"q": q, "groups": groups})


def _typed(request: MemberRequest) -> str:
    return request.GET.get("q", "").replace("\0", " ").strip()[:200]


def _found(viewer: Member, q: str, now: datetime, records: int, meetings: int) -> list[Finds]:
    if not q:
        return []
    return [*(_records(viewer, kind, plural, q, records) for kind, plural in PLACES), _meetings(viewer, q, now, meetings)]


def _records(viewer: Member, kind: Kind, plural: str, q: str, limit: int) -> Finds:
    found, more = best_matches(viewer.workspace, kind, q, limit=limit)
    label, all_of_them = {
        "person": (_("People"), _("All people that fit")),
        "company": (_("Companies"), _("All companies that fit")),
        "opportunity": (_("Opportunities"), _("All opportunities that fit")),
    }[kind]
    return Finds(plural, label, tuple(map(LINES[kind], found)), f"{reverse(plural)}?{urlencode({'q': q})}" if more else "", all_of_them)


def _person(person: Person) -> Find:
    work = [person.job_title, person.company.name if person.company else ""]
    return Find(reverse("person", args=[person.pk]), person.name, " · ".join(filter(None, work)), face=person.name)


def _company(company: Company) -> Find:
    domains = ", ".join(row.domain for row in company.domains.all())
    return Find(reverse("company", args=[company.pk]), company.name, domains, face=company.name, square=True)


def _opportunity(deal: Opportunity) -> Find:
    about = deal.company.name if deal.company else ""
    return Find(reverse("opportunity", args=[deal.pk]), deal.name, about, badge=deal.get_stage_display())


LINES: dict[Kind, Callable[[Any], Find]] = {"person": _person, "company": _company, "opportunity": _opportunity}


def _meetings(viewer: Member, q: str, now: datetime, limit: int, cursor: str = "") -> Finds:
    found = search_meetings(viewer, q, now=now, limit=limit, cursor=cursor)
    lines = tuple(map(partial(_meeting, viewer=viewer, now=now), found.lines))
    where = {"q": q, "kind": "meetings"} | ({"cursor": found.next} if limit == MEETINGS else {})
    return Finds("meetings", _("Meetings"), lines, f"{reverse('search')}?{urlencode(where)}" if found.next else "", _("More meetings"))


def _meeting(line: MeetingLine, *, viewer: Member, now: datetime) -> Find:
    about = [_when(line, viewer, now), *(record.name for record in line.records[:MOST_RECORDS])]
    return Find(reverse("meeting", args=[line.meeting.id]), title_of(line.meeting), " · ".join(about))


def _when(line: MeetingLine, viewer: Member, now: datetime) -> str:
    """`Mon 7 December, 10:00`; of a series `next Mon 7 December, 10:00 (12 meetings)`."""
    zone = words.zone_of(viewer.user.time_zone)
    today, day = now.astimezone(zone).date(), words.first_day(line.meeting, zone)
    said = words.long_day(day, today)
    if not line.meeting.all_day:
        said = f"{said}, {words.clock(line.meeting.starts_at.astimezone(zone))}"
    if line.number == 1:
        return said
    said = (_("next %(day)s") if line.meeting.starts_at >= now else _("last %(day)s")) % {"day": said}
    return f"{said} ({_meetings_in_all(line)})"


def _meetings_in_all(line: MeetingLine) -> str:
    if line.at_least:
        return ngettext("at least %(n)d meeting", "at least %(n)d meetings", line.number) % {"n": line.number}
    return ngettext("%(n)d meeting", "%(n)d meetings", line.number) % {"n": line.number}
