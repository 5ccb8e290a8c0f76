"""A note as JSON, in the files that people take along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metwith.notes.queries import ShownNote


def note_as_json(note: ShownNote) -> dict[str, Any]:
    """All of it."""
    return {
        "text": note.text,
        "author": note.author,
        "created_at": note.created_at.isoformat(),
        "edited_at": note.edited_at.isoformat() if note.edited_at else None,
        "only_you": note.alone,
        "day": note.day.isoformat() if note.day else None,
    }
