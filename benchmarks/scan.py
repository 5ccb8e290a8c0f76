"""Megabytes searched per second for thousands of texts, against `bytes.find` of each of their forms.

    python -m benchmarks.scan [texts] [megabytes]

The naive search is given the first megabyte only, since it reads the bytes once for each form. Both must find the same.
"""

from __future__ import annotations

import random
import sys
import time

from metwith.privacy.scan.patterns import Needles, forms

MEGABYTE = 1_000_000
LETTERS = "abcdefghijklmnopqrstuvwxyzäöü"


def made(texts: int, megabytes: int) -> tuple[set[str], bytes]:
    """Titles and addresses as calendars hold them, and bytes as a database's files do: words, numbers, nothing."""
    chance = random.Random(3)
    words = ["".join(chance.choices(LETTERS, k=chance.randint(2, 10))) for _ in range(4000)]
    titles = {" ".join(chance.choices(words, k=chance.randint(2, 8)))[:64].strip() for _ in range(texts // 2)}
    addresses = {".".join(chance.choices(words, k=2)) + f"@{chance.choice(words)}.example" for _ in range(texts // 2)}
    parts = (lambda: " ".join(chance.choices(words, k=200)).encode(), lambda: chance.randbytes(1500), lambda: bytes(1500))
    data = bytearray()
    while len(data) < megabytes * MEGABYTE:
        data += chance.choice(parts)()
        if chance.random() < 0.01:
            data += chance.choice(sorted(addresses)[:50]).encode()
    return {text for text in titles | addresses if len(text) >= 6}, bytes(data)


def naive(texts: list[str], data: bytes) -> list[tuple[int, int]]:
    first = [min((at for form in forms(text) if (at := data.find(form)) >= 0), default=-1) for text in texts]
    return sorted((at, number) for number, at in enumerate(first) if at >= 0)


def main() -> None:
    texts, data = made(int((sys.argv[1:2] or ["5000"])[0]), int((sys.argv[2:3] or ["20"])[0]))
    begun = time.process_time()
    needles = Needles(texts)
    built = time.process_time() - begun
    begun = time.process_time()
    needles.find(data)
    ours = len(data) / MEGABYTE / (time.process_time() - begun)
    begun = time.process_time()
    expected = naive(list(needles.texts), data[:MEGABYTE])
    theirs = 1 / (time.process_time() - begun)
    assert needles.find(data[:MEGABYTE]) == expected
    print(f"{len(texts):,} texts, {len(data) / MEGABYTE:.0f} MB; the automaton was built in {built:.1f} s of the processor")
    print(f"bytes.find of each {theirs:>8.2f} MB/s")
    print(f"ours               {ours:>8.2f} MB/s {ours / theirs:>8.0f} x bytes.find")


if __name__ == "__main__":
    main()
