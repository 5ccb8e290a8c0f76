"""Writes a page of what was read: events, entries, attendees, links, traces, series, and the cursor that stands for them.

Whoever else brings copies to another meeting, or takes them away (`meeting/parting.py`, `meeting/alike.py`, `prune.py`, `purge.py`), does it in the
writers' lock and lets `settle` write what their meetings come to.

`apply` is one transaction a page. Whatever is killed leaves whole pages behind, and the same page may come any number of times.
Writers of one workspace take turns (an advisory lock until the transaction ends), so that two colleagues' copies of one meeting
cannot miss each other; readers never wait.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count

from metwith.calendars.models import Attendee, Entry, Event, Series
from metwith.calendars.rules import precedence
from metwith.calendars.rules.compare import compare
from metwith.calendars.sync import auto_contacts, copy_signals, counting, overrides, rows
from metwith.calendars.sync.meeting import copies, crowd, guest_lists, organizers, parting
from metwith.calendars.sync.series_json import to_json
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import Add, Change, KnownEntry, Leaving, Occurrence, Remove, Update
from metwith.calendars.vocabulary import RemoteAttendee as Participant
from metwith.engine import lease, linking, traces
from metwith.engine.locks import lock_writers
from metwith.lib import bulk, sql
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.calendars.sync.batch import Batch, Claim
    from metwith.rules.identity import WorkspaceIdentities


def apply(
    claim: Claim,
    batch: Batch,
    *,
    now: datetime,
    until: datetime,
    cursor: str | None = None,
    expected: int | None = None,
    so_far: int = 0,
) -> int:
    """Write a page and, if it has one, its cursor. Returns how many entries changed. Raises `lease.LeaseLost`."""
    if not batch.items and not batch.traces:
        # The end of nearly every poll: nobody has to take turns for it.
        lease.renew(TABLES, claim, now, items=batch.read, so_far=so_far, cursor=cursor, expected=expected)
        return 0
    with transaction.atomic():
        lease.renew(TABLES, claim, now, items=batch.read, so_far=so_far, cursor=cursor, expected=expected)
        lock_writers(claim.workspace_id)
        guest_lists.fit(claim, batch)
        auto_contacts.create_contacts(claim, batch.occurrences, now)
        known = known_entries(claim, batch.items)
        crowd.thin(claim, batch, known)
        changes = [batch.with_reason(change) for change in compare(batch.occurrences, known)]
        batch.newly_dropped = traces.write(TABLES, claim, batch.hashes, batch.traces, now.date())
        counting.count_page(claim, batch, known, changes, now)
        _write_series(claim, batch, until)
        write_changes(claim, changes)
    return len(changes)


def sweep(
    claim: Claim, gone: Collection[str], named: Collection[str], *, now: datetime, cursor: str | None, not_before: datetime | None = None
) -> None:
    """After a complete read: remove the items that were not in it, and the traces of things that are no longer there.

    `named` are the keyed hashes of those that were in it.

    With `not_before` what has ended by then stays, also of a series.
    """
    with transaction.atomic():
        lease.renew(TABLES, claim, now, cursor=cursor)
        lock_writers(claim.workspace_id)
        remove_items(claim, gone, not_before=not_before)
        traces.sweep(TABLES, claim, named)


def remove_items(claim: Claim, items: Collection[str], why: Leaving = Leaving.DELETED, *, not_before: datetime | None = None) -> None:
    """Entries and series of these items go; with its last entry an event goes, and its links."""
    if items:
        Series.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id, remote_id__in=items).delete()
        write_changes(claim, [Remove(entry, why) for entry in known_entries(claim, items, not_before=not_before)])


def known_entries(claim: Claim, items: Collection[str], *, not_before: datetime | None = None) -> list[KnownEntry]:
    """What is stored of these items; with `not_before` only what ends after it."""
    found = _entries(claim, not_before).filter(remote_id__in=list(items))
    values = found.values_list("pk", "event_id", "remote_id", "event__ical_uid", "event__key", "digest")
    return [KnownEntry(pk, event_id, item, uid, key, bytes(digest)) for pk, event_id, item, uid, key, digest in values]


def known_items(claim: Claim, *, not_before: datetime | None = None) -> dict[str, int]:
    """The ids of the items that have entries, each with their number; with `not_before` only of those that end after it."""
    return dict(_entries(claim, not_before).values_list("remote_id").annotate(entries=Count("pk")).order_by())


def _entries(claim: Claim, not_before: datetime | None) -> QuerySet[Entry]:
    mine = Entry.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id)
    return mine if not_before is None else mine.filter(ends_at__gt=not_before)


# --- changes ------------------------------------------------------------------------------------------------------------------


def write_changes(claim: Claim, changes: Sequence[Change]) -> None:
    """Entries, then the events that they belong to, then attendees and links. Inside the writers' lock."""
    written = [change for change in changes if not isinstance(change, Remove)]
    event_ids, made = _events_for(claim.workspace_id, written)
    entries = Counter(event_ids.values())
    # A calendar can hold a meeting twice: then its copies have to be compared.
    new = {event_id for event_id in made if entries[event_id] == 1}
    touched = {change.known.event_id for change in changes if not isinstance(change, Add)}
    touched |= {*event_ids.values()} - new
    copy_signals.remove_copies(claim.workspace_id, {c.known.entry_id: c.why for c in changes if isinstance(c, Remove)})
    # Links before copies: a copy is written with the word whether it is on a record (`Entry.on_record`), and once.
    _settle_new(claim, {event_ids[name(c.occurrence)]: c.occurrence for c in written if event_ids[name(c.occurrence)] in new})
    _add_entries(claim, [change for change in changes if isinstance(change, Add)], event_ids)
    _update_entries(claim, [change for change in changes if isinstance(change, Update)])
    reconcile(claim.workspace_id, touched)
    added = {(c.occurrence.event.uid, c.occurrence.key) for c in changes if isinstance(c, Add)}
    copy_signals.announce_added(claim.workspace_id, claim.calendar_id, added)


