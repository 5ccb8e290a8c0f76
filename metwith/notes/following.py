"""Notes follow what they stand on: copies of meetings that go, give way or come back (`calendars.sync.copy_signals`), and records.

Nobody need be told of what simply goes with its copy, its row aside, or its author: there the database's cascade takes the note along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.dispatch import receiver

from metwith.calendars.models import Calendar, Entry, Link
from metwith.calendars.sync.copy_signals import copies_back, copies_came, copies_leaving, copies_put_aside, copies_replaced
from metwith.engine.linking import EVERYBODY
from metwith.lib import secrets
from metwith.notes.models import Note, NotePlace
from metwith.notes.rules import stays_with_author
from metwith.records import signals as records
from metwith.records.kinds import NUMBERS
from metwith.records.queries import MODELS
from metwith.rules.link import RecordKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date

    from metwith.calendars.vocabulary import Leaving
    from metwith.records.kinds import Kind


def meeting_marker(workspace_id: int) -> Callable[[str, str], str]:
    """UID and occurrence key → what stands for a meeting with a note that is its author's alone: says nothing without the key."""
    keyed = secrets.digester(workspace_id, 0)
    return lambda uid, key: keyed(f"note/{key}/{uid}")


# --- copies -------------------------------------------------------------------------------------------------------------------------


@receiver(copies_leaving)
def keep_for_authors(workspace_id: int, reasons: Mapping[int, Leaving], **_rest: Any) -> None:
    """What was written on a copy that goes for no reason to forget it is its author's alone from now on."""
    staying = [entry_id for entry_id, why in reasons.items() if stays_with_author(why)]
    notes = Note.objects.of(workspace_id).filter(entry_id__in=staying).exclude(author=None)
    mark = meeting_marker(workspace_id)
    for note in notes.select_related("entry__event", "entry__calendar__account"):
        entry = note.entry
        assert entry is not None
        _place(note, _records_of(note, entry.event_id))
        note.meeting_mark = mark(entry.event.ical_uid, entry.event.key)
        note.owner_id, note.day = entry.calendar.account.member_id, _day(entry)
        note.alone_id, note.entry = note.author_id, None
        note.save(update_fields=["meeting_mark", "owner_id", "day", "alone", "entry"])


def _day(entry: Entry) -> date:
    return entry.start_date or entry.starts_at.astimezone(ZoneInfo(entry.zone)).date()


def _records_of(note: Note, event_id: int) -> Collection[tuple[int, int]]:
    """The records on which its author has the meeting."""
    mine = Link.objects.of(note.workspace_id).filter(event_id=event_id, hidden=False, member__in=(EVERYBODY, note.author_id or EVERYBODY))
    return set(mine.values_list("record_kind", "record_id"))


def _place(note: Note, where: Collection[tuple[int, int]]) -> None:
    NotePlace.objects.bulk_create(
        NotePlace(workspace_id=note.workspace_id, note=note, record_kind=kind, record_id=record_id) for kind, record_id in sorted(where)
    )


@receiver(copies_came)
def bring_back(workspace_id: int, calendar_id: int, slots: Collection[tuple[str, str]], **_rest: Any) -> None:
    """What was its author's alone is on the meeting again when the same owner has it again."""
    alone = Note.objects.of(workspace_id).exclude(alone=None)
    owner = Calendar.objects.of(workspace_id).filter(pk=calendar_id).values("account__member_id")
    waiting = list(alone.filter(owner_id__in=owner))
    if not waiting:
        return
    mark = meeting_marker(workspace_id)
    marks = {mark(uid, key): (uid, key) for uid, key in slots}
    for note in waiting:
        if slot := marks.get(note.meeting_mark):
            _back_on(note, calendar_id, *slot)


def _back_on(note: Note, calendar_id: int, uid: str, key: str) -> None:
    copies = Entry.objects.of(note.workspace_id).filter(calendar_id=calendar_id, event__ical_uid=uid, event__key=key)
    NotePlace.objects.of(note.workspace_id).filter(note_id=note.pk).delete()
    note.entry, note.alone, note.day, note.meeting_mark, note.owner_id = copies.order_by("pk")[0], None, None, "", 0
    note.save(update_fields=["entry", "alone", "day", "meeting_mark", "owner_id"])


