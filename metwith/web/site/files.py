"""Files that people bring, and take along: whole in memory before the first byte leaves, and never on disk.

A file that is written while it is sent holds a thread of the site and a connection of the database for as long as the slowest reader takes.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from metwith.lib.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST = 100_000_000
"""Bytes: some hundred thousand meetings."""
_READING = threading.Lock()


@contextmanager
def reading_alone() -> Iterator[None]:
    """A large upload takes seconds and much memory: this process reads one at a time. Raises Invalid (`file`), at once."""
    if not _READING.acquire(blocking=False):
        raise Invalid("file", _("Another file is being read right now. Please try again in a moment."))
    try:
        yield
    finally:
        _READING.release()


def to_take_along(pieces: Iterable[str], name: str, content_type: str) -> HttpResponse:
    """The file, as an answer that a browser saves under `name`. Raises Invalid when there is too much of it."""
    held, size = [], 0
    for piece in pieces:
        held.append(piece.encode())
        size += len(held[-1])
        if size > LARGEST:
            raise Invalid(
                "", _("This file would be larger than 100 MB. Choose a shorter period, or use the API, which answers page by page.")
            )
    answer = HttpResponse(b"".join(held), content_type=content_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer
