"""What nobody thought of stops a calendar with a word, and never for good: the second border at which everything is caught, the run."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import DataError, connection

from metwith.api import shapes
from metwith.calendars.account_status import account_overview
from metwith.engine.models import State
from metwith.rules.health import Failed, Succeeded
from metwith.server import logs
from tests.calendars.desk import Desk
from tests.remembered import once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metwith.workspaces.models import Member

CONTENT = "Lunch with anna@acme.example"


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    monkeypatch.setenv("METWITH_LOG", "json")
    logs.configure()
    yield lambda: capsys.readouterr().err
    monkeypatch.undo()
    logs.configure()


@pytest.mark.parametrize(
    "error", [RuntimeError(CONTENT), RecursionError(CONTENT), MemoryError(CONTENT), DataError(CONTENT), KeyError(CONTENT)]
)
def test_whatever_is_raised_while_a_calendar_is_read_becomes_its_state(desk: Desk, error: Exception) -> None:
    desk.server.faults.defect = error
    assert isinstance(desk.sync(), Failed)
    row = desk.calendar
    assert (row.state, row.failures, row.lease_until) == (State.DEFECT, 1, None)
    assert row.detail.startswith(f"{type(error).__name__} (memory.py:")
    assert CONTENT not in f"{row.message}{row.detail}"


def test_it_is_tried_again_at_growing_distances_and_mends_itself(desk: Desk) -> None:
    desk.put("lunch", "anna@acme.example")
    desk.server.faults.defect = RuntimeError()
    waits = []
    for _time in range(8):
        desk.sync()
        next_sync_at = desk.calendar.next_sync_at
        assert next_sync_at is not None
        waits.append(next_sync_at - desk.now)
        desk.now += timedelta(hours=7)
    assert desk.calendar.failures == 8
    assert max(waits) <= timedelta(hours=6)
    desk.server.heal()
    assert desk.sync() == Succeeded()
    assert (desk.calendar.state, desk.calendar.failures, desk.calendar.detail) == (State.FINE, 0, "")
    assert desk.uids() == {"lunch"}


def test_what_was_read_before_stays_and_the_page_at_which_it_stopped_leaves_nothing(desk: Desk) -> None:
    """The database refuses what was read: its own message quotes the row."""
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    cursor = desk.calendar.cursor
    desk.put("dinner", "anna@acme.example")
    desk.put("brunch", "anna@acme.example")
    with connection.cursor() as database:
        database.execute("SET CONSTRAINTS ALL IMMEDIATE")
        database.execute("ALTER TABLE calendars_entry ADD CONSTRAINT refused CHECK (title <> 'About brunch') NOT VALID")
    desk.sync()
    assert (desk.calendar.state, desk.calendar.cursor) == (State.DEFECT, cursor)
    assert desk.uids() == {"lunch"}


def test_the_log_has_type_and_place_and_never_content(desk: Desk, logged: Callable[[], str]) -> None:
    desk.server.faults.defect = RuntimeError(CONTENT)
    desk.sync()
    said = logged()
    line = next(json.loads(line) for line in said.splitlines() if "defect" in line)
    assert line["error"] == "builtins.RuntimeError"
    assert any(place.startswith("memory.py:") for place in line["where"])
    assert CONTENT not in said


def test_its_owner_is_told_in_words_on_the_page_and_by_the_api(desk: Desk, alice: Member) -> None:
    desk.server.faults.defect = RuntimeError(CONTENT)
    desk.sync()
    (account,) = account_overview(alice, now=desk.now)
    (view,) = account.calendars
    assert view.words.startswith("Stopped since ")
    assert view.message == "Reading stopped at a fault of Metwith’s own. What was read before stays."
    assert view.advice == "Tell whoever runs Metwith: its log has the place. The calendar is not to blame."
    assert shapes.account(account)["state"] == "defect"
