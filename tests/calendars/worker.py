"""The background work of the tests: what a worker would do, done now."""

from __future__ import annotations

from contextlib import suppress
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django.db import IntegrityError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from metwith.calendars.inquiries.answers import answer
from metwith.calendars.models import Inquiry
from metwith.calendars.providers.memory import Killed

if TYPE_CHECKING:
    from collections.abc import Callable

SYNC = "metwith.calendars.jobs.sync_calendar"


def waiting(task: str = "") -> list[dict[str, object]]:
    """The arguments of the jobs that wait: all, or one task's (`sync_calendar`)."""
    jobs = ProcrastinateJob.objects.filter(status="todo").order_by("-priority", "pk")
    return [job.args for job in jobs if not task or job.task_name.endswith(f".{task}")]


def work(*, syncs: bool = False) -> list[str]:
    """Do the jobs that wait, and those that they queue. Returns the tasks in the order in which they were done.

    Syncs read with the real clock, where a test does not set it, so tests mostly leave them.
    """
    found = []
    while job := _next(syncs=syncs):
        _done(job)
        task = app.tasks[job.task_name]
        (async_to_sync(task.func) if iscoroutinefunction(task.func) else task)(**job.args)
        found.append(job.task_name)
    return found


def answer_inquiries() -> None:
    """Do only what somebody waits for on a page."""
    for job in ProcrastinateJob.objects.filter(status="todo", task_name=Inquiry.TASK).order_by("pk"):
        _done(job)
        answer(**job.args)


def forget_jobs() -> None:
    """Nothing waits any more."""
    for job in ProcrastinateJob.objects.filter(status="todo"):
        _done(job)


class _Death:
    """Of the process, before a statement of its last transaction. Not where a transaction is opened or ended: there it is one or the other."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, execute: Callable[..., Any], text: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not text.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.left -= 1
            if self.left < 0:
                raise Killed
        return execute(text, params, many, context)


def work_and_die(at: int) -> None:
    """As `work`, until the process dies before its `at`-th statement. The job that it was at waits again: `work` takes it up."""
    with suppress(Killed), connection.execute_wrapper(_Death(at)):
        while job := _next(syncs=False):
            _set(job, "doing")
            app.tasks[job.task_name](**job.args)
            _done(job)
    for job in ProcrastinateJob.objects.filter(status="doing"):
        _revive(job)


def _revive(job: ProcrastinateJob) -> None:
    try:
        with transaction.atomic():
            _set(job, "todo")
    except IntegrityError:
        # The same waits again already: that one does the work.
        _done(job)


def _set(job: ProcrastinateJob, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job.pk])


def _next(*, syncs: bool) -> ProcrastinateJob | None:
    jobs = ProcrastinateJob.objects.filter(status="todo").order_by("-priority", "pk")
    return (jobs if syncs else jobs.exclude(task_name=SYNC)).first()


def _done(job: ProcrastinateJob) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])
