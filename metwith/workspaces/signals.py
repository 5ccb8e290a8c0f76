"""What happened to a workspace, for the rooms above that must act on it. Ids only."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.dispatch import Signal

ours_changed = Signal()
"""`workspace_id`: who is one of us changed (a member, an invitation, an own domain). Sent after the commit."""

member_leaving = Signal()
"""`workspace_id`, `member_id`: a member is about to be removed, with the accounts. Sent inside the transaction, before the rows go, so
that what hangs on them can be purged with them or not at all."""


def announce(signal: Signal, **facts: int | str) -> None:
    """Send `signal` once the transaction under way is committed; without one, now."""
    transaction.on_commit(partial(signal.send, sender=None, **facts))
