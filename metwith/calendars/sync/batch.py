"""What one page comes to, between deciding (run.py) and writing (store.py)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from metwith.calendars.rules import guest_list
from metwith.calendars.vocabulary import Leaving, Remove
from metwith.engine import traces
from metwith.engine.lease import Lease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from metwith.calendars.rules.keep import Policy
    from metwith.calendars.vocabulary import Change, Occurrence, RemoteEvent


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
    whole: dict[str, str] = field(default_factory=dict)
    """Item → why the whole of it, or all from some occurrence on, does not come in."""
    newly_dropped: Mapping[str, int] = field(default_factory=dict)
    """How many of `traces` are new, by reason; known once they are written."""
    read: int = 0

    def with_reason(self, change: Change) -> Change:
        """Of a copy that goes, why, as far as the page tells: for a reason of its own, or of its item as a whole; else it was deleted."""
        if not isinstance(change, Remove):
            return change
        item, key = change.known.remote_id, change.known.key
        reason, _note = self.traces.get((self.keyed(item), traces.part_of(self.keyed, item, key)), ("", ""))
        return replace(change, why=Leaving(reason or self.whole.get(item, Leaving.DELETED)))


def small_enough(occurrences: Iterable[Occurrence]) -> bool:
    """Whether one series' occurrences may be stored, by about how many characters they take."""
    return sum(len(one.event.description) + 100 * min(len(one.event.attendees), guest_list.MOST) for one in occurrences) <= MOST_TEXT
