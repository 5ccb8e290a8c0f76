"""Jobs that keep the figures few that do not hold."""

from __future__ import annotations

from procrastinate.contrib.django import app

from metwith.engine import queue
from metwith.engine.slots import CLOCK, UPKEEP
from metwith.lib import clock, sql
from metwith.overview import recount as counting

DUE = """SELECT DISTINCT workspace_id FROM overview_outdated WHERE workspace_id > 0
UNION SELECT workspace_id FROM overview_basis WHERE workspace_id > 0 AND due_at <= %s"""


@app.task(name="metwith.overview.jobs.recount", queue=UPKEEP)
def recount(workspace_id: int) -> None:
    """Count what is out of date in a workspace, a batch in a transaction."""
    while counting.recount(workspace_id, clock.now()):
        pass


@app.task(name="metwith.overview.jobs.recount_due", queue=CLOCK, queueing_lock="recount-due")
def recount_due(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """Ask for it wherever something is."""
    for (workspace_id,) in sql.rows(DUE, (clock.now(),)):
        ask(workspace_id)


def ask(workspace_id: int) -> None:
    """Have a workspace's figures counted soon."""
    queue.enqueue_once(recount, f"recount:{workspace_id}", priority=queue.QUICK, workspace_id=workspace_id)
