"""A few bytes that tell of a long list of participants whom it does not name, so that a page need not read the list to know.

A Bloom filter (B. H. Bloom, Communications of the ACM 13(7), 1970): who is named is always let through; of those who are not, about one
in four hundred is, and only for them the list itself is asked.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

SHORT = 16
"""Addresses that are read as quickly as any sieve."""
BYTES = 2
"""For each address."""
HOLES = 4
"""Bits that each address sets."""


def made_of(addresses: Collection[str]) -> bytes | None:
    """The sieve of a list of folded addresses; None: the list is short, and speaks for itself."""
    if len(addresses) <= SHORT:
        return None
    made = bytearray(BYTES * len(addresses))
    for address in addresses:
        for hole in holes(address):
            # As PostgreSQL's get_bit counts the bits of a bytea: the lowest of each byte first.
            at = hole % (8 * len(made))
            made[at // 8] |= 1 << at % 8
    return bytes(made)


def holes(address: str) -> tuple[int, ...]:
    """Where a folded address falls through: numbers below 2³¹, each to be taken modulo the number of bits of a sieve."""
    digest = blake2b(address.encode("utf-8", "surrogatepass"), digest_size=4 * HOLES).digest()
    return tuple(int.from_bytes(digest[i : i + 4]) >> 1 for i in range(0, 4 * HOLES, 4))
