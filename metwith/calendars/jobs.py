"""What happens in the background. Arguments are ids, never content. `metwith/schedule.py` says when the periodic ones run."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import structlog
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from metwith.calendars.intents import noting
from metwith.calendars.intents.facts import ChangedFact
from metwith.calendars.intents.removals import Removal
from metwith.calendars.models import Calendar
from metwith.calendars.sync import erasing, purge
from metwith.calendars.sync import relink as links
from metwith.calendars.sync.access import PUSH
from metwith.calendars.sync.extend_series import calendars_behind, roll
from metwith.calendars.sync.meeting import guest_lists, settling
from metwith.calendars.sync.reevaluate import redecide as decide_again
from metwith.calendars.sync.run import sync_calendar as sync
from metwith.engine import due, push, removals
from metwith.engine.queue import QUICK, WAITING, enqueue, enqueue_coalesced, enqueue_once
from metwith.engine.slots import CLOCK, SYNC, UPKEEP
from metwith.engine.webhooks import Listener
from metwith.lib import clock
from metwith.records.models import Company, Person
from metwith.rules.link import RecordKind

log = structlog.get_logger(__name__)

HELD = timedelta(minutes=2)
"""A due calendar that was queued is due again after this long, unless its sync says otherwise: a lost job costs two minutes."""
QUEUED = 1000
"""So many syncs wait at most for the clock's sake."""
CHOOSING = timedelta(minutes=10)
"""After a record's change: reading calendars in full for it is done this seldom."""


def decide_soon(workspace_id: int) -> None:
    """Queue what follows from changed facts (`intents/noting.py`)."""
    enqueue_coalesced(decide, f"redecide:{workspace_id}", workspace_id=workspace_id)


def ask_sync(workspace_id: int, calendar_id: int, *, priority: int = WAITING) -> bool:
    """Queue a sync of one calendar."""
    return enqueue_once(sync_calendar, f"calendar:{calendar_id}", priority=priority, workspace_id=workspace_id, calendar_id=calendar_id)


@app.task(name="metwith.calendars.jobs.sync_calendar", queue=SYNC)
def sync_calendar(workspace_id: int, calendar_id: int) -> None:
    """One sync. Failures of the provider are states of the calendar, not of the job."""
    sync(workspace_id, calendar_id, clock=clock.now)


