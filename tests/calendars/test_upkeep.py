"""What goes at night."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from metwith.calendars import jobs, upkeep
from metwith.lib import clock
from tests.calendars.worker import forget_jobs


def _ended(status: str) -> int:
    """A job that came to this end just now."""
    pk = jobs.relink_workspace.defer(workspace_id=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [pk])
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, pk])
    return pk


def test_a_failed_job_stays_for_two_weeks(db: None):
    forget_jobs()
    failed, waiting = _ended("failed"), jobs.relink_workspace.defer(workspace_id=2)
    upkeep.tidy(timestamp=0)
    assert ProcrastinateJob.objects.filter(pk=failed).exists()
    with time_machine.travel(clock.now() + timedelta(days=15)):
        upkeep.tidy(timestamp=0)
    assert list(ProcrastinateJob.objects.values_list("pk", flat=True)) == [waiting]


def test_ended_sessions_go_and_others_stay(db: None):
    for days in (-1, 1):
        session = SessionStore()
        session.set_expiry(timedelta(days=days))
        session["typed"] = "something sealed"
        session.save()
    upkeep.tidy(timestamp=0)
    assert Session.objects.count() == 1
