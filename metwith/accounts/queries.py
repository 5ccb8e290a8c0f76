"""Facts about accounts that others decide on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.accounts.models import Block
from metwith.lib import secrets, sql
from metwith.rules.blocks import Blocks

if TYPE_CHECKING:
    from collections.abc import Callable


def blocks_for(workspace_id: int, member_id: int) -> Blocks:
    """What must not come in through this member: the workspace's blocks and the member's own."""
    mine = sql.rows(BLOCKS, (workspace_id, member_id))
    who, words, erased = (frozenset(pattern for kind, pattern in mine if kind == wanted) for wanted in Block.Kind)
    return Blocks(who, words, erased, digest_of(workspace_id) if erased else None)


BLOCKS = "SELECT kind, pattern FROM accounts_block WHERE workspace_id = %s AND (member_id IS NULL OR member_id = %s)"


def digest_of(workspace_id: int) -> Callable[[str], str]:
    """What makes of a folded address all that is kept of somebody erased: it says nothing without the key and fits no other workspace."""
    keyed = secrets.digester(workspace_id, 0)
    return lambda address: keyed(f"erased {address}")
