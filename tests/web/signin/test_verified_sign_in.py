"""A sign-in address that turns out to be its user's: by a mailed link, by single sign-on, by a calendar's provider."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from metwith.accounts.models import Account
from metwith.calendars.actions import connect as calendars
from metwith.calendars.providers import memory
from metwith.rules.identity import Way
from metwith.workspaces import actions, addresses
from metwith.workspaces.models import ApiToken, Member, MemberAddress, User
from metwith.workspaces.signals import verified_by_oidc
from tests.calendars.desk import Desk
from tests.people import NOW, PASSWORD, holds
from tests.web.conftest import signed_in

if TYPE_CHECKING:
    from django.test import Client

DAY = timedelta(days=1)
NEW = "another sentence, long enough"


@pytest.fixture
def chief(alice: Member) -> Member:
    """Joined by a link that was shown to an admin, who may be the one who took it up."""
    _invitation, token = actions.invite(alice, "chief@lumen.example", "member", NOW)
    member = actions.accept_invitation(token, "Chief", PASSWORD, NOW)
    actions.create_token(member, "left behind", now=NOW)
    return member


def _verified(member: Member) -> bool:
    return addresses.signs_in_verified(Member.objects.of(member.workspace_id).select_related("user").get(pk=member.pk))


def _token_left(member: Member) -> bool:
    return ApiToken.objects.of(member.workspace_id).filter(member=member).exists()


def _may_use_password(member: Member, password: str) -> bool:
    return User.objects.get(pk=member.user_id).check_password(password)


def test_a_new_password_by_a_mailed_link_verifies_and_ends_what_was_before(chief: Member, stranger: Client):
    admins_browser = signed_in(chief)
    stranger.post("/sign-in/password/reset/", {"email": "chief@lumen.example"})
    link = re.search(r"/sign-in/password/reset/key/\S+", str(mail.outbox[-1].body))
    assert link
    form = stranger.get(link[0], follow=True)
    stranger.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert _verified(chief)
    assert not _token_left(chief)
    assert admins_browser.get("/").status_code == 302
    assert _may_use_password(chief, NEW)


def test_who_sets_a_new_password_sees_before_what_it_takes_away(alice: Member, stranger: Client):
    """The domain of a sign-in address that is shown to be its user's becomes the organisation's own."""
    desk = Desk(alice, "alice")
    desk.put("one", "zed@fern.example", title="Alices own")
    desk.sync()
    _invitation, token = actions.invite(alice, "fay@fern.example", "member", NOW)
    actions.accept_invitation(token, "Fay", PASSWORD, NOW)
    stranger.post("/sign-in/password/reset/", {"email": "fay@fern.example"})
    link = re.search(r"/sign-in/password/reset/key/\S+", str(mail.outbox[-1].body))
    assert link
    page = stranger.get(link[0], follow=True).content.decode()
    assert "From then on everybody at fern.example is one of you." in page
    assert "1 meeting that is stored now would become internal and be removed." in page
    assert "Alices own" not in page
    assert 'name="password1"' in page


def test_single_sign_on_verifies_and_ends_what_was_before(chief: Member):
    verified_by_oidc.send(sender=None, user=chief.user, address="chief@lumen.example", identity=0)
    assert _verified(chief)
    assert not _token_left(chief)
    assert not _may_use_password(chief, PASSWORD)


def test_a_providers_word_for_the_sign_in_address_verifies_and_ends_what_was_before(chief: Member):
    server = Desk(chief, "chief").server
    found = calendars.try_connection(chief, "memory", address="chief@lumen.example", server="memory:chief", now=lambda: NOW)
    calendars.keep_connection(chief, found, calendars="primary", sharing="metadata", new_people="off", now=NOW)
    assert not _verified(chief), "a server of one's own says what one likes"
    assert _token_left(chief)
    verified = replace(found, verified=frozenset({"chief@lumen.example"}))
    calendars.keep_connection(chief, verified, calendars="primary", sharing="metadata", new_people="off", now=NOW)
    assert _verified(chief)
    assert not _token_left(chief)
    assert isinstance(server, memory.MemoryServer)
    calendars.disconnect(chief, chief_account(chief), purge=True, now=NOW)
    assert _verified(chief), "it was shown once"


def chief_account(chief: Member) -> int:
    return (
        Account.objects.of(chief.workspace_id).get(member=chief, disconnected_at=None, server="memory:chief", address=chief.user.email).pk
    )


def test_a_link_to_the_sign_in_address_verifies_and_the_session_that_opened_it_goes_on(chief: Member):
    browser, other = signed_in(chief), signed_in(chief)
    row = MemberAddress.objects.of(chief.workspace_id).get(member=chief)
    browser.post(f"/settings/you/addresses/{row.pk}/mail/")
    link = re.search(r"http://testserver(/settings\S+)", str(mail.outbox[-1].body))
    assert link
    assert browser.post(link[1])["Location"] == "/sign-in/password/set/"
    assert _verified(chief)
    assert not _token_left(chief)
    assert browser.get("/sign-in/password/set/").status_code == 200
    assert other.get("/").status_code == 302


def test_what_was_verified_before_ends_nothing(alice: Member):
    actions.create_token(alice, "mine", now=NOW)
    assert not addresses.verify_sign_in(alice.user, Way.OIDC, NOW)
    assert _token_left(alice)


def test_a_further_address_and_a_vouching_end_nothing(alice: Member, chief: Member):
    holds(chief, "c@home.example", "link")
    assert _token_left(chief)
    addresses.vouch(alice, chief.pk, "chief@lumen.example", NOW)
    assert _verified(chief)
    assert _token_left(chief)


@pytest.mark.parametrize("way", [Way.LINK, Way.OIDC, Way.PROVIDER])
@pytest.mark.parametrize("by", ["an owner", "the operator"])
def test_a_vouching_in_between_lets_no_way_in_outlive_the_proof(alice: Member, chief: Member, by: str, way: Way):
    if by == "an owner":
        addresses.vouch(alice, chief.pk, "chief@lumen.example", NOW + DAY)
    else:
        addresses.vouch_by_operator(chief, "chief@lumen.example", NOW + DAY)
    if way is Way.PROVIDER:
        addresses.bring(chief, 7, {"chief@lumen.example": way}, NOW + DAY)
    else:
        assert addresses.verify_sign_in(chief.user, way, NOW + DAY)
    assert not _token_left(chief)
    actions.create_token(chief, "the chief's own", now=NOW + DAY)
    assert not addresses.verify_sign_in(chief.user, Way.OIDC, NOW + DAY), "it is shown once"
    assert _token_left(chief)
