"""Who sees what (product.md, section 6). The one function that every road out goes through.

An allow-list: a level names what it shows; whatever it does not name is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metwith.rules.own_identities import Verified

LEVELS = ("metadata", "subject", "everything")
"""From least to most."""

SHOWN: Mapping[str, frozenset[str]] = {
    "metadata": frozenset(),
    "subject": frozenset({"title"}),
    "everything": frozenset({"title", "description", "location", "join_url", "web_url", "attachments", "zone", "ical_uid"}),
}
"""What each level adds to times, participants and their responses, whether it was cancelled, and whose calendar it is from."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks."""

    member_id: int
    addresses: frozenset[Verified]
    """Those that are shown to be the member's."""
    cap: str = LEVELS[-1]
    """The most that the workspace lets colleagues see."""
    impersonator: Viewer | None = None
    """Who really looks, when it is only to see what this one would: nothing is shown that the impersonator may not see, too."""


@dataclass(frozen=True, slots=True)
class SharedCopy:
    """One copy of a meeting, as far as sharing goes."""

    entry_id: int
    owner_id: int
    """The member whose calendar it stands in."""
    level: str
    """What the owner's setting gives to colleagues."""
    attendees: frozenset[str]
    """The addresses that this copy itself names. Another copy's list never counts: it could be forged."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The answer: which copy may be shown, and how much of it."""

    entry_id: int
    level: str

    def may(self, field: str) -> bool:
        """Whether a field of the copy may be shown."""
        return field in SHOWN[self.level]


def level_for(copy: SharedCopy, viewer: Viewer) -> str:
    """How much of one copy a viewer sees: its owner and those who took part see everything, others what its level says, and no more than the workspace allows.

    With an impersonator, the lower of the two's.
    """
    if viewer.impersonator:
        return capped(level_for(copy, viewer.impersonator), level_for(copy, alone(viewer)))
    if copy.owner_id == viewer.member_id or copy.attendees & viewer.addresses:
        return "everything"
    return capped(copy.level, viewer.cap)


def knows(copies: Sequence[SharedCopy], viewer: Viewer) -> bool:
    """Whether a viewer has a copy, or one names them by an address of theirs; with an impersonator, whether both do."""
    if viewer.impersonator and not knows(copies, viewer.impersonator):
        return False
    return any(copy.owner_id == viewer.member_id or copy.attendees & viewer.addresses for copy in copies)


def alone(viewer: Viewer) -> Viewer:
    """The same without anybody looking on."""
    return replace(viewer, impersonator=None)


def withheld_level(copies: Sequence[SharedCopy], viewer: Viewer) -> str:
    """The level at which a viewer with an impersonator sees the meeting, when that is more than is shown; else empty. `copies` is not empty."""
    full, shown = best_disclosure(copies, alone(viewer)).level, best_disclosure(copies, viewer).level
    return full if LEVELS.index(full) > LEVELS.index(shown) else ""


def capped(level: str, cap: str) -> str:
    """The lower of the two; what is no level is the lowest."""
    return LEVELS[min(LEVELS.index(name) if name in LEVELS else 0 for name in (level, cap))]


def best_disclosure(copies: Sequence[SharedCopy], viewer: Viewer) -> Disclosure:
    """The best of the copies for this viewer; between equals the viewer's own, then the first given. `copies` is not empty."""
    best = max(
        range(len(copies)),
        key=lambda i: (LEVELS.index(level_for(copies[i], viewer)), copies[i].owner_id == viewer.member_id, -i),
    )
    return Disclosure(copies[best].entry_id, level_for(copies[best], viewer))
