"""Short words for the tests of notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.models import Event
from metwith.notes import actions, queries
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.notes.queries import ShownNote
    from metwith.records.models import Company
    from metwith.workspaces.models import Member


def event_of(member: Member, uid: str) -> int:
    return Event.objects.of(member.workspace).get(ical_uid=uid).pk


def write(member: Member, uid: str, text: str) -> ShownNote:
    """A note on the meeting of this UID."""
    return actions.write_on_meeting(member, event_of(member, uid), text, now=NOW)


def on_meeting(member: Member, uid: str) -> list[str]:
    """The texts that a member sees on it, newest first; of one that they may not know of, or that is gone, none."""
    try:
        return [note.text for note in queries.notes_on_meeting(member, event_of(member, uid)).items]
    except Event.DoesNotExist:
        return []


def on_company(member: Member, company: Company) -> list[ShownNote]:
    return list(queries.notes_on_record(member, "company", company.pk).items)


def searched(member: Member, words: str) -> set[str]:
    return {note.text for note in queries.search_notes(member, words)}
