"""Queueing jobs: what waits for somebody and what the clock asks for, one at a time per key; and what becomes of a dead worker's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from metwith.engine.slots import CLOCK
from metwith.lib import sql

if TYPE_CHECKING:
    from procrastinate.tasks import Task

log = structlog.get_logger(__name__)

QUICK, WAITING = 10, 0
"""Priorities: what a person waits for, and what the clock asks for."""


def enqueue_once(task: Task, key: str, *, priority: int = WAITING, **ids: int | str) -> bool:  # type: ignore[type-arg]
    """Queue a job, one at a time and at most one waiting per key. False when one waits already.

    For jobs that look at the world outside. One that looks at our own tables is queued by `enqueue`.
    """
    try:
        # A savepoint: a refused duplicate must not break the caller's transaction.
        with transaction.atomic():
            task.configure(lock=key, queueing_lock=key, priority=priority).defer(**ids)
    except AlreadyEnqueued:
        return False
    return True


def enqueue(task: Task, key: str, **ids: int | str) -> None:  # type: ignore[type-arg]
    """Queue what follows from a change, in the change's own transaction; one at a time per key.

    Not coalesced: a job that waits already may begin before this change is committed, and would not see it.
    """
    task.configure(lock=key, priority=QUICK).defer(**ids)


def enqueue_coalesced(task: Task, key: str, **ids: int | str) -> None:  # type: ignore[type-arg]
    """The same with at most one waiting per key: it is held back until the change's transaction ends, so that it will see the change."""
    while not enqueue_once(task, key, priority=QUICK, **ids):
        if sql.rows("SELECT id FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo' FOR UPDATE", (key,)):
            return


@app.task(name="metwith.calendars.jobs.revive", queue=CLOCK, queueing_lock="revive", priority=100)
async def revive(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """Put the jobs of a worker that died back into the queue. No lock, only a queueing lock: else it could stall itself."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=20):
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:
            # The same key is queued again already: that one does the work.
            assert job.id is not None
            await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
        log.info("revived", job=job.id, task=job.task_name)
