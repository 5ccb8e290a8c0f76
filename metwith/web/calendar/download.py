"""Take along: a record's meetings as a file, those that the Calendar tab's address narrows to, on all its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from metwith.calendars.exports import record_file
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.notes import queries
from metwith.notes.note_json import note_as_json
from metwith.records.queries import MODELS
from metwith.web.calendar import origin, words
from metwith.web.calendar.filters import parse
from metwith.web.site.files import to_take_along
from metwith.workspaces import audit
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from metwith.calendars.exports.record_file import Pages
    from metwith.records.kinds import Kind
    from metwith.records.queries import AnyRecord
    from metwith.web.calendar.origin import FeedPage
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

    type Writer = Callable[[Pages, Member, AnyRecord | None, datetime], Iterator[str]]

NAMES_OF = {model: kind for kind, model in MODELS.items()}


def _as_json(pages: Pages, viewer: Member, record: AnyRecord | None, now: datetime) -> Iterator[str]:
    """With the notes on the record, where it is one, and on the meetings."""

    def notes_on(event_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
        return {pk: list(map(note_as_json, found)) for pk, found in queries.notes_on_meetings(viewer, event_ids).items()}

    of_record = queries.notes_on_records(viewer, NAMES_OF[type(record)], [record.pk]).get(record.pk, ()) if record else ()
    written = record_file.WrittenNotes(list(map(note_as_json, of_record)), notes_on)
    return record_file.as_json(pages, viewer, record, now, notes=written)


FILES: Mapping[str, tuple[Writer, str]] = {
    "csv": (record_file.as_csv, "text/csv; charset=utf-8"),
    "ics": (record_file.as_ics, "text/calendar; charset=utf-8"),
    "json": (_as_json, "application/json"),
}
LONGEST_NAME = 60


def choices() -> tuple[tuple[str, str], ...]:
    """Ending and label of each."""
    return ("csv", _("Spreadsheet (CSV)")), ("ics", _("Calendar file (ICS)")), ("json", _("For programs (JSON)"))


@require_GET
def meetings(request: MemberRequest, kind: Kind, record_id: int, ending: str) -> HttpResponse:
    """The file. Through the viewer's own eyes, whoever's they looked through on the tab."""
    record = origin.find(request.member, kind, record_id)
    return _file(request, origin.of_record(kind, record), record, ending)


@require_GET
def all_meetings(request: MemberRequest, ending: str) -> HttpResponse:
    """The same of the list of all meetings."""
    return _file(request, origin.FeedPage("meetings"), None, ending)


def _file(request: MemberRequest, place: FeedPage, record: AnyRecord | None, ending: str) -> HttpResponse:
    if ending not in FILES:
        raise Http404
    viewer, now = request.member, clock.now()
    filters = parse(request.GET.dict(), now.astimezone(words.zone_of(viewer.user.time_zone)).date())
    if filters.problem:
        # On the tab everything is shown beside the problem; a file could not say that it holds more than was asked for.
        raise Invalid("period", filters.problem)
    write, content_type = FILES[ending]
    pages = record_file.pages_of(place.whose(mine=filters.mine), viewer, filters.ask(), now)
    answer = to_take_along(write(pages, viewer, record, now), f"{_name(place)}.{ending}", content_type)
    audit.note(viewer, Action.EXPORTED, kind=place.kind, **({"record": record.pk} if record else {}), to=ending)
    return answer


def _name(place: FeedPage) -> str:
    """`acme-gmbh`: the record's name without anything that means something to a header or a file system."""
    return slugify(place.name, allow_unicode=True)[:LONGEST_NAME] or place.kind
