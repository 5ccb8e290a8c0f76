"""A fact changed that decisions rest on (a block, an own domain, a member, an alias): decide again, both ways.

At once, from what is stored: what may no longer be here is purged (`cutting.py`), whether the provider answers or not. Then every
calendar that is read is read in full again, into the same rows, so that what may now come in does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from metwith.calendars.models import Calendar, Entry, Series
from metwith.calendars.sync import access, cutting, store
from metwith.calendars.sync.batch import Claim
from metwith.calendars.sync.turns import lock_writers
from metwith.lib import secrets

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.db.models import QuerySet

MANY_ENTRIES, MANY_SERIES = 2000, 100


def redecide(workspace_id: int, now: datetime, *, member_id: int | None = None) -> int:
    """Decide again about all calendars of a workspace, or of one member. Returns how many copies of meetings were purged."""
    chosen = Q(account__member_id=member_id) if member_id else Q()
    purged = 0
    for calendar in Calendar.objects.of(workspace_id).filter(chosen).select_related("account__member__user"):
        # A sync under way decides by the facts of before: without its lease it writes nothing more, and no cursor.
        Calendar.objects.of(workspace_id).filter(pk=calendar.pk).update(cursor="", lease_holder=None, lease_until=None)
        purged += purge(calendar, now)
    due = Calendar.objects.of(workspace_id).filter(chosen, enabled=True, paused=False, account__disconnected_at=None)
    due.exclude(next_sync_at=None).update(next_sync_at=now)
    return purged


def purge(calendar: Calendar, now: datetime) -> int:
    """Remove what is stored of a calendar and would now be dropped, meeting by meeting. Returns how many copies went.

    No more goes than must: from a file, a disconnected or a paused calendar nothing could be fetched again.
    """
    knife = knife_for(calendar, now)
    # Series first: what is cut out of them cannot roll in any more behind the back of the look at the entries.
    series = Series.objects.of(calendar.workspace_id).filter(calendar_id=calendar.pk)
    entries = Entry.objects.of(calendar.workspace_id).filter(calendar_id=calendar.pk).select_related("event").defer("description")
    return _through(calendar, series, MANY_SERIES, knife.series) + _through(calendar, entries, MANY_ENTRIES, knife.entries)


def knife_for(calendar: Calendar, now: datetime) -> cutting.Knife:
    """What cuts by the facts as they are now. `calendar.account.member.user` must be loaded."""
    # What a disconnected or paused calendar left behind stays, as long as the other rules let it.
    policy = replace(access.policy(calendar), switched_on=True)
    claim = Claim(calendar.workspace_id, calendar.pk, store.NOBODY, lambda: policy)
    return cutting.Knife(claim, secrets.digester(calendar.workspace_id, calendar.pk), now)


def _through[Row: (Series, Entry)](calendar: Calendar, rows: QuerySet[Row], many: int, cut: Callable[[list[Row]], int]) -> int:
    """All rows, so many in a transaction, in turn with the workspace's other writers."""
    done = last = 0
    while True:
        with transaction.atomic():
            lock_writers(calendar.workspace_id)
            batch = list(rows.filter(pk__gt=last).order_by("pk")[:many])
            done += cut(batch)
        if len(batch) < many:
            return done
        last = batch[-1].pk
