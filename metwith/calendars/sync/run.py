"""The story of one sync: claim → open → for each page: keep, compare, apply → sweep → report.

Safe to kill anywhere and to run again: a page is one transaction (store.py), the cursor is saved with the last rows it stands for,
and a lease that ran out is free again. What a provider says is decided by `rules/`; nothing that is dropped leaves `filtering.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import connection

from metwith.calendars.models import Attendee, Calendar, Entry, Event, Link, Series
from metwith.calendars.sync import store
from metwith.calendars.sync.access import PUSH, Access, access, open_account
from metwith.calendars.sync.batch import Batch, Claim
from metwith.calendars.sync.filtering import filter_page
from metwith.calendars.sync.meeting import alike
from metwith.calendars.tables import TABLES
from metwith.engine import lease, push
from metwith.engine.errors import CursorExpired, ProviderError
from metwith.lib import clock as the_clock
from metwith.lib import sql
from metwith.rules import health
from metwith.rules.health import Outcome, Succeeded, SuspiciouslyEmpty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from metwith.calendars.providers.port import CalendarProvider
    from metwith.calendars.vocabulary import ChangePage

AHEAD = timedelta(days=366)
"""How far into the future a series' occurrences are stored; `extend_series.py` moves it on daily."""

MANY = 500
"""Entries written by one run after which PostgreSQL's idea of the tables may be wrong enough to hurt."""

LONGEST_NOTE = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CalendarBusy:
    """Somebody else is syncing this calendar, it is switched off, or what was read of it before is still being removed."""


@dataclass(slots=True)
class _Run:
    """What one run carries from page to page."""

    claim: Claim
    access: Access
    clock: Callable[[], datetime]
    seen: set[str] = field(default_factory=set)
    """Items named so far; `hashes` the same, keyed."""
    hashes: set[str] = field(default_factory=set)
    read: int = 0
    """Items so far, with those of earlier attempts that this one goes on from."""
    changes: int = 0
    """Entries written so far."""
    many: int = MANY
    """So many, and PostgreSQL looks at the tables again."""


def sync_calendar(workspace_id: int, calendar_id: int, *, clock: Callable[[], datetime] = the_clock.now) -> Outcome | CalendarBusy:
    """Bring one calendar up to date. Whatever goes wrong becomes the outcome and the calendar's state, a defect of ours too."""
    calendar = lease.claim(TABLES, workspace_id, calendar_id, clock())
    if calendar is None:
        return CalendarBusy()
    try:
        outcome = _sync(calendar, clock)
    except lease.LeaseLost:
        return CalendarBusy()
    except Exception as error:
        # The border of the run: what nobody thought of is a state too, told to owner and operator.
        outcome = lease.defect(error)
        log.exception("a defect of ours", calendar=calendar.pk)
        # What went wrong may have been the connection: the next statement opens another.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
    lease.report(TABLES, calendar, outcome, clock())
    log.info("synced", calendar=calendar.pk, outcome=type(outcome).__name__, kind=getattr(outcome, "kind", ""))
    return outcome


def _sync(calendar: Calendar, clock: Callable[[], datetime]) -> Outcome:
    try:
        found = access(calendar)
        with open_account(found, clock) as provider:
            return read_calendar(calendar, found, provider, clock)
    except ProviderError as error:
        return lease.failed(error)


def read_calendar(calendar: Calendar, access: Access, provider: CalendarProvider, clock: Callable[[], datetime]) -> Outcome:
    """Read from the cursor on; when that has expired, everything, into the same rows."""
    assert calendar.lease_holder is not None
    held = Claim(calendar.workspace_id, calendar.pk, calendar.lease_holder, lambda: access.policy, calendar.new_people)
    run = _Run(held, access, clock, read=calendar.read if calendar.cursor else 0)
    confirmed = calendar.emptiness_confirmed
    try:
        return _pages(run, provider.changes(calendar.remote_id, calendar.cursor), confirmed=confirmed)
    except CursorExpired:
        run.read = 0
        run.seen.clear()
        run.hashes.clear()
        return _pages(run, provider.changes(calendar.remote_id, ""), confirmed=confirmed)


def _pages(run: _Run, pages: Iterable[ChangePage], *, confirmed: bool) -> Outcome:
    asked = None
    turned = run.access.account.by_content
    for page in pages:
        now = run.clock()
        if page.by_content and not turned:
            alike.know_by_content(run.claim, run.access.account.content_key, now)
            turned = True
        asked = page.again_after or asked
        batch = filter_page(run.access, page, now + AHEAD)
        _remember(run, page, batch)
        # The cursor of a complete run stands for the sweep too, so it waits for it.
        cursor = None if page.complete else page.cursor
        run.read += batch.read
        written = store.apply(run.claim, batch, now=now, until=now + AHEAD, cursor=cursor, expected=page.expected, so_far=run.read)
        run.changes += written
        _refresh_statistics(run)
        if page.complete and not _sweep(run, page, now, confirmed=confirmed):
            return SuspiciouslyEmpty()
    return Succeeded(health.paced_poll_interval(_every(run), asked))


def _refresh_statistics(run: _Run) -> None:
    """Whenever what was written has doubled: a first read is otherwise planned to its end as if the tables were empty."""
    if run.changes >= run.many:
        sql.refresh_statistics((Entry, Event, Link, Attendee, Series), added=run.changes)
        run.many = 2 * run.changes


def _every(run: _Run) -> timedelta:
    now, account = run.clock(), run.access.signed_in
    told = push.push_status(PUSH, account, run.claim.calendar_id, now) if account else None
    return health.poll_interval(run.access.every, told, now)


def _remember(run: _Run, page: ChangePage, batch: Batch) -> None:
    run.seen |= batch.items - {*page.removed}
    left = {*page.unchanged, *batch.left}
    run.seen |= left
    run.hashes |= batch.hashes
    run.hashes.update(map(run.access.keyed, left))


def _sweep(run: _Run, page: ChangePage, now: datetime, *, confirmed: bool) -> bool:
    """After a complete run: what it did not name goes, unless that would empty the calendar. False when it was doubted."""
    not_before = now if page.keep_past else None
    known = store.known_items(run.claim, not_before=not_before)
    gone = known.keys() - run.seen
    listing = health.Listing(known=len(known), gone=len(gone), seen=len(run.seen), meetings=sum(known[item] for item in gone))
    if not confirmed and health.emptied(listing):
        return False
    # Of a calendar that has nothing we begin anew each time: it costs next to nothing, and what a server's bad minute hid is not lost.
    evident = run.seen or confirmed or (run.hashes and not gone)
    cursor = page.cursor if evident else ""
    if page.keep_past:
        alike.join(run.claim, run.seen, now, alike.changed if page.by_content else alike.same)
    store.sweep(run.claim, gone, run.hashes, now=now, cursor=cursor, not_before=not_before)
    return True
