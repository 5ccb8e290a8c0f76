"""Which calendars are read, and when: choosing, pausing, reading now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from metwith.calendars import jobs
from metwith.calendars.actions.whose import check_new_people, own_account, own_calendar
from metwith.calendars.models import Calendar, NewPeople
from metwith.calendars.sync import purge
from metwith.calendars.vocabulary import FILE
from metwith.engine import queue
from metwith.engine.models import State
from metwith.workspaces import audit
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from metwith.workspaces.models import Member


@transaction.atomic
def choose_calendars(member: Member, account_id: int, calendar_ids: Collection[int], now: datetime) -> None:
    """Switch calendars on and off. What was read from one that is switched off is purged: it is no longer the CRM's business.

    It is shown to nobody any more at once, and gone soon after, however much it is.
    """
    account = own_account(member, account_id)
    rows = Calendar.objects.of(member.workspace_id).filter(account=account)
    rows.filter(pk__in=calendar_ids, enabled=False).update(
        enabled=True, paused=False, state=State.NEW, state_since=now, next_sync_at=now, cursor=""
    )
    for calendar in rows.exclude(pk__in=calendar_ids).filter(enabled=True):
        switch_off(calendar, member)
    sync_now(member, account_id=account_id, now=now)


def switch_off(calendar: Calendar, member: Member) -> None:
    """Stop reading it: what was read of it goes, at once for everybody."""
    Calendar.objects.of(calendar.workspace_id).filter(pk=calendar.pk).update(enabled=False, next_sync_at=None)
    jobs.take_away(purge.of_calendar(calendar, by=member.pk))
    jobs.less_to_watch(calendar)


@transaction.atomic
def set_new_people(member: Member, calendar_id: int, wanted: str, *, now: datetime) -> None:
    """Of whose meetings unknown outsiders become people. Where more may come than before, the calendar is read again for them."""
    check_new_people(wanted)
    calendar = own_calendar(member, calendar_id)
    if wanted == calendar.new_people:
        return
    more = wanted == NewPeople.ON or calendar.new_people == NewPeople.OFF
    # A sync under way works by the choice of before: without its lease it writes nothing more, and no cursor.
    again = {"cursor": "", "next_sync_at": now, "lease_holder": None, "lease_until": None}
    if not more or calendar.account.provider == FILE:
        again = {}
    Calendar.objects.of(member.workspace_id).filter(pk=calendar.pk).update(new_people=wanted, **again)
    audit.note(member, Action.NEW_PEOPLE, calendar=calendar.pk, from_=calendar.new_people, to=wanted)


@transaction.atomic
def choose_new_people(member: Member, wanted: str) -> None:
    """The same for all calendars that the member has on, and from now on alone: nothing is read again for it."""
    check_new_people(wanted)
    mine = Calendar.objects.of(member.workspace_id).filter(account__member=member, account__disconnected_at=None, enabled=True)
    for calendar in mine.exclude(new_people=wanted):
        Calendar.objects.of(member.workspace_id).filter(pk=calendar.pk).update(new_people=wanted)
        audit.note(member, Action.NEW_PEOPLE, calendar=calendar.pk, from_=calendar.new_people, to=wanted)


def pause(member: Member, calendar_id: int) -> None:
    """The calendar stands still; what was read stays."""
    calendar = own_calendar(member, calendar_id)
    with transaction.atomic():
        Calendar.objects.of(member.workspace_id).filter(pk=calendar_id).update(paused=True)
        jobs.reading_changed(member.workspace_id, pk=calendar_id)
    jobs.less_to_watch(calendar)


def resume(member: Member, calendar_id: int, now: datetime) -> None:
    """Go on where it stopped."""
    own_calendar(member, calendar_id)
    with transaction.atomic():
        Calendar.objects.of(member.workspace_id).filter(pk=calendar_id).update(paused=False, next_sync_at=now)
        jobs.reading_changed(member.workspace_id, pk=calendar_id)
    jobs.ask_sync(member.workspace_id, calendar_id, priority=queue.QUICK)


def confirm_empty(member: Member, calendar_id: int, now: datetime) -> None:
    """Its owner says that the calendar is empty for a reason: the next sync may remove what is not there."""
    own_calendar(member, calendar_id)
    rows = Calendar.objects.of(member.workspace_id).filter(pk=calendar_id)
    rows.update(emptiness_confirmed=True, cursor="", next_sync_at=now)
    jobs.ask_sync(member.workspace_id, calendar_id, priority=queue.QUICK)


def sync_now(member: Member, *, account_id: int | None = None, calendar_id: int | None = None, now: datetime) -> int:
    """Queue a sync of one calendar, or of an account's. Returns how many were queued; one that waits already is not queued twice."""
    calendars = Calendar.objects.of(member.workspace_id).filter(enabled=True, paused=False, account__disconnected_at=None)
    if account_id is not None:
        calendars = calendars.filter(account_id=own_account(member, account_id, admin=True).pk)
    if calendar_id is not None:
        calendars = calendars.filter(pk=own_calendar(member, calendar_id).pk)
    calendars = calendars.exclude(account__provider=FILE)
    ids = list(calendars.values_list("pk", flat=True))
    Calendar.objects.of(member.workspace_id).filter(pk__in=ids).update(next_sync_at=now)
    return sum(jobs.ask_sync(member.workspace_id, pk, priority=queue.QUICK) for pk in ids)
