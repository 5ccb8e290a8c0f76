"""Settings: oneself, the workspace, tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from metwith.lib import clock
from metwith.workspaces import actions
from metwith.workspaces.models import ApiToken, Invitation, Member
from tests.people import NOW
from tests.web.tight import tight

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings


def page_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return tight(answer.content.decode())


def test_a_member_changes_name_zone_and_language(as_bob: Client, bob: Member):
    answer = as_bob.post("/settings/you/", {"name": "Robert", "time_zone": "America/Sao_Paulo", "language": "pt"}, follow=True)
    assert answer.status_code == 200
    bob.user.refresh_from_db()
    assert (bob.user.name, bob.user.time_zone, bob.user.language) == ("Robert", "America/Sao_Paulo", "pt")


@pytest.mark.parametrize("given", [{"name": ""}, {"time_zone": "Mars/Olympus"}, {"language": "xx"}])
def test_a_wrong_profile_is_shown_again_with_what_was_typed(as_bob: Client, bob: Member, given: dict[str, str]):
    answer = as_bob.post("/settings/you/", {"name": "Bobby", "time_zone": "UTC", "language": ""} | given)
    assert answer.status_code == 422
    assert "_error" in answer.content.decode()
    bob.user.refresh_from_db()
    assert bob.user.name == "Bob Brandt"


def test_a_token_is_shown_once_and_works_until_it_is_revoked(as_bob: Client, bob: Member):
    shown = as_bob.post("/settings/tokens/", {"name": "Report"}).content.decode()
    token = re.search(r'id="fresh">([^<]+)<', shown)
    assert token
    found = actions.member_for_token(token[1], clock.now())
    assert found is not None
    assert found.pk == bob.pk
    later = page_of(as_bob, "/settings/tokens/")
    assert "Report" in later
    assert token[1] not in later
    as_bob.post(f"/settings/tokens/{ApiToken.objects.of(bob.workspace).get().pk}/revoke/")
    assert actions.member_for_token(token[1], clock.now()) is None


def test_nobody_revokes_the_token_of_another(as_bob: Client, alice: Member):
    actions.create_token(alice, "Hers", now=NOW)
    assert as_bob.post(f"/settings/tokens/{ApiToken.objects.of(alice.workspace).get().pk}/revoke/").status_code == 404
    assert "Hers" not in page_of(as_bob, "/settings/tokens/")


def test_an_admin_sets_what_colleagues_see_at_most_and_what_new_accounts_begin_with(as_alice: Client, as_bob: Client, alice: Member):
    given = {"sharing-cap": "subject", "sharing-default": "everything"}
    assert as_bob.post("/settings/workspace/sharing/", given).status_code == 403
    page = as_alice.post("/settings/workspace/sharing/", given, follow=True).content.decode()
    assert "It holds at once" in page
    alice.workspace.refresh_from_db()
    assert (alice.workspace.sharing_cap, alice.workspace.sharing_default) == ("subject", "subject")
    file_page = page_of(as_bob, "/settings/accounts/connect/file/")
    assert "Your workspace shows at most: Also the title" in file_page
    assert re.search(r'value="subject"[^>]* checked', file_page)
    assert as_alice.post("/settings/workspace/sharing/", {"sharing-cap": "all"}).status_code == 422


def test_the_workspace_page_is_for_admins(as_bob: Client, bob: Member):
    answer = as_bob.get("/settings/workspace/")
    assert answer.status_code == 403
    assert "Only an admin can do this" in answer.content.decode()
    assert "/settings/workspace/" not in page_of(as_bob, "/settings/")


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("name/", {"name-name": "Mine"}),
        ("invite/", {"invite-address": "eve@elsewhere.example", "invite-role": "member"}),
        ("members/{alice}/role/", {"role": "member"}),
        ("members/{alice}/removed/", {}),
    ],
)
def test_a_member_changes_nothing_of_the_workspace(as_bob: Client, alice: Member, path: str, given: dict[str, str]):
    answer = as_bob.post("/settings/workspace/" + path.format(alice=alice.pk), given)
    assert answer.status_code == 403
    alice.workspace.refresh_from_db()
    assert alice.workspace.name == "Lumen Studio"
    assert Member.objects.of(alice.workspace).count() == 2
    assert not Invitation.objects.of(alice.workspace).exists()


def test_the_workspace_gets_another_name(as_alice: Client, alice: Member):
    as_alice.post("/settings/workspace/name/", {"name-name": "Lumen GmbH"})
    assert "Lumen GmbH" in page_of(as_alice, "/settings/workspace/")
    assert as_alice.post("/settings/workspace/name/", {"name-name": " "}).status_code == 422


def test_whoever_runs_the_server_sets_a_forgotten_password_as_the_page_says(
    stranger: Client, bob: Member, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
    assert "metwith django changepassword" in page_of(stranger, "/sign-in/password/reset/")
    monkeypatch.setattr("getpass.getpass", lambda **_: "three-new-words-26")
    call_command("changepassword", "bob@lumen.example", verbosity=0)
    bob.user.refresh_from_db()
    assert bob.user.check_password("three-new-words-26")
