"""A fact changed that decisions rest on (a block, an own domain, a member, an alias): decide again, both ways.

At once, from what is stored: what may no longer be here is purged, whether the provider answers or not. Then every calendar is read
in full again, into the same rows, so that what may now come in does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from metwith.calendars.models import Calendar, Entry
from metwith.calendars.rules.keep import decide
from metwith.calendars.sync import access, rows, store, tally
from metwith.calendars.sync.batch import Claim
from metwith.calendars.sync.turns import lock_writers
from metwith.calendars.vocabulary import Drop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

BATCH = 2000


def redecide(workspace_id: int, now: datetime, *, member_id: int | None = None) -> int:
    """Decide again about all calendars of a workspace, or of one member. Returns how many items were purged."""
    chosen = Q(account__member_id=member_id) if member_id else Q()
    purged = 0
    for calendar in Calendar.objects.of(workspace_id).filter(chosen).select_related("account__member__user"):
        # A sync under way decides by the facts of before: without its lease it writes nothing more, and no cursor.
        Calendar.objects.of(workspace_id).filter(pk=calendar.pk).update(cursor="", lease_holder=None, lease_until=None)
        purged += purge(calendar)
    due = Calendar.objects.of(workspace_id).filter(chosen, enabled=True, paused=False, account__disconnected_at=None)
    due.exclude(next_sync_at=None).update(next_sync_at=now)
    return purged


def purge(calendar: Calendar) -> int:
    """Remove the items of a calendar of which a stored entry would now be dropped; the next full read brings back what of them may stay."""
    # What a disconnected or paused calendar left behind stays, as long as the other rules let it.
    policy = replace(access.policy(calendar), switched_on=True)
    claim = Claim(calendar.workspace_id, calendar.pk, store.NOBODY, policy)
    purged = 0
    for entries in _batches(calendar):
        judged = ((row.remote_id, decide(rows.remote(row, ""), policy)) for row in entries)
        gone = {item: verdict.reason for item, verdict in judged if isinstance(verdict, Drop)}
        with transaction.atomic():
            lock_writers(calendar.workspace_id)
            store.remove_items(claim, gone.keys())
            tally.purged(calendar.workspace_id, calendar.pk, Counter(gone.values()))
        purged += len(gone)
    return purged


def _batches(calendar: Calendar) -> Iterator[list[Entry]]:
    last = 0
    mine = Entry.objects.of(calendar.workspace_id).filter(calendar_id=calendar.pk).order_by("pk")
    while batch := list(mine.filter(pk__gt=last).defer("description")[:BATCH]):
        yield batch
        last = batch[-1].pk
