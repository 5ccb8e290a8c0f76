"""A fingerprint of a listing: small enough for a cursor, good enough to prove what did not change.

A listing of 20,000 hrefs and etags would be too large to keep, and the hrefs may be none of our business. So every pair is
digested under the calendar's key, the digests fall into buckets by their href, and only each bucket's sum is kept (about
22 kB for 20,000 items). At the next listing a bucket whose sum is the same holds the same pairs; all items of the other
buckets, some sixteen each, are read again. A bucket in which something changed meanwhile is forgotten: its sum is 0.
"""

from __future__ import annotations

import base64
import binascii
from array import array
from dataclasses import dataclass
from hashlib import blake2b
from sys import byteorder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PER_BUCKET = 16
_MOST_BUCKETS = 4096
_WORD = 8
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Item:
    """One member of a collection, as a listing names it."""

    path: str
    """Canonical: the item's id."""
    href: str
    etag: str
    """Opaque; `""` when the server gave none, and then nothing can be proved about the item."""


class Fingerprint:
    """Sums of keyed digests, by bucket. A pure value but for `forget`."""

    def __init__(self, key: bytes, sums: array[int]) -> None:
        self._key = key
        self._sums = sums

    @classmethod
    def of(cls, items: Iterable[Item], key: bytes) -> Fingerprint:
        """The fingerprint of a whole listing."""
        listed = tuple(items)
        return cls(key, _summed(listed, key, _buckets_for(len(listed))))

    @classmethod
    def load(cls, text: str, key: bytes) -> Fingerprint:
        """The inverse of `dump`. Raises ValueError."""
        try:
            packed = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error
        sums = array("Q")
        sums.frombytes(packed)
        if not sums or len(sums) & (len(sums) - 1):
            raise ValueError("not a power of two")
        return cls(key, _portable(sums))

    def dump(self) -> str:
        """ASCII, the same on every machine."""
        return base64.b64encode(_portable(self._sums).tobytes()).decode("ascii")

    def forget(self, paths: Iterable[str]) -> Fingerprint:
        """The same without the buckets of these paths: their items changed since, and no etag is known for them."""
        sums = self._sums[:]
        for path in paths:
            sums[_digest(path, "", self._key) & (len(sums) - 1)] = 0
        return Fingerprint(self._key, sums)

    def proved(self, items: Iterable[Item]) -> set[str]:
        """The paths of those items of a new listing that are as they were. All of a bucket or none of it."""
        listed = tuple(items)
        sums = _summed(listed, self._key, len(self._sums))
        same = {number for number, (old, new) in enumerate(zip(self._sums, sums, strict=True)) if old == new and old}
        return {item.path for item in listed if _digest(item.path, "", self._key) & (len(self._sums) - 1) in same}

    def equals(self, items: Iterable[Item]) -> bool:
        """Whether a new listing is the old one, entirely."""
        return 0 not in self._sums and _summed(items, self._key, len(self._sums)) == self._sums


def _summed(items: Iterable[Item], key: bytes, buckets: int) -> array[int]:
    """The sum of each bucket. An empty one is not 0 either; one with an item that has no etag is."""
    sums, unknown = array("Q", [_digest("", "", key) | 1]) * buckets, set()
    for item in items:
        number = _digest(item.path, "", key) & (buckets - 1)
        sums[number] = (sums[number] + _digest(item.path, item.etag, key)) & _MASK
        if not item.etag:
            unknown.add(number)
    for number in unknown:
        sums[number] = 0
    return sums


def _buckets_for(count: int) -> int:
    return min(_MOST_BUCKETS, 1 << ((max(count, 1) - 1) // _PER_BUCKET).bit_length())


def _digest(path: str, etag: str, key: bytes) -> int:
    return int.from_bytes(blake2b(f"{path}\0{etag}".encode("utf-8", "surrogatepass"), digest_size=_WORD, key=key).digest(), "little")


def _portable(sums: array[int]) -> array[int]:
    copy = sums[:]
    if byteorder == "big":
        copy.byteswap()
    return copy
