"""The stored copies of meetings, as `rules/speak.py` judges them, and what they come to for a member who has one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Case, F, Q, When, Window
from django.db.models.functions import RowNumber

from metwith.calendars.models import Entry
from metwith.calendars.rules import speak
from metwith.calendars.sync import rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.rules.identity import WhoIsWho


@dataclass(frozen=True, slots=True)
class Own:
    """An event for a member whose copy of it says something else than others are shown."""

    member_id: int
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    cancelled: bool
    addresses: frozenset[str]
    apart: bool
    """It is at another time, or of another status: so it is on each of its records. Else only on those that this copy alone leads to."""


@dataclass(frozen=True, slots=True)
class Linkable:
    """An event, as far as linking needs it."""

    event_id: int
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    addresses: frozenset[str]
    own: tuple[Own, ...] = ()


FEED = Q(calendar__account__provider__in=speak.FEEDS) | Q(calendar__kind="subscribed")
READ = Q(calendar__enabled=True, calendar__paused=False, calendar__account__disconnected_at=None)

type Copies = Mapping[int, Sequence[speak.Copy]]
"""By event, the one that speaks first."""


def of(workspace_id: int, event_ids: Collection[int], who: WhoIsWho) -> Copies:
    """The copies of these events, of each member the best `speak.MOST_OF_ONE`; an event without any is not in it."""
    found: dict[int, list[speak.Copy]] = defaultdict(list)
    entries = best(Entry.objects.of(workspace_id).filter(event_id__in=event_ids)).select_related("calendar__account")
    for entry in entries.defer("title", "description", "location", "join_url", "web_url", "attachments").order_by("pk"):
        found[entry.event_id].append(rows.copy(entry, who))
    return {event_id: speak.ranked(copies) for event_id, copies in found.items()}


def best(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Of each member's copies of an event those that have a say: as near as a statement comes to the order of `rules/speak.py`.

    So what a page of one calendar costs does not grow with the calendars of the same member that have the same meeting.
    """
    ranked = Window(
        RowNumber(),
        partition_by=[F("event_id"), F("calendar__account__member_id")],
        order_by=[
            Case(When(FEED, then=1), default=0),
            Case(When(organizer__gt="", then=0), default=1),
            Case(When(READ, then=0), default=1),
            F("sequence").desc(),
            F("remote_updated_at").desc(nulls_last=True),
            F("pk"),
        ],
    )
    return entries.annotate(of_member=ranked).filter(of_member__lte=speak.MOST_OF_ONE)


def linkable(event_id: int, copies: Sequence[speak.Copy], addresses: Iterable[str]) -> Linkable:
    """An event as linking needs it: the speaker's times, with those who take part, and what is otherwise for whoever has a copy."""
    starts_at, ends_at, start_date, *_ = when(copies[0])
    people = frozenset(addresses)
    return Linkable(event_id, starts_at, ends_at, start_date is not None, people, tuple(_own(copies, people)))


def _own(copies: Sequence[speak.Copy], people: frozenset[str]) -> Iterable[Own]:
    for member_id, copy in own(copies).items():
        named = frozenset(a.address for a in speak.attendees([copy]))
        if apart(copy, copies[0]) or named - people:
            starts_at, ends_at, start_date, *_, cancelled = when(copy)
            yield Own(member_id, starts_at, ends_at, start_date is not None, cancelled, named, apart=apart(copy, copies[0]))


def own(copies: Sequence[speak.Copy]) -> Mapping[int, speak.Copy]:
    """Member → the copy of theirs that they are shown: the first by rank."""
    found: dict[int, speak.Copy] = {}
    for copy in copies:
        found.setdefault(copy.member_id, copy)
    return found


def apart(copy: speak.Copy, speaker: speak.Copy) -> bool:
    """Whether a copy says otherwise when the meeting is, or whether it was cancelled."""
    return _moments(copy) != _moments(speaker)


def _moments(copy: speak.Copy) -> rows.Row:
    """Two servers call one instant by two zones' names: that is not another time."""
    return when(replace(copy, zone=""))


def when(copy: speak.Copy) -> rows.Row:
    """The columns of `rows.SPAN`."""
    return rows.span(copy.start, copy.end, copy.zone, cancelled=copy.cancelled)
