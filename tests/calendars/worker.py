"""The background work of the tests: what a worker would do, done now."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from metwith.calendars.answering import answer
from metwith.calendars.inquiries import ANSWER

SYNC = "metwith.calendars.jobs.sync_calendar"


def waiting(task: str = "") -> list[dict[str, object]]:
    """The arguments of the jobs that wait: all, or one task's (`sync_calendar`)."""
    jobs = ProcrastinateJob.objects.filter(status="todo").order_by("-priority", "pk")
    return [job.args for job in jobs if not task or job.task_name.endswith(f".{task}")]


def work(*, syncs: bool = False) -> None:
    """Do the jobs that wait, and those that they queue. Syncs read with the real clock, so tests mostly leave them."""
    while job := _next(syncs=syncs):
        _done(job)
        app.tasks[job.task_name](**job.args)


def answer_inquiries() -> None:
    """Do only what somebody waits for on a page."""
    for job in ProcrastinateJob.objects.filter(status="todo", task_name=ANSWER).order_by("pk"):
        _done(job)
        answer(**job.args)


def forget_jobs() -> None:
    """Nothing waits any more."""
    for job in ProcrastinateJob.objects.filter(status="todo"):
        _done(job)


def _next(*, syncs: bool) -> ProcrastinateJob | None:
    jobs = ProcrastinateJob.objects.filter(status="todo").order_by("-priority", "pk")
    return (jobs if syncs else jobs.exclude(task_name=SYNC)).first()


def _done(job: ProcrastinateJob) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])
