"""Notes as their viewer may see them. Every road out (page, API, search, file) goes through `_seen`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.expressions import RawSQL

from metwith.calendars import queries
from metwith.calendars.models import Event
from metwith.calendars.read_models import LinkedRecord
from metwith.lib.sql import Sql, joined
from metwith.notes.following import meeting_marker
from metwith.notes.models import Note, NotePlace
from metwith.records.kinds import NAMES, NUMBERS
from metwith.records.models import Opportunity
from metwith.records.paging import Page, Sort, page_of
from metwith.records.queries import MODELS
from metwith.rules.link import RecordKind
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from metwith.calendars.models import Entry
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member

MOST_BEYOND = 20
"""Of several records so many more notes are looked at, as if there were more of them."""
NEWEST = Sort("-written", "created_at", descending=True, read=datetime.fromisoformat)


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note that its viewer may see."""

    id: int
    text: str
    author: str
    """By the name that they have now, or had."""
    author_id: int | None
    """None: they are no member any more."""
    mine: bool
    created_at: datetime
    edited_at: datetime | None
    alone: bool
    """Nobody else sees it: its meeting was deleted in the calendar."""
    day: date | None
    """When that meeting was."""
    meeting_id: int | None
    records: tuple[LinkedRecord, ...]
    """On which it stands; of one on a meeting none."""


def notes_on_record(viewer: Member, kind: Kind, record_id: int, *, cursor: str | None = None, limit: int = 50) -> Page[ShownNote]:
    """A record's notes, newest first, and the viewer's own that are left of its meetings. Raises Invalid, and the model's DoesNotExist.

    An opportunity has those that are left of the meetings of its company and its point of contact, as it has these meetings.
    """
    record = MODELS[kind].objects.of(viewer.workspace_id).get(pk=record_id, trashed_at=None)
    here = Q(record_kind=NUMBERS[kind], record_id=record_id)
    if isinstance(record, Opportunity):
        through = Q(record_kind=RecordKind.COMPANY, record_id=record.company_id) | Q(
            record_kind=RecordKind.PERSON, record_id=record.contact_id
        )
        here |= through & Q(note__alone=viewer)
    places = NotePlace.objects.of(viewer.workspace_id).filter(here)
    return _page(viewer, _rows(viewer).filter(pk__in=places.values("note_id")), cursor, limit)


def count_on_record(viewer: Member, kind: Kind, record_id: int) -> int:
    """How many of a record's own notes there are."""
    return NotePlace.objects.of(viewer.workspace_id).filter(record_kind=NUMBERS[kind], record_id=record_id, note__alone=None).count()


def notes_on_meeting(viewer: Member, event_id: int, *, cursor: str | None = None, limit: int = 50) -> Page[ShownNote]:
    """The notes on the copies of a meeting, newest first. Raises Invalid, and Event.DoesNotExist for a meeting that the viewer may not know of.

    With the viewer's own that are left of a copy that is gone, where somebody else still has the meeting.
    """
    queries.shown_copy(viewer, event_id)
    event = Event.objects.of(viewer.workspace_id).get(pk=event_id)
    mark = meeting_marker(viewer.workspace_id)(event.ical_uid, event.key)
    rows = _rows(viewer).filter(Q(entry__event_id=event_id) | Q(alone=viewer, meeting_mark=mark))
    return _page(viewer, rows, cursor, limit)


def notes_on_meetings(viewer: Member, event_ids: Collection[int], *, everything: bool = False) -> Mapping[int, Sequence[ShownNote]]:
    """The same of several, all of them, oldest first: for files. `everything`: also what the viewer may not see, for the operator."""
    found: dict[int, list[ShownNote]] = defaultdict(list)
    for note in _shown(viewer, _all(viewer, everything=everything).filter(entry__event_id__in=event_ids).order_by("pk")):
        found[note.meeting_id or 0].append(note)
    return found


def notes_on_records(viewer: Member, kind: Kind, ids: Collection[int], *, everything: bool = False) -> Mapping[int, Sequence[ShownNote]]:
    """The notes on several records, oldest first: for files, as `notes_on_meetings`."""
    places = NotePlace.objects.of(viewer.workspace_id).filter(record_kind=NUMBERS[kind], record_id__in=ids)
    records = dict(places.values_list("note_id", "record_id"))
    found: dict[int, list[ShownNote]] = defaultdict(list)
    for note in _shown(viewer, _all(viewer, everything=everything).filter(pk__in=records).order_by("pk")):
        found[records[note.id]].append(note)
    return found


def newest_on_records(viewer: Member, kind: Kind, ids: Collection[int], each: int) -> Mapping[int, Sequence[ShownNote]]:
    """The newest notes on several records, `each` at most; one with very many may leave the others fewer."""
    places = NotePlace.objects.of(viewer.workspace_id).filter(record_kind=NUMBERS[kind], record_id__in=ids)
    rows = _rows(viewer).filter(pk__in=places.values("note_id")).order_by("-created_at", "-pk")[: each * (len(ids) + MOST_BEYOND)]
    notes = _shown(viewer, rows)
    found: dict[int, list[ShownNote]] = defaultdict(list)
    for note in notes:
        for record in note.records:
            if record.kind == kind and record.id in ids and len(found[record.id]) < each:
                found[record.id].append(note)
    return {record_id: held for record_id, held in found.items() if held}


def newest_on_meetings(viewer: Member, event_ids: Collection[int], each: int) -> Mapping[int, Sequence[ShownNote]]:
    """The same of meetings."""
    rows = _rows(viewer).filter(entry__event_id__in=event_ids).order_by("-created_at", "-pk")[: each * (len(event_ids) + MOST_BEYOND)]
    found: dict[int, list[ShownNote]] = defaultdict(list)
    for note in _shown(viewer, rows):
        if note.meeting_id and len(found[note.meeting_id]) < each:
            found[note.meeting_id].append(note)
    return found


