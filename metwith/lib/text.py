"""Small decisions about text."""

from __future__ import annotations

import unicodedata


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
