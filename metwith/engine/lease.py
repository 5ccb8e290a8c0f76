"""Who reads a source: claimed before anything is read, held on with each page, given back with what came of it.

A claim is a conditional update, so of two who try at once one finds nothing. A lease that ran out is free again: a worker that was
killed loses nothing, and one that was too slow writes nothing more.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import transaction

from metwith.accounts.models import Account
from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, ProviderError, SlowDown
from metwith.engine.models import State
from metwith.engine.tables import column
from metwith.lib import sql
from metwith.lib.i18n import _
from metwith.rules import health
from metwith.rules.health import Failed, Succeeded
from metwith.server import logs
from metwith.workspaces.models import Member, User

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.engine.models import SourceBase
    from metwith.engine.tables import Tables, TablesOf
    from metwith.rules.health import Outcome

DURATION = timedelta(seconds=90)
"""How long a lease lasts from the last page on."""
NOBODY = UUID(int=0)
"""Who writes without a lease: what reads nothing from a provider."""


class LeaseLost(Exception):
    """Somebody else took the source over because we were too slow: nothing of this page was written."""


@dataclass(frozen=True)
class Lease:
    """The right to write what is read of one source."""

    workspace_id: int
    source_id: int
    holder: UUID


def claim[S: SourceBase](tables: TablesOf[S], workspace_id: int, source_id: int, now: datetime) -> S | None:
    """Take a source for ourselves, with its account, member and user; None when somebody has it or it is not to be read."""
    values: dict[str, Any] = {"until": now + DURATION, "holder": uuid4(), "workspace": workspace_id, "source": source_id, "now": now}
    rows = sql.rows(_claim(tables), values | {"new": State.NEW, "reading": State.READING, "halts": list(tables.removal.HALTS)})
    if not rows:
        return None
    source: S
    source, account, member, user = sql.instances((tables.source, Account, Member, User), rows[0])
    source.account, account.member, member.user = account, member, user
    return source


@cache
def _claim(tables: Tables) -> str:
    """The condition is judged again once the row is locked, so of two who try at once one finds no row.

    Until something was read to its end, progress stays from one attempt to the next: nobody sees it go backwards.
    """
    return f"""WITH c AS (
    UPDATE {tables.source._meta.db_table} c SET lease_until = %(until)s, lease_holder = %(holder)s,
        read = CASE WHEN c.last_success_at IS NULL THEN c.read ELSE 0 END,
        expected = CASE WHEN c.last_success_at IS NULL THEN c.expected END,
        state = CASE WHEN c.state = %(new)s THEN %(reading)s ELSE c.state END,
        state_since = CASE WHEN c.state = %(new)s THEN %(now)s ELSE c.state_since END
    FROM {Account._meta.db_table} a
    WHERE c.workspace_id = %(workspace)s AND c.id = %(source)s AND c.enabled AND NOT c.paused
        AND (c.lease_until IS NULL OR c.lease_until < %(now)s)
        AND a.workspace_id = c.workspace_id AND a.id = c.account_id AND a.disconnected_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM {tables.removal._meta.db_table} r
            WHERE r.workspace_id = c.workspace_id AND r.kind = ANY(%(halts)s) AND c.id = ANY(r.{column(tables.removal, "sources")}))
    RETURNING c.*
)
SELECT {sql.columns(tables.source, "c")}, {sql.columns(Account, "a")}, {sql.columns(Member, "m")}, {sql.columns(User, "u")} FROM c
JOIN {Account._meta.db_table} a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
JOIN {Member._meta.db_table} m ON m.workspace_id = a.workspace_id AND m.id = a.member_id
JOIN {User._meta.db_table} u ON u.id = m.user_id"""  # noqa: S608  names of ours


def renew(
    tables: Tables,
    lease: Lease,
    now: datetime,
    *,
    items: int = 0,
    so_far: int = 0,
    cursor: str | None = None,
    expected: int | None = None,
) -> None:
    """Hold the lease on, with the progress and the cursor. The row's lock orders us before whoever may take over. Raises LeaseLost.

    `so_far`: all items of this attempt; of a first reading the attempt that came furthest counts.
    """
    mine = {"workspace": lease.workspace_id, "source": lease.source_id, "holder": lease.holder}
    progress = {"until": now + DURATION, "read": items, "so_far": so_far}
    statement = RENEW.format(source=tables.source._meta.db_table)
    if not sql.run(statement, mine | progress | {"cursor": cursor, "expected": expected}):
        raise LeaseLost


RENEW = """UPDATE {source} SET lease_until = %(until)s,
read = CASE WHEN %(so_far)s > 0 AND last_success_at IS NULL THEN greatest(read, %(so_far)s) ELSE read + %(read)s END,
cursor = coalesce(%(cursor)s, cursor), expected = coalesce(%(expected)s, expected)
WHERE workspace_id = %(workspace)s AND id = %(source)s AND lease_holder = %(holder)s"""


def report(tables: Tables, source: SourceBase, outcome: Outcome, now: datetime) -> None:
    """Give the lease back: state, next try, what the user must do."""
    before = health.Health(source.state, source.state_since, source.failures, source.last_success_at, source.next_sync_at, source.message)
    after = health.after(before, outcome, now, random.random())  # noqa: S311  jitter, no secret
    mine = {"workspace": source.workspace_id, "source": source.pk, "holder": source.lease_holder}
    statement = REPORT.format(source=tables.source._meta.db_table)
    sql.run(statement, asdict(after) | mine | {"done": isinstance(outcome, Succeeded)})
    if after.state == State.SLOW_DOWN:
        # Limits are an account's: its other sources would only be refused, too, and prolong it.
        _put_off(tables, source, after.next_sync_at)


REPORT = """UPDATE {source} SET state = %(state)s, state_since = %(since)s, failures = %(failures)s,
last_success_at = %(last_success_at)s, next_sync_at = %(next_sync_at)s, message = %(message)s, detail = %(detail)s,
lease_until = NULL, lease_holder = NULL, emptiness_confirmed = emptiness_confirmed AND NOT %(done)s
WHERE workspace_id = %(workspace)s AND id = %(source)s AND lease_holder = %(holder)s"""


def _put_off(tables: Tables, source: SourceBase, until: datetime | None) -> None:
    """Of the account's other sources, those that nobody is just writing: waiting for one another, two that do this would never end."""
    others = tables.source.objects.of(source.workspace_id).filter(account_id=source.account_id).exclude(pk=source.pk)
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
