"""What one page comes to, between deciding (run.py) and writing (store.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from metwith.calendars.rules import guest_list
from metwith.engine.lease import Lease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from metwith.calendars.rules.keep import Policy
    from metwith.calendars.vocabulary import Occurrence, RemoteEvent


MOST_TEXT = 100_000_000
"""Characters of all occurrences of one series: each has its own copy, so that a small file could fill the disk."""


@dataclass(frozen=True)
class Claim(Lease):
    """The lease of a calendar, with what keeps or drops its events."""

    facts: Callable[[], Policy]
    new_people: str = "off"
    """A `models.NewPeople`."""

    @property
    def calendar_id(self) -> int:
        """The calendar, which is what this channel reads."""
        return self.source_id

    @cached_property
    def policy(self) -> Policy:
        """What keeps or drops this calendar's events. Asked for when there are some: most polls bring none."""
        return self.facts()


@dataclass(slots=True)
class Batch:
    """What a page comes to, decided. Everything is about whole items: what an item no longer names is removed."""

    keyed: Callable[[str], str]
    """The hash under which a trace is left."""
    items: set[str] = field(default_factory=set)
    """Ids of the items that the page speaks of."""
    left: set[str] = field(default_factory=set)
    """Ids of items that say nothing of a meeting (scheduling mail): what is stored of them stays as it is."""
    occurrences: list[Occurrence] = field(default_factory=list)
    series: list[RemoteEvent] = field(default_factory=list)
    """The kept series; their occurrences until `until` are in `occurrences`."""
    traces: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Item and part, as keyed hashes → reason, note."""
    hashes: set[str] = field(default_factory=set)
    """The keyed hashes of `items`: their old traces go unless `traces` has them."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Item → why it, or a part of it, does not come in; for the tally, never stored."""
    newly_dropped: Mapping[str, int] = field(default_factory=dict)
    """How many of `traces` are new, by reason; known once they are written."""
    read: int = 0


def small_enough(occurrences: Iterable[Occurrence]) -> bool:
    """Whether one series' occurrences may be stored, by about how many characters they take."""
    return sum(len(one.event.description) + 100 * min(len(one.event.attendees), guest_list.MOST) for one in occurrences) <= MOST_TEXT
