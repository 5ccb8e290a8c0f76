"""The verbs about notes. A note that the member may not see is not found (Note.DoesNotExist); what is wrong with a text is Invalid (`text`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.calendars import queries as meetings
from metwith.lib.errors import NotAllowed
from metwith.notes.models import Note, NotePlace
from metwith.notes.queries import find_note
from metwith.notes.text import note_text
from metwith.records.kinds import NUMBERS
from metwith.records.queries import MODELS
from metwith.workspaces import audit
from metwith.workspaces.audit import Action
from metwith.workspaces.models import Member

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.notes.queries import ShownNote
    from metwith.records.kinds import Kind


@transaction.atomic
def write_on_record(member: Member, kind: Kind, record_id: int, text: str, *, now: datetime) -> ShownNote:
    """A note on a record, for everybody. Raises Invalid and, also for one in the trash, the model's DoesNotExist."""
    # Locked, so that it does not go while its note comes.
    MODELS[kind].objects.of(member.workspace_id).select_for_update(no_key=True).get(pk=record_id, trashed_at=None)
    note = _new(member, text, now)
    NotePlace.objects.create(workspace_id=member.workspace_id, note=note, record_kind=NUMBERS[kind], record_id=record_id)
    audit.note(member, Action.NOTE_WRITTEN, kind=kind, record=record_id)
    return find_note(member, note.pk)


@transaction.atomic
def write_on_meeting(member: Member, event_id: int, text: str, *, now: datetime) -> ShownNote:
    """A note on the copy of a meeting that the member is shown. Raises Invalid and Event.DoesNotExist."""
    note = _new(member, text, now, entry_id=meetings.shown_copy(member, event_id))
    audit.note(member, Action.NOTE_WRITTEN, meeting=event_id)
    return find_note(member, note.pk)


def _new(member: Member, text: str, now: datetime, *, entry_id: int | None = None) -> Note:
    facts = {"author": member, "author_name": str(member)[:300], "text": note_text(text), "created_at": now}
    return Note.objects.create(workspace_id=member.workspace_id, entry_id=entry_id, **facts)


@transaction.atomic
def edit_note(member: Member, note_id: int, text: str, *, now: datetime) -> ShownNote:
    """Change a note of one's own. Raises Invalid, NotAllowed and Note.DoesNotExist."""
    note, written = note_to_edit(member, note_id), note_text(text)
    if written != note.text:
        Note.objects.of(member.workspace_id).filter(pk=note_id).update(text=written, edited_at=now)
        audit.note(member, Action.NOTE_EDITED, **_where(note))
    return find_note(member, note_id)


@transaction.atomic
def delete_note(member: Member, note_id: int) -> ShownNote:
    """A note goes, for good: one's own, or as an admin one that a former member left. Raises NotAllowed and Note.DoesNotExist."""
    note = note_to_delete(member, note_id)
    Note.objects.of(member.workspace_id).filter(pk=note_id).delete()
    audit.note(member, Action.NOTE_DELETED, **_where(note))
    return note


def note_to_edit(member: Member, note_id: int) -> ShownNote:
    """A note that the member may change. Raises NotAllowed and Note.DoesNotExist."""
    note = find_note(member, note_id)
    if not note.mine:
        raise NotAllowed(_("Only %(name)s can change this note. Write one of your own.") % {"name": note.author})
    return note


def note_to_delete(member: Member, note_id: int) -> ShownNote:
    """A note that the member may delete. Raises NotAllowed and Note.DoesNotExist."""
    note = find_note(member, note_id)
    if not may_delete(member, note):
        raise NotAllowed(_("Only %(name)s can delete this note.") % {"name": note.author})
    return note


def may_delete(member: Member, note: ShownNote) -> bool:
    """Whether a member may: what nobody wrote who is here, somebody has to be able to take away."""
    if note.mine or not member.is_admin:
        return note.mine
    return not Member.objects.of(member.workspace_id).filter(pk=note.author_id or 0, left_at=None).exists()


def _where(note: ShownNote) -> dict[str, int | str]:
    """For the audit log: of one on no record and no meeting there is nothing to tell."""
    if note.meeting_id:
        return {"meeting": note.meeting_id}
    return {"kind": note.records[0].kind, "record": note.records[0].id} if note.records and not note.alone else {}
