"""Copies come, go and give way to others: told to the rooms above, which keep something of their own with a copy (`metwith/notes/`).

`remove_copies` is the one place where a stored copy is deleted, and whoever calls it says why. What others keep with a copy goes with it by the
database's cascade, unless they hear of it here and take it elsewhere first: who hears nothing, or does not know a reason, loses it. All of it is
sent inside the transaction, in the writers' lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.dispatch import Signal

from metwith.calendars.models import Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from metwith.calendars.vocabulary import Leaving

copies_leaving = Signal()
"""`workspace_id`, `reasons`: these copies (`Entry` ids → `Leaving`) are about to be deleted; they and their meetings' links are still there."""

copies_replaced = Signal()
"""`workspace_id`, `replaced`: in place of the copy another one of the same calendar stands for the meeting from now on (`Entry` id → `Entry` id)."""

copies_put_aside = Signal()
"""`workspace_id`, `rows`: these copies (`Entry` id → `SetAside` id) are set aside, and about to be deleted."""

copies_back = Signal()
"""`workspace_id`, `rows`: what was set aside is here again (`SetAside` id → `Entry` id); the row is about to be deleted."""

copies_came = Signal()
"""`workspace_id`, `calendar_id`, `slots`: a calendar has copies that it had not just before, by UID and occurrence key."""


def remove_copies(workspace_id: int, reasons: Mapping[int, Leaving]) -> None:
    """Copies go, each for its reason. What their meetings come to is for `store.reconcile`."""
    if reasons:
        copies_leaving.send(sender=None, workspace_id=workspace_id, reasons=reasons)
        Entry.objects.of(workspace_id).filter(pk__in=reasons.keys()).delete()


def replace_copies(workspace_id: int, replaced: Mapping[int, int], why: Leaving) -> None:
    """Copies go in whose place others stand."""
    if replaced:
        copies_replaced.send(sender=None, workspace_id=workspace_id, replaced=replaced)
        remove_copies(workspace_id, dict.fromkeys(replaced, why))


def announce_added(workspace_id: int, calendar_id: int, slots: Collection[tuple[str, str]]) -> None:
    """Tell that copies are here that were not."""
    if slots:
        copies_came.send(sender=None, workspace_id=workspace_id, calendar_id=calendar_id, slots=slots)
