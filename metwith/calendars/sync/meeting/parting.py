"""Bring copies to the meetings that they are of: `rules/identity.py` decides, here it is done. Inside the writers' lock.

What was linked or taken off by hand stays with the row; where one row becomes several meetings each of them has it, and where several
become one that one has it all.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from metwith.calendars.models import Entry, Event, Link
from metwith.calendars.rules import identity, precedence
from metwith.calendars.rules.identity import Home, Placed
from metwith.calendars.sync import rows
from metwith.calendars.sync.meeting import organizers
from metwith.calendars.tables import TABLES
from metwith.engine import linking
from metwith.lib import bulk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

type Slot = tuple[str, str]
"""UID and occurrence key: what several meetings may have in common."""
NAMES = ("ical_uid", "key", "organizer_key")


def part_again(workspace_id: int, slots: Collection[Slot]) -> set[int]:
    """Part and join the meetings of these slots. Returns the ids of all that there are now: what they come to has to be settled."""
    events = _events(workspace_id, slots)
    copies = _copies(workspace_id, [event.pk for found in events.values() for event in found])
    touched: set[int] = set()
    for found in events.values():
        here = {event.pk: event for event in found}
        mine = [copy for event_id in here for copy in copies[event_id]]
        homes = identity.homes({pk: event.organizer_key for pk, event in here.items()}, mine)
        touched |= _move(workspace_id, homes, here)
    return touched


def _events(workspace_id: int, slots: Collection[Slot]) -> Mapping[Slot, list[Event]]:
    found: dict[Slot, list[Event]] = defaultdict(list)
    for event in Event.objects.of(workspace_id).filter(ical_uid__in={uid for uid, _ in slots}).order_by("pk"):
        if (event.ical_uid, event.key) in slots:
            found[event.ical_uid, event.key].append(event)
    return found


def _copies(workspace_id: int, event_ids: list[int]) -> Mapping[int, list[Placed]]:
    learn(workspace_id, event_ids)
    columns = ("pk", "event_id", "organizer", "calendar__account__provider", "calendar__kind")
    held = list(Entry.objects.of(workspace_id).filter(event_id__in=event_ids).values_list(*columns))
    keys = organizers.keys(workspace_id, {organizer for _, _, organizer, _, _ in held})
    found: dict[int, list[Placed]] = defaultdict(list)
    for pk, event_id, organizer, provider, kind in held:
        found[event_id].append(Placed(pk, event_id, keys[organizer], feed=precedence.is_feed(provider, kind)))
    return found


def learn(workspace_id: int, event_ids: Collection[int]) -> None:
    """Note the organizers of copies that were stored before anybody asked for them."""
    unknown = Entry.objects.of(workspace_id).filter(event_id__in=event_ids, organizer=None).only("pk", "workspace_id", "attendees")
    known = list(unknown)
    for entry in known:
        entry.organizer = precedence.organizer_of(rows.stored_attendees(entry.attendees))
    Entry.objects.of(workspace_id).bulk_update(known, ["organizer"], batch_size=500)


def _move(workspace_id: int, homes: Collection[Home], here: Mapping[int, Event]) -> set[int]:
    """Bring every copy home, and only then let go of the rows that are left without any. Returns the meetings' ids."""
    ids = [home.event_id or _part(here[home.parted_from], home.organizer) for home in homes]
    for event_id, home in zip(ids, homes, strict=True):
        moved = [copy.entry_id for copy in home.entries if copy.event_id != event_id]
        if moved:
            Entry.objects.of(workspace_id).filter(pk__in=moved).update(event_id=event_id)
        for gone in home.absorbed:
            take_over(workspace_id, event_id, gone)
    absorbed = {gone for home in homes for gone in home.absorbed}
    linking.tell_of(TABLES, workspace_id, absorbed)
    Event.objects.of(workspace_id).filter(pk__in=absorbed).delete()
    for event_id, home in zip(ids, homes, strict=True):
        if event_id in here and here[event_id].organizer_key != home.organizer:
            Event.objects.of(workspace_id).filter(pk=event_id).update(organizer_key=home.organizer)
    return {*here} | {*ids}


def _part(event: Event, organizer: str) -> int:
    """A row for a meeting that was a part of another: it begins with what was done to that by hand."""
    (new,) = bulk.new_ids(Event, 1)
    made = Event(pk=new, workspace_id=event.workspace_id, ical_uid=event.ical_uid, key=event.key, organizer_key=organizer)
    for column in rows.SPAN:
        setattr(made, column, getattr(event, column))
    made.save(force_insert=True)
    _copy_links(event.workspace_id, new, _by_hand(event.workspace_id, event.pk))
    return new


def take_over(workspace_id: int, event_id: int, gone: int) -> None:
    """What was done by hand to a meeting that goes is done to the one in its place, unless that has a say of its own."""
    said = {(link.record_kind, link.record_id) for link in _by_hand(workspace_id, event_id)}
    new = [link for link in _by_hand(workspace_id, gone) if (link.record_kind, link.record_id) not in said]
    for link in new:
        Link.objects.of(workspace_id).filter(event_id=event_id, record_kind=link.record_kind, record_id=link.record_id).delete()
    _copy_links(workspace_id, event_id, new)


def _by_hand(workspace_id: int, event_id: int) -> Iterable[Link]:
    return linking.by_hand(Link, workspace_id).filter(event_id=event_id).order_by("pk")


LINK = linking.columns(Link)


def _copy_links(workspace_id: int, event_id: int, links: Iterable[Link]) -> None:
    here = {"workspace_id": workspace_id, "event_id": event_id}
    bulk.copy(Link, LINK, (tuple(here.get(column, getattr(link, column)) for column in LINK) for link in list(links)))
