"""A feed is found to make its identifiers anew: what is stored of it goes over to identifiers made of its content, and stands once.

Nothing is asked of anybody: the rows say all that is needed. Links and levels by hand go along.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from metwith.calendars.models import Calendar, Entry, Event, Series
from metwith.calendars.overrides import MeetingLevel
from metwith.calendars.rules import likeness
from metwith.calendars.sync import copy_signals, overrides, rows, store
from metwith.calendars.sync.meeting import parting
from metwith.calendars.sync.series_json import from_json
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import WHOLE, Leaving
from metwith.engine import lease
from metwith.engine.locks import lock_writers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.calendars.sync.batch import Claim

CHUNK = 2000
type Signs = tuple[Hashable, ...]
"""What an entry is known by: two are one meeting that have one of these in common."""


@dataclass(slots=True)
class _Copy:
    """An entry on its way to another identity."""

    entry_id: int
    event_id: int
    old: str
    """The UID that it had."""
    uid: str
    key: str
    organizer: str | None
    """`Event.organizer_key`."""


def know_by_content(claim: Claim, content_key: str, now: datetime) -> None:
    """Let a calendar's meetings be known by their content from now on; those that stand there several times are joined. One transaction."""
    with transaction.atomic():
        lease.renew(TABLES, claim, now)
        lock_writers(claim.workspace_id)
        mine = Entry.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id)
        copies = _copies(mine, _turn_series(claim, content_key), content_key)
        levels, concerned = _levels(claim, copies)
        store.reconcile(claim.workspace_id, _turn_entries(claim, copies))
        Calendar.objects.of(claim.workspace_id).filter(pk=claim.calendar_id).update(by_content=True)
        if levels:
            _apply_levels(claim, levels, concerned)


def same(entry: Entry) -> Signs:
    """By what a meeting that a feed no longer names is there again under another identifier: those with one of these in common are one."""
    return ((entry.title, _people(entry)),)


def changed(entry: Entry) -> Signs:
    """The same for a feed that makes its identifiers anew: a series that was renamed, or has a guest more, lists its past once more."""
    return ("title", entry.title), ("people", _people(entry))


def join(claim: Claim, named: Collection[str], now: datetime, one: Callable[[Entry], Signs]) -> None:
    """After a complete read: what the feed no longer names, and is there again under another identifier, is joined to that.

    Otherwise it would stand twice from then on, since the past stays when a feed leaves it out.
    """
    with transaction.atomic():
        lease.renew(TABLES, claim, now)
        lock_writers(claim.workspace_id)
        pairs = _pairs(claim, named, one)
        copies = (_Copy(old.pk, 0, old.event.ical_uid, new.event.ical_uid, old.event.key, new.event.organizer_key) for old, new in pairs)
        levels, concerned = _levels(claim, copies)
        touched: set[int] = set()
        for old, new in pairs:
            if old.event_id != new.event_id:
                parting.take_over(claim.workspace_id, new.event_id, old.event_id)
                touched |= {old.event_id, new.event_id}
        copy_signals.replace_copies(claim.workspace_id, {old.pk: new.pk for old, new in pairs}, Leaving.JOINED)
        store.reconcile(claim.workspace_id, touched)
        if levels:
            _apply_levels(claim, levels, concerned)


def _pairs(claim: Claim, named: Collection[str], one: Callable[[Entry], Signs]) -> list[tuple[Entry, Entry]]:
    mine = Entry.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id)
    spans: dict[tuple[object, ...], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for pk, item, *span in mine.values_list("pk", "remote_id", "starts_at", "ends_at", "start_date").order_by("pk").iterator(CHUNK):
        spans[tuple(span)][item in named].append(pk)
    both = [pks for pks in spans.values() if pks[False] and pks[True]]
    entries = (
        mine.select_related("event")
        .defer("description", "location", "join_url", "web_url", "attachments")
        .in_bulk([pk for pks in both for pk in (*pks[0], *pks[1])])
    )
    return [
        (entries[old], entries[new])
        for gone, here in both
        for old, new in _matches({pk: one(entries[pk]) for pk in gone}, {pk: one(entries[pk]) for pk in here}).items()
    ]


def _matches(gone: Mapping[int, Signs], here: Mapping[int, Signs]) -> dict[int, int]:
    """Each of `gone` that shares a sign with one `here` → the lowest of those. Every sign is looked at once: a feed says how many there are."""
    first: dict[Hashable, int] = {}
    for pk in sorted(here):
        for sign in here[pk]:
            first.setdefault(sign, pk)
    found = {pk: [first[sign] for sign in signs if sign in first] for pk, signs in gone.items()}
    return {pk: min(mine) for pk, mine in found.items() if mine}


def _people(entry: Entry) -> frozenset[str]:
    return frozenset(a.address for a in rows.stored_attendees(entry.attendees))


def mark_of(entries: QuerySet[Entry], content_key: str, mark: overrides.Mark, key: str) -> str:
    """The mark by content of a meeting that is taken out, where one of its copies is from a calendar address; empty: none is."""
    entry = entries.filter(calendar__account__provider="ics").select_related("event").order_by("pk").first()
    if entry is None:
        return ""
    series = Series.objects.of(entry.workspace_id).filter(calendar_id=entry.calendar_id, remote_id=entry.remote_id).first()
    like = likeness.of_event(from_json(series.definition)) if series else _like(entry, entry.event.key)
    return mark(likeness.uid(like, content_key), key)


def _like(entry: Entry, key: str) -> str:
    return likeness.likeness_of_parts(key, rows.moments(entry), entry.title, (a.address for a in rows.stored_attendees(entry.attendees)))


def _turn_series(claim: Claim, content_key: str) -> dict[str, str]:
    """Item → its new identifier, of those that are series; of several alike one row stays."""
    mine, names = Series.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id), dict[str, str]()
    seen: set[str] = set()
    for series in mine.order_by("-pk").iterator(CHUNK):
        name = likeness.uid(likeness.of_event(from_json(series.definition)), content_key)
        names[series.remote_id] = name
        if name in seen:
            mine.filter(pk=series.pk).delete()
        else:
            mine.filter(pk=series.pk).update(remote_id=name, ical_uid=name, definition=series.definition | {"id": name, "uid": name})
            seen.add(name)
    return names


