"""The model of one calendar: what of it must be stored, given what was read of it, when, and what was decided since.

A calendar that is read is what a fresh read of it would store. One that stands still (paused, or disconnected with its meetings kept)
is what the contract lets it keep: what its last reading brought, less what any decision since took away. That is never fetched again: what
became internal is set aside and comes back with a later decision, and nothing else does before the calendar is read again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from metwith.calendars.rules.keep import Exclusions, Policy, filter_item, without_excluded
from metwith.calendars.rules.recur import occurrences
from metwith.calendars.sync.run import AHEAD
from metwith.calendars.vocabulary import WHOLE, RemoteEvent
from metwith.rules.own_identities import OwnIdentities
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

NOBODY = OwnIdentities(frozenset(), frozenset())


@dataclass
class Shelf:
    """A calendar. Resources are what comes, changes and goes as a whole; here each holds one item."""

    read_at: datetime = NOW
    """Until when its series have rolled on."""
    said: dict[str, RemoteEvent] = field(default_factory=dict)
    """What the provider said last of each resource."""
    kept: dict[str, tuple[RemoteEvent, ...]] = field(default_factory=dict)
    """What may be left of it."""
    held: dict[str, tuple[RemoteEvent, ...]] = field(default_factory=dict)
    """The same with what is set aside."""
    gone: set[str] = field(default_factory=set)
    """Resources of which something went that does not come back, or never came in."""
    traced: set[str] = field(default_factory=set)
    """Resources of which something did not come in, or had to go by the rules."""
    out: defaultdict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    """Occurrences that were taken out by hand since their resource was read, or before."""

    def read(
        self, there: Mapping[str, RemoteEvent], policy: Policy, taken: Iterable[tuple[str, str]], *, full: bool, now: datetime
    ) -> None:
        """A sync: what changed is decided, all of it when the read was a full one."""
        for resource in self.said.keys() - there.keys():
            self._forget(resource)
        for resource, item in there.items():
            if full or self.said.get(resource) != item:
                self._forget(resource)
                self.said[resource] = item
                self._decide(resource, (item,), policy)
                self.out[resource] = {(uid, key) for uid, key in taken if uid == item.uid and key != WHOLE}
                if any(without_excluded(occurrences(event, until=now + AHEAD), policy.out)[1] for event in self.kept[resource]):
                    self.traced.add(resource)
        self.read_at = now

    def again(self, policy: Policy, *, stands_still: bool) -> None:
        """Second thoughts, from what is kept; where nothing can be read again, from what is set aside too."""
        for resource, events in list(self.kept.items()):
            if not stands_still:
                self._decide(resource, events, policy)
                continue
            self._decide(resource, self.held[resource], replace(policy, own_identities=NOBODY))
            found = [filter_item(event, policy) for event in self.held[resource]]
            self.kept[resource] = tuple(event for sifted in found for event in sifted.kept)
            internal = any(sifted.dropped for sifted in found)
            self.traced = self.traced | {resource} if internal or resource in self.gone else self.traced - {resource}

    def take_out(self, uid: str, key: str) -> None:
        """By its owner's hand: leaves no trace before the calendar is read again."""
        traced = set(self.traced)
        marks = Exclusions(frozenset({f"{uid}/{key}"}), lambda uid, key: f"{uid}/{key}")
        gone = set(self.gone)
        for resource, events in list(self.kept.items()):
            if any(event.uid == uid for event in events):
                held = self.held[resource]
                self._decide(resource, events, Policy(NOBODY, frozenset(), out=marks))
                self.held[resource] = tuple(
                    event for item in held for event in filter_item(item, Policy(NOBODY, frozenset(), out=marks)).kept
                )
                self.out[resource] |= {(uid, key)} - {(uid, WHOLE)}
                # With nothing left of it, what it had lost before does not come back.
                gone |= traced & {resource} if not self.held[resource] else set()
        self.traced, self.gone = traced, gone

    def clear(self) -> None:
        """Switched off: nothing stays."""
        for resource in list(self.said):
            self._forget(resource)

    def _decide(self, resource: str, events: Iterable[RemoteEvent], policy: Policy) -> None:
        found = [filter_item(event, policy) for event in events]
        self.kept[resource] = self.held[resource] = tuple(event for sifted in found for event in sifted.kept)
        if any(sifted.dropped for sifted in found):
            self.traced.add(resource)
            self.gone.add(resource)

    def _forget(self, resource: str) -> None:
        self.said.pop(resource, None)
        self.kept.pop(resource, None)
        self.held.pop(resource, None)
        self.gone.discard(resource)
        self.traced.discard(resource)
        self.out.pop(resource, None)
