from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from metwith.calendars.actions import choose, connect
from metwith.calendars.models import Calendar
from metwith.calendars.vocabulary import FILE
from metwith.cli.admin import sync
from metwith.lib import clock
from tests.calendars.desk import Desk
from tests.cli.prompt import run


@pytest.fixture
def desk(alice):
    return Desk(alice, "sync-command")


def test_every_calendar_that_is_on_is_read(desk, bob, capsys):
    other = Desk(bob, "sync-command-bob")
    desk.put("one", "anna@acme.test")
    other.put("two", "ben@acme.test")
    assert run("sync") == 0
    assert desk.uids() == {"one"}
    assert other.uids() == {"two"}
    assert capsys.readouterr().out.count("up to date") == 2


def test_one_account_can_be_named(desk, bob):
    other = Desk(bob, "sync-command-bob")
    desk.put("one", "anna@acme.test")
    other.put("two", "ben@acme.test")
    assert run("sync", "--account", str(other.account.pk)) == 0
    assert desk.uids() == set()
    assert other.uids() == {"two"}


def test_what_was_kept_and_what_not_is_counted(desk, capsys):
    desk.put("one", "anna@acme.test")
    desk.put("internal", "bob@lumen.example")
    assert run("sync") == 0
    assert "1 kept, 1 not kept (1 internal)" in capsys.readouterr().out


def test_one_that_fails_is_told_in_words_and_the_others_are_read(desk, bob, capsys):
    other = Desk(bob, "sync-command-bob")
    desk.server.faults.needs_reconnect = True
    other.put("two", "ben@acme.test")
    assert run("sync") == 1
    said = capsys.readouterr()
    assert "Access was withdrawn" in said.err
    assert "up to date" in said.out
    assert other.uids() == {"two"}


def test_a_calendar_that_is_suddenly_empty_fails(desk, capsys):
    several = {"one", "two", "three", "four", "five"}
    for uid in several:
        desk.put(uid, "anna@acme.test")
    assert run("sync") == 0
    desk.server.faults.empty = True
    desk.server.expire_cursors()
    assert run("sync") == 1
    assert "suddenly empty" in capsys.readouterr().err
    assert desk.uids() == several


def test_an_account_that_there_is_not_is_named(desk, capsys):
    assert run("sync", "--account", "999999") == 1
    assert "999999" in capsys.readouterr().err


def test_a_disconnected_account_is_named(desk, alice, capsys):
    connect.disconnect(alice, desk.account.pk, purge=False, now=clock.now())
    assert run("sync", "--account", str(desk.account.pk)) == 1
    assert "disconnected" in capsys.readouterr().err
    assert run("sync") == 0


def test_paused_calendars_and_files_are_left_alone(desk, alice, capsys):
    choose.pause(alice, desk.calendar.pk)
    assert run("sync") == 0
    Calendar.objects.of(alice.workspace_id).update(paused=False)
    desk.account.provider = FILE
    desk.account.save()
    assert run("sync") == 0
    assert desk.server.reads == 0
    assert capsys.readouterr().out.count("no calendar to sync") == 2


def lease(desk, until):
    Calendar.objects.of(desk.member.workspace_id).update(lease_holder=uuid4(), lease_until=until)


def test_while_somebody_else_reads_it_waits_and_takes_their_outcome(desk, monkeypatch, capsys):
    lease(desk, clock.now() + timedelta(seconds=60))

    def other_finishes(_seconds):
        Calendar.objects.of(desk.member.workspace_id).update(
            lease_holder=None, lease_until=None, state="broken", message="The server does not answer."
        )

    monkeypatch.setattr("metwith.cli.admin.sync.time.sleep", other_finishes)
    assert run("sync") == 1
    assert desk.server.reads == 0
    assert "does not answer" in capsys.readouterr().err


def test_when_the_other_one_died_it_takes_over(desk, monkeypatch):
    desk.put("one", "anna@acme.test")
    lease(desk, clock.now() + timedelta(seconds=60))
    monkeypatch.setattr("metwith.cli.admin.sync.time.sleep", lambda _seconds: lease(desk, clock.now() - timedelta(seconds=1)))
    assert run("sync") == 0
    assert desk.uids() == {"one"}


def test_one_that_is_switched_off_meanwhile_is_no_failure(desk, monkeypatch, capsys):
    lease(desk, clock.now() + timedelta(seconds=60))
    monkeypatch.setattr(
        "metwith.cli.admin.sync.time.sleep", lambda _seconds: Calendar.objects.of(desk.member.workspace_id).update(enabled=False)
    )
    assert run("sync") == 0
    assert "not switched on any more" in capsys.readouterr().out


def test_the_progress_line_says_how_far_it_is(desk):
    desk.put("one", "anna@acme.test")
    run("sync")
    target = sync.SyncTarget(desk.member.workspace_id, desk.calendar.pk, "Work")
    assert sync.progress_line(target) == "Work: 1 of about 1 read, 1 kept"