def _copies(mine: QuerySet[Entry], series: Mapping[str, str], content_key: str) -> list[_Copy]:
    entries = mine.select_related("event").defer("description", "location", "join_url", "web_url", "attachments").order_by("pk")
    return [
        _Copy(
            entry.pk,
            entry.event_id,
            entry.event.ical_uid,
            series.get(entry.remote_id) or likeness.uid(_like(entry, entry.event.key), content_key),
            entry.event.key,
            entry.event.organizer_key,
        )
        for entry in entries.iterator(CHUNK)
    ]


def _turn_entries(claim: Claim, copies: Iterable[_Copy]) -> set[int]:
    """Move or join each copy. Returns the events that have to be settled."""
    groups: dict[tuple[str, str], list[_Copy]] = defaultdict(list)
    for copy in copies:
        groups[copy.uid, copy.key].append(copy)
    shared = _shared(claim)
    homes = _homes(claim, groups, shared)
    touched: set[int] = set()
    for identity, (first, *others) in groups.items():
        home = homes[identity]
        leaving = {copy.event_id for copy in (first, *others)} - {home}
        for gone in sorted(leaving):
            parting.take_over(claim.workspace_id, home, gone)
        touched |= leaving | {home}
        Entry.objects.of(claim.workspace_id).filter(pk=first.entry_id).update(event_id=home, remote_id=first.uid)
        copy_signals.replace_copies(claim.workspace_id, {copy.entry_id: first.entry_id for copy in others}, Leaving.JOINED)
    return touched


def _shared(claim: Claim) -> set[int]:
    """The events of this calendar that others have, too."""
    here = Entry.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id).values("event_id")
    others = Entry.objects.of(claim.workspace_id).filter(event_id__in=here).exclude(calendar_id=claim.calendar_id)
    return set(others.values_list("event_id", flat=True).distinct())


def _homes(claim: Claim, groups: Mapping[tuple[str, str], list[_Copy]], shared: set[int]) -> dict[tuple[str, str], int]:
    """Identity → its event: one that is there with its organizer, or that of a first copy, renamed, or, where others have that, a new one."""
    uids = {uid for uid, _key in groups}
    events = Event.objects.of(claim.workspace_id).filter(ical_uid__in=uids).values_list("ical_uid", "key", "organizer_key", "pk")
    there = {(uid, key, organizer): pk for uid, key, organizer, pk in events}
    homes: dict[tuple[str, str], int] = {}
    for (uid, key), (first, *_others) in groups.items():
        if home := there.get((uid, key, first.organizer)):
            homes[uid, key] = home
            continue
        event = Event.objects.of(claim.workspace_id).get(pk=first.event_id)
        event.ical_uid = uid
        if event.pk in shared:
            event.pk, event._state.adding = None, True  # noqa: SLF001  Django's own way to copy a row
        event.save()
        homes[uid, key] = event.pk
    return homes


def _levels(claim: Claim, copies: Iterable[_Copy]) -> tuple[dict[str, str], set[str]]:
    """The marks that the owner's levels have from now on, with their level, and the UIDs they are of. Of several of one the first stays."""
    levels = overrides.levels_in(claim.workspace_id, claim.calendar_id)
    if not levels.by_mark:
        return {}, set()
    found: dict[str, str] = {}
    concerned: set[str] = set()
    for copy in copies:
        for scope in (copy.key, WHOLE):
            if level := levels.by_mark.get(levels.mark(copy.old, scope)):
                found.setdefault(levels.mark(copy.uid, scope), level)
                concerned.add(copy.uid)
    return found, concerned


def _apply_levels(claim: Claim, levels: Mapping[str, str], concerned: Iterable[str]) -> None:
    account = Calendar.objects.of(claim.workspace_id).values_list("account__member_id", flat=True)
    member_id = account.get(pk=claim.calendar_id)
    MeetingLevel.objects.bulk_create(
        [MeetingLevel(workspace_id=claim.workspace_id, member_id=member_id, mark=mark, level=level) for mark, level in levels.items()],
        ignore_conflicts=True,
    )
    for uid in concerned:
        overrides.apply_overrides(claim.workspace_id, member_id, uid)
