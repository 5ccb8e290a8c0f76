"""Facts about accounts that others decide on."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Value

from metwith.accounts.models import Account, Alias, Block
from metwith.lib.addresses import fold
from metwith.rules.ours import Ours, own_domains
from metwith.workspaces.models import Invitation, Member, OwnDomain


@dataclass(frozen=True, slots=True)
class WhoIsWho:
    """Everybody who is one of us, and which member an address belongs to."""

    ours: Ours
    members: dict[str, int] = field(default_factory=dict)
    """Folded address → member id."""
    names: dict[int, str] = field(default_factory=dict)
    """Member id → name."""

    def addresses_of(self, member_id: int) -> frozenset[str]:
        """All of a member's own addresses: the login, every account and alias."""
        return frozenset(address for address, owner in self.members.items() if owner == member_id)


def who_is_who(workspace_id: int) -> WhoIsWho:
    """Members, their accounts with aliases, the invited, the own domains (product.md, section 3), in one query."""
    none = Value(0)
    members = Member.objects.of(workspace_id).values_list(Value("login"), "user__email", "pk", "user__name")
    accounts = Account.objects.of(workspace_id).values_list(Value("account"), "address", "member_id", Value(""))
    aliases = Alias.objects.of(workspace_id).values_list(Value("alias"), "address", "account__member_id", Value(""))
    invited = Invitation.objects.of(workspace_id).filter(accepted_at=None).values_list(Value("invited"), "address", none, Value(""))
    added = OwnDomain.objects.of(workspace_id).values_list(Value("domain"), "domain", none, Value(""))
    rows = list(members.union(accounts, aliases, invited, added, all=True))
    people = [(kind, fold(address), owner, name) for kind, address, owner, name in rows if kind != "domain"]
    # Only sign-in addresses make own domains: an account at a client's mail server does not make the client one of us.
    logins = {address for kind, address, _, _ in people if kind == "login"}
    return WhoIsWho(
        Ours(
            frozenset(address for _, address, _, _ in people),
            own_domains(logins, [domain for kind, domain, _, _ in rows if kind == "domain"]),
        ),
        {address: owner for _, address, owner, _ in reversed(people) if owner},
        {owner: name or address for kind, address, owner, name in people if kind == "login"},
    )


def ours(workspace_id: int) -> Ours:
    """Everybody who is one of us."""
    return who_is_who(workspace_id).ours


def own_addresses(member: Member) -> frozenset[str]:
    """A member's own addresses, folded."""
    return who_is_who(member.workspace_id).addresses_of(member.pk)


def blocks_for(workspace_id: int, member_id: int) -> frozenset[str]:
    """The addresses and domains that must not come in through this member: the workspace's blocks and the member's own."""
    rows = Block.objects.of(workspace_id).values_list("member_id", "pattern")
    return frozenset(pattern for owner, pattern in rows if owner in {None, member_id})
