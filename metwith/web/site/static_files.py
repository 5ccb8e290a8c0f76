"""Static files under names that hold a mark of their content: browsers keep them for a year, and they are sent compressed.

No step of building is needed for it: the mark is worked out when a page first names the file. Whatever has no mark in its name (what a
stylesheet or a script names itself) is WhiteNoise's, as before.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, override

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

MOST_HELD = 512
"""Files in memory, with names asked for in vain among them."""
_MARKED = re.compile(r"(.+)\.([0-9a-f]{12})(\.[a-z0-9]+)")
_TEXT = re.compile(r"text/|image/svg|application/(?:json|javascript)")
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|\s|$))")


@dataclass(frozen=True, slots=True)
class StaticBody:
    """A file, whole."""

    mark: str
    """Twelve hexadecimal digits of the hash of its content."""
    kind: str
    """Media type."""
    plain: bytes
    packed: bytes
    """By gzip; empty where that gains nothing."""


@lru_cache(maxsize=MOST_HELD)
def body_of(name: str) -> StaticBody | None:
    """The file of a name like `metwith/metwith.css`; None where there is none."""
    found = finders.find(name) if ".." not in name and not name.startswith("/") else None
    if not found or not Path(found).is_file():
        return None
    plain = Path(found).read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(plain, mtime=0) if _TEXT.match(kind) else b""
    mark = hashlib.sha256(plain).hexdigest()[:12]
    return StaticBody(
        mark, f"{kind}; charset=utf-8" if kind.startswith("text/") else kind, plain, packed if len(packed) < len(plain) else b""
    )


class MarkedStorage(StaticFilesStorage):
    """What `{% static %}` asks: `metwith/metwith.css` → `/static/metwith/metwith.0123456789ab.css`."""

    @override
    def url(self, name: str | None) -> str:
        plain = super().url(name)
        body = body_of(name) if name else None
        stem, dot, ending = plain.rpartition(".")
        return f"{stem}.{body.mark}.{ending}" if body and dot else plain


class MarkedFiles:
    """Middleware: answers names with a mark, of the content that they were made from alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The file, or whatever answers otherwise."""
        asked = _MARKED.fullmatch(request.path_info.removeprefix(settings.STATIC_URL))
        if asked and request.path_info.startswith(settings.STATIC_URL) and request.method in {"GET", "HEAD"}:
            body = body_of(asked[1] + asked[3])
            if body and body.mark == asked[2]:
                return _answer(body, request)
        return self.get_response(request)


def _answer(body: StaticBody, request: HttpRequest) -> HttpResponse:
    packed = bool(body.packed and _TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")))
    answer = HttpResponse(body.packed if packed else body.plain, content_type=body.kind)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if body.packed:
        patch_vary_headers(answer, ["Accept-Encoding"])
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    return answer
