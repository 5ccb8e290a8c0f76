"""Looking as somebody else: who may, and that it is written down.

Any member may look as any colleague of the same workspace: they are never shown more than they may see themselves (rules/show.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from metwith.workspaces import audit
from metwith.workspaces.audit import Action
from metwith.workspaces.models import AuditLine

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member

SAME_LOOK = timedelta(hours=1)
"""So long the pieces that a page fetches count as one look with it."""


def note_look(viewer: Member, view_as: int, kind: Kind, record_id: int, *, whose: int | None, opened: bool, now: datetime) -> None:
    """Write down that `viewer` looks at a record's meetings as the member `view_as`; `whose`: only at this member's.

    `opened`: a page was opened. A piece of one is written down only where no page was: it can be asked for by itself.
    """
    facts: dict[str, int | str] = {"member": view_as, "kind": kind, "record": record_id}
    if whose:
        facts["whose"] = whose
    if opened or not _noted(viewer, facts, now):
        audit.note(viewer, Action.LOOKED_AS, **facts)


def _noted(viewer: Member, facts: dict[str, int | str], now: datetime) -> bool:
    lines = AuditLine.objects.of(viewer.workspace_id).filter(at__gt=now - SAME_LOOK, member_id=viewer.pk, action=Action.LOOKED_AS)
    return lines.filter(facts=facts).exists()
