"""Texts searched for in bytes: thousands at once, in hundreds of megabytes. Pure.

Whoever looks for what must not be there has to look for everything, everywhere. One `bytes.find` for each text would read the bytes
thousands of times; an Aho-Corasick automaton reads them once, whatever the number of texts (docs/decisions/scan.md).
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from ahocorasick_rs import BytesAhoCorasick, MatchKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

SHORTEST = 6
"""Characters; what is shorter stands anywhere."""
COMMON_WORD = 12
"""A single word of letters up to this long ("Standup", "Interview") says nothing by being found."""
LONGEST = 64
"""Characters of a piece: a long text is looked for by pieces of it, since it may be stored in part."""
WINDOW = 16_384
"""Bytes searched at once."""
MANY = 4 * WINDOW
"""Matches in one window, of which there are a handful: so many only in data made for it (`1111…`, searched for `111111`, `1111111` and so on)."""
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
        self._all = self._automaton(frozenset())

    def __len__(self) -> int:
        return len(self.texts)

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """Where in `data` a text stands first: (offset, number of the text), by offset."""
        found: dict[int, int] = {}
        whole, (automaton, numbers) = memoryview(data), self._all
        for start in range(0, len(data), WINDOW):
            matches = automaton.find_matches_as_indexes(whole[start : start + WINDOW + OVERLAP], overlapping=True)
            for pattern, at, _end in matches:
                # Matches come by their ends, so of two the later one may begin earlier.
                found[numbers[pattern]] = min(found.get(numbers[pattern], start + at), start + at)
            if len(matches) > MANY:
                # What was found is found: in a later window it would only stand again, a million times a megabyte.
                automaton, numbers = self._automaton(found.keys())
        return sorted((at, number) for number, at in found.items())

    def _automaton(self, known: Collection[int]) -> tuple[BytesAhoCorasick, list[int]]:
        """What searches for all texts but those that are known, and which text each of its patterns belongs to."""
        written = [(form, number) for number, text in enumerate(self.texts) if number not in known for form in forms(text)]
        # Standard is the one kind that can list matches that overlap: a text within another one counts as well.
        return BytesAhoCorasick([form for form, _ in written], matchkind=MatchKind.Standard), [number for _, number in written]

    def offsets(self, data: bytes, number: int) -> list[int]:
        """Every offset at which one of the texts stands."""
        found: set[int] = set()
        for form in forms(self.texts[number]):
            found.update(match.start() for match in re.finditer(re.escape(form), data))
        return sorted(found)
