"""How much is set aside, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Min

from metwith.calendars.intents.aside import STAYS, SetAside

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.db.models import QuerySet


def count_set_aside(workspace_id: int, calendar_ids: Collection[int] | None = None) -> tuple[int, datetime | None]:
    """How many copies of some calendars, or of all, are set aside, and when the first of them goes."""
    copies = SetAside.objects.of(workspace_id).filter(expanded_until=None)
    return _count(copies if calendar_ids is None else copies.filter(calendar_id__in=calendar_ids))


def told_of(workspace_id: int, address: str) -> tuple[int, datetime | None]:
    """The same of copies that name a folded address."""
    return _count(SetAside.objects.of(workspace_id).filter(expanded_until=None, definition__attendees__contains=[{"address": address}]))


def _count(mine: QuerySet[SetAside]) -> tuple[int, datetime | None]:
    found = mine.aggregate(many=Count("pk"), first=Min("set_aside_at"))
    return found["many"], found["first"] + STAYS if found["first"] else None
