"""E-mail addresses and domains: one folding, everywhere.

Two spellings of an address are equal when their folded forms are: letter case never matters and international domains
are compared in their ASCII form (RFC 5890). The local part is lowered too: no provider in the field tells `Anna@` from `anna@`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

import idna
from email_validator import EmailNotValidError, validate_email
from publicsuffixlist import PublicSuffixList

from metwith.lib.i18n import _

LONGEST = 320
"""An address has at most 64 characters before the `@` and 255 behind it (RFC 5321, section 4.5.3.1)."""

LONGEST_TYPED = 254
"""What mail can be sent to (RFC 5321, section 4.5.3.1.3), measured when it is folded: columns of members' own addresses hold no more."""
LONGEST_WRITTEN = 1_000
"""Characters of what may be an address in another spelling; nothing longer is looked at."""
_NO_LOCAL = re.compile(r"""[\s<>,;:"()\[\]\\]""")
"""What stands in no local part but between quotation marks, which no provider in the field has (RFC 5322, section 3.2.3)."""
_SCHEME = re.compile(r"\s*[<'\"]*\s*(?:mailto|smtp)\s*:(?://)?\s*", re.IGNORECASE)
_AT = re.compile("@|%(?:25)*40")
_AROUND = " \t\r\n<>'\"`,;\u2018\u2019\u201c\u201d"

_suffixes = PublicSuffixList()


def fold(address: str) -> str:
    """The comparable form of an address, or `""` when it is none. Accepts a `mailto:` prefix and surrounding space or brackets.

    What it gives has at most `LONGEST` characters: lower case and IDNA lengthen some texts, so it is measured when both are done.
    """
    if len(address) > LONGEST_WRITTEN:
        return ""
    text = address.strip().strip("<>").strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].strip()
    local, _, domain = text.rpartition("@")
    local, domain = local.lower(), fold_domain(domain)
    if not local or not domain or len(local) + 1 + len(domain) > LONGEST or not local.isprintable() or _NO_LOCAL.search(local):
        return ""
    return f"{local}@{domain}"


def written(address: str) -> str:
    """The folded address of what calendars write for one, or `""`: `mailto:kim%40acme.example`, `'jo@acme.example'`, `SMTP:jo@…`, `Jo <jo@…>`.

    A mailto may encode any character and have a question behind it (RFC 6068, section 2). Only for what a calendar says of others; what
    somebody types for themselves is checked as it stands.
    """
    text = address[:LONGEST_WRITTEN].strip()
    while scheme := _SCHEME.match(text):
        text = text[scheme.end() :]
    if _AT.search(text) and "%" in text:
        text = unquote(unquote(text)) if "@" not in text else unquote(text)
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1]
    local, at, domain = text.strip(_AROUND).rpartition("@")
    domain = domain.partition("?")[0]
    while scheme := _SCHEME.match(local):
        local = local[scheme.end() :]
    return fold(f"{local.strip(_AROUND)}{at}{domain.strip(_AROUND)}")


def fold_domain(domain: str) -> str:
    """The comparable form of a domain: lower case, IDNA, no trailing dot; `""` when it is none."""
    return _folded_domain(domain) if len(domain) <= LONGEST_WRITTEN else ""


@lru_cache(maxsize=65536)
def _folded_domain(domain: str) -> str:
    text = domain.strip().rstrip(".").lower()
    if text.isascii():
        return text if _plain(text) else ""
    try:
        folded = idna.encode(text, uts46=True).decode("ascii")  # IDNA 2008: `straße.de` is not `strasse.de`
    except (idna.IDNAError, UnicodeError):
        return ""
    return folded if _plain(folded) else ""


def _plain(domain: str) -> bool:
    return (
        bool(domain)
        and len(domain) <= 253
        and all(part and len(part) <= 63 and all(c.isalnum() or c in "-_" for c in part) for part in domain.split("."))
    )


def check_address(address: str) -> str:
    """The folded form of an address somebody typed. Raises ValueError, saying what is wrong, when it is none."""
    try:
        folded = fold(validate_email(address.strip(), check_deliverability=False, test_environment=True).normalized)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    if not folded or len(folded) > LONGEST_TYPED:
        raise ValueError(_("The address is too long."))
    return folded


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
