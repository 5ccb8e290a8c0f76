"""What a company is called of which nothing is known but its domain. Pure."""

from __future__ import annotations

import idna

from metwith.lib.addresses import registrable

SHORT = 3
"""Letters: a whole name of so few is mostly an abbreviation (IBM, SAP, HP)."""
_FORMS = {
    form.lower(): form
    for form in ("AB", "AG", "AS", "BV", "Co", "GmbH", "Inc", "KG", "Ltd", "Ltda", "LLC", "NV", "OHG", "Oy", "PLC", "SA", "UG")
}
_BETWEEN = frozenset(
    {"and", "da", "das", "de", "der", "di", "do", "dos", "du", "e", "et", "for", "für", "of", "the", "um", "und", "van", "von", "y"}
)
_WORDS = _BETWEEN | {"at", "be", "by", "go", "in", "it", "my", "no", "on", "so", "up", "we"}
"""So short, and nothing abbreviated, where another word stands beside it."""
_VOWELS = frozenset("aeiouyäöüáàâãéèêíìîóòôõúùûåæø")
_DIGITS = frozenset("0123456789")


def name_from_domain(domain: str) -> str:
    """A folded domain as somebody would write the name: `lindqvist-shipping.example` → `Lindqvist Shipping`, `ibm.com` → `IBM`.

    Subdomains and what is public of the domain (`.co.uk`) fall away, international ones are read (`xn--mller-kva.de` → `Müller`).
    A public suffix itself stays as it is.
    """
    base = registrable(domain)
    words = _readable(base.partition(".")[0]).replace("_", "-").split("-")
    found = [word for word in words if word]
    return " ".join(_written(word, at, len(found)) for at, word in enumerate(found)) or domain


def _readable(label: str) -> str:
    try:
        return idna.decode(label) if label.startswith("xn--") else label
    except idna.IDNAError:
        return label


def _written(word: str, at: int, of: int) -> str:
    """One word of a name of so many; `at` counts from 0."""
    if of > 1 and at and word in _FORMS:
        return _FORMS[word]
    if 0 < at < of - 1 and word in _BETWEEN:
        return word
    if _abbreviates(word, of):
        return word.upper()
    return word[:1].upper() + word[1:]


def _abbreviates(word: str, of: int) -> bool:
    """`hsbc` has nothing to say aloud; `ibm` is too short for a word, as `sk` is in `sk-telecom`, where `sea` in `sea-food` is one."""
    if not word.isascii() or len(word) > SHORT + 2 or (of > 1 and word in _WORDS):
        return False
    return len(word) <= (SHORT if of == 1 else SHORT - 1) or (_VOWELS.isdisjoint(word) and _DIGITS.isdisjoint(word))
