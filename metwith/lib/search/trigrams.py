"""Searching by three letters: what must stand in an index for a text to hold a word, or to come within a slip of it.

A text's trigrams are the runs of three characters of each of its words, with two spaces before and one behind: `"anna"` → `"  a"`, `" an"`, `"ann"`,
`"nna"`, `"na "`. So a word's first letter or two can be found, too. Whatever stands in `BREAKS` parts words, as a space does. In a text without
spaces between words (Chinese, Japanese) a word begins at each character.

PostgreSQL's side is the function `metwith_trigrams` (records/migrations/0004_search_by_trigrams.py): it makes the same of a text, and of each a
number that differs from scope to scope (a workspace, a calendar), so that an index over many of them is asked about one alone.

Texts here are folded (`lib.text.sort_key`). What an index answers is only likely: the words themselves are compared afterwards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BREAKS = ".@_-+/,;:()&'\"#!?"
"""What parts words besides spaces; the database has the same list."""
FORGIVEN = 5
"""A word of so many letters may have a slip."""
_PARTS = str.maketrans(BREAKS, " " * len(BREAKS))
_LONGEST = 60
"""Letters of a word that are looked at: nobody types more, and each slip is a statement's condition."""
_UNSPACED = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Spelling:
    """A way in which a word may be written: a head, perhaps any one character, a tail; it begins a word, or is one."""

    head: str
    tail: str = ""
    gap: bool = False
    whole: bool = False

    def like(self) -> str:
        """For a LIKE: it stands in a text in which a space was put before and behind, and for all `BREAKS`."""
        start = "" if _UNSPACED.match(self.head) else " "
        return f"%{start}{escaped(self.head)}{'_' if self.gap else ''}{escaped(self.tail)}{' ' if self.whole else ''}%"

    def trigrams(self) -> frozenset[str]:
        """Which ones a text has that holds it."""
        end = " " if self.whole else ""
        head, tail = (f"  {self.head}", self.tail + end) if self.gap else (f"  {self.head}{self.tail}{end}", "")
        return frozenset(_runs(head)) | frozenset(_runs(tail))


def trigrams(word: str, *, begins: bool = False) -> frozenset[str]:
    """Which ones every text has that holds this (one word: no spaces), or in which a word begins with it.

    One or two letters must begin a word, in any case.
    """
    first, *others = word.translate(_PARTS).split(" ")
    start = "  " if begins or (len(first) < 3 and not others) else ""
    if not others:
        return frozenset(_runs(start + first))
    *within, last = others
    parts = [f"{start}{first} ", *(f"  {part} " for part in within if part), f"  {last}"]
    return frozenset(run for part in parts for run in _runs(part))


def sure(word: str) -> bool:
    """Whether the index finds each text that holds this word anywhere, not only where a word begins."""
    return bool(trigrams(word)) and (len(word) > 2 or word != word.translate(_PARTS))


def slips(word: str) -> tuple[Spelling, ...]:
    """What somebody may have meant who typed this with one slip: a letter wrong, missing, too many, or two in the wrong order.

    Without any for a word of fewer than `FORGIVEN` letters, or of other characters: a number is never nearly another.
    """
    if not FORGIVEN <= len(word) <= _LONGEST or not word.isalpha() or _UNSPACED.search(word):
        return ()
    last = len(word) - 1
    # Of a word that is still being typed the end may be missing; but not so that any other end would do.
    wrong = [Spelling(word[:i], word[i + 1 :], gap=True, whole=i == last) for i in range(len(word))]
    missing = [Spelling(word[:i], word[i:], gap=True) for i in range(len(word))]
    too_many = [Spelling(word[:i] + word[i + 1 :], whole=i == last) for i in range(len(word))]
    turned = [Spelling(word[:i] + word[i + 1] + word[i] + word[i + 2 :]) for i in range(last)]
    return tuple(dict.fromkeys([*wrong, *missing, *too_many, *turned]))


def escaped(text: str) -> str:
    """The text as a LIKE takes it by the letter."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _runs(text: str) -> list[str]:
    return [run for i in range(len(text) - 2) if not (run := text[i : i + 3]).isspace()]
