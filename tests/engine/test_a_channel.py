"""A channel that is no calendar stands on the engine alone: its letters are claimed, read, traced, counted, linked, pushed to and purged."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.urls import path

from metwith.accounts.models import Account
from metwith.calendars.providers import memory
from metwith.calendars.providers.memory import MemoryProvider
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.engine import due, lease, linking, push, removals, webhooks
from metwith.engine.access import describe
from metwith.engine.errors import SlowDown
from metwith.engine.lease import Lease
from metwith.engine.models import State
from metwith.engine.vocabulary import Notice, NoticeKind, PushChannel
from metwith.records.actions import create_person
from metwith.rules.health import Succeeded
from metwith.rules.link import RecordKind
from tests.calendars.desk import meeting
from tests.engine.letters import LETTERS, Bell, Box, Count, Emptying, Filed, LeftOut, Letter, Sender, read_box
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"
urlpatterns = [path("hooks/memory", webhooks.google(lambda _heads, _body: (), ()), name="hooks-memory")]
TABLES = (Box, Letter, Sender, Filed, LeftOut, Count, Bell, Emptying)


class ToldProvider(MemoryProvider):
    """A memory server that tells of changes, too."""

    def watch(self, source: str, address: str, asked: PushChannel) -> PushChannel | None:
        return PushChannel(asked.id, asked.secret, "r", NOW + timedelta(days=6), proven=True)

    def renew(self, channel: PushChannel) -> PushChannel | None:
        return channel

    def stop(self, channel: PushChannel) -> None:
        pass


@pytest.fixture
def box(alice: Member) -> Box:
    """A box with a letter of Anna's and one that may not come in."""
    with connection.schema_editor() as editor:
        for table in TABLES:
            editor.create_model(table)
    memory.forget_servers("letters")
    server = memory.server("letters")
    server.add_calendar(RemoteCalendar("in", "In"))
    server.put("in", meeting("hello", ANNA))
    server.put("in", meeting("secret", ""))
    account = Account.objects.create(
        workspace=alice.workspace, member=alice, provider="memory", server="memory:letters", address=alice.user.email
    )
    return Box.objects.create(workspace=alice.workspace, account=account, remote_id="in", enabled=True, next_sync_at=NOW)


@contextmanager
def opened(account: Account, clock: Callable[[], datetime]) -> Iterator[ToldProvider]:
    yield ToldProvider(memory.server("letters"), describe(account))


def read(box: Box, now: datetime = NOW) -> bool:
    with opened(box.account, lambda: now) as provider:
        return read_box(box.workspace_id, box.pk, provider, now)


def test_it_is_due_claimed_read_traced_and_counted(box: Box):
    assert due.due(Box, NOW, 10) == [box.pk]
    assert read(box)
    assert list(Letter.objects.of(box.workspace_id).values_list("remote_id", flat=True)) == ["hello"]
    assert [(trace.source_id, trace.reason) for trace in LeftOut.objects.of(box.workspace_id)] == [(box.pk, "private")]
    counted = Count.objects.of(box.workspace_id).values_list("what", "reason", "many")
    assert set(counted) == {("kept", "", 1), ("dropped", "private", 1)}
    box.refresh_from_db()
    assert (box.state, box.read, box.lease_holder, bool(box.cursor)) == (State.FINE, 2, None, True)
    assert due.due(Box, NOW, 10) == []


def test_only_one_reads_it_and_who_was_too_slow_writes_no_more(box: Box):
    slow = lease.claim(LETTERS, box.workspace_id, box.pk, NOW)
    assert slow
    assert slow.lease_holder
    assert not read(box)
    later = NOW + lease.DURATION + timedelta(seconds=1)
    assert read(box, later)
    with pytest.raises(lease.LeaseLost):
        lease.renew(LETTERS, Lease(box.workspace_id, box.pk, slow.lease_holder), later)


def test_it_is_linked_when_it_comes_and_when_somebody_comes_on_record(box: Box, alice: Member):
    read(box)
    assert not Filed.objects.of(box.workspace_id).exists()
    anna = create_person(alice, name="Anna", addresses=[ANNA], now=NOW)
    assert linking.concerned(LETTERS, box.workspace_id, RecordKind.PERSON, anna.pk) == {Letter.objects.get().pk}

    def relink(workspace_id: int, ids: list[int]) -> None:
        letters = Letter.objects.of(workspace_id).filter(pk__in=ids)
        linking.link(LETTERS, workspace_id, [linking.Linkable(letter.pk, (letter.sent_at,), frozenset({ANNA})) for letter in letters])

    linking.relink_all(LETTERS, box.workspace_id, None, relink)
    filed = Filed.objects.of(box.workspace_id).get()
    assert (filed.letter.pk, filed.record_id, filed.reason, filed.sent_at) == (Letter.objects.get().pk, anna.pk, "address", NOW)
    linking.unlink_record(LETTERS, box.workspace_id, RecordKind.PERSON, anna.pk)
    assert not Filed.objects.of(box.workspace_id).exists()


def test_it_is_pushed_to(box: Box, settings: Any):
    settings.ORIGIN = "https://metwith.example"
    setup = push.PushSetup(LETTERS, {"memory": "source"}, opened)
    settings.ROOT_URLCONF = "tests.engine.test_a_channel"
    read(box)
    (target,) = push.due(setup, NOW)
    assert push.keep_channel(setup, target, lambda: NOW) == [box.pk]
    bell = Bell.objects.of(box.workspace_id).get()
    asked: list[int] = []
    listener = webhooks.Listener(setup, lambda _workspace, source: asked.append(source), lambda _target: None)
    webhooks.receive(listener, [Notice(bell.remote_id, "wrong", NoticeKind.CHANGED)], NOW)
    assert asked == []
    Bell.objects.of(box.workspace_id).update(secret=push.digest("right"))
    webhooks.receive(listener, [Notice(bell.remote_id, "right", NoticeKind.CHANGED)], NOW)
    assert asked == [box.pk]


def test_it_is_purged_page_by_page_and_not_read_meanwhile(box: Box):
    read(box)
    row = removals.mark(Emptying, box.workspace_id, "box", [box.pk])

    def a_page(row: Emptying) -> bool:
        return bool(Letter.objects.of(row.workspace_id).filter(box_id__in=row.sources).delete()[0])

    assert not removals.work_off(Emptying, box.workspace_id, row.pk, {"box": a_page}, pages=1)
    assert not read(box, NOW + timedelta(hours=1))
    assert removals.work_off(Emptying, box.workspace_id, row.pk, {"box": a_page})
    assert not Letter.objects.of(box.workspace_id).exists()
    assert read(box, NOW + timedelta(hours=1))


def test_a_report_puts_off_the_accounts_other_boxes_when_it_is_asked_for_patience(box: Box):
    other = Box.objects.create(workspace_id=box.workspace_id, account=box.account, remote_id="other", enabled=True, next_sync_at=NOW)
    claimed = lease.claim(LETTERS, box.workspace_id, box.pk, NOW)
    assert claimed
    lease.report(LETTERS, claimed, lease.failed(SlowDown("wait", until=NOW + timedelta(hours=1))), NOW)
    other.refresh_from_db()
    assert other.next_sync_at
    assert other.next_sync_at >= NOW + timedelta(hours=1)
    claimed = lease.claim(LETTERS, box.workspace_id, box.pk, NOW)
    assert claimed
    lease.report(LETTERS, claimed, Succeeded(), NOW)
