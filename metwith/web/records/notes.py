"""A record's notes: a tab of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.notes import actions, queries
from metwith.web.notes.rows import NoteForm, NoteList, note_rows
from metwith.web.records import detail
from metwith.web.site.forms import refuse
from metwith.web.site.members import or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.records.kinds import Kind
    from metwith.web.site.members import MemberRequest

A_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
    """The notes on a record, newest first; with a POST, a new one. One in the trash shows none until it is restored."""
    if request.method != "POST":
        return _page(request, kind, record_id, NoteForm())
    form = NoteForm(request.POST)
    form.is_valid()  # whatever is typed, the verb says what is wrong with it
    try:
        with or_404():
            actions.write_on_record(request.member, kind, record_id, form.cleaned_data.get("text", ""), now=clock.now())
    except Invalid as error:
        if not form.errors:
            refuse(form, error)
        return _page(request, kind, record_id, form, 422)
    messages.success(request, _("The note is there."))
    return redirect(f"{kind}_notes", record_id)


def _page(request: MemberRequest, kind: Kind, record_id: int, form: NoteForm, status: int = 200) -> HttpResponse:
    with or_404():
        found = detail.find(request.member, kind, record_id)
        if found.trashed_at is not None:
            return redirect(f"{kind}_details", record_id)
        page = queries.notes_on_record(request.member, kind, record_id, cursor=request.GET.get("cursor") or None, limit=A_PAGE)
    action = reverse(f"{kind}_notes", args=[record_id])
    listed = NoteList(
        rows=note_rows(request.member, page.items),
        action=action,
        form=form,
        to_whom=_("Everybody in your workspace sees it."),
        next=f"{action}?cursor={page.next}" if page.next else "",
    )
    return detail.show(request, kind, found, "notes", {"notes": listed}, status=status)
