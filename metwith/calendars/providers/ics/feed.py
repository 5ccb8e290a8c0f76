"""What a feed holds now, against what it held when it was read last."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import batched
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import content_lines, parse
from metwith.calendars.providers.ics.cursor import CONTENT_SIZE, LIKE_SIZE, NAME_SIZE
from metwith.calendars.rules import likeness
from metwith.calendars.vocabulary import ChangePage, RemoteEvent, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import timedelta

    from metwith.calendars.providers.icalendar.parse import Block
    from metwith.calendars.providers.ics.cursor import Digests, FeedCursor

    type Groups = dict[str, list[Block]]
    type Item = RemoteEvent | Unreadable


@dataclass
class Feed:
    """The blocks of a feed by UID. `key` is the one for likenesses, `page` how many items come at a time."""

    groups: Groups
    digests: Digests
    key: str
    page: int
    renewed: int = 0
    """See `cursor.Mark.renewed`."""
    likes: dict[str, bytes] = field(default_factory=dict)
    """UID → digest of what its item is known by, of those that were read."""

    @cached_property
    def marks(self) -> dict[str, tuple[bytes, bytes]]:
        """UID → digests of the UID, and of all that its events are made of."""
        return {uid: self._digests(uid, blocks) for uid, blocks in self.groups.items()}

    def renews(self, mark: FeedCursor) -> bool:
        """Whether it makes its UIDs anew: most of what is gone is there again under others, and nothing that stayed is like it."""
        here = {content[-LIKE_SIZE:] for name, content in mark.known.items() if name in self._names}
        gone = [like for name, content in mark.known.items() if name not in self._names and (like := content[-LIKE_SIZE:]) not in here]
        new = [uid for uid, (name, _content) in self.marks.items() if name not in mark.known]
        if not gone or not new:
            return False
        for uid in new:
            self.events_of(uid)
        back = (Counter(gone) & Counter(self.likes[uid] for uid in new)).total()
        self.renewed = mark.renewed + back if back else 0
        return likeness.renews(self.renewed, len(mark.known))

    def pages(self, mark: FeedCursor, feed_cursor: FeedCursor, wait: timedelta | None) -> Iterator[ChangePage]:
        """Changed events in pages; the last page names the unchanged ones, carries the cursor and is complete."""
        changed = [uid for uid, (name, content) in self.marks.items() if mark.known.get(name, b"")[:-LIKE_SIZE] != content]
        unchanged = tuple(parse.feed_id(uid) for uid in self.groups.keys() - set(changed))
        chunks = list(batched(changed, self.page)) or [()]
        for chunk in chunks[:-1]:
            yield ChangePage(events=self._parse(chunk), expected=len(changed))
        events = self._parse(chunks[-1])
        known = {name: content + (self.likes.get(uid) or mark.known[name][-LIKE_SIZE:]) for uid, (name, content) in self.marks.items()}
        cursor = replace(feed_cursor, renewed=self.renewed, known=known).dump()
        yield ChangePage(events, (), unchanged, cursor, complete=True, keep_past=True, expected=len(changed), again_after=wait)

    def events_of(self, uid: str) -> list[Item]:
        """The events of a UID."""
        events = [self._known_by_content(event) for event in parse.of_uid(parse.feed_id(uid), uid, self.groups[uid])]
        # What cannot be read is like nothing but itself.
        like = likes(events) or [uid]
        self.likes[uid] = self.digests.of(*sorted(one.encode("utf-8", "surrogatepass") for one in like), size=LIKE_SIZE)
        return events

    def _known_by_content(self, event: Item) -> Item:
        if isinstance(event, Unreadable):
            return event
        alike = likeness.uid(likeness.of_event(event), self.key)
        return replace(event, alike=alike, exceptions=tuple(replace(one, alike=alike) for one in event.exceptions))

    def _parse(self, uids: Iterable[str]) -> tuple[Item, ...]:
        return tuple(event for uid in uids for event in self.events_of(uid))

    @cached_property
    def _names(self) -> frozenset[bytes]:
        return frozenset(name for name, _content in self.marks.values())

    def _digests(self, uid: str, blocks: list[Block]) -> tuple[bytes, bytes]:
        """The blocks in any order, and how their times are read."""
        parts = [content_lines.meaningful(block) for block, _context in blocks]
        contexts = {context.reading.encode() for _block, context in blocks}
        content = self.digests.of(*sorted(contexts), *sorted(parts), size=CONTENT_SIZE - LIKE_SIZE)
        return self.digests.of(uid.encode(), size=NAME_SIZE), content


def likes(events: Iterable[Item]) -> list[str]:
    """What the events of one UID are known by: a series by its master, without one each for itself; what cannot be read by nothing."""
    read = [event for event in events if isinstance(event, RemoteEvent)]
    return [likeness.of_event(event) for event in ([e for e in read if e.original_start is None] or read)]


def events_of(groups: Groups) -> tuple[Item, ...]:
    """All events of a feed or file."""
    return tuple(event for uid, blocks in groups.items() for event in parse.of_uid(parse.feed_id(uid), uid, blocks))
