"""What people see of all meetings of a workspace, without the numbers of rows: two of them can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metwith.calendars import queries
from metwith.calendars.models import Event
from tests.calendars.searching import search_titles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from metwith.calendars.read_models import Meeting
    from metwith.workspaces.models import Member

type Views = dict[str, list[tuple[Any, ...]]]


def views(members: Iterable[Member], until: datetime, words: Iterable[str]) -> Views:
    """By member: every meeting that starts before `until`, and what a search for each of the words finds."""
    found: Views = {}
    for member in members:
        events = Event.objects.of(member.workspace_id).filter(starts_at__lt=until).order_by("ical_uid", "key", "organizer_key")
        ids = list(events.values_list("pk", flat=True))
        name = member.user.email
        found[name] = [_seen(meeting, records) for meeting, records in queries.with_records(member, ids)]
        found[f"{name} in full"] = [_full(member, event_id) for event_id in ids[:3]]
        for word in words:
            hits = search_titles(member, word, limit=1000)
            found[f"{name} searches {word}"] = sorted(((m.ical_uid, m.starts_at, m.title) for m, _ in hits if m.starts_at < until), key=str)
    return found


def _seen(meeting: Meeting, records: Iterable[Any]) -> tuple[Any, ...]:
    people = [(p.address, p.name, p.response, p.organizer, p.outsider, p.me, p.member_name, p.person_id) for p in meeting.participants]
    copies = sorted((c.owner, c.mine, c.level, c.calendar, str(c.frozen_at)) for c in meeting.copies)
    when = (meeting.starts_at, meeting.ends_at, meeting.cancelled, str(meeting.frozen_at))
    return (meeting.ical_uid, *when, meeting.level, meeting.title, meeting.took_part, people, copies, [(r.kind, r.id) for r in records])


def _full(member: Member, event_id: int) -> tuple[Any, ...]:
    """Nothing of one on no record that is not theirs to know of."""
    try:
        meeting = queries.meeting(member, event_id)
    except Event.DoesNotExist:
        return ()
    return meeting.ical_uid, meeting.starts_at, meeting.title, meeting.location, meeting.description, meeting.join_url
