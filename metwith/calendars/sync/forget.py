"""Taking out what was read: a calendar's, an account's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from metwith.accounts.models import Account
from metwith.calendars.models import Calendar, Entry, Series, Trace
from metwith.calendars.sync import store, tally
from metwith.calendars.sync.turns import lock_writers
from metwith.calendars.vocabulary import DropReason

if TYPE_CHECKING:
    from datetime import datetime

BATCH = 2000


def stand_still(account: Account, now: datetime) -> None:
    """Forget the credentials of an account. What was read stays, no longer updated."""
    secretless = {"secret": "", "disconnected_at": account.disconnected_at or now}
    Account.objects.of(account.workspace_id).filter(pk=account.pk).update(**secretless)
    Calendar.objects.of(account.workspace_id).filter(account=account).update(lease_holder=None, lease_until=None, next_sync_at=None)


def purge_account(account: Account) -> None:
    """Remove all copies of an account; meetings that nobody else has go with their links."""
    for calendar in Calendar.objects.of(account.workspace_id).filter(account_id=account.pk):
        purge_calendar(calendar, why=tally.DISCONNECTED)


def purge_calendar(calendar: Calendar, *, why: str = DropReason.SWITCHED_OFF) -> None:
    """Remove all copies of a calendar and what is known of it but its row. The next read begins at the beginning."""
    workspace_id = calendar.workspace_id
    # Without its lease a sync under way cannot write any more.
    Calendar.objects.of(workspace_id).filter(pk=calendar.pk).update(cursor="", lease_holder=None, lease_until=None)
    many = Entry.objects.of(workspace_id).filter(calendar_id=calendar.pk).values("remote_id").distinct().count()
    while _purge_some(workspace_id, calendar.pk):
        pass
    tally.purged(workspace_id, calendar.pk, {why: many})
    Series.objects.of(workspace_id).filter(calendar_id=calendar.pk).delete()
    Trace.objects.of(workspace_id).filter(calendar_id=calendar.pk).delete()


def _purge_some(workspace_id: int, calendar_id: int) -> bool:
    mine = Entry.objects.of(workspace_id).filter(calendar_id=calendar_id)
    with transaction.atomic():
        lock_writers(workspace_id)
        some = dict(mine.order_by("pk").values_list("pk", "event_id")[:BATCH])
        mine.filter(pk__in=some.keys()).delete()
        store.settle(workspace_id, set(some.values()))
    return bool(some)
