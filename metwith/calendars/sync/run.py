"""The story of one sync: claim → open → for each page: keep, compare, apply → sweep → report.

Safe to kill anywhere and to run again: a page is one transaction (store.py), the cursor is saved with the last rows it stands for,
and a lease that ran out is free again. What a provider says is decided by `rules/`; nothing that is dropped leaves this file.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from django.db import connection, transaction

from metwith.accounts.models import Account
from metwith.calendars.models import Attendee, Calendar, Entry, Event, Link, Series, State
from metwith.calendars.rules import fits
from metwith.calendars.rules.keep import filter_item, without_excluded
from metwith.calendars.rules.recur import BrokenRule, TooManyOccurrences, occurrences
from metwith.calendars.sync import push, store
from metwith.calendars.sync.access import Access, access, open_account
from metwith.calendars.sync.batch import Batch, Claim, small_enough
from metwith.calendars.sync.meeting import alike
from metwith.calendars.vocabulary import ChangePage, DropReason, Occurrence, RemoteEvent, Unreadable
from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, ProviderError, SlowDown
from metwith.lib import clock as the_clock
from metwith.lib import sql
from metwith.lib.border import at_item
from metwith.lib.i18n import _
from metwith.lib.text import storable
from metwith.rules import health
from metwith.rules.health import Failed, Outcome, Succeeded, SuspiciouslyEmpty
from metwith.server import logs
from metwith.workspaces.models import Member, User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from metwith.calendars.providers.port import CalendarProvider

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
    changes: int = 0
    """Entries written so far."""
    many: int = MANY
    """So many, and PostgreSQL looks at the tables again."""


def sync_calendar(workspace_id: int, calendar_id: int, *, clock: Callable[[], datetime] = the_clock.now) -> Outcome | CalendarBusy:
    """Bring one calendar up to date. Whatever goes wrong becomes the outcome and the calendar's state, a defect of ours too."""
    calendar = claim(workspace_id, calendar_id, clock())
    if calendar is None:
        return CalendarBusy()
    try:
        outcome = _sync(calendar, clock)
    except store.LeaseLost:
        return CalendarBusy()
    except Exception as error:
        # The border of the run: what nobody thought of is a state too, told to owner and operator.
        outcome = defect(error)
        log.exception("a defect of ours", calendar=calendar.pk)
        # What went wrong may have been the connection: the next statement opens another.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
    report(calendar, outcome, clock())
    log.info("synced", calendar=calendar.pk, outcome=type(outcome).__name__, kind=getattr(outcome, "kind", ""))
    return outcome


def _sync(calendar: Calendar, clock: Callable[[], datetime]) -> Outcome:
    try:
        found = access(calendar)
        with open_account(found, clock) as provider:
            return read_calendar(calendar, found, provider, clock)
    except ProviderError as error:
        return failed(error)


def read_calendar(calendar: Calendar, found: Access, provider: CalendarProvider, clock: Callable[[], datetime]) -> Outcome:
    """Read from the cursor on; when that has expired, everything, into the same rows."""
    assert calendar.lease_holder is not None
    held = Claim(calendar.workspace_id, calendar.pk, calendar.lease_holder, lambda: found.policy, calendar.new_people)
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
    turned = run.access.account.by_content
    for page in pages:
        now = run.clock()
        if page.by_content and not turned:
            alike.turn(run.claim, run.access.account.content_key, now)
            turned = True
        asked = page.again_after or asked
        batch = decided(run.access, page, now + AHEAD)
        _remember(run, page, batch)
        # The cursor of a complete run stands for the sweep too, so it waits for it.
        cursor = None if page.complete else page.cursor
        run.changes += store.apply(run.claim, batch, now=now, until=now + AHEAD, cursor=cursor, expected=page.expected)
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
    told = push.push_status(account, run.claim.calendar_id, now) if account else None
    return health.poll_interval(run.access.every, told, now)


