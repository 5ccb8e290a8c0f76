"""What is queued, when, and how often."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from metwith.accounts.models import Account
from metwith.calendars import jobs
from metwith.calendars.models import Calendar, Entry
from metwith.calendars.sync.extend_series import SLACK
from metwith.calendars.sync.run import AHEAD
from metwith.engine import queue
from metwith.lib import clock
from tests.calendars.desk import Desk
from tests.calendars.worker import forget_jobs, waiting, work

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@pytest.fixture
def desk(alice: Member) -> Desk:
    """A calendar whose clock is the real one, as the jobs have it."""
    made = Desk(alice, "alice")
    made.now = clock.now()
    forget_jobs()
    return made


def due(desk: Desk, at: datetime | None) -> None:
    Calendar.objects.of(desk.member.workspace_id).filter(pk=desk.calendar.pk).update(next_sync_at=at)


def tick() -> int:
    """The clock strikes. How many syncs are queued then."""
    jobs.sync_due_calendars(timestamp=0)
    return len(waiting("sync_calendar"))


def test_what_is_due_is_queued_once_and_its_time_moves(desk: Desk) -> None:
    due(desk, desk.now - timedelta(seconds=1))
    assert tick() == 1
    assert waiting("sync_calendar") == [{"workspace_id": desk.member.workspace_id, "calendar_id": desk.calendar.pk}]
    assert desk.calendar.next_sync_at
    assert desk.calendar.next_sync_at > desk.now + jobs.HELD - timedelta(seconds=1)
    assert tick() == 1


def test_a_queued_sync_that_was_lost_is_queued_again(desk: Desk) -> None:
    due(desk, desk.now - timedelta(seconds=1))
    tick()
    forget_jobs()
    assert tick() == 0
    due(desk, desk.now - timedelta(seconds=1))
    assert tick() == 1


@pytest.mark.parametrize(
    "facts",
    [{"enabled": False}, {"paused": True}, {"next_sync_at": None}, {"next_sync_at": datetime(2999, 1, 1, tzinfo=UTC)}],
    ids=["not chosen", "paused", "waiting for its user", "later"],
)
def test_what_is_not_due_is_left_alone(desk: Desk, facts: dict[str, object]) -> None:
    due(desk, desk.now - timedelta(seconds=1))
    Calendar.objects.of(desk.member.workspace_id).update(**facts)
    assert tick() == 0


def test_a_disconnected_account_is_left_alone(desk: Desk) -> None:
    due(desk, desk.now - timedelta(seconds=1))
    desk.account.disconnected_at = desk.now
    desk.account.save()
    assert tick() == 0


def test_the_clock_serves_all_workspaces(desk: Desk, charlie: Member) -> None:
    other = Desk(charlie, "charlie")
    forget_jobs()
    for calendar in (desk, other):
        due(calendar, desk.now - timedelta(seconds=1))
    assert tick() == 2


def test_while_one_runs_one_more_may_wait_and_no_other(desk: Desk) -> None:
    ids = desk.member.workspace_id, desk.calendar.pk
    assert jobs.ask_sync(*ids)
    ProcrastinateJob.objects.filter(task_name__endswith=".sync_calendar").update(status="doing")
    assert [jobs.ask_sync(*ids) for _time in range(3)] == [True, False, False]
    assert set(ProcrastinateJob.objects.values_list("lock", flat=True)) == {f"calendar:{desk.calendar.pk}"}


def test_a_refused_duplicate_does_not_break_the_transaction_around_it(desk: Desk, alice: Member) -> None:
    for _time in range(2):
        jobs.ask_sync(alice.workspace_id, desk.calendar.pk)
    assert Calendar.objects.of(alice.workspace).exists()


def test_what_a_person_waits_for_comes_first(desk: Desk, alice: Member) -> None:
    jobs.ask_sync(alice.workspace_id, 1)
    jobs.ask_sync(alice.workspace_id, 2, priority=queue.QUICK)
    assert [job["calendar_id"] for job in waiting("sync_calendar")] == [2, 1]


def test_the_job_syncs(desk: Desk) -> None:
    desk.put("lunch", "anna@acme.example")
    jobs.ask_sync(desk.member.workspace_id, desk.calendar.pk)
    work(syncs=True)
    assert desk.uids() == {"lunch"}


def test_series_that_fell_behind_roll_on(desk: Desk, alice: Member) -> None:
    desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY", start=desk.now)
    desk.now -= timedelta(days=60)
    desk.sync()
    before = Entry.objects.of(alice.workspace).count()
    jobs.roll_due_series(timestamp=0)
    jobs.roll_due_series(timestamp=0)
    assert len(waiting("roll_calendar")) == 1
    work()
    assert Entry.objects.of(alice.workspace).count() - before in {8, 9}
    jobs.roll_due_series(timestamp=0)
    assert waiting("roll_calendar") == []
    assert SLACK < AHEAD


def test_no_job_ever_carries_content(desk: Desk, alice: Member) -> None:
    """Arguments are numbers and the names of tasks: they can be read in the queue's table, and in its logs."""
    desk.put("lunch", "anna@acme.example")
    jobs.ask_sync(alice.workspace_id, desk.calendar.pk)
    queue.enqueue_once(jobs.relink, "relink:person:1", workspace_id=1, kind=1, record_id=1)
    jobs.roll_due_series(timestamp=0)
    tick()
    for job in ProcrastinateJob.objects.all():
        assert all(isinstance(value, int) for value in job.args.values()), job.args
        assert re.fullmatch(r"[a-z:-]+[0-9]*", job.lock or "x"), job.lock


def _account_with(desk: Desk, name: str, calendars: int, at: datetime) -> set[int]:
    """A further account with so many due calendars."""
    owner = desk.member
    account = Account.objects.create(workspace_id=owner.workspace_id, member=owner, provider="memory", address=f"{name}@lumen.example")
    facts = {"workspace_id": owner.workspace_id, "account": account, "enabled": True, "next_sync_at": at}
    return {Calendar.objects.create(remote_id=str(n), name=str(n), **facts).pk for n in range(calendars)}


def _turns() -> list[int]:
    """The calendars whose syncs are queued, in the order in which they will run."""
    return [int(str(job["calendar_id"])) for job in waiting("sync_calendar")]


def test_accounts_take_turns_however_long_one_of_them_has_waited(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "QUEUED", 4)
    due(desk, None)
    large = _account_with(desk, "large", 20, desk.now - timedelta(hours=1))
    small = _account_with(desk, "small", 2, desk.now - timedelta(seconds=1))
    tick()
    owners = [pk in large for pk in _turns()]
    assert owners == [True, False, True, False]
    assert small <= set(_turns())


def test_the_queue_stays_short_and_nobody_starves(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "QUEUED", 5)
    due(desk, None)
    everybody = _account_with(desk, "large", 30, desk.now - timedelta(hours=1)) | _account_with(desk, "small", 3, desk.now)
    served: set[int] = set()
    for _tick in range(7):
        assert tick() <= 5
        assert tick() <= 5
        served |= set(_turns())
        forget_jobs()
    assert served == everybody