def name(occurrence: Occurrence) -> tuple[str, str, str]:
    """An Entry's identity within its calendar."""
    return occurrence.event.id, occurrence.event.uid, occurrence.key


def _events_for(workspace_id: int, changes: Iterable[Add | Update]) -> tuple[dict[tuple[str, str, str], int], set[int]]:
    """The event of each change, by `name`; those that did not exist are made, and named in the second value.

    What changed stays where it is, and what names no organizer joins what there is: `settle` parts and joins, where that is not right.
    """
    found = {name(change.occurrence): change.known.event_id for change in changes if isinstance(change, Update)}
    added = [change.occurrence for change in changes if isinstance(change, Add)]
    organizer = {name(occurrence): precedence.organizer_of(occurrence.event.attendees) for occurrence in added}
    keys = organizers.keys(workspace_id, organizer.values())
    held: dict[parting.Slot, dict[str, int]] = defaultdict(dict)
    uids = {occurrence.event.uid for occurrence in added}
    for pk, uid, key, who in Event.objects.of(workspace_id).filter(ical_uid__in=uids).order_by("pk").values_list("pk", *parting.NAMES):
        held[uid, key].setdefault(who or "", pk)
    new: dict[int, tuple[Occurrence, str]] = {}
    ids = iter(bulk.new_ids(Event, len(added)))
    for occurrence in added:
        who, here = keys[organizer[name(occurrence)]], held[occurrence.event.uid, occurrence.key]
        event_id = here.get(who, here.get("", None if who else next(iter(here.values()), None)))
        if event_id is None:
            event_id = here[who] = next(ids)
            new[event_id] = (occurrence, who)
        found[name(occurrence)] = event_id
    bulk.copy(Event, rows.EVENT, (rows.stored_event(pk, workspace_id, *made) for pk, made in new.items()))
    return found, set(new)


def _add_entries(claim: Claim, changes: Sequence[Add], event_ids: Mapping[tuple[str, str, str], int]) -> None:
    if not changes:
        return
    levels = overrides.levels_in(claim.workspace_id, claim.calendar_id)
    bulk.copy(
        Entry,
        rows.ENTRY,
        (
            (
                claim.workspace_id,
                claim.calendar_id,
                event_ids[name(change.occurrence)],
                change.occurrence.event.id,
                levels.of(change.occurrence.event.uid, change.occurrence.key).level,
                *rows.content(change.occurrence, change.digest),
            )
            for change in changes
        ),
    )


def _update_entries(claim: Claim, changes: Sequence[Update]) -> None:
    entries = []
    for change in changes:
        values = dict(zip(rows.CONTENT, rows.content(change.occurrence, change.digest), strict=True))
        values["attendees"] = json.loads(values["attendees"])
        entries.append(Entry(pk=change.known.entry_id, workspace_id=claim.workspace_id, **values))
    Entry.objects.of(claim.workspace_id).bulk_update(entries, rows.CONTENT, batch_size=200)


# --- what the copies of an event come to ----------------------------------------------------------------------------------------


def _settle_new(claim: Claim, new: Mapping[int, Occurrence]) -> None:
    """New events have just one entry, of this page: attendees and links can be written without asking the database."""
    told = {event_id: [rows.ranked_occurrence(occurrence)] for event_id, occurrence in new.items()}
    people = guest_lists.taking_part(claim.workspace_id, told, claim.policy.own_identities) if told else {}
    bulk.copy(Attendee, rows.ATTENDEE, (rows.attendee(claim.workspace_id, i, a) for i, found in people.items() for a in found.attendees))
    _settle_more(claim.workspace_id, {i: found.more for i, found in people.items() if found.more})
    linking.link(
        TABLES, claim.workspace_id, [copies.linkable(i, told[i], (a.address for a in people[i].attendees)) for i in told], fresh=True
    )