@receiver(copies_replaced)
def go_to_other_copy(workspace_id: int, replaced: Mapping[int, int], **_rest: Any) -> None:
    """The note is on the copy that stands in the place of its own."""
    for note in Note.objects.of(workspace_id).filter(entry_id__in=replaced.keys()):
        Note.objects.of(workspace_id).filter(pk=note.pk).update(entry_id=replaced[note.entry_id or 0])


@receiver(copies_put_aside)
def hide(workspace_id: int, rows: Mapping[int, int], **_rest: Any) -> None:
    """What is set aside takes its notes along."""
    for note in Note.objects.of(workspace_id).filter(entry_id__in=rows.keys()):
        Note.objects.of(workspace_id).filter(pk=note.pk).update(entry_id=None, aside_id=rows[note.entry_id or 0])


@receiver(copies_back)
def show_again(workspace_id: int, rows: Mapping[int, int], **_rest: Any) -> None:
    """What comes back brings its notes along."""
    for note in Note.objects.of(workspace_id).filter(aside_id__in=rows.keys()):
        Note.objects.of(workspace_id).filter(pk=note.pk).update(entry_id=rows[note.aside_id or 0], aside_id=None)


# --- records ------------------------------------------------------------------------------------------------------------------------


@receiver(records.record_removed)
def go_with_record(workspace_id: int, kind: Kind, record_id: int, **_rest: Any) -> None:
    """A record that is deleted for good takes its notes along; in the trash it keeps them."""
    if not MODELS[kind].objects.of(workspace_id).filter(pk=record_id).exists():
        _leave(workspace_id, NUMBERS[kind], record_id)


def _leave(workspace_id: int, kind: RecordKind, record_id: int) -> None:
    here = NotePlace.objects.of(workspace_id).filter(record_kind=kind, record_id=record_id)
    notes = list(here.values_list("note_id", flat=True))
    here.delete()
    elsewhere = NotePlace.objects.of(workspace_id).filter(note_id=OuterRef("pk"))
    Note.objects.of(workspace_id).filter(~Exists(elsewhere), pk__in=notes).delete()


@receiver(records.asked_in_use)
def with_notes(workspace_id: int, kind: Kind, record_ids: Collection[int], **_rest: Any) -> set[int]:
    """Records that somebody wrote a note on: taking an import back leaves them."""
    places = NotePlace.objects.of(workspace_id).filter(record_kind=NUMBERS[kind], record_id__in=record_ids)
    return {*places.values_list("record_id", flat=True)}


@receiver(records.people_merged)
def follow_person(workspace_id: int, keeper_id: int, other_id: int, **_rest: Any) -> None:
    """What was on the one is on the other."""
    _hand_over(workspace_id, RecordKind.PERSON, keeper_id, other_id)


@receiver(records.companies_merged)
def follow_company(workspace_id: int, keeper_id: int, other_id: int, **_rest: Any) -> None:
    """As for people."""
    _hand_over(workspace_id, RecordKind.COMPANY, keeper_id, other_id)


def _hand_over(workspace_id: int, kind: RecordKind, keeper_id: int, other_id: int) -> None:
    places = NotePlace.objects.of(workspace_id).filter(record_kind=kind)
    here = set(places.filter(record_id=keeper_id).values_list("note_id", flat=True))
    places.filter(record_id=other_id, note_id__in=here).delete()
    places.filter(record_id=other_id).update(record_id=keeper_id)


def erase_notes(workspace_id: int, people: Collection[int]) -> int:
    """Notes on these people's records go, also those that are their authors' alone. Returns how many."""
    places = NotePlace.objects.of(workspace_id).filter(record_kind=RecordKind.PERSON, record_id__in=people)
    return Note.objects.of(workspace_id).filter(pk__in=places.values("note_id")).delete()[0]
