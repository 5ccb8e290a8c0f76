"""Which job is next, when many wait."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from metwith import schedule
from metwith.accounts.models import Account
from metwith.calendars import jobs
from metwith.calendars.actions import connect
from metwith.calendars.models import Calendar
from metwith.calendars.providers import catalogue
from metwith.engine import queue
from metwith.engine.slots import CLOCK, FORMER, SYNC, UPKEEP, Slots, asked, fetch_statement, host_digest
from metwith.engine.vocabulary import RemoteAccount as Facts
from tests.calendars.desk import Desk
from tests.calendars.worker import forget_jobs
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Collection

    from metwith.workspaces.models import Member

EIGHT = Slots(8)


@pytest.fixture
def worker(alice: Member, bob: Member, charlie: Member) -> int:
    """A worker's number; nothing waits yet."""
    forget_jobs()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        return int(cursor.fetchone()[0])


def fetch(worker: int, closed: Collection[str] = (), slots: Slots = EIGHT) -> dict[str, Any] | None:
    """What the worker would begin now; it has begun it then."""
    with connection.cursor() as cursor:
        cursor.execute(fetch_statement(Calendar), asked(slots, closed, worker))
        row = cursor.fetchone()
        found = dict(zip([column.name for column in cursor.description], row, strict=True)) if row else None
    return found and found | {"args": json.loads(found["args"])}


def begun(worker: int, **options: Any) -> list[int]:
    """The calendars that the worker begins until nothing more may run."""
    found: list[int] = []
    while job := fetch(worker, **options):
        found.append(job["args"].get("calendar_id", 0))
    return found


def an_account(member: Member, calendars: int, host: str = "") -> set[int]:
    """An account with so many calendars, all of them queued."""
    account = Account.objects.create(
        workspace_id=member.workspace_id, member=member, provider="caldav", address="a@lumen.example", host=host_digest(host)
    )
    facts = {"workspace_id": member.workspace_id, "account": account, "enabled": True}
    made = {Calendar.objects.create(remote_id=str(n), name=str(n), **facts).pk for n in range(calendars)}
    for pk in made:
        jobs.ask_sync(member.workspace_id, pk)
    return made


def test_every_task_has_slots(db: None):
    assert schedule.ON_DEMAND
    ours = [task for name, task in app.tasks.items() if name.startswith("metwith.")]
    assert len(ours) > 5
    assert {task.queue for task in ours} <= set(Slots().by_queue)
    assert {task.name for task in ours} == {name for name in app.tasks if name.startswith("metwith.")}


def test_one_member_holds_half_of_the_slots_and_a_colleague_finds_one(worker: int, alice: Member, bob: Member):
    greedy = an_account(alice, 20) | an_account(alice, 20)
    his = an_account(bob, 1)
    first = begun(worker)
    assert len(greedy & set(first)) == 4
    assert his <= set(first)


def test_one_server_holds_three_of_four_slots_whoever_reads_it(worker: int, alice: Member, bob: Member, charlie: Member):
    for member in (alice, bob, charlie):
        an_account(member, 4, "slow.example")
    elsewhere = an_account(charlie, 1, "quick.example")
    first = begun(worker)
    assert len(first) == 7
    assert elsewhere <= set(first)


def test_what_ends_makes_room_for_the_next_of_the_same_member(worker: int, alice: Member):
    an_account(alice, 6)
    assert len(begun(worker)) == 4
    done = ProcrastinateJob.objects.filter(status="doing").first()
    assert done is not None
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [done.pk])
    assert len(begun(worker)) == 1


def test_another_worker_has_slots_of_its_own(worker: int, alice: Member):
    an_account(alice, 10)
    assert len(begun(worker)) == 4
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        other = int(cursor.fetchone()[0])
    assert len(begun(other)) == 4


def test_upkeep_and_the_clock_go_on_while_all_that_read_calendars_are_held(worker: int, alice: Member, bob: Member):
    an_account(alice, 20)
    an_account(bob, 20)
    assert len(begun(worker)) == 8
    queue.enqueue(jobs.relink_workspace, "relink:1", workspace_id=alice.workspace_id)
    jobs.renew_push.defer(timestamp=0)
    assert {(fetch(worker) or {})["queue_name"] for _job in range(2)} == {UPKEEP, CLOCK}
    assert fetch(worker) is None


@pytest.mark.parametrize("queue", sorted(Slots().by_queue))
def test_no_purpose_takes_more_than_its_slots(worker: int, queue: str):
    for _time in range(20):
        app.configure_task("metwith.calendars.jobs.relink_workspace", queue=queue).defer(workspace_id=1)
    assert len(begun(worker)) == EIGHT.by_queue[queue]


def test_what_an_older_version_queued_runs_still(worker: int, alice: Member):
    an_account(alice, 1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET queue_name = %s", [FORMER])
    job = fetch(worker)
    assert job is not None
    assert job["task_name"] in app.tasks


def test_a_purpose_can_be_closed(worker: int, alice: Member):
    an_account(alice, 1)
    assert fetch(worker, closed={SYNC}) is None
    assert fetch(worker) is not None


def test_what_is_locked_waits_as_it_does_for_the_library(worker: int, alice: Member):
    (calendar,) = an_account(alice, 1)
    assert fetch(worker) is not None
    jobs.ask_sync(alice.workspace_id, calendar)
    assert fetch(worker) is None


def test_what_a_person_waits_for_goes_first(worker: int, alice: Member):
    an_account(alice, 1)
    quick = Calendar.objects.create(
        workspace=alice.workspace, account=Account.objects.of(alice.workspace).get(), remote_id="quick", name="quick", enabled=True
    )
    jobs.ask_sync(alice.workspace_id, quick.pk, priority=queue.QUICK)
    assert (fetch(worker) or {})["args"]["calendar_id"] == quick.pk


def test_with_one_slot_there_is_one(worker: int, alice: Member):
    an_account(alice, 3)
    assert len(begun(worker, slots=Slots(1))) == 1


@pytest.mark.parametrize(
    ("account", "host"),
    [
        (Facts("caldav", "a@b.example", "https://dav.example:8443/x/"), "dav.example:8443"),
        (Facts("caldav", "a@b.example", "https://dav.example:443/x/"), "dav.example"),
        (Facts("ics", "a@b.example", secret="webcal://Feeds.example/secret.ics"), "feeds.example"),
        (Facts("ics", "a@b.example", secret="nonsense://"), ""),
        (Facts("google", "a@b.example"), "google"),
        (Facts("memory", "a@b.example", "memory:x"), ""),
    ],
)
def test_accounts_are_counted_by_the_server_they_are_read_from(account: Facts, host: str):
    assert catalogue.host_of(account) == host


def test_the_name_of_the_server_is_not_stored(alice: Member):
    found = catalogue.Connected(Facts("ics", "a@lumen.example", secret="https://feeds.example/secret.ics"), (), ())
    account = connect.keep_connection(alice, found, calendars=(), sharing="metadata", new_people="off", now=NOW)
    assert account.host == host_digest("feeds.example")
    assert "feeds" not in account.host


def test_a_calendar_in_memory_is_at_no_server(alice: Member):
    desk = Desk(alice, "alice")
    forget_jobs()
    assert desk.account.host == ""