def decided(found: Access, page: ChangePage, until: datetime) -> Batch:
    """Keep or drop: what of a page may be stored. The rest ends here, but for its keyed traces."""
    batch = Batch(found.keyed, items={*page.removed}, read=len(page.events))
    latest: dict[tuple[str, str, object], RemoteEvent | Unreadable] = {}
    for event in page.events:
        latest[event.id, getattr(event, "uid", ""), getattr(event, "original_start", None)] = event
    for event in latest.values():
        if not fits.identifier(event.id):
            _trace(found, batch, storable(event.id), DropReason.UNREADABLE, note=_("Its identifier is too long."))
        elif isinstance(event, Unreadable) and event.scheduling:
            batch.left.add(resource(event.id))
            _trace(found, batch, event.id, DropReason.SCHEDULING)
        else:
            batch.items.add(resource(event.id))
            _decide(found, batch, event, until)
    batch.hashes = {found.keyed(item) for item in batch.items}
    return batch


def _decide(found: Access, batch: Batch, event: RemoteEvent | Unreadable, until: datetime) -> None:
    if isinstance(event, Unreadable):
        _trace(found, batch, event.id, DropReason.UNREADABLE, note=event.reason)
    else:
        _filter(found, batch, event, until)


def resource(item_id: str) -> str:
    """What comes, changes and goes as a whole: what follows a `#` in an id names one of several events in it."""
    return item_id.partition("#")[0]


def _of_resource(event: RemoteEvent) -> RemoteEvent:
    exceptions = tuple(replace(exception, id=resource(exception.id)) for exception in event.exceptions)
    return replace(event, id=resource(event.id), exceptions=exceptions)


def _filter(found: Access, batch: Batch, event: RemoteEvent, until: datetime) -> None:
    """What of an item comes in. Whatever goes wrong, with it or with its expansion, costs nothing but the item."""
    sifted = at_item(partial(filter_item, event, found.policy), Note)
    if isinstance(sifted, Note):
        _trace(found, batch, event.id, DropReason.UNREADABLE, note=sifted)
        return
    for part, reason in sifted.dropped:
        _trace(found, batch, event.id, reason, part=part)
    for kept in map(_of_resource, sifted.kept):
        expanded = at_item(partial(_expanded, kept, found, until), Note)
        if isinstance(expanded, Note):
            _trace(found, batch, event.id, DropReason.UNREADABLE, note=expanded)
            continue
        staying, out = expanded
        batch.occurrences += staying
        for key in out:
            _trace(found, batch, event.id, DropReason.TAKEN_OUT, part=key)
        if kept.recurrence:
            batch.series.append(kept)


class Note(str):
    """Why an item cannot be read, in words."""

    __slots__ = ()


def _expanded(kept: RemoteEvent, found: Access, until: datetime) -> tuple[list[Occurrence], list[str]] | Note:
    """The occurrences that come in, and the keys of those that their owner took out."""
    if not fits.event_fits(kept):
        return Note(_("It holds more than can be stored."))
    try:
        staying, out = without_excluded(occurrences(kept, until=until), found.policy.out)
    except TooManyOccurrences:
        return Note(_("It repeats too often."))
    except BrokenRule:
        return Note(_("The rule by which it repeats is broken."))
    return (staying, out) if small_enough(staying) else Note(_("It repeats too often."))


def _trace(found: Access, batch: Batch, item_id: str, reason: DropReason, *, part: str = "", note: str = "") -> None:
    keyed, item = found.keyed, resource(item_id)
    batch.reasons[item] = reason
    batch.traces[keyed(item), keyed(f"{item_id}\n{part}") if part or item != item_id else ""] = (reason, storable(note, LONGEST_NOTE))


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


# --- claim and report -------------------------------------------------------------------------------------------------------------


