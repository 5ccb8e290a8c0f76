"""What a search for meetings finds, for tests that ask who may find what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars import queries
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.calendars.read_models import LinkedRecord, Meeting
    from metwith.workspaces.models import Member


def search_titles(viewer: Member, q: str, *, limit: int = 100) -> tuple[tuple[Meeting, tuple[LinkedRecord, ...]], ...]:
    """Each meeting (of a series, one) with its records."""
    found = queries.search_meetings(viewer, q, now=NOW, limit=limit)
    return tuple((line.meeting, line.records) for line in found.lines)