def count_about(workspace_id: int, people: Collection[int], copies: QuerySet[Entry]) -> int:
    """How many notes there are on these people's records and on these copies of meetings, whoever may see them."""
    places = NotePlace.objects.of(workspace_id).filter(record_kind=RecordKind.PERSON, record_id__in=people)
    held = Q(pk__in=places.values("note_id")) | Q(entry__in=copies.order_by().values("pk"))
    return Note.objects.of(workspace_id).filter(held).count()


def search_notes(viewer: Member, q: str, *, limit: int = 20) -> tuple[ShownNote, ...]:
    """Notes that hold `q`, newest first."""
    words = q.replace("\0", "").strip()
    return _shown(viewer, _rows(viewer).filter(text__icontains=words).order_by("-pk")[:limit]) if words else ()


def find_note(viewer: Member, note_id: int) -> ShownNote:
    """One. Raises Note.DoesNotExist, also for one that the viewer may not see."""
    return _shown(viewer, [_rows(viewer).get(pk=note_id)])[0]


def notes_of(viewer: Member) -> tuple[ShownNote, ...]:
    """All that the viewer wrote and may see, oldest first."""
    return _shown(viewer, _rows(viewer).filter(author=viewer).order_by("pk"))


# --- who sees what ------------------------------------------------------------------------------------------------------------------


def _all(viewer: Member, *, everything: bool) -> QuerySet[Note]:
    return Note.objects.of(viewer.workspace_id).select_related("entry") if everything else _rows(viewer)


def _rows(viewer: Member) -> QuerySet[Note]:
    """The notes that a viewer may see."""
    seen = _seen(viewer)
    text = f"SELECT n.id FROM notes_note n {COPY} WHERE n.workspace_id = %s AND ({seen.text})"  # noqa: S608  ours; values are params
    rows = Note.objects.of(viewer.workspace_id).filter(pk__in=RawSQL(text, (viewer.workspace_id, *seen.params)))  # noqa: S611  as above
    return rows.select_related("entry")


def _seen(viewer: Member) -> Sql:
    """On a meeting: to whom the copy gives the title, and its author. Left of one: its author. On a record: everybody."""
    copy, me = queries.copy_conditions(viewer), viewer.pk
    mine = Sql(f"n.author_id = %s AND {copy.there.text}", (me, *copy.there.params))
    on_meeting = joined([copy.titled, mine], ") OR (")
    text = f"e.id IS NOT NULL AND (({on_meeting.text})) OR n.alone_id = %s OR {ON_RECORD}"
    return Sql(text, (*on_meeting.params, me))


COPY = "LEFT JOIN calendars_entry e ON e.workspace_id = n.workspace_id AND e.id = n.entry_id"
ON_RECORD = """n.entry_id IS NULL AND n.aside_id IS NULL AND n.alone_id IS NULL AND EXISTS (SELECT 1 FROM notes_noteplace p
LEFT JOIN records_person a ON a.workspace_id = p.workspace_id AND a.id = p.record_id AND p.record_kind = 1
LEFT JOIN records_company c ON c.workspace_id = p.workspace_id AND c.id = p.record_id AND p.record_kind = 2
LEFT JOIN records_opportunity o ON o.workspace_id = p.workspace_id AND o.id = p.record_id AND p.record_kind = 3
WHERE p.workspace_id = n.workspace_id AND p.note_id = n.id
AND coalesce(a.trashed_at, c.trashed_at, o.trashed_at) IS NULL)"""
"""Of one in the trash nothing is shown until it is restored."""


def _page(viewer: Member, rows: QuerySet[Note], cursor: str | None, limit: int) -> Page[ShownNote]:
    page = page_of(rows, {NEWEST.name: NEWEST}, NEWEST.name, cursor, limit)
    return Page(_shown(viewer, page.items), page.next)


def _shown(viewer: Member, notes: Iterable[Note]) -> tuple[ShownNote, ...]:
    found = list(notes)
    if not found:
        return ()
    names, records = who_is_who(viewer.workspace_id).names, _records(viewer.workspace_id, [note.pk for note in found])
    return tuple(_view(note, viewer, names, records.get(note.pk, ())) for note in found)


def _view(note: Note, viewer: Member, names: Mapping[int, str], records: Sequence[LinkedRecord]) -> ShownNote:
    return ShownNote(
        id=note.pk,
        text=note.text,
        author=names.get(note.author_id or 0, note.author_name),
        author_id=note.author_id,
        mine=note.author_id == viewer.pk,
        created_at=note.created_at,
        edited_at=note.edited_at,
        alone=note.alone_id is not None,
        day=note.day,
        meeting_id=note.entry.event_id if note.entry else None,
        records=tuple(records),
    )


def _records(workspace_id: int, note_ids: Collection[int]) -> Mapping[int, Sequence[LinkedRecord]]:
    """Those that are not in the trash."""
    places = list(NotePlace.objects.of(workspace_id).filter(note_id__in=note_ids).order_by("record_kind", "record_id"))
    found: dict[int, list[LinkedRecord]] = defaultdict(list)
    for kind, name in NAMES.items():
        ids = {place.record_id for place in places if place.record_kind == kind}
        named = dict(MODELS[name].objects.of(workspace_id).filter(pk__in=ids, trashed_at=None).values_list("pk", "name")) if ids else {}
        for place in places:
            if place.record_kind == kind and place.record_id in named:
                found[place.note_id].append(LinkedRecord(name, place.record_id, named[place.record_id]))
    return found
