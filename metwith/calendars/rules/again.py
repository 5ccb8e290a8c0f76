"""Can a copy be read again? What became internal and cannot is set aside instead of purged (product.md, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

from metwith.calendars.vocabulary import FILE

READS = frozenset({"new", "reading", "fine", "slow-down"})
"""States in which a calendar is read, or will be in a while. Of one that is gone, or does not answer, nobody knows whether it ever will."""


@dataclass(frozen=True, slots=True)
class RepeatSource:
    """The calendar that a copy is from, as far as it matters here."""

    provider: str
    state: str
    stands_still: bool
    """Paused, switched off or disconnected."""


def series_can(source: RepeatSource) -> bool:
    """Whether an item that goes on can be read again: from everything but a file, and what is not read any more."""
    return source.provider != FILE and not source.stands_still and source.state in READS


def copy_can(source: RepeatSource, *, over: bool) -> bool:
    """The same of one copy. `over`: it has ended. A feed need not hold what has."""
    return series_can(source) and not (over and source.provider == "ics")
