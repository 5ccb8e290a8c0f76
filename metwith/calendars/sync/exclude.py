"""A member takes a meeting out for good: what is stored of it goes at once, whether the provider answers or not.

The calendars that it was in are read in full again, which leaves the traces that everything leaves that may not come in.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from metwith.calendars.models import Calendar, Series
from metwith.calendars.rules.keep import Policy, filter_item
from metwith.calendars.sync import aside, overrides, purge
from metwith.calendars.sync.series_json import from_json, to_json
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import WHOLE, DropReason
from metwith.engine import counters
from metwith.rules.own_identities import OwnIdentities

if TYPE_CHECKING:
    from metwith.calendars.intents.removals import Removal

NOBODY = OwnIdentities(frozenset(), frozenset())


def stop_readers(workspace_id: int, member_id: int, uid: str) -> None:
    """Syncs under way decide by the facts of before: without their lease they write nothing more, and no cursor."""
    mine = Calendar.objects.of(workspace_id).filter(account__member_id=member_id)
    mine.update(lease_holder=None, lease_until=None)
    holding = overrides.copies(workspace_id, member_id, uid).values("calendar_id")
    mine.filter(pk__in=holding).update(cursor="")


def mark(workspace_id: int, member_id: int, uid: str, key: str) -> Removal:
    """Mark a member's copies of an occurrence, or with WHOLE of all, to be removed; their series lose it at once. Inside the writers' lock."""
    items = overrides.copies(workspace_id, member_id, uid, key).values_list("calendar_id", "remote_id").distinct()
    many = Counter(calendar_id for calendar_id, _ in items)
    for calendar_id in many:
        counters.purged(TABLES, workspace_id, calendar_id, {DropReason.TAKEN_OUT: many[calendar_id]})
    _cut_series(workspace_id, member_id, uid, whole=key == WHOLE)
    aside.exclude_set_aside(workspace_id, member_id, uid, key)
    return purge.of_meeting(workspace_id, many, uid, key, by=member_id)


def _cut_series(workspace_id: int, member_id: int, uid: str, *, whole: bool) -> None:
    """A series keeps nothing of what left it."""
    series = Series.objects.of(workspace_id).filter(calendar__account__member_id=member_id, ical_uid=uid)
    if whole:
        series.delete()
        return
    # Only this: if other facts changed too, redecide is on its way and takes the entries along.
    policy = Policy(NOBODY, frozenset(), out=overrides.out_of(workspace_id, member_id))
    for row in series:
        left = filter_item(from_json(row.definition), policy).kept
        if left and left[0].recurrence:
            series.filter(pk=row.pk).update(definition=to_json(left[0]))
