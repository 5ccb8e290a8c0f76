"""Meetings of one UID and start that different people organize (product.md, section 4): each page says that there is another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars import queries
from metwith.calendars.models import Event

if TYPE_CHECKING:
    from metwith.calendars.read_models import Meeting
    from metwith.workspaces.models import Member

MOST = 10
"""Anybody who was ever invited can write more of them."""


def twins_of(viewer: Member, event_id: int, *, view_as: int = 0) -> tuple[Meeting, ...]:
    """The other ones, as far as the viewer may know of them, the oldest first; `seen_as` as for `queries.timelines_for`."""
    known = Event.objects.of(viewer.workspace_id)
    identity = known.filter(pk=event_id).values("ical_uid", "key").first()
    if identity is None:
        return ()
    ids = known.filter(**identity).exclude(pk=event_id).order_by("pk").values_list("pk", flat=True)[:MOST]
    return queries.meetings(viewer, list(ids), view_as=view_as)
