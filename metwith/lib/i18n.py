"""Marks English sentences for translation where Django may not be known (providers, rules).

Whoever shows such a sentence passes it through Django's gettext; here it stays as written.
"""

from __future__ import annotations


def _(message: str) -> str:
    """Return `message` as it is; the message extractor picks up its literal."""
    return message
