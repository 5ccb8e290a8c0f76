"""What acts hold of people, and letting go of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from metwith.records.acts.models import Act, ActChange
from metwith.records.kinds import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.records.kinds import Kind

AT_ONCE = 5000


def earlier_values(workspace_id: int, address: str, person_ids: Collection[int]) -> QuerySet[ActChange]:
    """What acts know of a folded address: earlier values that name it, and all that they did to these people."""
    named = Q(before__addresses__contains=[[address]])
    return ActChange.objects.of(workspace_id).filter(named | Q(record_kind=NUMBERS["person"], record_id__in=person_ids))


def forget_records(workspace_id: int, kind: Kind, record_ids: Collection[int]) -> None:
    """Records are gone for good: nothing of theirs stays, and nothing brings them back."""
    ActChange.objects.of(workspace_id).filter(record_kind=NUMBERS[kind], record_id__in=record_ids).delete()


def forget_old_acts(now: datetime) -> None:
    """Acts whose day is over, page by page."""
    over = Act.objects.across_workspaces("the clock serves all").filter(until__lte=now)
    for workspace_id, act_id in over.order_by("pk").values_list("workspace_id", "pk"):
        changes = ActChange.objects.of(workspace_id).filter(act_id=act_id)
        while some := list(changes.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
            changes.filter(pk__in=some).delete()
        Act.objects.of(workspace_id).filter(pk=act_id).delete()
