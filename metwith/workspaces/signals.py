"""What happened to a workspace, for the rooms above that must act on it. Ids only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.dispatch import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

ours_changed = Signal()
"""`workspace_id`, `addresses`, `domains`, `member_id`: what these folded addresses and domains count for has changed; for everybody, or with
a `member_id` in that member's own calendars alone. Both empty: whatever it may be."""

holder_changed = Signal()
"""`workspace_id`: an address that was and stays one of us is known to be another member's than before, or nobody's."""

verified_changed = Signal()
"""`workspace_id`, `member_id`: other addresses than before are shown to be the member's."""

asked_on_record = Signal()
"""`workspace_id`, `name`: does a person on record have this folded address, or a company this folded domain? Whoever keeps records answers."""

member_leaving = Signal()
"""`workspace_id`, `member_id`, `keep`: a member is about to leave; with `keep` their copies stay, else they go with the accounts.
Sent inside the transaction, before the rows go, so that what hangs on them can be purged with them or not at all. Who cannot purge all of it
at once answers True, and ends the member when it is done (`actions.end_member`)."""

verified_by_oidc = Signal()
"""`user` (a `User`), `address`, `identity`: an identity provider let this user in, and says that it has verified the address that they sign
in with. Sent at each such sign-in, before the second factor is asked for. `identity`: the library's row of who they are there, which
`ways_in.end_other_ways_in` keeps."""

ways_in_ended = Signal()
"""`workspace_id`, `member_id`: all that opens the member's data ends with this transaction (`ways_in.end_other_ways_in`)."""


def announce(signal: Signal, **facts: int | str | frozenset[str]) -> None:
    """Tell the listeners, inside the transaction under way: what they queue is committed with the change, or not at all."""
    signal.send(sender=None, **facts)


def announce_ours(workspace_id: int, *, addresses: Iterable[str] = (), domains: Iterable[str] = (), member_id: int = 0) -> None:
    """Tell that who is one of us changed; see `ours_changed`."""
    facts = {"addresses": frozenset(addresses), "domains": frozenset(domains)}
    announce(ours_changed, workspace_id=workspace_id, member_id=member_id, **facts)


def leaves(workspace_id: int, member_id: int, *, keep: bool) -> bool:
    """Tell that a member is about to leave. True: some of what was theirs goes later, and the member with the last of it."""
    return any(answer for _, answer in member_leaving.send(sender=None, workspace_id=workspace_id, member_id=member_id, keep=keep))


def on_record(workspace_id: int, name: str) -> bool:
    """Whether a folded address is a person's on record, or a folded domain a company's."""
    return any(answer for _, answer in asked_on_record.send(sender=None, workspace_id=workspace_id, name=name))
