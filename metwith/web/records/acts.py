"""What somebody did to many records at once: how far it is, what it came to, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from metwith.engine.inquiries import somebody_works
from metwith.lib import clock
from metwith.records.acts import actions
from metwith.records.acts.models import Act
from metwith.records.imports.models import ImportFile
from metwith.records.kinds import NAMES
from metwith.web.records.kinds import KINDS
from metwith.web.site.inquiry import onward
from metwith.web.site.members import or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest

UNDER_WAY = (Act.State.OPEN, Act.State.RUNNING, Act.State.TAKING_BACK)


@never_cache
@require_safe
def show(request: MemberRequest, act_id: int) -> HttpResponse:
    """Asks for itself again until it is done, with scripts and without."""
    with or_404():
        act = actions.find_act(request.member, act_id, clock.now())
    if request.htmx and act.state not in UNDER_WAY:
        return onward(request, request.path)
    context = {"act": act, "kind": KINDS[NAMES[act.record_kind]], "under_way": act.state in UNDER_WAY}
    if context["under_way"]:
        context["works"] = somebody_works()
    if act.counts.get("rejected"):
        # What waits in a file is shown to its owner alone, for an hour.
        mine = ImportFile.objects.of(act.workspace_id).filter(act=act, member=request.member, expires_at__gt=clock.now())
        context["file"] = mine.first()
    return render(request, "records/act.html#progress" if request.htmx else "records/act.html", context)


@require_POST
def undo(request: MemberRequest, act_id: int) -> HttpResponse:
    """Take it back."""
    with or_404():
        actions.take_back(request.member, act_id, clock.now())
    return redirect("act", act_id)
