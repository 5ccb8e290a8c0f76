"""Settings: who is here, who was invited, roles, and a link to a new password."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core import mail

from metwith.lib import clock
from metwith.rules.identity import Way
from metwith.workspaces import actions, queries
from metwith.workspaces.models import AuditLine, Invitation, Member, MemberAddress
from tests.web.conftest import signed_in
from tests.web.settings.test_settings import page_of

if TYPE_CHECKING:
    import pytest
    from django.test import Client
    from pytest_django.fixtures import Settings

NEW = "three-new-words-26"


def test_every_member_sees_who_is_here_and_only_admins_what_else_there_is(as_alice: Client, as_bob: Client, alice: Member):
    seen = page_of(as_bob, "/settings/members/")
    assert "Alice Adler" in seen
    assert "alice@lumen.example" in seen
    assert "<select" not in seen
    assert "invite-address" not in seen
    assert "/password/" not in seen
    assert "invite-address" in page_of(as_alice, "/settings/members/")


def test_an_admin_has_a_link_to_a_new_password_mailed_and_never_sees_it(
    as_alice: Client, stranger: Client, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
):
    path = f"/settings/workspace/members/{bob.pk}/password/"
    answer = as_alice.post(path, follow=True)
    assert "on its way to Bob Brandt" in answer.content.decode()
    [letter] = mail.outbox
    assert letter.to == [bob.user.email]
    assert "Alice Adler, who looks after" in letter.body
    link = re.search(r"http://testserver(/\S+)", str(letter.body))
    assert link
    assert link[1] not in answer.content.decode()
    form = stranger.get(link[1], follow=True)
    stranger.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    bob.user.refresh_from_db()
    assert bob.user.check_password(NEW)
    assert AuditLine.objects.of(alice.workspace).get(action="password-mailed").facts == {"member": bob.pk}
    assert "a link to a new password mailed to Bob Brandt" in page_of(as_alice, "/settings/audit/")

    assert "moment ago" in as_alice.post(path, follow=True).content.decode(), "nobody is buried in mail"
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    signed_in(alice).post(path)
    assert len(mail.outbox) == 2


def test_no_link_goes_to_an_address_that_was_never_shown_to_be_theirs(as_alice: Client, alice: Member, bob: Member):
    MemberAddress.objects.of(alice.workspace).filter(member=bob).update(way=Way.INVITED)
    assert "never shown to be theirs" in as_alice.post(f"/settings/workspace/members/{bob.pk}/password/", follow=True).content.decode()
    assert mail.outbox == []
    assert not AuditLine.objects.of(alice.workspace).filter(action="password-mailed").exists()


def test_a_link_that_could_not_be_mailed_is_not_noted(as_alice: Client, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch):

    def refuse(*_args: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("metwith.lib.mail.send_mail", refuse)
    assert "could not be sent" in as_alice.post(f"/settings/workspace/members/{bob.pk}/password/", follow=True).content.decode()
    assert not AuditLine.objects.of(alice.workspace).filter(action="password-mailed").exists()


def test_links_to_new_passwords_are_for_admins_and_their_own_workspace(as_alice: Client, as_bob: Client, alice: Member, charlie: Member):
    assert as_bob.post(f"/settings/workspace/members/{alice.pk}/password/").status_code == 403
    assert as_alice.post(f"/settings/workspace/members/{charlie.pk}/password/").status_code == 404
    assert mail.outbox == []


def test_an_invitations_link_is_shown_once(as_alice: Client, alice: Member, settings: Settings):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
    given = {"invite-address": "Dora@Lumen.example", "invite-role": "member", "confirmed": "1"}
    shown = as_alice.post("/settings/workspace/invite/", given).content.decode()
    link = re.search(r'id="fresh">http://testserver(/join/[^<]+)<', shown)
    assert link
    assert "dora@lumen.example" in shown
    later = page_of(as_alice, "/settings/members/")
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
    page = page_of(as_bob, "/settings/members/")
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
    assert way_out in page_of(as_bob, "/settings/you/")
    page = page_of(as_bob, way_out)
    assert 'name="copies"' not in page, "there is nothing to choose about"
    assert 'class="button plain" href="/settings/you/"' in page, "and the way back is open to them"
    as_bob.post(f"/settings/workspace/members/{bob.pk}/removed/")
    assert as_bob.get("/").status_code == 302


def test_removing_somebody_is_asked_about_first(as_alice: Client, alice: Member, bob: Member):
    assert "Remove Bob Brandt" in page_of(as_alice, f"/settings/workspace/members/{bob.pk}/remove/")
    as_alice.post(f"/settings/workspace/members/{bob.pk}/removed/")
    assert [member.pk for member in queries.members_of(alice.workspace)] == [alice.pk]


def test_members_of_another_workspace_cannot_be_touched(as_alice: Client, charlie: Member):
    assert as_alice.get(f"/settings/workspace/members/{charlie.pk}/remove/").status_code == 404
    assert as_alice.post(f"/settings/workspace/members/{charlie.pk}/removed/").status_code == 404
    assert as_alice.post(f"/settings/workspace/members/{charlie.pk}/role/", {"role": "member"}).status_code == 404
