"""The notes on a meeting, in its panel and on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.notes import actions
from metwith.web.calendar.meeting import page
from metwith.web.notes.rows import NoteForm
from metwith.web.site.forms import refuse
from metwith.web.site.members import or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: MemberRequest, event_id: int) -> HttpResponse:
    """A new note on the meeting; asked for by itself, the page that has them."""
    if request.method != "POST":
        return redirect(page.context_of(request, event_id)["self_url"] + "#notes")
    form = NoteForm(request.POST)
    form.is_valid()  # whatever is typed, the verb says what is wrong with it
    try:
        with or_404():
            actions.write_on_meeting(request.member, event_id, form.cleaned_data.get("text", ""), now=clock.now())
    except Invalid as error:
        if not form.errors:
            refuse(form, error)
        return _page(request, event_id, form, 422)
    if request.htmx:
        return _page(request, event_id, NoteForm())
    messages.success(request, _("The note is there."))
    return redirect(page.context_of(request, event_id)["self_url"] + "#notes")


def _page(request: MemberRequest, event_id: int, form: NoteForm, status: int = 200) -> HttpResponse:
    inside = bool(request.htmx)
    context = page.context_of(request, event_id) | {"inside": inside, "heading": "h3" if inside else "h2"}
    context["notes"] = page.notes_of(request.member, event_id, form)
    answer = render(request, "notes/list.html" if inside else "calendar/meeting/page.html", context, status=status)
    patch_vary_headers(answer, ["HX-Request"])
    return answer
