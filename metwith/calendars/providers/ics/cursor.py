"""How far a feed was read: the server's marks, and for each event three short keyed digests: its UID, what it says, what it is known by.

A feed has no sync token, so the cursor remembers what it held. Nothing plain is in it: UIDs of dropped events must not be stored.
For 20,000 events it is 373 kB. Where meetings are known by their content alone, it holds the server's marks only.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from metwith.engine.errors import CursorExpired
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAME_SIZE = 6
LIKE_SIZE = 4
CONTENT_SIZE = 4 + LIKE_SIZE
"""Of what an item says, and of what it is known by. They are compared one with one, so that few bytes do."""
_EXPIRED = _("The calendar is read anew.")
_SIZE = NAME_SIZE + CONTENT_SIZE
READER = "4"
"""Raised when the reader understands more than before, so that unchanged blocks are read again."""


class Digests:
    """Digests under a key that belongs to the calendar."""

    def __init__(self, keyed: Callable[[str], str]) -> None:
        self._key = blake2b(keyed(f"ics cursor {READER}").encode()).digest()

    def of(self, *parts: bytes, size: int) -> bytes:
        """A digest of `size` bytes over parts, whose borders count."""
        found = blake2b(key=self._key, digest_size=size)
        for part in parts:
            found.update(len(part).to_bytes(8))
            found.update(part)
        return found.digest()


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """A cursor, opened."""

    zone: str = ""
    """In which floating times were read."""
    etag: str = ""
    modified: str = ""
    body: str = ""
    """Digest of the whole body, in hex."""
    again_after: int = 0
    """Seconds that the feed asks to be left alone; 0 when it does not ask."""
    known: dict[bytes, bytes] = field(default_factory=dict)
    """Digest of the UID → digests of the content, and of start, end, title and people (rules/likeness.py), one after the other."""
    renewed: int = 0
    """How many came back under other UIDs, in a row of readings that brought some back."""

    def dump(self) -> str:
        """As the port's opaque text."""
        packed = b64encode(b"".join(name + content for name, content in self.known.items())).decode()
        told = {"zone": self.zone, "etag": self.etag, "modified": self.modified, "body": self.body, "again_after": self.again_after}
        if self.renewed:
            told["renewed"] = self.renewed
        return json.dumps({"reader": READER, **told, "known": packed})


def load_cursor(cursor: str, zone: str) -> FeedCursor:
    """Open a cursor. Raises CursorExpired when it cannot be read, or when times are read otherwise than it remembers."""
    if not cursor:
        return FeedCursor()
    try:
        found = json.loads(cursor)
        known = dict(_pairs(b64decode(found["known"], validate=True)))
        read_in, etag, modified, body = (str(found[name]) for name in ("zone", "etag", "modified", "body"))
        mark = FeedCursor(read_in, etag, modified, body, int(found["again_after"]), known, int(found.get("renewed", 0)))
        reader = found["reader"]
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise CursorExpired(_EXPIRED) from error
    if (reader, mark.zone) != (READER, zone):
        raise CursorExpired(_EXPIRED)
    return mark


def _pairs(packed: bytes) -> Iterable[tuple[bytes, bytes]]:
    for position in range(0, len(packed) - _SIZE + 1, _SIZE):
        yield packed[position : position + NAME_SIZE], packed[position + NAME_SIZE : position + _SIZE]
