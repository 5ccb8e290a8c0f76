"""A feed that makes its identifiers anew at each reading: its meetings are known by what they say (rules/likeness.py).

Everything is read each time, since nothing in such a feed tells what is as it was. What names an item below is made of its content, so that
traces, levels and what was taken out go by that, too, as by any other identifier.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import batched
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import content_lines
from metwith.calendars.rules import likeness
from metwith.calendars.vocabulary import ChangePage, RemoteEvent, Unreadable, handed_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import timedelta

    from metwith.calendars.providers.ics.cursor import FeedCursor
    from metwith.calendars.providers.ics.feed import Feed, Item

_UNREADABLE = "unreadable"


def pages(feed: Feed, cursor: FeedCursor, wait: timedelta | None) -> Iterator[ChangePage]:
    """All of it, in pages; the last is complete and carries the cursor."""
    namer = _Namer(feed)
    chunks = list(batched(feed.groups, feed.page)) or [()]
    for chunk in chunks[:-1]:
        yield ChangePage(events=namer.events(chunk), by_content=True, expected=len(feed.groups))
    yield ChangePage(
        events=namer.events(chunks[-1]),
        cursor=cursor.dump(),
        complete=True,
        keep_past=True,
        by_content=True,
        expected=len(feed.groups),
        again_after=wait,
    )


class _Namer:
    """Names items by their content. Of those that are alike the first is 0, the second 1: two at once are two."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.seen: Counter[str] = Counter()

    def events(self, uids: Iterable[str]) -> tuple[Item, ...]:
        return tuple(event for uid in uids for event in self._named(uid))

    def _named(self, uid: str) -> list[Item]:
        events = self.feed.events_of(uid)
        if handed_out(uid):
            return events
        masters = [event for event in events if isinstance(event, RemoteEvent) and event.original_start is None]
        if masters:
            name = self._name(likeness.of_event(masters[0]))
            return [_renamed(event, name) for event in events]
        return [_renamed(event, self._name(self._like(event, uid))) for event in events]

    def _like(self, event: Item, uid: str) -> str:
        """Of what cannot be read: by its lines, but those that change."""
        if isinstance(event, RemoteEvent):
            return likeness.of_event(event)
        kept = (
            content_lines.without_uid(content_lines.meaningful(block)).decode("utf-8", "replace")
            for block, _context in self.feed.groups[uid]
        )
        return "\n".join([_UNREADABLE, event.id.partition("#")[2], *sorted(kept)])

    def _name(self, like: str) -> str:
        number = self.seen[like]
        self.seen[like] += 1
        return likeness.uid(like, self.feed.key, number)


def _renamed(event: Item, name: str) -> Item:
    """An item under a name made of its content. When it was last changed is left out: such a feed says that it was now."""
    ident = name + event.id[len(event.id.partition("#")[0]) :]
    if isinstance(event, Unreadable):
        return replace(event, id=ident)
    exceptions = tuple(replace(one, id=name + one.id[len(one.id.partition("#")[0]) :], uid=name, updated=None) for one in event.exceptions)
    return replace(event, id=ident, uid=name, updated=None, exceptions=exceptions)
