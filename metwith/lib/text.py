"""Small decisions about text."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any


def sort_key(text: str) -> str:
    """What a list sorts and searches by: no accents, no letter case, single spaces. `"  Ägypten AG"` → `"agypten ag"`."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def initials(name: str) -> str:
    """Two letters for a face: `"Anna Lindt"` → `"AL"`, `"anna.lindt@acme.example"` → `"AL"`, `"x@y.example"` → `"X"`."""
    words = [w for w in name.partition("@")[0].replace(".", " ").replace("_", " ").replace("-", " ").split() if w[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def single_line(text: str) -> str:
    """A line that somebody typed: control characters (PostgreSQL refuses NUL) and runs of space become one space, the ends are cut."""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text).split())


def whole(text: str, digits: int = 9) -> int | None:
    """The whole number that somebody else wrote, in at most so many of the ten digits; None for anything else.

    The one place that asks what a digit is: `str.isdigit` takes `³` for one, which `int` refuses, as it does more than 4,300 of them.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


LONGEST_NUMBER = 100
"""Digits. Python itself refuses more than 4,300 of them, and with them the whole body."""
_UNSTORABLE = re.compile(rb"\\u(?:d[89a-f]|0000)", re.IGNORECASE)


def json_of(body: bytes) -> Any:
    """What JSON says, in texts that PostgreSQL takes: it may name half a character (RFC 8259, section 8.2) and NUL. Raises ValueError.

    A number of more digits than Python reads is null: it makes one value meaningless, not all that stands beside it.
    """
    try:
        found = json.loads(body, parse_int=_number)
    except RecursionError as error:
        raise ValueError("the JSON nests too deep") from error
    return _storable(found) if _UNSTORABLE.search(body) else found


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None


def storable(text: str, most: int | None = None) -> str:
    """The text as PostgreSQL takes it, `most` characters of it at most: without NUL, and U+FFFD for half a character."""
    text = text[:most].replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value
