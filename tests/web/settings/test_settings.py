"""Settings: oneself, the workspace, tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from metwith.lib import clock
from metwith.workspaces import actions, queries
from metwith.workspaces.models import ApiToken, Invitation, Member
from tests.people import NOW
from tests.web.tight import tight

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings


def _page(client: Client, path: str) -> str:
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
    later = _page(as_bob, "/settings/tokens/")
    assert "Report" in later
    assert token[1] not in later
    as_bob.post(f"/settings/tokens/{ApiToken.objects.of(bob.workspace).get().pk}/revoke/")
    assert actions.member_for_token(token[1], clock.now()) is None


def test_nobody_revokes_the_token_of_another(as_bob: Client, alice: Member):
    actions.create_token(alice, "Hers", now=NOW)
    assert as_bob.post(f"/settings/tokens/{ApiToken.objects.of(alice.workspace).get().pk}/revoke/").status_code == 404
    assert "Hers" not in _page(as_bob, "/settings/tokens/")


def test_an_admin_sets_what_colleagues_see_at_most_and_what_new_accounts_begin_with(as_alice: Client, as_bob: Client, alice: Member):
    given = {"sharing-cap": "subject", "sharing-default": "everything"}
    assert as_bob.post("/settings/workspace/sharing/", given).status_code == 403
    page = as_alice.post("/settings/workspace/sharing/", given, follow=True).content.decode()
    assert "It holds at once" in page
    alice.workspace.refresh_from_db()
    assert (alice.workspace.sharing_cap, alice.workspace.sharing_default) == ("subject", "subject")
    file_page = _page(as_bob, "/settings/accounts/connect/file/")
    assert "Your workspace shows at most: Also the title" in file_page
    assert re.search(r'value="subject"[^>]* checked', file_page)
    assert as_alice.post("/settings/workspace/sharing/", {"sharing-cap": "all"}).status_code == 422


def test_the_workspace_page_is_for_admins(as_bob: Client, bob: Member):
    answer = as_bob.get("/settings/workspace/")
    assert answer.status_code == 403
    assert "Only an admin can do this" in answer.content.decode()
    assert "/settings/workspace/" not in _page(as_bob, "/settings/")


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


def test_an_invitations_link_is_shown_once(as_alice: Client, alice: Member, settings: Settings):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
    given = {"invite-address": "Dora@Lumen.example", "invite-role": "member", "confirmed": "1"}
    shown = as_alice.post("/settings/workspace/invite/", given).content.decode()
    link = re.search(r'id="fresh">http://testserver(/join/[^<]+)<', shown)
    assert link
    assert "dora@lumen.example" in shown
    later = _page(as_alice, "/settings/workspace/")
    assert "dora@lumen.example" in later
    assert link[1] not in later
    as_alice.post(f"/settings/workspace/invitations/{Invitation.objects.of(alice.workspace).get().pk}/withdraw/")
    assert as_alice.get(link[1]).status_code == 404


def test_somebody_who_is_here_is_not_invited_again(as_alice: Client, bob: Member):
    answer = as_alice.post("/settings/workspace/invite/", {"invite-address": bob.user.email, "invite-role": "member"})
    assert answer.status_code == 422
    assert "already signs in here" in answer.content.decode()
    assert f'value="{bob.user.email}"' in answer.content.decode()


def test_an_admin_is_not_offered_to_make_owners(alice: Member, bob: Member, as_bob: Client):
    actions.change_role(alice, bob.pk, "admin")
    page = _page(as_bob, "/settings/workspace/")
    assert 'value="owner"' not in page
    answer = as_bob.post("/settings/workspace/invite/", {"invite-address": "eve@lumen.example", "invite-role": "owner"})
    assert answer.status_code == 422


def test_roles_change_and_the_last_owner_stays(as_alice: Client, alice: Member, bob: Member):
    as_alice.post(f"/settings/workspace/members/{bob.pk}/role/", {"role": "admin"})
    bob.refresh_from_db()
    assert bob.role == "admin"
    answer = as_alice.post(f"/settings/workspace/members/{alice.pk}/role/", {"role": "member"}, follow=True)
    assert "needs an owner" in answer.content.decode()
    assert "needs an owner" in as_alice.post(f"/settings/workspace/members/{alice.pk}/removed/", follow=True).content.decode()


def test_everybody_finds_the_way_out_on_their_own_page(as_bob: Client, bob: Member):
    way_out = f"/settings/workspace/members/{bob.pk}/remove/"
    assert way_out in _page(as_bob, "/settings/you/")
    page = _page(as_bob, way_out)
    assert 'name="copies"' not in page, "there is nothing to choose about"
    assert 'class="button plain" href="/settings/you/"' in page, "and the way back is open to them"
    as_bob.post(f"/settings/workspace/members/{bob.pk}/removed/")
    assert as_bob.get("/").status_code == 302


def test_removing_somebody_is_asked_about_first(as_alice: Client, alice: Member, bob: Member):
    assert "Remove Bob Brandt" in _page(as_alice, f"/settings/workspace/members/{bob.pk}/remove/")
    as_alice.post(f"/settings/workspace/members/{bob.pk}/removed/")
    assert [member.pk for member in queries.members_of(alice.workspace)] == [alice.pk]


def test_members_of_another_workspace_cannot_be_touched(as_alice: Client, charlie: Member):
    assert as_alice.get(f"/settings/workspace/members/{charlie.pk}/remove/").status_code == 404
    assert as_alice.post(f"/settings/workspace/members/{charlie.pk}/removed/").status_code == 404
    assert as_alice.post(f"/settings/workspace/members/{charlie.pk}/role/", {"role": "member"}).status_code == 404


def test_the_workspace_gets_another_name(as_alice: Client, alice: Member):
    as_alice.post("/settings/workspace/name/", {"name-name": "Lumen GmbH"})
    assert "Lumen GmbH" in _page(as_alice, "/settings/workspace/")
    assert as_alice.post("/settings/workspace/name/", {"name-name": " "}).status_code == 422


def test_whoever_runs_the_server_sets_a_forgotten_password_as_the_page_says(
    stranger: Client, bob: Member, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
    assert "metwith django changepassword" in _page(stranger, "/sign-in/password/reset/")
    monkeypatch.setattr("getpass.getpass", lambda **_: "three-new-words-26")
    call_command("changepassword", "bob@lumen.example", verbosity=0)
    bob.user.refresh_from_db()
    assert bob.user.check_password("three-new-words-26")
