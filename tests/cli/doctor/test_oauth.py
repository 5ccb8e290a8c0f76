"""What the doctor says of Google and Microsoft."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.accounts.models import Account
from metwith.accounts.oauth.flow import TokenSet
from metwith.calendars.delegation import enrolment
from metwith.calendars.models import Calendar
from metwith.cli.doctor.oauth import findings
from metwith.lib import secrets
from tests.accounts.test_tokens import account
from tests.calendars.whole_world import ALICE, BOB, lumen
from tests.calendars.worker import work
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.accounts.signing_in import SignInServer
    from tests.calendars.whole_world import Lumen

__all__ = ["lumen"]


def _said(provider: str = "google") -> list[str]:
    return [str(finding) for finding in findings() if finding.topic == provider]


def test_nothing_set_up_is_a_note(alice: Member):
    assert _said() == ["note  google: not set up; docs/connect-google.md tells how"]


def test_a_client_that_works(alice: Member, service: SignInServer, settings: Any):
    settings.ORIGIN = "https://metwith.example"
    account(alice)
    assert _said()[1:] == [
        (
            "ok    google: client metwith…: server, clock, redirect, id, secret right; "
            "redirect address https://metwith.example/settings/accounts/connect/google/back/"
        ),
        "ok    google: 1 accounts connected",
    ]


def test_a_secret_that_is_wrong(alice: Member, service: SignInServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METWITH_GOOGLE_CLIENT_SECRET", "wrong")
    assert any(line.startswith("BAD   google: client metwith…: The service does not accept the client secret") for line in _said())


def test_an_unreachable_service_is_no_defect_of_ours(alice: Member, service: SignInServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METWITH_GOOGLE_SERVER", "http://127.0.0.1:9")
    assert not [line for line in _said() if line.startswith("BAD")]


@pytest.mark.parametrize(("days", "testing"), [(7, True), (90, False)])
def test_permissions_that_end_after_a_week_have_a_reason(alice: Member, days: int, testing: bool):
    row = account(alice)
    Calendar.objects.create(
        workspace_id=alice.workspace_id,
        account=row,
        remote_id="work",
        enabled=True,
        state="reconnect",
        state_since=NOW + timedelta(days=days, hours=2),
    )
    said = _said()
    assert "note  google: 1 of 1 accounts wait for their owners to sign in again" in said
    assert any("Testing" in line for line in said) is testing


def test_a_missing_scope_and_an_unreadable_secret_are_told(alice: Member):
    row = account(alice)
    lacking = TokenSet("a", "r", NOW, NOW, "openid email", "metwith")
    Account.objects.of(alice.workspace).filter(pk=row.pk).update(secret=secrets.encrypt(alice.workspace_id, lacking.dump()))
    unreadable = account(alice, subject="2")
    Account.objects.of(alice.workspace).filter(pk=unreadable.pk).update(secret="x")
    said = _said()
    assert "BAD   google: 1 of 2 accounts lack a scope; their owners must connect them again" in said
    assert "BAD   google: 1 of 2 accounts cannot be read with this key" in said


@pytest.mark.server
@pytest.mark.parametrize("provider", ["google", "microsoft"])
class TestOrganisations:
    def test_one_that_nobody_is_connected_by_is_a_note(self, lumen: Lumen, alice: Member, provider: str):
        lumen.grant(alice, provider)
        assert [line for line in _said(provider) if "organisation" in line and line.startswith("note") and "not tried" in line]

    def test_one_that_works_is_tried_on_somebody(self, lumen: Lumen, alice: Member, provider: str):
        lumen.grant(alice, provider)
        enrolment.pick(alice, provider, [alice.pk])
        work()
        assert [line for line in _said(provider) if line.startswith(f"ok    {provider}: organisation") and "calendars right" in line]

    def test_who_could_not_be_connected_is_counted(self, lumen: Lumen, alice: Member, bob: Member, provider: str):
        lumen.grant(alice, provider)
        del lumen.grants.people[BOB], lumen.graph.mailboxes[f"of {BOB}"]
        enrolment.pick(alice, provider, [bob.pk])
        work()
        assert [line for line in _said(provider) if line.startswith("BAD") and "1 people could not be connected" in line]

    def test_what_was_granted_once_and_is_no_more_is_wrong(self, lumen: Lumen, alice: Member, provider: str):
        lumen.grant(alice, provider)
        enrolment.pick(alice, provider, [alice.pk])
        work()
        del lumen.grants.people[ALICE], lumen.graph.mailboxes[f"of {ALICE}"]
        assert [line for line in _said(provider) if line.startswith("BAD") and "organisation" in line]
