"""Taking away what was read, however much it is: marked in one row (`removals.Removal`), then page by page.

From the mark on nobody is shown any of it (`visible.py`), and no sync writes to the calendars it is about. The first page goes in the
transaction of the verb, which is all there is in most cases; the rest is a job's, which may be killed anywhere: what is left is what is
still there. `sync/reevaluate.py` removes what may no longer be here by the rules.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db.models import Count

from metwith.accounts.models import Account
from metwith.calendars.intents.aside import SetAside
from metwith.calendars.intents.removals import Removal
from metwith.calendars.models import Calendar, Entry, Series, Trace
from metwith.calendars.sync import copy_signals, overrides, store
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import DropReason, Leaving
from metwith.engine import counters, removals
from metwith.lib import clock, secrets
from metwith.workspaces.actions import end_member
from metwith.workspaces.addresses import leave_account
from metwith.workspaces.models import Member

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

PAGE = 500
"""Copies taken away in one transaction, in turn with the workspace's other writers."""
Kind = Removal.Kind


def of_calendar(calendar: Calendar, *, by: int | None = None) -> Removal:
    """Mark all copies of a calendar that was switched off, and what is known of it but its row: the next read begins at the beginning."""
    return _mark_calendars(Kind.CALENDAR, calendar.workspace_id, [calendar.pk], DropReason.SWITCHED_OFF, by=by)


def of_account(account: Account, *, by: int | None = None) -> Removal:
    """Mark all copies of an account, and the account with its calendars. From here on nothing opens it, and nobody connects into its row."""
    workspace_id = account.workspace_id
    Account.objects.of(workspace_id).filter(pk=account.pk).update(
        secret="", subject="", disconnected_at=account.disconnected_at or clock.now()
    )
    ids = list(Calendar.objects.of(workspace_id).filter(account_id=account.pk).order_by("pk").values_list("pk", flat=True))
    Calendar.objects.of(workspace_id).filter(pk__in=ids).update(next_sync_at=None)
    return _mark_calendars(
        Kind.ACCOUNT,
        workspace_id,
        ids,
        counters.DISCONNECTED,
        account_id=account.pk,
        by=by,
    )


def of_member(workspace_id: int, member_id: int, accounts: Iterable[Account]) -> list[Removal]:
    """Mark all that a member has, before any of it goes: their accounts, and that the member goes with the last of them.

    What was marked already is not marked, and counted, once more.
    """
    marked = {row.account_id for row in going(workspace_id)}
    for account in accounts:
        if account.pk not in marked:
            of_account(account)
    mine = going(workspace_id).filter(account_id__in=[account.pk for account in accounts])
    mine.update(member_id=member_id)
    return list(mine.order_by("pk"))


def stand_still(account: Account, now: datetime) -> None:
    """The other way to end an account: forget its credentials. What was read stays, no longer updated."""
    secretless = {"secret": "", "disconnected_at": account.disconnected_at or now}
    Account.objects.of(account.workspace_id).filter(pk=account.pk).update(**secretless)
    Calendar.objects.of(account.workspace_id).filter(account=account).update(lease_holder=None, lease_until=None, next_sync_at=None)


def of_meeting(workspace_id: int, calendars: Iterable[int], uid: str, key: str, *, by: int | None) -> Removal:
    """Mark the copies of an occurrence, or with WHOLE of all with this UID, in some calendars."""
    sealed = secrets.encrypt(workspace_id, json.dumps([uid, key]))
    return removals.mark(Removal, workspace_id, Kind.MEETING, calendars, sealed=sealed, by=by)


def of_address(workspace_id: int, address: str, companies: Iterable[int], *, by: int) -> Removal:
    """Mark all copies that name a folded address, and companies that go with it where nothing else is known of them by the end."""
    return removals.mark(
        Removal, workspace_id, Kind.ERASED, (), sealed=secrets.encrypt(workspace_id, address), companies=list(companies), by=by
    )


