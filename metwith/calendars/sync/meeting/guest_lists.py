"""Meetings with very many participants: `rules/guest_list.py` says who is kept, here it is asked who is known. Two statements, where there are any."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.rules import guest_list, precedence
from metwith.lib.addresses import domain_of, parents
from metwith.records.directory import directory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.calendars.sync.batch import Batch, Claim
    from metwith.calendars.sync.meeting.copies import Copies
    from metwith.calendars.vocabulary import RemoteAttendee, RemoteEvent
    from metwith.rules.own_identities import OwnIdentities


def on_record(workspace_id: int, own_identities: OwnIdentities, attendees: Iterable[RemoteAttendee]) -> guest_list.Known:
    """Who of these is on record."""
    addresses = {a.address for a in attendees}
    found = directory(workspace_id, addresses)
    at_company = frozenset(a for a in addresses if not found.companies.keys().isdisjoint(parents(domain_of(a)))) if found.companies else ()
    return guest_list.Known(own_identities, found.people.keys(), at_company)


def fit(claim: Claim, batch: Batch) -> None:
    """Cut the lists of a page, once everything was decided about them. Of what was cut already nothing more goes."""
    everything = [*(o.event for o in batch.occurrences), *batch.series, *(e for series in batch.series for e in series.exceptions)]
    long = {id(event): event for event in everything if len(event.attendees) > guest_list.MOST}
    if not long:
        return
    people = on_record(claim.workspace_id, claim.policy.own_identities, (a for event in long.values() for a in event.attendees))
    own = claim.policy.own_identities.addresses | claim.policy.owner
    fitted = {key: _fitted(event, people, own) for key, event in long.items()}
    batch.occurrences = [replace(o, event=fitted.get(id(o.event), o.event)) for o in batch.occurrences]
    batch.series = [
        replace(fitted.get(id(series), series), exceptions=tuple(fitted.get(id(e), e) for e in series.exceptions))
        for series in batch.series
    ]


def _fitted(event: RemoteEvent, people: guest_list.Known, own: Collection[str]) -> RemoteEvent:
    left = guest_list.cut_copy(event.attendees, people, own, event.more)
    return replace(event, attendees=left.attendees, more=left.more)


def taking_part(workspace_id: int, copies_by_event: Copies, own_identities: OwnIdentities) -> Mapping[int, guest_list.Cut]:
    """By event, who takes part in it by its copies, and how many more."""
    united = {event_id: precedence.merged_attendees(copies) for event_id, copies in copies_by_event.items()}
    long = {event_id for event_id, people in united.items() if len(people) > guest_list.MOST}
    of_record = (
        on_record(workspace_id, own_identities, (a for event_id in long for a in united[event_id]))
        if long
        else guest_list.Known(own_identities)
    )
    found = {}
    for event_id, people in united.items():
        left = guest_list.cut(people, of_record)
        said = [
            guest_list.Cut(copy.attendees, copy.more) for copy in precedence.who_speak(copies_by_event[event_id]) if copy.more or left.more
        ]
        found[event_id] = guest_list.Cut(left.attendees, max(left.more, guest_list.how_many_more(len(left.attendees), said)))
    return found


# --- read again: what was left out is known to the provider alone ------------------------------------------------------------------


def calendars(workspace_id: int) -> list[int]:
    """The calendars with copies of which people were left out."""
    return list(Entry.objects.of(workspace_id).filter(more__gt=0).order_by().values_list("calendar_id", flat=True).distinct())


def read_again(which: QuerySet[Calendar], now: datetime) -> None:
    """These calendars are read in full, and soon: but for those that stand still, which are when they go on."""
    # One that began before would write the cursor that it began with.
    which.update(cursor="", lease_holder=None, lease_until=None)
    lives = which.filter(enabled=True, paused=False, account__disconnected_at=None)
    lives.exclude(next_sync_at=None).update(next_sync_at=now)


def crowded(workspace_id: int) -> list[int]:
    """The meetings of which not all participants are kept."""
    return list(Event.objects.of(workspace_id).filter(more__gt=0).order_by("pk").values_list("pk", flat=True))
