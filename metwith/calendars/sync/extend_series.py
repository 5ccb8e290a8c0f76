"""The occurrence window rolls on: once a day each series is expanded a little further, without asking the provider.

What stands still does not: of a calendar that is paused, or disconnected with its meetings kept, nobody knows whether its series go on.
When it is read again its series catch up. A file, which is read once, rolls on: it says all that it ever will.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from metwith.calendars.models import Calendar, Series
from metwith.calendars.rules.compare import digest
from metwith.calendars.rules.keep import without_excluded
from metwith.calendars.rules.recur import BrokenRule, TooManyOccurrences, occurrences
from metwith.calendars.sync import access, store
from metwith.calendars.sync.batch import Claim
from metwith.calendars.sync.run import AHEAD
from metwith.calendars.sync.series_json import from_json
from metwith.calendars.vocabulary import Add, Occurrence
from metwith.engine import lease
from metwith.engine.locks import lock_writers
from metwith.lib.border import at_item

SLACK = timedelta(days=1)
"""A series is touched when its window has fallen behind by this much."""


def calendars_behind(now: datetime) -> list[tuple[int, int]]:
    """Workspace and calendar of every series whose window has fallen behind."""
    everywhere = Series.objects.across_workspaces("the daily roll serves all").filter(expanded_until__lt=now + AHEAD - SLACK)
    behind = everywhere.filter(calendar__paused=False, calendar__account__disconnected_at=None)
    return list(behind.values_list("workspace_id", "calendar_id").distinct())


def roll(workspace_id: int, calendar_id: int, now: datetime) -> int:
    """Add the occurrences that have come into the window. Returns how many. Safe to repeat and to kill."""
    with transaction.atomic():
        lock_writers(workspace_id)
        calendar = Calendar.objects.of(workspace_id).select_related("account__member__user").get(pk=calendar_id)
        if calendar.paused or calendar.account.disconnected_at:
            return 0
        behind = Series.objects.of(workspace_id).filter(calendar_id=calendar_id, expanded_until__lt=now + AHEAD - SLACK)
        # The lease is the reader's business; whatever it writes meanwhile waits for the writers' lock and then compares afresh.
        claim = Claim(workspace_id, calendar_id, lease.NOBODY, partial(access.policy, calendar))
        new, _out = without_excluded((found for row in behind for found in _new(row, now + AHEAD)), claim.policy.out)
        known = {(e.remote_id, e.uid, e.key) for e in store.known_entries(claim, {o.event.id for o in new})}
        added = [Add(o, digest(o)) for o in new if (o.event.id, o.event.uid, o.key) not in known]
        store.write_changes(claim, added)
        behind.update(expanded_until=now + AHEAD)
    return len(added)


def _new(row: Series, until: datetime) -> list[Occurrence]:
    """All occurrences up to `until`; those that are stored already are sorted out by the caller.

    A series that cannot be expanded (any more), for example because it has grown too long, gives none: what is stored stays, and the
    others roll on.
    """
    none: list[Occurrence] = []
    expand = partial(_expanded, row, until)
    return at_item(expand, lambda _reason: none, known=(TooManyOccurrences, BrokenRule))


def _expanded(row: Series, until: datetime) -> list[Occurrence]:
    return list(occurrences(from_json(row.definition), until=until))
