"""E-mail addresses and domains: one folding, everywhere.

Two spellings of an address are equal when their folded forms are: letter case never matters and international domains
are compared in their ASCII form (RFC 5890). The local part is lowered too: no provider in the field tells `Anna@` from `anna@`.
"""

from __future__ import annotations

from functools import lru_cache

import idna
from email_validator import EmailNotValidError, validate_email
from publicsuffixlist import PublicSuffixList

LONGEST = 320
"""An address has at most 64 characters before the `@` and 255 behind it (RFC 5321, section 4.5.3.1)."""

_suffixes = PublicSuffixList()


def fold(address: str) -> str:
    """The comparable form of an address, or `""` when it is none. Accepts a `mailto:` prefix and surrounding space or brackets."""
    text = address.strip().strip("<>").strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].strip()
    local, at, domain = text.rpartition("@")
    folded = fold_domain(domain)
    if not (local and at and folded) or len(text) > LONGEST or any(c.isspace() or c in "<>,;" for c in local):
        return ""
    return f"{local.lower()}@{folded}"


@lru_cache(maxsize=65536)
def fold_domain(domain: str) -> str:
    """The comparable form of a domain: lower case, IDNA, no trailing dot; `""` when it is none."""
    text = domain.strip().rstrip(".").lower()
    if text.isascii():
        return text if _plain(text) else ""
    try:
        folded = idna.encode(text, uts46=True).decode("ascii")  # IDNA 2008: `straße.de` is not `strasse.de`
    except idna.IDNAError:
        return ""
    return folded if _plain(folded) else ""


def _plain(domain: str) -> bool:
    return (
        bool(domain)
        and len(domain) <= 253
        and all(part and len(part) <= 63 and all(c.isalnum() or c in "-_" for c in part) for part in domain.split("."))
    )


def check(address: str) -> str:
    """The folded form of an address somebody typed. Raises ValueError, saying what is wrong, when it is none."""
    try:
        return fold(validate_email(address.strip(), check_deliverability=False, test_environment=True).normalized)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error


def domain_of(address: str) -> str:
    """The domain of a folded address."""
    return address.rpartition("@")[2]


@lru_cache(maxsize=65536)
def registrable(domain: str) -> str:
    """`eu.acme.co.uk` → `acme.co.uk` (Public Suffix List); `""` for a public suffix itself."""
    return _suffixes.privatesuffix(domain) or ""


@lru_cache(maxsize=65536)
def parents(domain: str) -> tuple[str, ...]:
    """A folded domain and its parents down to the registrable one, the most specific first; empty for a public suffix."""
    base = registrable(domain)
    if not base:
        return ()
    found = [domain]
    while found[-1] != base:
        found.append(found[-1].partition(".")[2])
    return tuple(found)


def reversed_domain(domain: str) -> str:
    """`eu.acme.com` → `com.acme.eu.`: a domain and its subdomains share this prefix, so that an index finds them."""
    return ".".join(reversed(domain.split("."))) + "."
