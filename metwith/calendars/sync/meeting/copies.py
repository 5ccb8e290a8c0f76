"""The stored copies of meetings, as `rules/precedence.py` judges them, and what they come to for a member who has one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from metwith.calendars.models import Entry
from metwith.calendars.reads import ranking
from metwith.calendars.rules import guest_list, precedence
from metwith.calendars.sync import rows
from metwith.engine.linking import Linkable, OwnLinkable
from metwith.lib import sql

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from metwith.calendars.models import Event
    from metwith.rules.identity import WorkspaceIdentities


type Copies = Mapping[int, Sequence[precedence.RankedCopy]]
"""By event, the one that speaks first."""


def copies_of(workspace_id: int, event_ids: Collection[int], who: WorkspaceIdentities) -> Copies:
    """The copies of these events, of each member the best `precedence.MOST_OF_ONE`; an event without any is not in it."""
    found: dict[int, list[precedence.RankedCopy]] = defaultdict(list)
    entries = Entry.objects.of(workspace_id).filter(pk__in=_best(workspace_id, event_ids, who)).select_related("calendar__account")
    for entry in entries.defer("title", "description", "location", "join_url", "web_url", "attachments").order_by("pk"):
        found[entry.event_id].append(rows.copy(entry, who))
    return {event_id: precedence.ranked(copies) for event_id, copies in found.items()}


def _best(workspace_id: int, event_ids: Collection[int], who: WorkspaceIdentities) -> list[int]:
    """Of each member's copies of an event those that have a say.

    So what a page of one calendar costs does not grow with the calendars of the same member that have the same meeting.
    """
    facts = ranking.facts(who)
    statement = BEST.format(facts=facts.text, best=ranking.BEST)
    return [pk for (pk,) in sql.rows(statement, (*facts.params, workspace_id, list(event_ids), precedence.MOST_OF_ONE))]


BEST = """SELECT id FROM (
SELECT id, row_number() OVER (PARTITION BY event_id, member_id ORDER BY best DESC) AS of_member FROM (
SELECT e.id, e.event_id, a.member_id, {best} AS best FROM calendars_entry e
JOIN calendars_calendar c ON c.workspace_id = e.workspace_id AND c.id = e.calendar_id
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
{facts}
WHERE e.workspace_id = %s AND e.event_id = ANY(%s)) one) ranked WHERE of_member <= %s"""


def linkable(event_id: int, copies: Sequence[precedence.RankedCopy], addresses: Iterable[str]) -> Linkable:
    """An event as linking needs it: the speaker's times, with those who take part, and what is otherwise for whoever has a copy."""
    starts_at, ends_at, start_date, *_ = when(copies[0])
    people = frozenset(addresses)
    return Linkable(event_id, _carried(starts_at, ends_at, start_date, cancelled=None), people, tuple(_own(copies, people)))


def linkable_alone(event: Event, addresses: Iterable[str]) -> Linkable:
    """The same of an event whose copies, or only one, say nothing apart."""
    return Linkable(event.pk, _carried(event.starts_at, event.ends_at, event.start_date, cancelled=None), frozenset(addresses))


def _carried(starts_at: datetime, ends_at: datetime, start_date: date | None, *, cancelled: bool | None) -> rows.Row:
    """The columns of `Link.CARRIES`."""
    return starts_at, ends_at, start_date is not None, cancelled


def _own(copies: Sequence[precedence.RankedCopy], people: frozenset[str]) -> Iterable[OwnLinkable]:
    for member_id, copy in own(copies).items():
        otherwise = apart(copy, copies[0])
        # Nearly always everybody whom it names is known already: so who is a room is asked of the others alone.
        if otherwise or any(guest_list.is_one(a) for a in copy.attendees if a.address not in people):
            starts_at, ends_at, start_date, *_, cancelled = when(copy)
            named = frozenset(a.address for a in copy.attendees if guest_list.is_one(a))
            yield OwnLinkable(member_id, _carried(starts_at, ends_at, start_date, cancelled=cancelled), named, apart=otherwise)


def own(copies: Sequence[precedence.RankedCopy]) -> Mapping[int, precedence.RankedCopy]:
    """Member → the copy of theirs that they are shown: the first by rank."""
    found: dict[int, precedence.RankedCopy] = {}
    for copy in copies:
        found.setdefault(copy.member_id, copy)
    return found


def apart(copy: precedence.RankedCopy, authoritative: precedence.RankedCopy) -> bool:
    """Whether a copy says otherwise when the meeting is, or whether it was cancelled."""
    return copy is not authoritative and _moments(copy) != _moments(authoritative)


def _moments(copy: precedence.RankedCopy) -> rows.Row:
    """Two servers call one instant by two zones' names: that is not another time."""
    return rows.stored_span(copy.start, copy.end, "", cancelled=copy.cancelled)


def when(copy: precedence.RankedCopy) -> rows.Row:
    """The columns of `rows.SPAN`."""
    return rows.stored_span(copy.start, copy.end, copy.zone, cancelled=copy.cancelled)
