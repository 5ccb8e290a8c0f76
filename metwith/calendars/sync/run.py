"""The story of one sync: claim → open → for each page: keep, compare, apply → sweep → report.

Safe to kill anywhere and to run again: a page is one transaction (store.py), the cursor is saved with the last rows it stands for,
and a lease that ran out is free again. What a provider says is decided by `rules/`; nothing that is dropped leaves this file.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import Q

from metwith.calendars.models import Attendee, Calendar, Entry, Event, Link, Series, State
from metwith.calendars.providers.port import (
    CalendarProvider,
    CursorExpired,
    Gone,
    NeedsReconnect,
    ProviderBroken,
    ProviderError,
    SlowDown,
)
from metwith.calendars.rules import health
from metwith.calendars.rules.health import Emptied, Failed, Outcome, Succeeded
from metwith.calendars.rules.keep import sift
from metwith.calendars.rules.recur import BrokenRule, TooManyOccurrences, occurrences
from metwith.calendars.sync import push, store
from metwith.calendars.sync.access import Access, access, open_account
from metwith.calendars.sync.batch import Batch, Claim
from metwith.calendars.vocabulary import ChangePage, DropReason, RemoteEvent, Unreadable
from metwith.lib import clock as the_clock
from metwith.lib.sql import refresh_statistics
from metwith.lib.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

AHEAD = timedelta(days=366)
"""How far into the future a series' occurrences are stored; `roll.py` moves it on daily."""

MANY = 500
"""Entries written by one run after which PostgreSQL's idea of the tables may be wrong enough to hurt."""

LONGEST_UID = 1000
"""Bytes. The table could hold more, but not its index."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody else is syncing this calendar, or it is switched off."""


@dataclass(slots=True)
class _Run:
    """What one run carries from page to page."""

    claim: Claim
    access: Access
    clock: Callable[[], datetime]
    seen: set[str] = field(default_factory=set)
    """Items named so far; `hashes` the same, keyed."""
    hashes: set[str] = field(default_factory=set)
    changes: int = 0
    """Entries written so far."""
    many: int = MANY
    """So many, and PostgreSQL looks at the tables again."""


def sync_calendar(workspace_id: int, calendar_id: int, *, clock: Callable[[], datetime] = the_clock.now) -> Outcome | Busy:
    """Bring one calendar up to date. Errors of the provider become the outcome; only defects of ours are raised."""
    calendar = claim(workspace_id, calendar_id, clock())
    if calendar is None:
        return Busy()
    try:
        outcome = _sync(calendar, clock)
    except store.LeaseLost:
        return Busy()
    report(calendar, outcome, clock())
    log.info("synced", calendar=calendar.pk, outcome=type(outcome).__name__, kind=getattr(outcome, "kind", ""))
    return outcome


def _sync(calendar: Calendar, clock: Callable[[], datetime]) -> Outcome:
    try:
        found = access(calendar)
        with open_account(found, clock) as provider:
            return read(calendar, found, provider, clock)
    except ProviderError as error:
        return failed(error)


def read(calendar: Calendar, found: Access, provider: CalendarProvider, clock: Callable[[], datetime]) -> Outcome:
    """Read from the cursor on; when that has expired, everything, into the same rows."""
    assert calendar.lease_holder is not None
    held = Claim(calendar.workspace_id, calendar.pk, calendar.lease_holder, found.policy, calendar.makes_contacts)
    run = _Run(held, found, clock)
    confirmed = calendar.emptiness_confirmed
    try:
        return _pages(run, provider.changes(calendar.remote_id, calendar.cursor), confirmed=confirmed)
    except CursorExpired:
        run.seen.clear()
        run.hashes.clear()
        return _pages(run, provider.changes(calendar.remote_id, ""), confirmed=confirmed)


def _pages(run: _Run, pages: Iterable[ChangePage], *, confirmed: bool) -> Outcome:
    asked = None
    for page in pages:
        now = run.clock()
        asked = page.again_after or asked
        batch = _batch(run, page, now + AHEAD)
        _remember(run, page, batch)
        # The cursor of a complete run stands for the sweep too, so it waits for it.
        cursor = None if page.complete else page.cursor
        run.changes += store.apply(run.claim, batch, now=now, until=now + AHEAD, cursor=cursor, expected=page.expected)
        _refresh_statistics(run)
        if page.complete and not _sweep(run, page, now, confirmed=confirmed):
            return Emptied()
    return Succeeded(health.pace(_every(run), asked))


def _refresh_statistics(run: _Run) -> None:
    """Whenever what was written has doubled: a first read is otherwise planned to its end as if the tables were empty."""
    if run.changes >= run.many:
        refresh_statistics((Entry, Event, Link, Attendee, Series), added=run.changes)
        run.many = 2 * run.changes


def _every(run: _Run) -> timedelta:
    now, account = run.clock(), run.access.signed_in
    told = push.told(account, run.claim.calendar_id, now) if account else None
    return health.usual(run.access.every, told, now)


def _batch(run: _Run, page: ChangePage, until: datetime) -> Batch:
    """Keep or drop: what of a page may be stored. The rest ends here, but for its keyed traces."""
    batch = Batch(items={*page.removed}, read=len(page.events))
    latest: dict[tuple[str, str, object], RemoteEvent | Unreadable] = {}
    for event in page.events:
        latest[event.id, getattr(event, "uid", ""), getattr(event, "original_start", None)] = event
    for event in latest.values():
        batch.items.add(resource(event.id))
        if isinstance(event, Unreadable):
            _trace(run, batch, event.id, DropReason.UNREADABLE, note=event.reason)
        else:
            _sift(run, batch, event, until)
    batch.hashes = {run.access.keyed(item) for item in batch.items}
    return batch


