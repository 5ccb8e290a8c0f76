"""A meeting as one line of a list, every word worked out beforehand so that the template only sets it.

Pure: `now` and the viewer's zone are handed in. What the viewer may not see is already missing from the meeting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metwith.calendars.status_text import title_of
from metwith.lib.text import initials
from metwith.web.calendar import words
from metwith.web.calendar.view_as import sees

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from metwith.calendars.read_models import LinkedRecord, Meeting, Participant

MOST_FACES = 4
MOST_RECORDS = 2


@dataclass(frozen=True, slots=True)
class Face:
    """A participant as two letters."""

    letters: str
    outsider: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One meeting in a list."""

    href: str
    """Empty: there is nothing to open."""
    iso: str
    """The day for machines: `2026-11-21`."""
    number: int
    weekday: str
    time: str
    extra: str
    title: str
    closed: bool
    """The title is not shared with the viewer."""
    cancelled: bool
    mine: str
    """`You took part`, or nothing."""
    faces: tuple[Face, ...]
    more: str
    """`+3`, or nothing."""
    company: str
    """Who, for those who cannot see faces."""
    mark: str
    """Letters of whose calendar it came from; nothing for the viewer's own."""
    origin: str
    """The mark in words."""
    records: tuple[LinkedRecord, ...] = ()
    withheld: str = ""
    """Seen as a colleague: that they see more; else nothing."""
    join: str = ""
    """Where to join it, beside the row; else nothing."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading; a group that carries on from the page before has none."""

    heading: str
    rows: tuple[Row, ...]
    key: str = ""
    """The month, `2026-11`."""


@dataclass(frozen=True, slots=True)
class RowContext:
    """Through whose eyes, when, and from where rows are made."""

    zone: ZoneInfo
    now: datetime
    origin: str = ""
    """The list the meetings stand on, as a query string that their addresses carry: `from=company-5`."""
    links: bool = True
    """Whether there is anything behind a row to open."""
    view_as: str = ""
    """The name of the colleague as whom somebody looks; else nothing."""
    records: Mapping[int, tuple[LinkedRecord, ...]] = field(default_factory=dict)
    """By meeting, where the rows stand on no record's page."""

    @property
    def today(self) -> date:
        """The viewer's day."""
        return self.now.astimezone(self.zone).date()


def row(meeting: Meeting, context: RowContext, records: tuple[LinkedRecord, ...] = ()) -> Row:
    """One line."""
    day = words.first_day(meeting, context.zone)
    time, extra = words.row_time(meeting, context.zone)
    people = sorted(meeting.participants, key=_outsiders_first)
    left = len(people) + meeting.others - len(people[:MOST_FACES])
    mark, origin = _mark(meeting)
    return Row(
        href=meeting_url(meeting.id, context.origin) if context.links else "",
        iso=day.isoformat(),
        number=day.day,
        weekday=words.weekday(day),
        time=time,
        extra=extra,
        title=title_of(meeting),
        closed=meeting.title is None,
        cancelled=meeting.cancelled,
        mine=_mine(meeting, context),
        faces=tuple(Face(p.initials, p.outsider) for p in people[:MOST_FACES]),
        more=f"+{left}" if left > 0 else "",
        company=_company(people, meeting.others),
        mark=mark,
        origin=origin,
        records=records or context.records.get(meeting.id, ()),
        withheld=sees(context.view_as, meeting.withheld_level),
    )


def telling(records: tuple[LinkedRecord, ...]) -> tuple[LinkedRecord, ...]:
    """Companies and opportunities say more than the people, whose faces are there already."""
    found = [record for record in records if record.kind != "person"] or list(records)
    return tuple(found[:MOST_RECORDS])


def meeting_url(event_id: int, origin: str) -> str:
    """Built by hand: a list has many, and `reverse` is slow. A test holds it to the URL's name."""
    return f"/meetings/{event_id}/?{origin}" if origin else f"/meetings/{event_id}/"


def _mine(meeting: Meeting, context: RowContext) -> str:
    if not meeting.took_part:
        return ""
    over, told = meeting.ends_at <= context.now, {"name": context.view_as}
    if context.view_as:
        return (_("%(name)s took part") if over else _("%(name)s takes part")) % told
    return _("You took part") if over else _("You take part")


def _outsiders_first(person: Participant) -> bool:
    return not person.outsider


def _company(people: Sequence[Participant], others: int) -> str:
    labels = [_("you") if p.me else p.label for p in people[:MOST_FACES]]
    text = ", ".join(labels)
    left = len(people) + others - len(labels)
    if left:
        text = ngettext("%(names)s and %(n)d other", "%(names)s and %(n)d others", left) % {"names": text, "n": left}
    return _("with %(names)s") % {"names": text} if text else ""


def _mark(meeting: Meeting) -> tuple[str, str]:
    """Nothing when the viewer's own calendar has it: only what came from somebody else needs to say so."""
    if not meeting.copies or any(copy.mine for copy in meeting.copies):
        return "", ""
    owners = [copy.owner for copy in meeting.copies]
    return _letters(owners[0]), _("From the calendar of %(names)s") % {"names": words.names(list(dict.fromkeys(owners)))}


@lru_cache(maxsize=4096)
def _letters(name: str) -> str:
    return initials(name)


def past_groups(meetings: Iterable[Meeting], context: RowContext, carries_on: str = "") -> tuple[Group, ...]:
    """Under month headings, in the order given. `carries_on` is the month the page before ended in: it is not said twice."""
    return _by_month(meetings, context, silent=carries_on)


def upcoming_groups(meetings: Iterable[Meeting], context: RowContext) -> tuple[Group, ...]:
    """The current month needs no heading of its own below "Upcoming"; later ones do, since a row shows the day only."""
    return _by_month(meetings, context, silent=month_key(context.today))


def _by_month(meetings: Iterable[Meeting], context: RowContext, silent: str) -> tuple[Group, ...]:
    groups = []
    for key, those in groupby(meetings, lambda m: month_key(words.first_day(m, context.zone))):
        items = list(those)
        heading = "" if key == silent else words.month(words.first_day(items[0], context.zone))
        groups.append(Group(heading, tuple(row(m, context) for m in items), key))
    return tuple(groups)


def month_key(day: date) -> str:
    """`2026-11`."""
    return f"{day.year:04}-{day.month:02}"
