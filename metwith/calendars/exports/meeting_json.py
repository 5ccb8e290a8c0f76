"""A meeting as JSON, in the files that people take along. What its level hides is null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metwith.calendars.read_models import Meeting

type Json = dict[str, Any]

CONTENT = ("title", "description", "location", "join_url", "web_url", "attachments")


def meeting_as_json(meeting: Meeting) -> Json:
    """All of it that its viewer sees."""
    return {
        "id": meeting.id,
        "ical_uid": meeting.ical_uid,
        "start": (meeting.start_date or meeting.starts_at).isoformat(),
        "end": (meeting.end_date or meeting.ends_at).isoformat(),
        "all_day": meeting.all_day,
        "zone": meeting.zone,
        "cancelled": meeting.cancelled,
        "level": meeting.level,
        **{name: getattr(meeting, name) for name in CONTENT},
        "participants": [
            {"address": p.address, "name": p.name, "response": p.response, "role": p.role, "organizer": p.organizer}
            for p in meeting.participants
        ],
        "more_participants": meeting.others,
        "in_calendars_of": [copy.owner for copy in meeting.copies],
    }
