"""A record's header: when we last met, and when next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.calendars import queries
from metwith.lib import clock
from metwith.web.calendar import origin, rows, words

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from metwith.calendars.read_models import Meeting, Timeline
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member

MANY = 1000
"""Above this a tab says `1,000+`: counting further would cost more than it tells."""


@dataclass(frozen=True, slots=True)
class Met:
    """One of the two: a day in words, with whom of us, and where it leads."""

    words: str
    whom: str
    href: str


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a record says of its meetings."""

    last: Met | None
    next: Met | None
    count: int
    many: bool
    """There are more than `count`."""


def header(viewer: Member, kind: Kind, record_id: int, now: datetime | None = None) -> Header:
    """What a record's header says of its meetings, never more than the viewer may know."""
    now = now or clock.now()
    found = queries.timelines_for(kind, record_id, viewer, (queries.LAST, queries.NEXT), now=now, count_up_to=MANY)
    last, following = found.pages
    return header_from(viewer, kind, record_id, last=last, following=following, count=found.count, now=now)


def header_from(
    viewer: Member, kind: Kind, record_id: int, *, last: Timeline, following: Timeline, count: int, now: datetime, narrowed: str = ""
) -> Header:
    """The header, from the turns `queries.LAST` and `queries.NEXT` and the count up to `MANY`, read together with others.

    `narrowed`: what of the list's own query string goes with its links.
    """
    zone = words.zone_of(viewer.user.time_zone)
    query = origin.Origin(kind, record_id, narrowed).query
    return Header(
        _last(next(iter(last.items), None), zone, now, query),
        _next(next(iter(following.items), None), zone, now, query),
        count,
        count >= MANY,
    )


def _last(meeting: Meeting | None, zone: ZoneInfo, now: datetime, origin: str) -> Met | None:
    if meeting is None:
        return None
    return Met(words.last_words(meeting, zone, now), whom(meeting), rows.meeting_url(meeting.id, origin))


def _next(meeting: Meeting | None, zone: ZoneInfo, now: datetime, origin: str) -> Met | None:
    if meeting is None:
        return None
    return Met(words.next_words(meeting, zone, now), "", rows.meeting_url(meeting.id, origin))


def whom(meeting: Meeting) -> str:
    """`with Ines`: who of us was there; the viewer first, as "you"."""
    ours = sorted((p for p in meeting.participants if p.member_id and p.response != "declined"), key=lambda p: not p.me)
    if not ours:
        return ""
    return _("with %(names)s") % {"names": words.names([_("you") if p.me else words.first_name(p.label) for p in ours])}