def reconcile(workspace_id: int, event_ids: Collection[int]) -> None:
    """Bring events, their attendees and links in line with the entries that they have now; without any, the event goes.

    First of all the entries come to the meetings that they are of: an organizer may have changed, or who an organizer is.
    """
    if not event_ids:
        return
    who = who_is_who(workspace_id)
    held = copies.copies_of(workspace_id, event_ids, who)
    events = {event.pk: event for event in Event.objects.of(workspace_id).filter(pk__in=held.keys())}
    torn = _torn(workspace_id, events, who)
    if torn:
        # Parting moves copies between events, also to some that nobody named: all of them are looked at anew before anything is written.
        event_ids = {*event_ids, *parting.part_again(workspace_id, torn)}
        held = copies.copies_of(workspace_id, event_ids, who)
        events = {event.pk: event for event in Event.objects.of(workspace_id).filter(pk__in=held.keys())}
    # Without copies there is no meeting: its participants and links go by the database's cascade.
    gone = set(event_ids) - held.keys()
    linking.tell_of(TABLES, workspace_id, gone)
    Event.objects.of(workspace_id).filter(pk__in=gone).delete()
    # Times before links, which carry them; who takes part before links, which are made from them.
    _settle_times(events, held)
    _settle_apart(workspace_id, held)
    people = guest_lists.taking_part(workspace_id, held, who.own_identities)
    _settle_attendees(workspace_id, {event_id: found.attendees for event_id, found in people.items()})
    _settle_more(workspace_id, {i: found.more for i, found in people.items() if found.more != events[i].more})
    linking.link(TABLES, workspace_id, [copies.linkable(i, held[i], (a.address for a in people[i].attendees)) for i in held])


def _torn(workspace_id: int, events: Mapping[int, Event], who: WorkspaceIdentities) -> set[parting.Slot]:
    """Where the copies of a meeting, all of them, are not of the one organizer that it has."""
    said = Entry.objects.of(workspace_id).filter(event_id__in=events.keys()).values_list("event_id", "organizer").distinct()
    named: dict[int, set[str]] = defaultdict(set)
    for event_id, organizer in said:
        named[event_id].add(organizer or "")
    keys = organizers.keys(workspace_id, {organizer for found in named.values() for organizer in found}, who)
    organized = {event_id: {keys[organizer] for organizer in found} - {""} or {""} for event_id, found in named.items()}
    return {(event.ical_uid, event.key) for pk, event in events.items() if organized[pk] != {event.organizer_key}}


def _settle_times(events: Mapping[int, Event], copies_by_event: copies.Copies) -> None:
    changed = []
    for event_id, found in copies_by_event.items():
        when, event = copies.when(found[0]), events[event_id]
        if tuple(getattr(event, column) for column in rows.SPAN) != when:
            for column, value in zip(rows.SPAN, when, strict=True):
                setattr(event, column, value)
            changed.append(event)
    if changed:
        Event.objects.of(changed[0].workspace_id).bulk_update(changed, rows.SPAN, batch_size=500)


def _settle_apart(workspace_id: int, copies_by_event: copies.Copies) -> None:
    """Which copies are shown to their owners at another time, or with another status, than the event has for others."""
    own = (copy for found in copies_by_event.values() for copy in copies.own(found).values() if copies.apart(copy, found[0]))
    apart = {copy.entry_id: copy.apart for copy in own}
    mine = Entry.objects.of(workspace_id)
    mine.filter(event_id__in=copies_by_event.keys(), apart=True).exclude(pk__in=apart.keys()).update(apart=False)
    if new := [pk for pk, already in apart.items() if not already]:
        mine.filter(pk__in=new).update(apart=True)


def _settle_more(workspace_id: int, more: Mapping[int, int]) -> None:
    if more:
        sql.run(MORE, (list(more), list(more.values()), workspace_id))


MORE = """UPDATE calendars_event v SET more = said.more FROM unnest(%s::bigint[], %s::int[]) said (id, more)
WHERE v.workspace_id = %s AND v.id = said.id"""


def _settle_attendees(workspace_id: int, people: Mapping[int, tuple[Participant, ...]]) -> None:
    """What is no longer said goes, what is newly said comes: a participant whose answer changed does both."""
    held: dict[rows.Row, int] = {}
    for pk, *values in Attendee.objects.of(workspace_id).filter(event_id__in=people.keys()).values_list("pk", *rows.ATTENDEE):
        held[tuple(values)] = pk
    wanted = {rows.attendee(workspace_id, event_id, a) for event_id, found in people.items() for a in found}
    gone = [pk for row, pk in held.items() if row not in wanted]
    if gone:
        Attendee.objects.of(workspace_id).filter(pk__in=gone).delete()
    bulk.copy(Attendee, rows.ATTENDEE, [row for row in wanted if row not in held])


# --- series -----------------------------------------------------------------------------------------------------------------------


def _write_series(claim: Claim, batch: Batch, until: datetime) -> None:
    mine = Series.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id)
    mine.filter(remote_id__in=batch.items).delete()
    Series.objects.bulk_create(
        [
            Series(
                workspace_id=claim.workspace_id,
                calendar_id=claim.calendar_id,
                remote_id=series.id,
                ical_uid=series.uid,
                definition=to_json(series),
                expanded_until=until,
            )
            for series in batch.series
        ]
    )
