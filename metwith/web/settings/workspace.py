"""Settings of the workspace, for admins: its name, its zone, and what colleagues see at most. Who is in it: members.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from metwith.lib.errors import Invalid
from metwith.web.site.forms import SharingRulesForm, WorkspaceForm, refuse
from metwith.web.site.members import admins_only
from metwith.workspaces import actions

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest


@require_GET
def workspace(request: MemberRequest) -> HttpResponse:
    """The page."""
    return _page(request)


def _page(request: MemberRequest, status: int = 200, **shown: Any) -> HttpResponse:
    """The one page of these settings; `shown` replaces forms that come back with what was typed."""
    member = request.member
    admins_only(request)
    context = {
        "name_form": WorkspaceForm(initial={"name": member.workspace.name, "time_zone": member.workspace.time_zone}, prefix="name"),
        "sharing_form": SharingRulesForm(
            initial={"cap": member.workspace.sharing_cap, "default": member.workspace.sharing_default}, prefix="sharing"
        ),
    }
    return render(request, "settings/workspace.html", context | shown, status=status)


@require_POST
def rename(request: MemberRequest) -> HttpResponse:
    """Another name, or another zone."""
    form = WorkspaceForm(request.POST, prefix="name")
    if form.is_valid():
        try:
            actions.rename_workspace(request.member, form.cleaned_data["name"], time_zone=form.cleaned_data["time_zone"])
        except Invalid as error:
            refuse(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("workspace")
    return _page(request, 422, name_form=form)


@require_POST
def set_sharing_rules(request: MemberRequest) -> HttpResponse:
    """What colleagues may see at most, and what a new account begins with."""
    form = SharingRulesForm(request.POST, prefix="sharing")
    if form.is_valid():
        actions.set_sharing_rules(request.member, **form.cleaned_data)
        messages.success(request, _("Saved. It holds at once, for the past too."))
        return redirect("workspace")
    return _page(request, 422, sharing_form=form)
