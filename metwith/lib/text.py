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


_UNSTORABLE = re.compile(rb"\\u(?:d[89a-f]|0000)", re.IGNORECASE)


def json_of(body: bytes) -> Any:
    """What JSON says, in texts that PostgreSQL takes: it may name half a character (RFC 8259, section 8.2) and NUL. Raises ValueError."""
    try:
        found = json.loads(body)
    except RecursionError as error:
        raise ValueError("the JSON nests too deep") from error
    return _storable(found) if _UNSTORABLE.search(body) else found


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value
