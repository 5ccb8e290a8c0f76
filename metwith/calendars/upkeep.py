"""What nobody needs any more goes, every night."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from django.conf import settings
from procrastinate.contrib.django import app

from metwith.calendars.inquiries.answers import give_back
from metwith.calendars.models import Inquiry
from metwith.calendars.sync import aside
from metwith.engine import inquiries
from metwith.engine.slots import CLOCK, UPKEEP
from metwith.lib import clock, sql

FAILED_STAY = timedelta(days=14)
"""So long an operator finds a job that failed (`metwith doctor`)."""

OLD_JOBS = """DELETE FROM procrastinate_jobs job WHERE status NOT IN ('todo', 'doing')
AND NOT EXISTS (SELECT 1 FROM procrastinate_events event WHERE event.job_id = job.id AND event.at > %s)"""


@app.task(name="metwith.calendars.upkeep.tidy", queue=UPKEEP, queueing_lock="tidy")
def tidy(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """Jobs that failed long ago, what was set aside long enough, and sessions that ended: whoever stays away does not clear theirs away."""
    sql.run(OLD_JOBS, (clock.now() - FAILED_STAY,))
    aside.purge_old(clock.now())
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@app.task(name="metwith.calendars.upkeep.forget_inquiries", queue=CLOCK, queueing_lock="forget-inquiries")
def forget_inquiries(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """What was asked and not fetched within ten minutes. A permission that lay there is given back, as if its owner had cancelled."""
    for row in inquiries.expired(Inquiry, clock.now()).order_by("pk"):
        give_back(row)
        inquiries.discard(row)
