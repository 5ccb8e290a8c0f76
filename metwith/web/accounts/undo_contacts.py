"""New people, taken back: what would go is shown before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from metwith.calendars.actions import undo_contacts
from metwith.calendars.models import Calendar
from metwith.web.site.members import or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest


@require_http_methods(["GET", "HEAD", "POST"])
def newcomers(request: MemberRequest, account_id: int, calendar_id: int) -> HttpResponse:
    """How many would go and how many stay; then it is done."""
    with or_404():
        mine = Calendar.objects.of(request.member.workspace_id).filter(account__member_id=request.member.pk, account_id=account_id)
        calendar = mine.get(pk=calendar_id)
    if request.method == "POST":
        many = undo_contacts.undo(request.member, calendar_id).going
        messages.success(request, ngettext("%(many)d record was removed.", "%(many)d records were removed.", many) % {"many": many})
        messages.info(request, _("“%(name)s” adds nobody any more.") % {"name": calendar.name})
        return redirect("account", account_id)
    context = {"calendar": calendar, "account_id": account_id, "made": undo_contacts.preview_undo(request.member, calendar_id)}
    return render(request, "accounts/undo_contacts.html", context)
