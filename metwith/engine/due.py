"""Whose turn it is: of what is due, the calendars in which the accounts take turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.lib import sql

if TYPE_CHECKING:
    from datetime import datetime

# Each account's calendar that has waited longest comes before anybody's second one. Serves all workspaces.
DUE = """SELECT id FROM (
    SELECT c.id, c.next_sync_at, row_number() OVER (PARTITION BY c.workspace_id, c.account_id ORDER BY c.next_sync_at, c.id) AS turn
    FROM calendars_calendar c JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
    WHERE c.next_sync_at <= %s AND c.enabled AND NOT c.paused AND a.disconnected_at IS NULL
) due ORDER BY turn, next_sync_at, id LIMIT %s"""
WAITING = """SELECT count(*) FROM (
    SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND task_name = 'metwith.calendars.jobs.sync_calendar' LIMIT %s
) jobs"""


def due(now: datetime, most: int) -> list[int]:
    """Ids of calendars that are due, in the order in which they should be read."""
    return [pk for (pk,) in sql.rows(DUE, (now, max(most, 0)))]


def waiting(most: int) -> int:
    """How many syncs are queued already; counted up to `most`."""
    return int(sql.rows(WAITING, (most,))[0][0])
