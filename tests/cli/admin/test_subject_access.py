from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.models import Event
from metwith.workspaces.models import AuditLine
from tests.calendars.desk import Desk
from tests.calendars.worker import work
from tests.cli.prompt import run
from tests.people import person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"


@pytest.fixture
def desk(alice: Member, bob: Member) -> Desk:
    made = Desk(bob, "bob")
    made.put("lunch", ANNA, title="Bob's secret")
    made.sync()
    person(alice, "Anna Lindt", ANNA)
    work()
    return made


def test_what_is_held_is_counted(desk: Desk, capsys: pytest.CaptureFixture[str]):
    assert run("held", "Anna@acme.example") == 0
    out = capsys.readouterr().out
    assert "Anna Lindt" in out
    assert "meetings 1, copies 1, rows 1" in out
    assert "secret" not in out


def test_the_operators_files_hold_everything_and_are_noted(desk: Desk, alice: Member, capsys: pytest.CaptureFixture[str]):
    run("held", ANNA, "--format", "json")
    (meeting,) = json.loads(capsys.readouterr().out)["meetings"]
    assert meeting["copies"][0]["title"] == "Bob's secret"
    run("held", ANNA, "--format", "ics")
    assert "SUMMARY:Bob's secret" in capsys.readouterr().out
    lines = AuditLine.objects.of(alice.workspace_id).filter(action="exported")
    assert [(line.member_id, line.facts) for line in lines] == [(None, {"kind": "subject", "many": 1})] * 2


def test_erasing_wants_a_yes_and_prints_what_went(desk: Desk, alice: Member, capsys: pytest.CaptureFixture[str]):
    assert run("erase", ANNA) == 1
    assert "nobody is there to confirm it" in capsys.readouterr().err
    assert Event.objects.exists()
    assert run("erase", ANNA, "--yes") == 0
    assert "Erased: people 1, meetings 1, copies 1, rows 1, links 1" in capsys.readouterr().out
    assert not Event.objects.exists()
    assert AuditLine.objects.of(alice.workspace_id).get(action="erased").member_id is None
    run("held", ANNA)
    assert "and kept out since" in capsys.readouterr().out


def test_what_cannot_be_erased_is_said(desk: Desk, capsys: pytest.CaptureFixture[str]):
    assert run("erase", "bob@lumen.example", "--yes") == 1
    assert run("held", "no address") == 1
    assert "This is not an e-mail address" in capsys.readouterr().err
