"""Facts about accounts that others decide on."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from metwith.accounts.models import Block
from metwith.accounts.oauth.services import KEYS
from metwith.lib import secrets, sql
from metwith.lib.addresses import fold
from metwith.rules import ours as rules
from metwith.rules import show
from metwith.rules.blocks import Blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from metwith.rules.ours import Ours
    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class WhoIsWho:
    """Everybody who is one of us, and which member an address belongs to."""

    ours: Ours
    members: Mapping[str, int] = field(default_factory=dict)
    """Folded address → member id."""
    names: Mapping[int, str] = field(default_factory=dict)
    """Member id → name."""
    cap: str = show.LEVELS[0]
    """The most that the workspace lets colleagues see."""
    unproven: frozenset[str] = frozenset()
    """Addresses that are a member's only by what somebody typed: the member, a server of their choice, an admin."""

    def addresses_of(self, member_id: int) -> frozenset[str]:
        """All of a member's own addresses: the login, every account and alias, and those that an admin vouches for."""
        return frozenset(address for address, owner in self.members.items() if owner == member_id)

    def sees_as(self, member_id: int) -> frozenset[str]:
        """Those that let the member see all of the meetings in which they take part: else anybody could say that they are a client."""
        return self.addresses_of(member_id) - self.unproven


def who_is_who(workspace_id: int) -> WhoIsWho:
    """Members, their accounts with aliases, the invited, the own domains (product.md, section 3), the cap, in one query."""
    return _who(tuple(sql.rows(EVERYBODY, [workspace_id] * 7)))


EVERYBODY = """SELECT 'login', u.email, m.id, u.name
FROM workspaces_member m JOIN workspaces_user u ON u.id = m.user_id WHERE m.workspace_id = %s
UNION ALL SELECT 'account', a.address, a.member_id, CASE WHEN a.vouched THEN '' ELSE a.provider END FROM accounts_account a WHERE a.workspace_id = %s
UNION ALL SELECT 'alias', s.address, a.member_id, CASE WHEN a.vouched THEN '' ELSE a.provider END
FROM accounts_alias s JOIN accounts_account a ON a.workspace_id = s.workspace_id AND a.id = s.account_id WHERE s.workspace_id = %s
UNION ALL SELECT 'invited', i.address, 0, '' FROM workspaces_invitation i WHERE i.workspace_id = %s AND i.accepted_at IS NULL
UNION ALL SELECT 'vouched', v.address, v.member_id, '' FROM workspaces_memberaddress v WHERE v.workspace_id = %s
UNION ALL SELECT 'domain', d.domain, 0, d.standing FROM workspaces_owndomain d WHERE d.workspace_id = %s
UNION ALL SELECT 'cap', w.sharing_cap, 0, '' FROM workspaces_workspace w WHERE w.id = %s"""


@lru_cache(maxsize=32)
def _who(rows: tuple[tuple[str, str, int, str], ...]) -> WhoIsWho:
    """Kind, address or domain, member, and the name, provider or standing. The same rows always give the same answer, so it is kept: nearly every request asks."""
    people = [(kind, fold(address), owner, more) for kind, address, owner, more in rows if kind not in {"domain", "cap"}]
    # Only sign-in addresses make own domains: an account at a client's mail server does not make the client one of us.
    logins = {address for kind, address, _, _ in people if kind == "login"}
    said = {domain: standing for kind, domain, _, standing in rows if kind == "domain"}
    # Of two who name the same address it is whose the sign-in, or else the provider, says.
    people.sort(key=lambda row: not _proves(row[0], row[3]))
    proven = {address for kind, address, _, provider in people if _proves(kind, provider)}
    return WhoIsWho(
        rules.ours((address for _, address, _, _ in people), rules.own_domains(logins, said)),
        {address: owner for _, address, owner, _ in reversed(people) if owner},
        {owner: name or address for kind, address, owner, name in people if kind == "login"},
        next((level for kind, level, _, _ in rows if kind == "cap"), show.LEVELS[0]),
        frozenset(address for _, address, owner, _ in people if owner) - proven,
    )


def _proves(kind: str, provider: str) -> bool:
    """Whether the address is known to be the member's. What a server of their own choice says proves nothing, nor a mailbox that an admin chose."""
    return kind == "login" or (kind in {"account", "alias"} and provider in KEYS)


def ours(workspace_id: int) -> Ours:
    """Everybody who is one of us."""
    return who_is_who(workspace_id).ours


def own_addresses(member: Member) -> frozenset[str]:
    """A member's own addresses, folded."""
    return who_is_who(member.workspace_id).addresses_of(member.pk)


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