def claim(workspace_id: int, calendar_id: int, now: datetime) -> Calendar | None:
    """Take the calendar for ourselves, with its account, member and user; None when somebody has it or it is not to be read."""
    values = {"until": now + store.LEASE, "holder": uuid4(), "workspace": workspace_id, "calendar": calendar_id, "now": now}
    found = sql.rows(CLAIM, values | {"new": State.NEW, "reading": State.READING})
    if not found:
        return None
    calendar: Calendar
    calendar, account, member, user = sql.instances((Calendar, Account, Member, User), found[0])
    calendar.account, account.member, member.user = account, member, user
    return calendar


# The condition is judged again once the row is locked, so of two who try at once one finds no row.
CLAIM = f"""WITH c AS (
    UPDATE calendars_calendar c SET lease_until = %(until)s, lease_holder = %(holder)s, read = 0, expected = NULL,
        state = CASE WHEN c.state = %(new)s THEN %(reading)s ELSE c.state END,
        state_since = CASE WHEN c.state = %(new)s THEN %(now)s ELSE c.state_since END
    FROM accounts_account a
    WHERE c.workspace_id = %(workspace)s AND c.id = %(calendar)s AND c.enabled AND NOT c.paused
        AND (c.lease_until IS NULL OR c.lease_until < %(now)s)
        AND a.workspace_id = c.workspace_id AND a.id = c.account_id AND a.disconnected_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM calendars_removal r
            WHERE r.workspace_id = c.workspace_id AND r.kind IN ('calendar', 'account') AND c.id = ANY(r.calendars))
    RETURNING c.*
)
SELECT {sql.columns(Calendar, "c")}, {sql.columns(Account, "a")}, {sql.columns(Member, "m")}, {sql.columns(User, "u")} FROM c
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
JOIN workspaces_member m ON m.workspace_id = a.workspace_id AND m.id = a.member_id
JOIN workspaces_user u ON u.id = m.user_id"""  # noqa: S608  names of ours


def report(calendar: Calendar, outcome: Outcome, now: datetime) -> None:
    """Step 10: state, next try, what the user must do; and the lease is given back."""
    before = health.Health(
        calendar.state, calendar.state_since, calendar.failures, calendar.last_success_at, calendar.next_sync_at, calendar.message
    )
    after = health.after(before, outcome, now, random.random())  # noqa: S311  jitter, no secret
    mine = {"workspace": calendar.workspace_id, "calendar": calendar.pk, "holder": calendar.lease_holder}
    sql.run(REPORT, asdict(after) | mine | {"done": isinstance(outcome, Succeeded)})
    if after.state == State.SLOW_DOWN:
        # Limits are an account's: its other calendars would only be refused, too, and prolong it.
        _put_off(calendar, after.next_sync_at)


REPORT = """UPDATE calendars_calendar SET state = %(state)s, state_since = %(since)s, failures = %(failures)s,
last_success_at = %(last_success_at)s, next_sync_at = %(next_sync_at)s, message = %(message)s, detail = %(detail)s,
lease_until = NULL, lease_holder = NULL, emptiness_confirmed = emptiness_confirmed AND NOT %(done)s
WHERE workspace_id = %(workspace)s AND id = %(calendar)s AND lease_holder = %(holder)s"""


def _put_off(calendar: Calendar, until: datetime | None) -> None:
    """Of the account's other calendars, those that nobody is just writing: waiting for one another, two that do this would never end."""
    others = Calendar.objects.of(calendar.workspace_id).filter(account_id=calendar.account_id).exclude(pk=calendar.pk)
    with transaction.atomic():
        free = others.filter(next_sync_at__lt=until).select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        others.filter(pk__in=list(free)).update(next_sync_at=until)


def defect(error: Exception) -> Failed:
    """What nobody thought of as an outcome: its type and place, never its message, which may quote what was read."""
    message = _("Reading stopped at a fault of Metwith’s own. What was read before stays.")
    return Failed(State.DEFECT, message, logs.kind_and_place(error))


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
