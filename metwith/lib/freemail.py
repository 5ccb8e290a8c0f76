"""Is a domain a free-mail provider's? Those are never anybody's own domain, and never a company's.

The list is `freemail.txt` beside this file, made by `tools/freemail.py` (docs/decisions/freemail.md).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def free_mail_domains() -> frozenset[str]:
    """All domains of the list, folded."""
    text = Path(__file__).with_name("freemail.txt").read_text(encoding="ascii")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def is_free_mail(domain: str) -> bool:
    """Whether a folded domain, or a parent of it, belongs to a free-mail provider: `"mail.gmx.de"` does as `"gmx.de"` does."""
    return not free_mail_domains().isdisjoint(with_parents(domain))


def with_parents(domain: str) -> tuple[str, ...]:
    """`"eu.acme.com"` → `("eu.acme.com", "acme.com", "com")`: a domain and everything it is under, the most specific first."""
    parts = domain.split(".")
    return tuple(".".join(parts[at:]) for at in range(len(parts)))
