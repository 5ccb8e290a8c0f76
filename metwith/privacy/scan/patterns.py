"""Texts searched for in bytes: thousands at once, in hundreds of megabytes. Pure.

Whoever looks for what must not be there has to look for everything, everywhere. One `bytes.find` for each text would read the bytes
thousands of times. So each text is known by short blocks of it, as machine words, of which one must lie on the grid in which the data is
read; only where such a word turns up is the text itself compared.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHORTEST = 6
"""Characters; what is shorter stands anywhere."""
COMMON_WORD = 12
"""A single word of letters up to this long ("Standup", "Interview") says nothing by being found."""
LONGEST = 64
"""Characters of a piece: a long text is looked for by pieces of it, since it may be stored in part."""
WINDOW = 65_536
"""Bytes compared at once."""
OVERLAP = 2048
"""Bytes that two blocks of one place must share, so that nothing is cut in two: more than any form of a piece has."""

_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+|\\n")
_WORD = re.compile(r"[^\W\d_]+")


def pieces(text: str) -> set[str]:
    """A text as what is looked for: its lines without what is around them; of a long line the beginning and the end."""
    found = set()
    for line in filter(None, (part.strip() for part in _BREAKS.split(text))):
        found |= {line} if len(line) <= LONGEST else {line[:LONGEST].strip(), line[-LONGEST:].strip()}
    return found


def telling(piece: str) -> bool:
    """Whether finding it says anything: not when it is very short or a common word."""
    return len(piece) >= SHORTEST and not (len(piece) <= COMMON_WORD and _WORD.fullmatch(piece))


def forms(piece: str) -> set[bytes]:
    """How a piece may stand in bytes: as it is, in lower case, in JSON, in HTML, in an address. PostgreSQL holds UTF-8 only (`-E UTF8`)."""
    spellings = {piece, piece.lower()}
    written = {json.dumps(text, ensure_ascii=plain)[1:-1] for text in spellings for plain in (True, False)}
    written |= {spell(text) for text in spellings for spell in (html.escape, quote)}
    return {text.encode("utf-8", "surrogatepass") for text in spellings | written}


class Needles:
    """Texts to be found. `find` names them by their place in `texts`, never by what they say."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts: Sequence[str] = sorted(set(texts))
        written = [(form, number) for number, text in enumerate(self.texts) for form in forms(text)]
        self._wide = _Grid(8, 8, [pair for pair in written if len(pair[0]) >= 15])
        # Four bytes read twice, two apart: whatever has five bytes contains one of them whole.
        self._narrow = _Grid(4, 2, [pair for pair in written if len(pair[0]) < 15])

    def __len__(self) -> int:
        return len(self.texts)

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """Where in `data` a text stands first: (offset, number of the text), by offset."""
        found: dict[int, int] = {}
        for start in range(0, len(data), WINDOW):
            window = data[start : start + WINDOW + OVERLAP]
            if window.count(0) != len(window):
                for grid in (self._wide, self._narrow):
                    for at, number in grid.find(window):
                        found[number] = min(found.get(number, sys.maxsize), start + at)
        return sorted((at, number) for number, at in found.items())

    def places(self, data: bytes, number: int) -> list[int]:
        """Every offset at which one of the texts stands."""
        found: set[int] = set()
        for form in forms(self.texts[number]):
            found.update(match.start() for match in re.finditer(re.escape(form), data))
        return sorted(found)


class _Grid:
    """Texts known by blocks of `size` bytes; the data is read in such blocks that begin every `step` bytes."""

    def __init__(self, size: int, step: int, written: list[tuple[bytes, int]]) -> None:
        self._size, self._step = size, step
        self._code: Literal["Q", "I"] = "Q" if size == 8 else "I"
        self._texts: dict[int, set[tuple[bytes, int]]] = defaultdict(set)
        often = Counter(block for text, _ in written for block in {text[i : i + size] for i in range(len(text) - size + 1)})
        for text, number in written:
            for block in self._rarest(text, often):
                self._texts[int.from_bytes(block, sys.byteorder)].add((text, number))
        self._blocks = set(self._texts)

    def _rarest(self, text: bytes, often: Counter[bytes]) -> list[bytes]:
        """`step` blocks of the text in a row, of which one is on the grid wherever the text lies: those that fewest texts share."""
        blocks = [text[i : i + self._size] for i in range(len(text) - self._size + 1)]
        starts = range(len(blocks) - self._step + 1)
        best = min(starts, key=lambda start: sum(often[block] for block in blocks[start : start + self._step]))
        return blocks[best : best + self._step]

    def find(self, data: bytes) -> Iterable[tuple[int, int]]:
        """Offset and number of each text that is in `data`."""
        if not self._blocks:
            return []
        suspects: set[tuple[bytes, int]] = set()
        for shift in range(0, self._size, self._step):
            part = memoryview(data)[shift:]
            words = part[: len(part) // self._size * self._size].cast(self._code)
            for block in self._blocks.intersection(words):
                suspects |= self._texts[block]
        return [(at, number) for text, number in suspects if (at := data.find(text)) >= 0]
