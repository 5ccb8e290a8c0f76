"""What nobody needs any more goes, every night."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from django.conf import settings
from procrastinate.contrib.django import app

from metwith.calendars.slots import UPKEEP
from metwith.lib import clock, sql

FAILED_STAY = timedelta(days=14)
"""So long an operator finds a job that failed (`metwith doctor`)."""

OLD_JOBS = """DELETE FROM procrastinate_jobs job WHERE status NOT IN ('todo', 'doing')
AND NOT EXISTS (SELECT 1 FROM procrastinate_events event WHERE event.job_id = job.id AND event.at > %s)"""


@app.task(name="metwith.calendars.upkeep.tidy", queue=UPKEEP, queueing_lock="tidy")
def tidy(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """Jobs that failed long ago, and sessions that ended: whoever does not come back does not clear theirs away."""
    sql.run(OLD_JOBS, (clock.now() - FAILED_STAY,))
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