def _mark_calendars(kind: str, workspace_id: int, ids: list[int], why: str, **facts: int | None) -> Removal:
    rows = Calendar.objects.of(workspace_id).filter(pk__in=ids)
    # Without its lease a sync under way cannot write any more.
    rows.update(cursor="", lease_holder=None, lease_until=None)
    items = Entry.objects.of(workspace_id).filter(calendar_id__in=ids).values_list("calendar_id").order_by()
    for calendar_id, many in items.annotate(many=Count("remote_id", distinct=True)):
        counters.purged(TABLES, workspace_id, calendar_id, {why: many})
    return removals.mark(Removal, workspace_id, kind, ids, **facts)


# --- the work, a page at a time -----------------------------------------------------------------------------------------------------


def take_copies(rows: QuerySet[Entry], why: Leaving) -> bool:
    """A page of these copies goes; meetings that nobody else has go with their links. False when none can be left."""
    some = dict(rows.order_by("pk").values_list("pk", "event_id")[:PAGE])
    if not some:
        return False
    workspace_id = rows.values_list("workspace_id", flat=True)[0]
    copy_signals.remove_copies(workspace_id, dict.fromkeys(some, why))
    store.reconcile(workspace_id, set(some.values()))
    return len(some) == PAGE


def calendars_page(row: Removal, why: Leaving = Leaving.SWITCHED_OFF) -> bool:
    """Of all of some calendars. First the series, so that nothing rolls in behind our back; at the end what is known of the rest."""
    Series.objects.of(row.workspace_id).filter(calendar_id__in=row.sources).delete()
    SetAside.objects.of(row.workspace_id).filter(calendar_id__in=row.sources).delete()
    if take_copies(Entry.objects.of(row.workspace_id).filter(calendar_id__in=row.sources), why):
        return True
    Trace.objects.of(row.workspace_id).filter(source_id__in=row.sources).delete()
    # One that was switched on again meanwhile has waited for this.
    Calendar.objects.of(row.workspace_id).filter(pk__in=row.sources, enabled=True).update(next_sync_at=clock.now())
    return False


def account_page(row: Removal) -> bool:
    """Of an account, which goes with its last page: from then on its addresses say nothing any more."""
    assert row.account_id
    # One that was connected while the account was being marked goes too, and not by the database's cascade.
    there = Calendar.objects.of(row.workspace_id).filter(account_id=row.account_id).values_list("pk", flat=True)
    row.sources = sorted({*row.sources, *there})
    if calendars_page(row, Leaving.DISCONNECTED):
        return True
    Account.objects.of(row.workspace_id).filter(pk=row.account_id).delete()
    leave_account(row.workspace_id, row.account_id)
    if row.member_id is not None:
        _end_former(row.workspace_id, row.member_id)
    return False


def _end_former(workspace_id: int, member_id: int) -> None:
    """With the last of their accounts a member goes who left before; one who leaves just now goes by the verb itself.

    Never with an account left: it would go by the database's cascade, and nobody would settle the meetings that it had copies of.
    """
    former = Member.objects.of(workspace_id).filter(pk=member_id, left_at__isnull=False).select_related("user").first()
    if former and not Account.objects.of(workspace_id).filter(member_id=member_id).exists():
        end_member(former)


def meeting_page(row: Removal) -> bool:
    """Of one meeting, or series."""
    uid, key = json.loads(secrets.decrypt(row.workspace_id, row.sealed))
    return take_copies(
        overrides.with_uid(Entry.objects.of(row.workspace_id).filter(calendar_id__in=row.sources), uid, key), Leaving.TAKEN_OUT
    )


STEPS: Mapping[str, removals.Step[Removal]] = {Kind.CALENDAR: calendars_page, Kind.ACCOUNT: account_page, Kind.MEETING: meeting_page}


def going(workspace_id: int) -> QuerySet[Removal]:
    """Accounts that are being removed: to everybody they are gone."""
    return Removal.objects.of(workspace_id).filter(kind=Kind.ACCOUNT)
