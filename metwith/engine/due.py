"""Whose turn it is: of what is due, the sources in which the accounts take turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from metwith.lib import sql

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model
    from procrastinate.tasks import Task

# Each account's source that has waited longest comes before anybody's second one. Serves all workspaces.
_DUE = """SELECT id FROM (
    SELECT c.id, c.next_sync_at, row_number() OVER (PARTITION BY c.workspace_id, c.account_id ORDER BY c.next_sync_at, c.id) AS turn
    FROM {source} c JOIN {account} a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
    WHERE c.next_sync_at <= %s AND c.enabled AND NOT c.paused AND a.disconnected_at IS NULL
) due ORDER BY turn, next_sync_at, id LIMIT %s"""
_WAITING = """SELECT count(*) FROM (
    SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND task_name = %s LIMIT %s
) jobs"""


def due(source: type[Model], now: datetime, most: int) -> list[int]:
    """Ids of what is due of a channel's source, in the order in which it should be read."""
    account = cast("type[Model]", source._meta.get_field("account").related_model)
    statement = _DUE.format(source=source._meta.db_table, account=account._meta.db_table)
    return [pk for (pk,) in sql.rows(statement, (now, max(most, 0)))]


def waiting(task: Task, most: int) -> int:  # type: ignore[type-arg]
    """How many jobs of a task are queued already; counted up to `most`."""
    return int(sql.rows(_WAITING, (task.name, most))[0][0])
