"""What the practice servers share: calendars in memory, with a counter by which every change can be told from every other.

A payload is kept as its provider would write it. Nobody changes one in place: whoever reads it may keep it (a page, a snapshot).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

type Payload = dict[str, Any]


@dataclass
class Calendar:
    """One calendar: what is there, what was there, and when each of them changed last."""

    id: str
    items: dict[str, Payload] = field(default_factory=dict)
    graves: dict[str, Payload] = field(default_factory=dict)
    """What is left of deleted items, by id."""
    changed_at: dict[str, int] = field(default_factory=dict)
    """The counter at the last change of each item, deleted ones too; the latest change stands last."""

    def since(self, counter: int) -> list[str]:
        """Ids that changed after `counter`, the earliest first."""
        return [item for item, at in self.changed_at.items() if at > counter]


class Store:
    """The calendars of one provider. Ids of calendars are unique in it, as they are at the provider."""

    def __init__(self) -> None:
        self.counter = 0
        """Grows with every change; what happened up to a value of it is what a cursor stands for."""
        self.calendars: dict[str, Calendar] = {}

    def add_calendar(self, calendar_id: str) -> Calendar:
        """The calendar of this id, made when it is new."""
        self.counter += 1
        return self.calendars.setdefault(calendar_id, Calendar(calendar_id))

    def remove_calendar(self, calendar_id: str) -> None:
        """Take a whole calendar away. KeyError when it is not there."""
        self.counter += 1
        del self.calendars[calendar_id]

    def put(self, calendar_id: str, item_id: str, payload: Payload) -> None:
        """Write an item, or write it anew."""
        calendar = self.calendars[calendar_id]
        calendar.items[item_id] = payload
        calendar.graves.pop(item_id, None)
        self._touch(calendar, item_id)

    def delete(self, calendar_id: str, item_id: str, grave: Payload) -> None:
        """Take an item away; whoever read it before is given `grave`. KeyError when it is not there."""
        calendar = self.calendars[calendar_id]
        del calendar.items[item_id]
        calendar.graves[item_id] = grave
        self._touch(calendar, item_id)

    def vanish(self, calendar_id: str, item_id: str) -> None:
        """Take an item away without a word to anybody, as providers do when a series swallows its exceptions."""
        calendar = self.calendars[calendar_id]
        calendar.items.pop(item_id, None)
        calendar.graves.pop(item_id, None)
        calendar.changed_at.pop(item_id, None)
        self.counter += 1

    def _touch(self, calendar: Calendar, item_id: str) -> None:
        self.counter += 1
        calendar.changed_at.pop(item_id, None)
        calendar.changed_at[item_id] = self.counter