@app.task(name="metwith.calendars.jobs.sync_due_calendars", queue=CLOCK, queueing_lock="sync-due-calendars", priority=50)
def sync_due_calendars(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """Queue what is due, in the transaction that moves its time: never lost, never queued twice.

    The queue stays short, and accounts take turns: who becomes due now waits for a few hundred others, however many one account has.
    """
    now = clock.now()
    with transaction.atomic():
        across = Calendar.objects.across_workspaces("the clock serves all")
        turns = due.due(Calendar, now, QUEUED - due.waiting(sync_calendar, QUEUED))
        # What another tick is moving right now is its.
        mine = set(across.filter(pk__in=turns).select_for_update(skip_locked=True, of=("self",)).values_list("workspace_id", "pk"))
        across.filter(pk__in=[pk for _, pk in mine]).update(next_sync_at=now + HELD)
        spaces = {pk: workspace_id for workspace_id, pk in mine}
        for calendar_id in turns:
            if calendar_id in spaces:
                ask_sync(spaces[calendar_id], calendar_id)


def ask_push(target: push.PushTarget) -> bool:
    """Queue a look at one push channel."""
    key = f"push:calendar:{target.source_id}" if target.source_id else f"push:account:{target.account_id}"
    return enqueue_once(keep_push, key, workspace_id=target.workspace_id, account_id=target.account_id, calendar_id=target.source_id)


def less_to_watch(calendar: Calendar) -> None:
    """A calendar stands still from now on: its push channel may not be wanted any more. `calendar.account` must be loaded."""
    target = push.target_of(PUSH, calendar)
    if target and push.is_watched(PUSH, target):
        ask_push(target)


@app.task(name="metwith.calendars.jobs.keep_push", queue=SYNC)
def keep_push(workspace_id: int, account_id: int, calendar_id: int) -> None:
    """Open, renew or end one push channel. What changed before it stood is read."""
    for found in push.keep_channel(PUSH, push.PushTarget(workspace_id, account_id, calendar_id), clock.now):
        ask_sync(workspace_id, found)


@app.task(name="metwith.calendars.jobs.renew_push", queue=CLOCK, queueing_lock="renew-push")
def renew_push(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """Queue the channels that need looking after, and the calendars that have none yet."""
    for target in push.due(PUSH, clock.now()):
        ask_push(target)


LISTENER = Listener(PUSH, ask_sync, ask_push)
"""What follows from what a provider tells of calendars."""


@app.task(name="metwith.calendars.jobs.roll_due_series", queue=CLOCK, queueing_lock="roll-due-series")
def roll_due_series(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """Queue the calendars whose series have fallen behind the rolling year."""
    for workspace_id, calendar_id in calendars_behind(clock.now()):
        enqueue_once(roll_calendar, f"roll:{calendar_id}", workspace_id=workspace_id, calendar_id=calendar_id)


@app.task(name="metwith.calendars.jobs.roll_calendar", queue=UPKEEP)
def roll_calendar(workspace_id: int, calendar_id: int) -> None:
    """Expand the series of one calendar a little further."""
    roll(workspace_id, calendar_id, clock.now())


@app.task(name="metwith.calendars.jobs.relink", queue=UPKEEP)
def relink(workspace_id: int, kind: int, record_id: int) -> None:
    """Redo the links that a record's change concerns, past meetings included. Of a record that is gone for good nothing stays."""
    links.relink_record(workspace_id, RecordKind(kind), record_id)
    choose_soon(workspace_id)
    if kind == RecordKind.PERSON:
        settling.regroup_person(workspace_id, record_id)
    model = Person if kind == RecordKind.PERSON else Company
    if not model.objects.of(workspace_id).filter(pk=record_id).exists():
        links.unlink_record(workspace_id, RecordKind(kind), record_id)


@app.task(name="metwith.calendars.jobs.relink_contacts", queue=UPKEEP)
def relink_contacts(workspace_id: int, people: str, companies: str) -> None:
    """The same for records that were just made, many at once. Ids, with spaces between them."""
    ids = {RecordKind.PERSON: [*map(int, people.split())], RecordKind.COMPANY: [*map(int, companies.split())]}
    links.relink_records(workspace_id, [(kind, record_id) for kind, several in ids.items() for record_id in several])
    choose_soon(workspace_id)
    for person_id in ids[RecordKind.PERSON]:
        settling.regroup_person(workspace_id, person_id)


@app.task(name="metwith.calendars.jobs.relink_workspace", queue=UPKEEP)
def relink_workspace(workspace_id: int) -> None:
    """Redo all links, after an import."""
    links.relink_all(workspace_id, None)
    choose_soon(workspace_id)
    settling.regroup_all(workspace_id)


def choose_soon(workspace_id: int) -> None:
    """Queue a look at meetings with very many participants, if there are any: in a while, so that a day's work on the records is one look."""
    if not guest_lists.crowded(workspace_id):
        return
    key = f"choose:{workspace_id}"
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        later = choose_again.configure(lock=key, queueing_lock=key, priority=WAITING, schedule_in={"seconds": CHOOSING.seconds})
        later.defer(workspace_id=workspace_id)


@app.task(name="metwith.calendars.jobs.choose_again", queue=UPKEEP)
def choose_again(workspace_id: int) -> None:
    """Choose again who is kept of them, after it changed who is on record."""
    settling.choose_again(workspace_id, clock.now())


@app.task(name="metwith.calendars.jobs.regroup", queue=UPKEEP)
def regroup(workspace_id: int) -> None:
    """Look which meetings are of another organizer, after it changed who somebody is."""
    settling.regroup_all(workspace_id)


@app.task(name="metwith.calendars.jobs.settle_organized", queue=UPKEEP)
def settle_organized(workspace_id: int, member_id: int) -> None:
    """Settle what a member organizes, after it changed what is shown to be theirs."""
    settling.settle_organized(workspace_id, member_id)


@app.task(name="metwith.calendars.jobs.settle_calendar", queue=UPKEEP)
def settle_calendar(workspace_id: int, calendar_id: int) -> None:
    """Settle what others have too of a calendar that is not read any more, or again."""
    settling.settle_calendar(workspace_id, calendar_id)


def reading_changed(workspace_id: int, **which: int) -> None:
    """These calendars (a filter) are read from now on, or not any more: another copy may speak for their meetings."""
    for calendar_id in Calendar.objects.of(workspace_id).filter(**which).values_list("pk", flat=True):
        enqueue(settle_calendar, f"settle:{calendar_id}", workspace_id=workspace_id, calendar_id=calendar_id)


@app.task(name="metwith.calendars.jobs.part_old_meetings", queue=CLOCK, queueing_lock="part-old-meetings")
def part_old_meetings(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """After an upgrade: part meetings whose copies name different organizers. Nothing to do any more, it costs a look at an empty index."""
    for workspace_id in settling.workspaces_to_part():
        enqueue_once(part_old, f"part-old:{workspace_id}", workspace_id=workspace_id)


@app.task(name="metwith.calendars.jobs.part_old", queue=UPKEEP)
def part_old(workspace_id: int) -> None:
    """The same for one workspace; taken up again where it was."""
    settling.part_old(workspace_id)


@app.task(name="metwith.calendars.jobs.decide", queue=UPKEEP)
def decide(workspace_id: int) -> None:
    """Decide again what changed facts concern, and read again what may come in now."""
    decide_again(workspace_id, clock.now())


@app.task(name="metwith.calendars.jobs.redecide", queue=UPKEEP)
def redecide(workspace_id: int, member_id: int = 0) -> None:
    """Queued by a version that did not note what had changed: everything is looked at."""
    for kind in (noting.Kind.OURS, noting.Kind.ALLOWED, noting.Kind.LET_IN):
        noting.note_change(workspace_id, kind, member_id=member_id or None)
    decide_again(workspace_id, clock.now())


STEPS = {**purge.STEPS, Removal.Kind.ERASED: erasing.erase_page}
"""What each kind of removal does a page at a time."""


def take_away(row: Removal) -> bool:
    """Begin to remove what was marked, in the transaction of the mark: the first page at once, the rest by a job. True when that was all."""
    done = removals.work_off(Removal, row.workspace_id, row.pk, STEPS, pages=1)
    if not done:
        enqueue(remove, f"removal:{row.pk}", workspace_id=row.workspace_id, removal_id=row.pk)
    return done


@app.task(name="metwith.calendars.jobs.remove", queue=UPKEEP)
def remove(workspace_id: int, removal_id: int) -> None:
    """Remove the rest of what was marked. Killed anywhere, it is taken up again."""
    removals.work_off(Removal, workspace_id, removal_id, STEPS)


@app.task(name="metwith.calendars.jobs.go_on", queue=CLOCK, queueing_lock="go-on")
def go_on(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """Queue what was marked or noted and has no job any more: it was lost, or failed."""
    noted = ChangedFact.objects.across_workspaces("the clock serves all").values_list("workspace_id", flat=True)
    for workspace_id in noted.distinct():
        enqueue_once(decide, f"redecide:{workspace_id}", priority=QUICK, workspace_id=workspace_id)
    for row in Removal.objects.across_workspaces("the clock serves all").order_by("pk"):
        enqueue_once(remove, f"removal:{row.pk}", priority=QUICK, workspace_id=row.workspace_id, removal_id=row.pk)
