"""Settings → Privacy receipt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from metwith.accounts import blocks
from metwith.calendars.counters import PrivacyRun
from metwith.calendars.vocabulary import Visibility
from metwith.lib import clock
from metwith.workspaces import actions
from metwith.workspaces.models import AuditLine
from tests.calendars.desk import Desk
from tests.calendars.worker import work
from tests.people import NOW
from tests.web.tight import tight

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

AT = "/settings/receipt/"


@pytest.fixture
def desk(bob: Member, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    desk = Desk(bob, "receipt")
    desk.put("kept", "anna@acme.test", title="Prices of next year")
    desk.put("gone", "tom@else.test")
    for number in range(3):
        desk.put(f"hidden {number}", "anna@acme.test", title="Very private", visibility=Visibility.PRIVATE)
    desk.put("ours", "alice@lumen.example")
    desk.sync()
    blocks.add_blocks(bob, "who", ["else.test"], everybody=False)
    work()
    return desk


def test_a_member_sees_the_sums_of_their_own_accounts(as_bob: Client, desk: Desk):
    page = tight(as_bob.get(AT).content.decode())
    assert "bob@lumen.example" in page
    assert "3 Private" in page
    assert "1 Only colleagues" in page
    assert "<td>2</td><td>5</td><td>1</td>" in page
    assert "Blocked" in page
    assert "The whole workspace" not in page
    assert "Very private" not in page
    assert "Prices" not in page


@pytest.fixture
def team(desk: Desk, alice: Member) -> None:
    """Two more members with a calendar: sums tell of nobody."""
    for name in ("dora", "erin"):
        Desk(actions.add_member(alice.workspace, f"{name}@lumen.example", "member", None, name.title(), now=NOW), name).sync()


def test_an_admin_sees_what_is_kept_and_not_the_only_colleagues_private_time(as_alice: Client, desk: Desk):
    page = tight(as_alice.get(AT).content.decode())
    assert "The whole workspace" in page
    assert "tell of nobody" in page
    assert "3 Private" not in page
    assert "<td>" not in page
    table = as_alice.post(f"{AT}export.csv").content.decode()
    assert "workspace,kept now,,1\r\n" in table
    assert "private" not in table
    assert "in the week" not in table


def test_an_admin_sees_the_workspaces_sums_and_nobody_elses_account(as_alice: Client, desk: Desk, team: None):
    page = tight(as_alice.get(AT).content.decode())
    assert "The whole workspace" in page
    assert "<td>2</td><td>5</td><td>1</td>" in page
    assert "You have not connected a calendar" in page
    assert "bob@lumen.example" not in page


def test_another_workspace_sees_nothing_of_it(as_charlie: Client, desk: Desk):
    page = as_charlie.get(AT).content.decode()
    assert "Private" not in page.replace("Privacy", "").split('id="workspace"')[1]
    assert "<td>" not in page
    assert "tell of nobody" in page


def test_what_was_proven_is_told(as_bob: Client, as_charlie: Client, desk: Desk):
    assert "not yet" in as_bob.get(AT).content.decode()
    facts = {"found": 0, "looked_for": 4321, "not_asked": 2, "database_files": True}
    PrivacyRun.objects.create(workspace=desk.member.workspace, at=NOW, kind="verify", facts=facts)
    PrivacyRun.objects.create(workspace=desk.member.workspace, at=NOW, kind="scrub", facts={"log": False})
    page = tight(as_bob.get(AT).content.decode())
    assert "nothing was found" in page
    assert "4,321" not in page, "it would tell how much others do not share"
    assert "2 calendars could not be read again" in page
    assert "Only the tables" in page
    assert "nothing was found" not in as_charlie.get(AT).content.decode()
    PrivacyRun.objects.create(workspace=desk.member.workspace, at=NOW, kind="verify", account_id=desk.account.pk, facts=facts)
    assert "4,321 texts were looked for" in as_bob.get(AT).content.decode()


def test_the_proof_of_a_colleagues_account_is_theirs(as_alice: Client, as_bob: Client, desk: Desk):
    PrivacyRun.objects.create(workspace=desk.member.workspace, at=NOW, kind="verify", account_id=desk.account.pk, facts={"found": 7})
    assert "7 texts were found" in as_bob.get(AT).content.decode()
    assert "7 texts" not in as_alice.get(AT).content.decode()


def test_the_exports_say_the_same_and_are_noted(as_bob: Client, as_alice: Client, desk: Desk, team: None):
    answer = as_bob.post(f"{AT}export.json")
    said = json.loads(answer.content)
    (account,) = said["accounts"]
    assert (account["kept"], account["dropped"], said["workspace"]) == (1, {"private": 3, "blocked": 1, "internal": 1}, None)
    assert account["last_purge"]["reasons"] == ["blocked"]
    assert account["weeks"] == [{"monday": "2026-06-01", "kept": 2, "dropped": 5, "purged": 1}]
    table = as_alice.post(f"{AT}export.csv")
    assert "workspace,not in now,private,3\r\n" in table.content.decode()
    assert "attachment" in table["Content-Disposition"]
    noted = AuditLine.objects.of(desk.member.workspace).filter(action="exported").order_by("pk")
    assert [line.facts for line in noted] == [{"kind": "receipt-json"}, {"kind": "receipt-csv"}]
    assert as_bob.get(f"{AT}export.json").status_code == 405
