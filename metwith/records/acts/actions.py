"""The verbs about acts: looking at one, and taking it back. They take a member and `now`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from metwith.lib.errors import Invalid, NotAllowed
from metwith.records import jobs
from metwith.records.acts import restoring
from metwith.records.acts.models import Act, ActChange
from metwith.records.kinds import NUMBERS

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member

State = Act.State


def open_act(member: Member, kind: Act.Kind, record_kind: Kind, total: int, now: datetime) -> Act:
    """A new act, of which nothing is done yet."""
    return Act.objects.create(
        workspace_id=member.workspace_id, member=member, kind=kind, record_kind=NUMBERS[record_kind], total=total, created_at=now
    )


def acts_of(member: Member, now: datetime) -> QuerySet[Act]:
    """What this member may look at, newest first: their own acts, an admin everybody's; not what is older than a day."""
    rows = Act.objects.of(member.workspace_id).filter(Q(until=None) | Q(until__gt=now)).select_related("member__user").order_by("-pk")
    return rows if member.is_admin else rows.filter(member=member)


def find_act(member: Member, act_id: int, now: datetime) -> Act:
    """One of them. Raises NotAllowed for somebody else's, and Act.DoesNotExist."""
    act = Act.objects.of(member.workspace_id).select_related("member__user").get(Q(until=None) | Q(until__gt=now), pk=act_id)
    if act.member_id != member.pk and not member.is_admin:
        raise NotAllowed(_("Only who did this, or an admin, can look at it and take it back."))
    return act


def take_back(member: Member, act_id: int, now: datetime) -> Act:
    """Give back what an act changed: the first page at once, the rest by a job. Once, within a day, by its maker or an admin.

    Raises NotAllowed, Invalid, and Act.DoesNotExist.
    """
    act = find_act(member, act_id, now)
    with transaction.atomic():
        total = ActChange.objects.of(act.workspace_id).filter(act=act).count()
        ready = Act.objects.of(act.workspace_id).filter(pk=act.pk, state=State.DONE, until__gt=now)
        if not ready.update(state=State.TAKING_BACK, total=total, done=0):
            raise Invalid("", _why_not(act))
        if total > restoring.AT_ONCE:
            jobs.take_back_soon(act.workspace_id, act.pk)
    restoring.restore(act.workspace_id, act.pk, pages=2 if total <= restoring.AT_ONCE else 1)
    act.refresh_from_db()
    return act


def _why_not(act: Act) -> str:
    if act.state in {State.OPEN, State.RUNNING}:
        return _("It is still going on. Wait until it is done, then take it back.")
    return _("This was taken back already.")
