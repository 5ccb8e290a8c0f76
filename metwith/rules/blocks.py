"""Who and what must never come in, whatever else is true (product.md, section 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from metwith.lib.addresses import domain_of
from metwith.rules.own_identities import under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks that hold for one calendar: its owner's and the workspace's."""

    who: frozenset[str] = frozenset()
    """Folded addresses and domains."""
    words: frozenset[str] = frozenset()
    """Words, or several words in a row, that no title may hold; as `fold_word` makes them."""
    erased: frozenset[str] = frozenset()
    """Of people whose data was erased, a keyed digest of each folded address: nothing else is known of them."""
    digest: Callable[[str], str] | None = field(default=None, compare=False, repr=False)
    """What `erased` was made by."""

    def stop(self, addresses: Iterable[str], title: str) -> bool:
        """Whether one of the participants or a word of the title is blocked."""
        return any(blocked(address, self.who) for address in addresses) or bool(self.words and _any_of(self.words).search(title.casefold()))

    def keeps_out(self, addresses: Iterable[str]) -> bool:
        """Whether somebody whose data was erased is among these folded addresses."""
        return bool(self.erased) and self.digest is not None and not self.erased.isdisjoint(map(self.digest, addresses))


def blocked(address: str, who: frozenset[str]) -> bool:
    """Whether a folded address matches a block: itself, its domain, or any domain above that, public suffixes too."""
    return address in who or under(domain_of(address), who)


def fold_word(text: str) -> str:
    """A word or several as they are compared: letter case and the width of spaces do not matter."""
    return " ".join(text.casefold().split())


@lru_cache(maxsize=256)
def _any_of(words: frozenset[str]) -> re.Pattern[str]:
    """Whole words only: "pay" is not in "payment"."""
    every = (r"\s+".join(map(re.escape, word.split())) for word in sorted(words))
    return re.compile(rf"(?<!\w)(?:{'|'.join(every)})(?!\w)")
