"""Notes as a page sets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from metwith.notes.actions import may_delete
from metwith.web.site.linked_text import plain_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.utils.safestring import SafeString

    from metwith.notes.queries import ShownNote
    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note."""

    note: ShownNote
    html: SafeString
    may_delete: bool


@dataclass(frozen=True, slots=True)
class NoteList:
    """All that templates/notes/list.html sets."""

    rows: Sequence[NoteRow]
    action: str
    """Where a new one is sent."""
    form: NoteForm
    to_whom: str
    """Who will see what is written."""
    next: str = ""
    """The address of the page with older ones; empty on the last one."""


class NoteForm(forms.Form):
    """A note. What may stand in it says the verb."""

    # Not `maxlength` in the browser: it would cut what is pasted without a word.
    text = forms.CharField(
        label=_("Note"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("The note is empty. Write something, or delete it.")},
    )


def note_rows(viewer: Member, notes: Iterable[ShownNote]) -> tuple[NoteRow, ...]:
    """Notes as `viewer` sees them."""
    return tuple(note_row(viewer, note) for note in notes)


def note_row(viewer: Member, note: ShownNote) -> NoteRow:
    """One of them."""
    return NoteRow(note, plain_html(note.text), may_delete(viewer, note))
