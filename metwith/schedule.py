"""What runs when, a line each. Times are UTC; a sixth field is seconds. Across all workers each tick runs once."""

from __future__ import annotations

from procrastinate.contrib.django import app

from metwith.calendars import jobs, upkeep
from metwith.calendars.delegation import enrolment
from metwith.calendars.inquiries import answers
from metwith.engine import queue
from metwith.overview import jobs as overview
from metwith.records import jobs as record_jobs

app.periodic(cron="* * * * * */5")(jobs.sync_due_calendars)
app.periodic(cron="* * * * * */15")(queue.revive)
app.periodic(cron="* * * * *")(jobs.renew_push)
app.periodic(cron="*/5 * * * *")(jobs.go_on)
app.periodic(cron="* * * * *")(overview.recount_due)
app.periodic(cron="17 * * * *")(jobs.roll_due_series)
app.periodic(cron="* * * * *")(upkeep.forget_inquiries)
app.periodic(cron="*/5 * * * *")(record_jobs.tidy_acts)
app.periodic(cron="*/5 * * * *")(jobs.part_old_meetings)
app.periodic(cron="41 2 * * *")(upkeep.tidy)

ON_DEMAND = (enrolment.enrol, answers.answer)
"""Jobs that no clock asks for, of modules that a worker would not load otherwise."""
