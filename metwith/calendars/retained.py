"""What a disconnected account left behind: its meetings, no longer updated, until its owner removes them too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.calendars.reads import visible

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class Retained:
    """An account's meetings, by whether anybody else has them."""

    alone: int
    """Would go with it."""
    shared: int
    """Would stay with another calendar's copy."""


def retained(member: Member, account_id: int) -> Retained:
    """What an account holds."""
    entries = visible.copies(member.workspace_id)
    mine = entries.filter(calendar__account_id=account_id).values("event_id").distinct()
    others = entries.filter(event_id__in=mine).exclude(calendar__account_id=account_id).values("event_id").distinct().count()
    return Retained(mine.count() - others, others)
