"""Take along: a record's meetings as a file, those that the Calendar tab's address narrows to, on all its pages."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from metwith.calendars.exits import record_file
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.web import calendar_records, calendar_words
from metwith.web.calendar_filters import parse
from metwith.workspaces import audit
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from metwith.calendars.exits.record_file import Pages
    from metwith.calendars.shown import Kind
    from metwith.records.queries import AnyRecord
    from metwith.web.members import MemberRequest
    from metwith.workspaces.models import Member

    type Writer = Callable[[Pages, Member, AnyRecord, datetime], Iterator[str]]

FILES: Mapping[str, tuple[Writer, str]] = {
    "csv": (record_file.as_csv, "text/csv; charset=utf-8"),
    "ics": (record_file.as_ics, "text/calendar; charset=utf-8"),
    "json": (record_file.as_json, "application/json"),
}
LONGEST_NAME = 60


def choices() -> tuple[tuple[str, str], ...]:
    """Ending and label of each."""
    return ("csv", _("Spreadsheet (CSV)")), ("ics", _("Calendar file (ICS)")), ("json", _("For programs (JSON)"))


@require_GET
def meetings(request: MemberRequest, kind: Kind, record_id: int, ending: str) -> StreamingHttpResponse:
    """The file. Through the viewer's own eyes, whoever's they looked through on the tab."""
    if ending not in FILES:
        raise Http404
    viewer, now = request.member, clock.now()
    record = calendar_records.find(viewer, kind, record_id)
    filters = parse(request.GET.dict(), now.astimezone(calendar_words.zone_of(viewer.user.time_zone)).date())
    if filters.problem:
        # On the tab everything is shown beside the problem; a file could not say that it holds more than was asked for.
        raise Invalid("period", filters.problem)
    pages = record_file.pages(kind, record.pk, viewer, filters.ask(), now)
    first = next(pages)
    audit.note(viewer, Action.EXPORTED, kind=kind, record=record.pk, to=ending)
    write, content_type = FILES[ending]
    answer = StreamingHttpResponse(_in_language(write(chain([first], pages), viewer, record, now), get_language() or ""), content_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{_name(record, kind)}.{ending}")
    return answer


def _name(record: AnyRecord, kind: Kind) -> str:
    """`acme-gmbh`: the record's name without anything that means something to a header or a file system."""
    return slugify(record.name, allow_unicode=True)[:LONGEST_NAME] or kind


def _in_language(pieces: Iterator[str], language: str) -> Iterator[str]:
    """Written while it is sent, when the request's own language is no longer set."""
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
