"""The tables of the notes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from metwith.calendars.intents.aside import SetAside
from metwith.calendars.models import Entry
from metwith.records.kinds import NAMES
from metwith.workspaces.models import Member
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace, addressable


class Note(OwnedByWorkspace):
    """What a member wrote, in plain text. Where it stands, one reference says; without any it is on the record of its one place, for everybody."""

    author = Reference(Member, null=True)
    """Empty: nothing is left of who wrote it but the name."""
    author_name = models.CharField(max_length=300)
    """As they were called when they wrote it, for when they are no member any more."""
    text = models.TextField()
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    entry = Reference(Entry, null=True)
    """It is on a meeting, and goes with this copy."""
    aside = Reference(SetAside, null=True)
    """It is on a meeting that is set aside: shown to nobody, it comes back with the copy, and goes with this row."""
    alone = Reference(Member, null=True)
    """It was on a meeting that was only deleted in the calendar: it is its author's alone, and goes with them. With the day, on the meeting's records."""
    day = models.DateField(null=True)
    """Of one that is its author's alone, when the meeting was, in its own zone."""
    meeting_mark = models.CharField(max_length=32, blank=True, default="", db_default="")
    """Of the same, a keyed mark of UID and occurrence, by which it goes back to the meeting when that comes again (`following.py`)."""
    owner_id = models.BigIntegerField(default=0, db_default=0)
    """Of the same, in whose calendar the copy was; a member."""

    class Meta:
        constraints: ClassVar = [
            addressable("note_addressable"),
            models.CheckConstraint(
                condition=Q(entry=None, aside=None) | Q(aside=None, alone=None) | Q(entry=None, alone=None), name="note_in_one_place"
            ),
            SameWorkspace(field="author", name="note_author", set_null=True),
            SameWorkspace(field="entry", name="note_entry"),
            SameWorkspace(field="aside", name="note_aside"),
            SameWorkspace(field="alone", name="note_alone"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "entry"], condition=Q(entry__isnull=False), name="note_of_entry"),
            models.Index(fields=["workspace", "aside"], condition=Q(aside__isnull=False), name="note_of_aside"),
            models.Index(fields=["workspace", "alone", "meeting_mark"], condition=Q(alone__isnull=False), name="note_of_one_alone"),
            models.Index(fields=["workspace", "author", "id"], name="note_of_author"),
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"


class NotePlace(OwnedByWorkspace):
    """A record on which a note stands. Of three tables, so no foreign key: `following.py` hears of records that go."""

    note = Reference(Note, related_name="places")
    record_kind = models.SmallIntegerField()
    """A `rules.link.RecordKind`."""
    record_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "record_kind", "record_id", "note"], name="note_place_once"),
            SameWorkspace(field="note", name="note_place_note"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "note"], name="note_place_of_note")]

    @property
    def kind(self) -> str:
        """`person`, `company` or `opportunity`."""
        return NAMES[self.record_kind]
