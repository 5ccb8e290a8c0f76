"""Where a server may be, from what somebody typed or pasted: its DAV address, the page they see, or its name alone. Pure."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import httpx

from metwith.calendars.providers.caldav.services import PATHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST = 80
"""Places that are asked at most, however deep a path is."""
_SCHEMES = {"caldav": "https", "caldavs": "https", "webcal": "https", "webcals": "https"}
_PAGES = frozenset(
    {
        *("index.php", "index.html", "login", "login.php", "apps", "admin", ".web", "web"),
        *("remote.php", "public.php", "status.php", "dav.php", "caldav.php", "dav", "caldav", "webdav", ".well-known"),
        *("sogo", "zimbra", "owa", "so", "s", "f"),
    }
)
"""Parts of a path, in lower case, at which servers' own pages and addresses begin: the folder before is where the server is."""


def url_of(typed: str) -> str:
    """An address as people type it, with or without a scheme; `""` when it is none."""
    scheme, separator, rest = typed.strip().partition("://")
    url = f"{_SCHEMES.get(scheme.lower(), scheme)}://{rest}" if separator else f"https://{typed.strip()}"
    try:
        return url if httpx.URL(url).host else ""
    except httpx.InvalidURL:
        return ""


def below(url: str) -> Iterator[str]:
    """Where to ask, the likeliest first, each once: the address itself, its server's folder, the host, and every folder between."""
    return islice(dict.fromkeys(_below(url)), MOST)


def at_origin(origin: str) -> Iterable[str]:
    """The places of a host, `https://cloud.example` (RFC 6764, section 5, then what servers use that do not follow it)."""
    return (origin + path for path in PATHS)


def _below(url: str) -> Iterator[str]:
    split = urlsplit(url)
    parts = [part for part in split.path.split("/") if part]
    origin = f"{split.scheme}://{split.netloc}"
    if parts:
        yield urlunsplit(split._replace(fragment=""))
        path = "/".join(["", *parts])
        yield from (origin + path, f"{origin}{path}/")
    folders = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    likely = "/".join(parts[: _pages_begin(parts)])
    for folder in (likely, "", *folders):
        yield from at_origin(origin) if not folder else _in_folder(f"{origin}/{folder}")


def _in_folder(folder: str) -> Iterator[str]:
    """What a server may have below a folder. Well-known addresses are the host's alone (RFC 8615, section 3)."""
    return (folder + path for path in PATHS if not path.startswith("/.well-known/"))


def _pages_begin(parts: list[str]) -> int:
    return next((number for number, part in enumerate(parts) if part.lower() in _PAGES), len(parts))
