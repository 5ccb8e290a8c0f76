"""A calendar that was exported to a file: read in memory, never laid on a disk. First only looked at, if its owner likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from metwith.calendars.actions import connect
from metwith.calendars.transparency.preview import look_into_file
from metwith.engine.errors import ProviderError
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.web.accounts.forms import LARGEST_FILE, FileForm
from metwith.web.accounts.preview import shown
from metwith.web.accounts.sharing import cards
from metwith.web.site.files import reading_alone
from metwith.web.site.forms import refuse

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest


@require_http_methods(["GET", "HEAD", "POST"])
def file(request: MemberRequest) -> HttpResponse:
    """With `look` it only shows what would come in; with scripts in place, so that the file stays chosen."""
    if request.method != "POST":
        return _page(request, FileForm(initial={"sharing": request.member.workspace.sharing_default}))
    too_large = int(request.headers.get("Content-Length") or 0) > LARGEST_FILE
    form = FileForm(request.POST, request.FILES, too_large=too_large)
    if form.is_valid():
        try:
            with reading_alone():
                if "look" in request.POST:
                    return _page(request, form, **_looked(request, form.cleaned_data))
                _connect(request, form.cleaned_data)
        except ProviderError as broken:
            form.add_error("file", f"{_(broken.message)} {_('Export the calendar once more and try that file.')}")
        except Invalid as wrong:
            refuse(form, wrong)
        else:
            messages.success(request, _("The file was read."))
            return redirect("met")
    return _page(request, form, status=422)


def _page(request: MemberRequest, form: FileForm, status: int = 200, **looked: Any) -> HttpResponse:
    piece = "#looked" if request.htmx else ""
    context = {"form": form} | cards(request.member, form["sharing"].value()) | looked
    return render(request, f"accounts/upload.html{piece}", context, status=status)


def _looked(request: MemberRequest, form: dict[str, Any]) -> dict[str, Any]:
    found = look_into_file(request.member, form["file"].read(), name=form["name"], sharing=form["sharing"], clock=clock.now)
    return shown(request, found)


def _connect(request: MemberRequest, form: dict[str, Any]) -> None:
    connect.connect_file(
        request.member,
        form["file"].read(),
        name=form["name"],
        sharing=form["sharing"],
        new_people=form["new_people"],
        now=clock.now(),
    )
