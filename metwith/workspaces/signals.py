"""What happened to a workspace, for the rooms above that must act on it. Ids only."""

from __future__ import annotations

from django.dispatch import Signal

ours_changed = Signal()
"""`workspace_id`: who is one of us changed (a member, an invitation, an own domain). """

member_leaving = Signal()
"""`workspace_id`, `member_id`: a member is about to be removed, with the accounts. Sent inside the transaction, before the rows go, so
that what hangs on them can be purged with them or not at all."""

verified_by_oidc = Signal()
"""`user` (a `User`), `address`, `identity`: an identity provider let this user in, and says that it has verified the address that they sign
in with. Sent at each such sign-in, before the second factor is asked for. `identity`: the library's row of who they are there, which
`ways_in.end_other_ways_in` keeps."""

ways_in_ended = Signal()
"""`workspace_id`, `member_id`: all that opens the member's data ends with this transaction (`ways_in.end_other_ways_in`)."""


def announce(signal: Signal, **facts: int | str) -> None:
    """Tell the listeners, inside the transaction under way: what they queue is committed with the change, or not at all."""
    signal.send(sender=None, **facts)
