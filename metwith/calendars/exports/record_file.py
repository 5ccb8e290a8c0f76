"""A record's meetings, or all, as a file to take along: CSV, ICS, JSON. Each meeting as the one who takes it may see it at that moment.

Read and written a page at a time, so that a hundred thousand meetings are never in memory at once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metwith.calendars import queries
from metwith.calendars.exports import ics_file, meeting_json
from metwith.calendars.exports.ics_file import ExportedMeeting
from metwith.calendars.feed import PageRequest, Whose
from metwith.calendars.status_text import and_others, title_of
from metwith.calendars.vocabulary import OWN_MARK, OWN_UID
from metwith.lib import html_text, secrets
from metwith.records import csv_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from metwith.calendars.feed import FeedFilter
    from metwith.calendars.read_models import Meeting, Participant
    from metwith.records.kinds import Kind
    from metwith.records.queries import AnyRecord
    from metwith.workspaces.models import Member

type Pages = Iterable[Sequence[Meeting]]


class WrittenNotes(NamedTuple):
    """What was written on a record and its meetings, as the reader may see it. Handed in: notes are a room above."""

    on_record: Sequence[meeting_json.Json]
    on_meetings: Callable[[Sequence[int]], Mapping[int, list[meeting_json.Json]]]
    """Ids of meetings → the notes on each."""


NO_NOTES = WrittenNotes((), lambda _ids: {})
AT_ONCE = 500
MOST_NAMED = 40
"""Participants in the words of an event; a meeting with thousands must stay one that a calendar program can show."""
HEADINGS = (
    "start",
    "end",
    "all_day",
    "zone",
    "duration_minutes",
    "cancelled",
    "title",
    "level",
    "location",
    "join_url",
    "description",
    "participants",
    "in_calendars_of",
    "id",
)


def pages(kind: Kind, record_id: int, viewer: Member, feed_filter: FeedFilter, now: datetime) -> Iterator[Sequence[Meeting]]:
    """All of a record's meetings that the filter narrows to; see `pages_of`."""
    return pages_of(Whose(kind, record_id), viewer, feed_filter, now)


def pages_of(whose: Whose, viewer: Member, feed_filter: FeedFilter, now: datetime) -> Iterator[Sequence[Meeting]]:
    """All meetings of a feed that the filter narrows to, newest first. Each page asks anew what the viewer may see."""
    cursor: str | None = None
    while True:
        turn = PageRequest(feed_filter, cursor, AT_ONCE)
        page = queries.timelines(whose, viewer, [turn], now=now, details=True).pages[0]
        yield page.items
        if page.next is None:
            return
        cursor = page.next


def as_csv(pages: Pages, viewer: Member, _record: AnyRecord | None, _now: datetime) -> Iterator[str]:
    """A row for each meeting, times in the viewer's zone. What is not shared is empty, and `level` says how much is."""
    zone = ZoneInfo(viewer.user.time_zone)
    yield csv_text.csv_line(HEADINGS)
    for page in pages:
        yield "".join(csv_text.csv_line(_cells(meeting, zone)) for meeting in page)


def _cells(meeting: Meeting, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        (meeting.start_date or meeting.starts_at.astimezone(zone)).isoformat(),
        (meeting.end_date or meeting.ends_at.astimezone(zone)).isoformat(),
        "yes" if meeting.all_day else "",
        meeting.zone or "",
        str(meeting.minutes),
        "yes" if meeting.cancelled else "",
        meeting.title or "",
        meeting.level,
        meeting.location or "",
        meeting.join_url or "",
        html_text.plain(meeting.description or ""),
        "; ".join(filter(None, [*map(_guest, meeting.participants), and_others(meeting.others)])),
        "; ".join(copy.owner for copy in meeting.copies),
        str(meeting.id),
    )


def _guest(person: Participant) -> str:
    """`Anna Lindt <anna@acme.example> accepted`."""
    name = person.label
    return f"{name} <{person.address}> {person.response}" if name != person.address else f"{person.address} {person.response}"


def as_json(pages: Pages, viewer: Member, record: AnyRecord | None, now: datetime, *, notes: WrittenNotes = NO_NOTES) -> Iterator[str]:
    """The same for programs. What is not shared is null; `record` is, where the meetings are of no one record."""
    named = {"id": record.pk, "name": record.name} if record else None
    head = {"record": named, "made_at": now.isoformat(), "seen_by": str(viewer), "notes": notes.on_record}
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "meetings": ['
    between = "\n"
    for page in pages:
        written = notes.on_meetings([meeting.id for meeting in page])
        for meeting in page:
            found = meeting_json.meeting_as_json(meeting) | {"notes": written.get(meeting.id, [])}
            yield between + json.dumps(found, ensure_ascii=False)
            between = ",\n"
    yield "\n]}\n"


def as_ics(pages: Pages, viewer: Member, record: AnyRecord | None, now: datetime, more: Sequence[tuple[str, str]] = ()) -> Iterator[str]:
    """The same for calendar programs. In place of a title that is not shared it says so; `more` are properties of a feed."""
    name = _("Meetings with %(name)s") % {"name": record.name} if record else _("Meetings")
    header = (("NAME", name), ("X-WR-CALNAME", name), (OWN_MARK, "1"), *more)
    return ics_file.calendar_lines(_all_told(pages, viewer.workspace_id), now, header)


def _all_told(pages: Pages, workspace_id: int) -> Iterator[ExportedMeeting]:
    uid_of = namer(workspace_id)
    for page in pages:
        named = queries.identities_of(workspace_id, [meeting.id for meeting in page])
        yield from (_exported(meeting, uid_of(*named[meeting.id])) for meeting in page if meeting.id in named)


def namer(workspace_id: int) -> Callable[[str, str], str]:
    """UID and occurrence → a UID of our own for a file.

    Of its own for each occurrence, because what a program makes of one whose series is not in the file is up to it; and another than the invitation's, so
    that opening the file changes nothing in a calendar that has the meeting itself. It says nothing without the key, and we know it again.
    """
    keyed = secrets.digester(workspace_id, 0)
    return lambda uid, key: f"{keyed(f'handed out/{key}/{uid}')}{OWN_UID}"


def _exported(meeting: Meeting, uid: str) -> ExportedMeeting:
    words = (_with(meeting), html_text.plain(meeting.description or ""), meeting.join_url)
    description = "\n\n".join(word for word in words if word)
    return ExportedMeeting(meeting, uid, title=title_of(meeting), description=description, location=meeting.location or "", busy=False)


def _with(meeting: Meeting) -> str:
    """Who takes part, in words only: see `ics_file.Told.people`."""
    people = meeting.participants
    names = ", ".join(person.label for person in people[:MOST_NAMED])
    left = len(people) + meeting.others - len(people[:MOST_NAMED])
    if left > 0:
        names = ngettext("%(names)s and %(n)d other", "%(names)s and %(n)d others", left) % {"names": names, "n": left}
    return _("with %(names)s") % {"names": names} if names else ""
