"""Bring meetings in line again after a fact changed that they rest on besides their copies: who an organizer is, what is still read.

A batch in a transaction, in turn with the workspace's other writers, and every batch for itself: killed anywhere and run again, the
same end state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.sync import store
from metwith.calendars.sync.meeting import guest_lists, organizers
from metwith.engine.locks import lock_writers
from metwith.lib import sql
from metwith.records.models import PersonAddress
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

BATCH, CROWDED = 500, 20
"""Meetings in a transaction; and of those with very many participants."""


def workspaces_to_part() -> list[int]:
    """Where there are meetings from before organizers told them apart."""
    return list(
        Event.objects.across_workspaces("an upgrade serves all")
        .filter(organizer_key=None)
        .values_list("workspace_id", flat=True)
        .distinct()
    )


def part_old(workspace_id: int) -> None:
    """Part those: what is done has its organizer, so that whoever takes this up again finds the rest."""
    while True:
        with transaction.atomic():
            lock_writers(workspace_id)
            some = Event.objects.of(workspace_id).filter(organizer_key=None).order_by("pk").values_list("pk", flat=True)[:BATCH]
            ids = set(some)
            store.reconcile(workspace_id, ids)
        if not ids:
            return


def regroup_all(workspace_id: int) -> None:
    """Who is one of us, or who has which address, changed in a way that is not known more closely: where an organizer is another by now."""
    _settle_batches(workspace_id, _misnamed(workspace_id, Q()))


def regroup_person(workspace_id: int, person_id: int) -> None:
    """A person on record was made, edited, merged, trashed or restored: what they organize or organized may be of another organizer now."""
    addresses = PersonAddress.objects.of(workspace_id).filter(person_id=person_id).values("folded")
    _settle_batches(
        workspace_id, _misnamed(workspace_id, Q(organizer__in=addresses) | Q(event__organizer_key=organizers.person(person_id)))
    )


def settle_organized(workspace_id: int, member_id: int) -> None:
    """What is shown to be a member's changed: the meetings that they organize may have another speaker."""
    addresses = who_is_who(workspace_id).addresses_of(member_id)
    mine = Entry.objects.of(workspace_id).filter(organizer__in=list(addresses))
    _settle_batches(workspace_id, set(mine.values_list("event_id", flat=True)))


def settle_calendar(workspace_id: int, calendar_id: int) -> None:
    """A calendar is not read any more, or again: of the meetings that others have too, another copy may speak."""
    others = Entry.objects.of(workspace_id).filter(event_id=OuterRef("event_id")).exclude(calendar_id=calendar_id)
    shared = Entry.objects.of(workspace_id).filter(Exists(others), calendar_id=calendar_id)
    _settle_batches(workspace_id, set(shared.values_list("event_id", flat=True)))


def choose_again(workspace_id: int, now: datetime) -> None:
    """Who is on record changed: of meetings with very many participants others may be kept now.

    As far as their copies tell it is done at once; whom these left out is known to the provider alone, so their calendars are read in full.
    """
    _settle_batches(workspace_id, guest_lists.crowded(workspace_id), CROWDED)
    which = Calendar.objects.of(workspace_id).filter(pk__in=guest_lists.calendars(workspace_id))
    guest_lists.read_again(which, now)


def _misnamed(workspace_id: int, which: Q) -> set[int]:
    """The meetings with a copy whose organizer is not the meeting's."""
    named = Entry.objects.of(workspace_id).filter(which, organizer__gt="", event__organizer_key__isnull=False)
    held = [(str(organizer), key) for organizer, key in named.values_list("organizer", "event__organizer_key").distinct()]
    keys = organizers.keys(workspace_id, {organizer for organizer, _ in held})
    wrong = [(organizer, key) for organizer, key in held if keys[organizer] != key]
    if not wrong:
        return set()
    found = sql.rows(MISNAMED, ([organizer for organizer, _ in wrong], [key for _, key in wrong], workspace_id))
    return {event_id for (event_id,) in found}


MISNAMED = """SELECT DISTINCT e.event_id FROM unnest(%s::text[], %s::text[]) AS wrong (organizer, organizer_key)
JOIN calendars_entry e ON e.workspace_id = %s AND e.organizer > '' AND e.organizer = wrong.organizer
JOIN calendars_event v ON v.workspace_id = e.workspace_id AND v.id = e.event_id AND v.organizer_key = wrong.organizer_key"""


def _settle_batches(workspace_id: int, event_ids: Collection[int], batch: int = BATCH) -> None:
    ordered = sorted(event_ids)
    for i in range(0, len(ordered), batch):
        with transaction.atomic():
            lock_writers(workspace_id)
            store.reconcile(workspace_id, ordered[i : i + batch])
