"""What an address counts for (product.md, section 3): whose it is, and how far that is known. The one place that says so.

Verified opens what the address took part in. Named makes one of us and opens nothing. Claimed stands for its owner in that member's own
calendars and for nobody else. The types keep the grades apart: only this module makes a `Verified` or a `OneOfUs` out of a text, so an
address that somebody merely typed cannot stand where one is needed that is known to be theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from metwith.lib.addresses import fold
from metwith.lib.text import sort_key
from metwith.rules import own_identities as own
from metwith.rules import show
from metwith.rules.own_identities import OneOfUs, Verified

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from metwith.rules.own_identities import OwnIdentities


class Grade(IntEnum):
    """How far it is known that an address is a member's."""

    CLAIMED = 1
    NAMED = 2
    VERIFIED = 3


class Way(StrEnum):
    """How an address came to be a member's."""

    LINK = "link"
    """Confirmed by a link that was mailed to it."""
    OIDC = "oidc"
    """Came as verified with a sign-in by OpenID Connect."""
    PROVIDER = "provider"
    """Google names it as verified, or Microsoft does, in a tenant that was named and under one of its verified domains."""
    VOUCHED = "vouched"
    """An owner vouched for it, for somebody else."""
    OPERATOR = "operator"
    """The operator vouched for it by command."""
    INVITED = "invited"
    """An invitation was taken up by a link that was not mailed."""
    GIVEN = "given"
    """A further address that an admin gave."""
    BEFORE = "before"
    """One of us since a version that did not ask how; until an owner has gone through them."""
    TYPED = "typed"
    """Typed for a calendar."""
    SERVER = "server"
    """A server of the member's choice names it, or a provider that does not verify."""


GRADES: Mapping[Way, Grade] = {
    Way.LINK: Grade.VERIFIED,
    Way.OIDC: Grade.VERIFIED,
    Way.PROVIDER: Grade.VERIFIED,
    Way.VOUCHED: Grade.VERIFIED,
    Way.OPERATOR: Grade.VERIFIED,
    Way.INVITED: Grade.NAMED,
    Way.GIVEN: Grade.NAMED,
    Way.BEFORE: Grade.NAMED,
    Way.TYPED: Grade.CLAIMED,
    Way.SERVER: Grade.CLAIMED,
}
SHOWN = frozenset({Way.LINK, Way.OIDC, Way.PROVIDER})
"""The ways that only whoever has the address can go. A vouching is somebody else's word: it does not tell who was there before."""


def outweighs(written: Way, way: Way) -> bool:
    """Whether what is written of an address says at least as much as another way would."""
    return GRADES[written] >= GRADES[way] and (written in SHOWN or way not in SHOWN)


@dataclass(frozen=True, slots=True)
class HeldAddress:
    """One line of the table of addresses."""

    member_id: int
    address: str
    """Folded."""
    way: Way
    signs_in: bool = False
    """It is the one that its member signs in with."""
    left: bool = False
    """Of a former member."""

    @property
    def grade(self) -> Grade:
        """See Grade."""
        return GRADES[self.way]


@dataclass(frozen=True, slots=True)
class WorkspaceIdentities:
    """Everybody who is one of us, and which member an address belongs to."""

    own_identities: OwnIdentities
    members: Mapping[str, int] = field(default_factory=dict)
    """Address → the member whose it is, by what is verified or named; of several one who is still here, then the best known one."""
    names: Mapping[int, str] = field(default_factory=dict)
    """Member id → name, of former members too."""
    cap: str = show.LEVELS[0]
    """The most that the workspace lets colleagues see."""
    zone: str = "UTC"
    """The workspace's: its all-day meetings begin at midnight there."""
    verified: Mapping[int, frozenset[Verified]] = field(default_factory=dict)
    """Member id → what is shown to be theirs."""
    known: Mapping[int, frozenset[OneOfUs]] = field(default_factory=dict)
    """Member id → the addresses that `members` leads to them by."""
    held: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """Member id → all that is theirs, claimed ones included."""
    claimed: frozenset[str] = frozenset()
    """All that anybody claims and nobody is known to have."""

    def verified_of(self, member_id: int) -> frozenset[Verified]:
        """The addresses that let a member see all of the meetings in which they take part."""
        return self.verified.get(member_id, frozenset())

    def known_of(self, member_id: int) -> frozenset[OneOfUs]:
        """The addresses, verified or named, by which a member is meant, whoever writes them."""
        return self.known.get(member_id, frozenset())

    def addresses_of(self, member_id: int) -> frozenset[str]:
        """All that stands for a member in their own calendars. A colleague's known address is nobody else's, whoever claims it."""
        theirs = frozenset(a for a in self.held.get(member_id, ()) if self.members.get(a, member_id) == member_id)
        return theirs | self.verified_of(member_id)


def weigh(
    addresses: Iterable[HeldAddress],
    domains: Mapping[str, str],
    names: Mapping[int, str],
    cap: str,
    *,
    further: Iterable[str] = (),
    zone: str = "UTC",
) -> WorkspaceIdentities:
    """What the table of addresses comes to.

    `domains`: what an admin says of domains (`rules.own_identities.Standing`). `further`: folded addresses that are one of us without being a
    member's: invitations from before an upgrade, until an owner has gone through them.
    """
    best = sorted(addresses, key=lambda row: (not row.left, row.grade, row.signs_in, -row.member_id), reverse=True)
    known = [row for row in best if row.grade >= Grade.NAMED]
    verified: dict[int, set[Verified]] = {}
    every: dict[int, set[str]] = {}
    for row in best:
        every.setdefault(row.member_id, set()).add(row.address)
        if row.grade is Grade.VERIFIED:
            verified.setdefault(row.member_id, set()).add(Verified(OneOfUs(row.address)))
    members = {row.address: row.member_id for row in reversed(known)}
    meant: dict[int, set[OneOfUs]] = {}
    for address, member_id in members.items():
        meant.setdefault(member_id, set()).add(OneOfUs(address))
    sign_ins = {row.address for row in best if row.signs_in and row.grade is Grade.VERIFIED}
    who = own.own_identities([OneOfUs(address) for address in (*members, *further)], own.own_domains(sign_ins, domains))
    return WorkspaceIdentities(
        own_identities=who,
        members=members,
        names=names,
        cap=cap,
        zone=zone,
        verified={member_id: frozenset(found) for member_id, found in verified.items()},
        known={member_id: frozenset(found) for member_id, found in meant.items()},
        held={member_id: frozenset(found) for member_id, found in every.items()},
        claimed=frozenset(row.address for row in best if row.grade is Grade.CLAIMED) - members.keys(),
    )


def once_named(own_identities: OwnIdentities, address: str) -> OwnIdentities:
    """The same if a folded address were one of us: to show what that would do."""
    return replace(own_identities, addresses=own_identities.addresses | {OneOfUs(fold(address))})


def looks_like(address: str, name: str, sign_in: str) -> bool:
    """Whether a folded address may well be the own one of somebody with this name and sign-in address: the same local part, or their name in it."""
    local, theirs = address.rpartition("@")[0].partition("+")[0], sign_in.rpartition("@")[0].partition("+")[0]
    if local == theirs:
        return True
    words = [word for word in re.split(r"\W+", sort_key(name)) if len(word) > 2]
    return bool(words) and words[-1] in sort_key(local)
