"""Adding who takes part and is on no record: one of them, or all of a meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from metwith.calendars.actions import contacts
from metwith.lib import clock
from metwith.rules.own_identities import role_address
from metwith.web.calendar.meeting.page import back_to, find_meeting

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest

EVERYBODY = "everybody"


@require_POST
def add(request: MemberRequest, event_id: int) -> HttpResponse:
    """Make people of those whom the form names, as this meeting names them, and come back to it. Of all only whom one may take for a person."""
    found, wanted = find_meeting(request.member, event_id), request.POST.get("who", "")
    unknown = {p.address: p.name if "@" not in p.name else "" for p in found.participants if p.addable}
    names = {a: name for a, name in unknown.items() if a == wanted or (wanted == EVERYBODY and not role_address(a))}
    if not names:
        raise Http404
    made = contacts.add_strangers(request.member, names, clock.now())
    if made.people:
        told = {"name": ", ".join(person.name for person in list(made.people.values())[:3]), "n": len(made.people)}
        messages.success(request, ngettext("%(name)s was added.", "%(n)d people were added.", len(made.people)) % told)
    else:
        messages.info(request, _("They are among the people already, or in the trash."))
    return back_to(request, event_id)