def resource(item_id: str) -> str:
    """What comes, changes and goes as a whole: what follows a `#` in an id names one of several events in it."""
    return item_id.partition("#")[0]


def _of_resource(event: RemoteEvent) -> RemoteEvent:
    exceptions = tuple(replace(exception, id=resource(exception.id)) for exception in event.exceptions)
    return replace(event, id=resource(event.id), exceptions=exceptions)


def _sift(run: _Run, batch: Batch, event: RemoteEvent, until: datetime) -> None:
    sifted = sift(event, run.access.policy)
    for part, reason in sifted.dropped:
        _trace(run, batch, event.id, reason, part=part)
    for kept in map(_of_resource, sifted.kept):
        if len(kept.uid.encode()) > LONGEST_UID:
            _trace(run, batch, event.id, DropReason.UNREADABLE, note=_("Its identifier is too long."))
            continue
        try:
            batch.occurrences += occurrences(kept, until=until)
        except TooManyOccurrences:
            _trace(run, batch, event.id, DropReason.UNREADABLE, note=_("It repeats too often."))
            continue
        except BrokenRule:
            _trace(run, batch, event.id, DropReason.UNREADABLE, note=_("The rule by which it repeats is broken."))
            continue
        if kept.recurrence:
            batch.series.append(kept)


def _trace(run: _Run, batch: Batch, item_id: str, reason: DropReason, *, part: str = "", note: str = "") -> None:
    keyed, item = run.access.keyed, resource(item_id)
    batch.traces[keyed(item), keyed(f"{item_id}\n{part}") if part or item != item_id else ""] = (reason, note)


def _remember(run: _Run, page: ChangePage, batch: Batch) -> None:
    run.seen |= batch.items - {*page.removed}
    run.seen.update(page.unchanged)
    run.hashes |= batch.hashes
    run.hashes.update(map(run.access.keyed, page.unchanged))


def _sweep(run: _Run, page: ChangePage, now: datetime, *, confirmed: bool) -> bool:
    """After a complete run: what it did not name goes, unless that would empty the calendar. False when it was doubted."""
    not_before = now if page.keep_past else None
    known = store.known_items(run.claim, not_before=not_before)
    gone = known - run.seen
    if not confirmed and health.emptied(known=len(known), gone=len(gone), seen=len(run.seen)):
        return False
    store.sweep(run.claim, gone, run.hashes, now=now, cursor=page.cursor, not_before=not_before)
    return True


# --- claim and report -------------------------------------------------------------------------------------------------------------


def claim(workspace_id: int, calendar_id: int, now: datetime) -> Calendar | None:
    """Take the calendar for ourselves, or None when somebody has it or it is not to be read."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    mine = Calendar.objects.of(workspace_id).filter(free, pk=calendar_id, enabled=True, paused=False, account__disconnected_at=None)
    holder = uuid4()
    # The condition is judged again once the row is locked, so of two who try at once one finds no row.
    if (
        not Calendar.objects.of(workspace_id)
        .filter(pk__in=mine.values("pk"))
        .filter(free)
        .update(lease_until=now + store.LEASE, lease_holder=holder, read=0, expected=None)
    ):
        return None
    calendar = Calendar.objects.of(workspace_id).select_related("account__member__user").get(pk=calendar_id)
    if calendar.state == State.NEW:
        calendar.state, calendar.state_since = State.READING, now
        Calendar.objects.of(workspace_id).filter(pk=calendar_id).update(state=calendar.state, state_since=now)
    return calendar


def report(calendar: Calendar, outcome: Outcome, now: datetime) -> None:
    """Step 10: state, next try, what the user must do; and the lease is given back."""
    before = health.Health(
        calendar.state, calendar.state_since, calendar.failures, calendar.last_success_at, calendar.next_sync_at, calendar.message
    )
    after = health.after(before, outcome, now, random.random())  # noqa: S311  jitter, no secret
    Calendar.objects.of(calendar.workspace_id).filter(pk=calendar.pk, lease_holder=calendar.lease_holder).update(
        state=after.state,
        state_since=after.since,
        failures=after.failures,
        last_success_at=after.last_success_at,
        next_sync_at=after.next_sync_at,
        message=after.message,
        detail=after.detail,
        lease_until=None,
        lease_holder=None,
        **({"emptiness_confirmed": False} if isinstance(outcome, Succeeded) else {}),
    )
    if after.state == State.SLOW_DOWN:
        # Limits are an account's: its other calendars would only be refused, too, and prolong it.
        _put_off(calendar, after.next_sync_at)


def _put_off(calendar: Calendar, until: datetime | None) -> None:
    """Of the account's other calendars, those that nobody is just writing: waiting for one another, two that do this would never end."""
    others = Calendar.objects.of(calendar.workspace_id).filter(account_id=calendar.account_id).exclude(pk=calendar.pk)
    with transaction.atomic():
        free = others.filter(next_sync_at__lt=until).select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        others.filter(pk__in=list(free)).update(next_sync_at=until)


def failed(error: ProviderError) -> Failed:
    """One of the port's errors as an outcome."""
    match error:
        case NeedsReconnect():
            return Failed(State.RECONNECT, error.message, error.detail)
        case SlowDown():
            return Failed(State.SLOW_DOWN, error.message, error.detail, error.until)
        case Gone():
            return Failed(State.GONE, error.message, error.detail)
        case CursorExpired() | ProviderBroken():
            return Failed(State.BROKEN, error.message, error.detail)
        case _:
            raise error
