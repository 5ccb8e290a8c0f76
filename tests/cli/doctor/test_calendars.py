"""What the doctor says of calendars that a defect of ours stopped, and of jobs that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from metwith.cli.doctor import checks
from metwith.cli.doctor.calendars import findings
from tests.calendars.desk import Desk

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

CONTENT = "Lunch with anna@acme.example"


@pytest.fixture
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


def test_a_calendar_that_a_defect_stopped_is_named_by_its_id_with_the_place(desk: Desk) -> None:
    desk.server.faults.defect = RuntimeError(CONTENT)
    desk.sync()
    (said,) = map(str, findings())
    assert said.startswith(f"BAD   reading: calendar {desk.calendar.pk} of account {desk.account.pk} is stopped by a defect")
    assert "RuntimeError (memory.py:" in said
    assert CONTENT not in said


def test_without_any_all_is_well(desk: Desk) -> None:
    desk.sync()
    assert [str(f) for f in findings()] == ["ok    reading: no calendar is stopped by a defect of Metwith"]


def test_failed_jobs_are_told_by_their_kind(db: None) -> None:
    app.configure_task("metwith.calendars.jobs.roll_calendar", queue="metwith").defer(workspace_id=1, calendar_id=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    connection.ensure_connection()
    said = [str(f) for f in checks.jobs(connection.connection)]
    assert said[1] == "BAD   jobs: 0 waiting, 1 failed; the log has the place of each"
    assert [line.partition(",")[0] for line in said[2:]] == ["note  failed job: metwith.calendars.jobs.roll_calendar failed 1 times"]
