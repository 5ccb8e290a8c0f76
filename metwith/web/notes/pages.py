"""Changing and deleting a note: in its place by htmx, without JavaScript on a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.notes import actions
from metwith.notes.queries import ShownNote, find_note
from metwith.web.notes.rows import NoteForm, note_row
from metwith.web.site.forms import refuse
from metwith.web.site.members import or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest

OF_NOTE = "id_%s_{}"
"""Ids of fields: several notes may be changed on one page."""
CAME_FROM = ("from", "list")
"""What says which list a meeting was opened from (`web/calendar/origin.py`, which reads it with care)."""


@require_safe
def note(request: MemberRequest, note_id: int) -> HttpResponse:
    """One note, as it stands in a list; without htmx, the page that it stands on."""
    with or_404():
        shown = find_note(request.member, note_id)
    return _in_place(request, shown, "notes/note.html") if request.htmx else redirect(_home(request, shown))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, note_id: int) -> HttpResponse:
    """Change a note of one's own."""
    with or_404():
        shown = actions.note_to_edit(request.member, note_id)
    if request.method != "POST":
        return _editing(request, shown, NoteForm(initial={"text": shown.text}, auto_id=OF_NOTE.format(note_id)))
    form = NoteForm(request.POST, auto_id=OF_NOTE.format(note_id))
    if (changed := _edited(request, note_id, form)) is None:
        return _editing(request, shown, form, 422)
    shown = changed
    if request.htmx:
        return _in_place(request, shown, "notes/note.html")
    messages.success(request, _("The note is changed."))
    return redirect(_home(request, shown))


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: MemberRequest, note_id: int) -> HttpResponse:
    """Ask once more; with a POST, delete it for good."""
    with or_404():
        if request.method != "POST":
            shown = actions.note_to_delete(request.member, note_id)
            return _in_place(request, shown, "notes/delete.html" if request.htmx else "notes/delete_page.html")
        shown = actions.delete_note(request.member, note_id)
    if request.htmx:
        return _in_place(request, shown, "notes/deleted.html")
    messages.success(request, _("The note is deleted."))
    return redirect(_home(request, shown))


def _edited(request: MemberRequest, note_id: int, form: NoteForm) -> ShownNote | None:
    if not form.is_valid():
        return None
    try:
        return actions.edit_note(request.member, note_id, form.cleaned_data["text"], now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return None


def _editing(request: MemberRequest, shown: ShownNote, form: NoteForm, status: int = 200) -> HttpResponse:
    return _in_place(request, shown, "notes/edit.html" if request.htmx else "notes/edit_page.html", status, form=form)


def _in_place(request: MemberRequest, shown: ShownNote, template: str, status: int = 200, **more: Any) -> HttpResponse:
    context = {"row": note_row(request.member, shown), "home": _home(request, shown), "came_from": _came_from(request), **more}
    answer = render(request, template, context, status=status)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _home(request: MemberRequest, shown: ShownNote) -> str:
    """The page on which a note stands."""
    if shown.meeting_id:
        query = _came_from(request)
        return reverse("meeting", args=[shown.meeting_id]) + (f"?{query}" if query else "") + "#notes"
    for record in shown.records:
        return reverse(f"{record.kind}_notes", args=[record.id])
    return reverse("home")


def _came_from(request: MemberRequest) -> str:
    return urlencode({name: request.GET[name][:1000] for name in CAME_FROM if request.GET.get(name)})
