"""Connecting at a provider's own sign-in page: away and back, again after a withdrawal, and goodbye."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from metwith.accounts.models import Account
from metwith.accounts.oauth.clients import save_client
from metwith.accounts.oauth.tokens import grant_of
from metwith.calendars import upkeep
from metwith.calendars.models import Calendar, Entry, Inquiry
from metwith.calendars.sync.run import sync_calendar
from metwith.engine import inquiries
from metwith.engine.inquiries import ENDED, UNDER_WAY
from metwith.lib import clock
from metwith.rules.identity import Way
from metwith.workspaces.models import MemberAddress
from tests.calendars.desk import meeting
from tests.calendars.worker import answer_inquiries
from tests.everywhere import stored
from tests.web.landing import landed, shown

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member
    from tests.accounts.practice import Practice
    from tests.accounts.signing_in import SignInServer

CONNECT = "/settings/accounts/connect/"
GOOGLE = f"{CONNECT}google/"


def _go(client: Client, service: SignInServer, account: int = 0) -> str:
    """To the sign-in page; returns the state."""
    away = client.get(f"{GOOGLE}go/" + (f"?account={account}" if account else ""))
    assert away.status_code == 302
    assert away["Location"].startswith(f"{service.url}/o/oauth2/v2/auth?")
    return service.visit(away["Location"])


def _back(client: Client, state: str, **said: str) -> Any:
    return landed(client, client.get(f"{GOOGLE}back/", {"state": state, "code": "yes"} | said))


def _connect(client: Client, service: SignInServer) -> Account:
    assert _back(client, _go(client, service))["Location"] == f"{CONNECT}choose/"
    client.post(f"{CONNECT}choose/", {"calendars": ["work"], "sharing": "subject"})
    answer = client.post(f"{CONNECT}preview/")
    assert answer["Location"] == "/people/met/"
    return Account.objects.across_workspaces("the latest one").latest("pk")


def test_signing_in_leads_to_the_choice_of_calendars_and_to_an_account(
    as_alice: Client, alice: Member, service: SignInServer, practice: Practice
):
    assert "see the events on all your calendars" in as_alice.get(GOOGLE).content.decode()
    account = _connect(as_alice, service)
    assert (account.provider, account.subject, account.address, account.sharing) == ("google", "1001", "alice@lumen.example", "subject")
    assert set(Calendar.objects.of(alice.workspace).values_list("name", "enabled")) == {("Work", True), ("Family", False)}
    assert practice.shown == ["access-1"]
    for secret in ("access-1", "refresh-1"):
        assert secret not in account.secret
        assert secret not in stored()


def test_the_first_sync_uses_the_stored_tokens(as_alice: Client, alice: Member, service: SignInServer, practice: Practice):
    account = _connect(as_alice, service)
    practice.server.put("work", meeting("one", "alice@lumen.example", "anna@acme.example"))
    calendar = Calendar.objects.of(alice.workspace).get(account=account, enabled=True)
    sync_calendar(alice.workspace_id, calendar.pk)
    assert Entry.objects.of(alice.workspace).count() == 1
    practice.refused = {"access-1"}
    sync_calendar(alice.workspace_id, calendar.pk)
    assert practice.shown == ["access-1", "access-1", "access-2"]


def test_between_the_pages_nothing_of_it_lies_in_the_clear(as_alice: Client, service: SignInServer, practice: Practice):
    state = _go(as_alice, service)
    assert state not in stored()
    _back(as_alice, state)
    assert "access-1" not in stored()
    assert not Account.objects.across_workspaces("nothing is stored yet").exists()


def test_a_state_is_good_once(as_alice: Client, service: SignInServer, practice: Practice):
    state = _go(as_alice, service)
    assert _back(as_alice, state).status_code == 302
    again = _back(as_alice, state)
    assert again.status_code == 422
    assert "begin again" in again.content.decode()
    assert len(service.asked_for_tokens()) == 1


def test_a_state_is_good_for_ten_minutes(as_alice: Client, service: SignInServer, practice: Practice):
    state = _go(as_alice, service)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert _back(as_alice, state).status_code == 422
    assert service.asked_for_tokens() == []


def test_a_state_is_good_for_who_went_away_and_nobody_else(as_alice: Client, as_bob: Client, service: SignInServer, practice: Practice):
    state = _go(as_alice, service)
    assert _back(as_bob, state).status_code == 422
    _go(as_bob, service)
    assert _back(as_bob, state).status_code == 422
    assert _back(as_bob, "").status_code == 422
    assert service.asked_for_tokens() == []


def test_a_state_of_google_is_none_of_microsofts(as_alice: Client, service: SignInServer, practice: Practice):
    state = _go(as_alice, service)
    assert as_alice.get(f"{CONNECT}microsoft/back/", {"state": state, "code": "yes"}).status_code == 422
    assert service.asked_for_tokens() == []


def test_saying_no_at_the_provider_is_explained_and_stores_nothing(as_alice: Client, service: SignInServer, practice: Practice):
    page = _back(as_alice, _go(as_alice, service), error="access_denied", error_description="<b>alice</b>").content.decode()
    assert "The permission was not given." in page
    assert "access_denied" in page
    assert "<b>alice" not in page
    assert not Account.objects.across_workspaces("nothing is stored").exists()


def test_what_was_left_out_is_said_in_words(as_alice: Client, service: SignInServer, practice: Practice):
    service.scope = "openid email https://www.googleapis.com/auth/calendar.events.readonly"
    page = _back(as_alice, _go(as_alice, service)).content.decode()
    assert "Part of the permission was left out" in page
    assert page.count("see the list of your calendars") == 2


def test_a_provider_that_cannot_be_read_is_explained(as_alice: Client, service: SignInServer, practice: Practice):
    practice.server.faults.broken = True
    answer = _back(as_alice, _go(as_alice, service))
    assert answer.status_code == 422
    assert "Try again in a few minutes." in answer.content.decode()


# Again


def _withdraw(service: SignInServer, alice: Member, account: Account) -> Calendar:
    """The permission is gone, and a sync has noticed."""
    service.refresh_token = "another"
    calendar = Calendar.objects.of(alice.workspace).get(account=account, enabled=True)
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        sync_calendar(alice.workspace_id, calendar.pk)
    calendar.refresh_from_db()
    return calendar


def test_a_withdrawn_permission_asks_for_its_owner_and_keeps_the_cursor(
    as_alice: Client, alice: Member, service: SignInServer, practice: Practice
):
    account = _connect(as_alice, service)
    practice.server.put("work", meeting("one", "alice@lumen.example", "anna@acme.example"))
    calendar = Calendar.objects.of(alice.workspace).get(account=account, enabled=True)
    sync_calendar(alice.workspace_id, calendar.pk)
    cursor = Calendar.objects.of(alice.workspace).get(pk=calendar.pk).cursor
    calendar = _withdraw(service, alice, account)
    assert (calendar.state, calendar.cursor, bool(cursor)) == ("reconnect", cursor, True)
    page = as_alice.get(f"/settings/accounts/{account.pk}/").content.decode()
    assert "Sign in there again and allow it once more." in page
    assert as_alice.get(f"/settings/accounts/{account.pk}/reconnect/")["Location"] == f"{GOOGLE}go/?account={account.pk}"
    assert _back(as_alice, _go(as_alice, service, account.pk))["Location"] == f"/settings/accounts/{account.pk}/"
    calendar.refresh_from_db()
    assert (calendar.cursor, calendar.failures) == (cursor, 0)
    sync_calendar(alice.workspace_id, calendar.pk)
    calendar.refresh_from_db()
    assert calendar.state == "fine"
    assert Account.objects.of(alice.workspace).count() == 1


def test_somebody_else_cannot_reconnect_an_account(as_alice: Client, alice: Member, service: SignInServer, practice: Practice):
    account = _connect(as_alice, service)
    before = Account.objects.of(alice.workspace).get(pk=account.pk).secret
    service.person = {"sub": "9", "email": "private@home.example"}
    page = _back(as_alice, _go(as_alice, service, account.pk)).content.decode()
    assert "You signed in as private@home.example, but this account is alice@lumen.example." in page
    assert Account.objects.of(alice.workspace).get(pk=account.pk).secret == before


def test_nobody_reconnects_a_colleagues_account(as_alice: Client, as_bob: Client, service: SignInServer, practice: Practice):
    account = _connect(as_alice, service)
    assert as_bob.get(f"{GOOGLE}go/?account={account.pk}").status_code == 404


def test_an_account_is_known_by_its_subject_when_its_address_changes(
    as_alice: Client, alice: Member, service: SignInServer, practice: Practice
):
    account = _connect(as_alice, service)
    service.person = {"sub": "1001", "email": "adler@lumen.example"}
    assert _connect(as_alice, service).pk == account.pk
    account.refresh_from_db()
    assert account.address == "adler@lumen.example"
    ways = dict(MemberAddress.objects.of(alice.workspace_id).filter(account_id=account.pk).values_list("address", "way"))
    assert ways == {"alice@lumen.example": Way.PROVIDER, "adler@lumen.example": Way.SERVER}, "Google had verified the one, not the other"


def test_two_members_may_connect_the_same_account(as_alice: Client, as_bob: Client, service: SignInServer, practice: Practice):
    assert _connect(as_alice, service).pk != _connect(as_bob, service).pk


# Goodbye


def test_disconnecting_gives_the_permission_back(as_alice: Client, service: SignInServer, practice: Practice):
    account = _connect(as_alice, service)
    page = shown(as_alice, as_alice.post(f"/settings/accounts/{account.pk}/disconnect/", {"what": "keep"})).content.decode()
    assert "The permission was taken back at Google too." in page
    assert service.revoked == ["refresh-1"]
    account.refresh_from_db()
    assert grant_of(account) is None


def _waits(client: Client, service: SignInServer, state: str, account: int = 0) -> str:
    """Back from the sign-in page, as far as `state`; returns the page that watches."""
    watch = client.get(f"{GOOGLE}back/", {"state": _go(client, service, account), "code": "yes"})["Location"]
    if state == "done":
        answer_inquiries()
    Inquiry.objects.across_workspaces("there is one").update(state=state)
    return str(watch)


@pytest.mark.parametrize("state", [*UNDER_WAY[:2], *ENDED])
@pytest.mark.parametrize("way", ["given up", "expired"])
def test_giving_up_a_sign_in_gives_the_permission_back_however_far_it_is(
    as_alice: Client, service: SignInServer, practice: Practice, state: str, way: str
):
    watch = _waits(as_alice, service, state)
    if way == "given up":
        as_alice.post(f"{watch}give-up/")
        answer_inquiries()
    with time_machine.travel(clock.now() + inquiries.VALID):
        upkeep.forget_inquiries(timestamp=0)
        answer_inquiries()
    assert service.revoked == ["refresh-1"]
    assert not Inquiry.objects.across_workspaces("nothing of it is kept").exists()


@pytest.mark.parametrize("broken", ["the provider", "Metwith"])
def test_a_sign_in_of_which_nothing_came_gives_the_permission_back(
    as_alice: Client, service: SignInServer, practice: Practice, broken: str
):
    if broken == "Metwith":
        as_alice.get(as_alice.get(_waits(as_alice, service, "broken"))["Location"])
    else:
        practice.server.faults.broken = True
        _back(as_alice, _go(as_alice, service))
    answer_inquiries()
    assert service.revoked == ["refresh-1"]


def test_what_somebody_else_allowed_is_given_back_and_what_an_account_rests_on_is_not(
    as_alice: Client, service: SignInServer, practice: Practice
):
    account = _connect(as_alice, service)
    as_alice.post(f"{_waits(as_alice, service, 'waiting', account.pk)}give-up/")
    answer_inquiries()
    assert service.revoked == []
    service.person = {"sub": "9", "email": "private@home.example"}
    _back(as_alice, _go(as_alice, service, account.pk))
    answer_inquiries()
    assert service.revoked == ["refresh-3"]


def test_a_permission_of_which_nobody_says_whose_it_is_is_left_alone(as_alice: Client, service: SignInServer, practice: Practice):
    watch = _waits(as_alice, service, "waiting")
    service.person = {}
    as_alice.post(f"{watch}give-up/")
    answer_inquiries()
    assert service.revoked == []


def test_where_it_cannot_be_given_back_the_page_says_so(as_alice: Client, service: SignInServer, practice: Practice):
    account = _connect(as_alice, service)
    service.web.answers["/revoke"] = service.web.answers["/v1.0/me"]
    page = shown(as_alice, as_alice.post(f"/settings/accounts/{account.pk}/disconnect/", {"what": "purge"})).content.decode()
    assert "you can take it back at https://myaccount.google.com/connections" in page
    assert not Account.objects.across_workspaces("it is gone").exists()


def test_microsoft_offers_no_way_and_the_page_says_so(as_alice: Client, alice: Member, service: SignInServer, practice: Practice):
    service.scope, service.me = None, {"id": "aad-1", "mail": "alice@lumen.example", "userPrincipalName": "alice@lumen.example"}
    state = service.visit(as_alice.get(f"{CONNECT}microsoft/go/")["Location"])
    landed(as_alice, as_alice.get(f"{CONNECT}microsoft/back/", {"state": state, "code": "yes"}))
    as_alice.post(f"{CONNECT}choose/", {"calendars": ["work"], "sharing": "metadata"})
    as_alice.post(f"{CONNECT}preview/")
    account = Account.objects.of(alice.workspace).get(provider="microsoft")
    page = shown(as_alice, as_alice.post(f"/settings/accounts/{account.pk}/disconnect/", {"what": "keep"})).content.decode()
    assert "Microsoft lets only you take the permission back" in page


@pytest.mark.django_db(transaction=True)
def test_a_member_who_leaves_gives_the_permission_back(as_bob: Client, bob: Member, service: SignInServer, practice: Practice):
    _connect(as_bob, service)
    as_bob.post(f"/settings/workspace/members/{bob.pk}/removed/")
    assert service.revoked == []
    answer_inquiries()
    assert service.revoked == ["refresh-1"]


# Set up or not


def test_without_a_client_members_see_nothing_and_admins_the_way(
    as_alice: Client, as_bob: Client, service: SignInServer, practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("METWITH_GOOGLE_CLIENT_ID")
    monkeypatch.delenv("METWITH_MICROSOFT_CLIENT_ID")
    assert "Google</b>" not in as_bob.get(CONNECT).content.decode()
    assert "Not set up yet" in as_alice.get(CONNECT).content.decode()
    for path in (GOOGLE, f"{GOOGLE}go/", f"{GOOGLE}back/", f"{CONNECT}caldavs/"):
        assert as_alice.get(path).status_code == 404


def test_reconnecting_without_a_client_says_who_can_help(
    as_alice: Client, service: SignInServer, practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    account = _connect(as_alice, service)
    monkeypatch.delenv("METWITH_GOOGLE_CLIENT_ID")
    page = as_alice.get(f"/settings/accounts/{account.pk}/reconnect/", follow=True)
    assert page.status_code == 200
    assert "An admin of the workspace can do it under Settings." in page.content.decode()


def test_with_a_client_everybody_sees_the_way(as_bob: Client, service: SignInServer, practice: Practice):
    page = as_bob.get(CONNECT).content.decode()
    assert f'href="{GOOGLE}"' in page
    assert f'href="{CONNECT}microsoft/"' in page


def test_the_way_there_is_a_link_that_the_policy_lets_through(as_alice: Client, service: SignInServer, practice: Practice):
    answer = as_alice.get(GOOGLE)
    assert f'<a class="button" href="{GOOGLE}go/">' in answer.content.decode()
    assert "form-action 'self'" in answer["Content-Security-Policy"]


def test_strangers_are_sent_to_sign_in(stranger: Client, alice: Member, service: SignInServer, practice: Practice):
    assert "/sign-in/" in stranger.get(f"{GOOGLE}back/?code=yes&state=x")["Location"]


# The admins' page

CLIENTS = "/settings/clients/"


def test_an_admin_sets_a_client_and_never_sees_its_secret_again(as_alice: Client, alice: Member):
    page = as_alice.get(CLIENTS).content.decode()
    assert "http://testserver/settings/accounts/connect/google/back/" in page
    as_alice.post(f"{CLIENTS}google/", {"client_id": "an-id", "secret": "s3cret"})
    page = as_alice.get(CLIENTS).content.decode()
    assert 'value="an-id"' in page
    assert "s3cret" not in page
    as_alice.post(f"{CLIENTS}google/remove/")
    assert 'value="an-id"' not in as_alice.get(CLIENTS).content.decode()


def test_a_refusal_stands_at_its_field_and_the_secret_is_not_echoed(as_alice: Client):
    answer = as_alice.post(f"{CLIENTS}microsoft/", {"client_id": "an-id", "secret": "s3cret", "tenant": "../x"})
    assert answer.status_code == 422
    assert "A tenant is an id" in answer.content.decode()
    assert "s3cret" not in answer.content.decode()


def test_the_address_people_know_is_the_one_to_register(as_alice: Client, settings: Any):
    settings.ORIGIN = "https://metwith.lumen.example"
    assert "https://metwith.lumen.example/settings/accounts/connect/google/back/" in as_alice.get(CLIENTS).content.decode()


def test_the_operators_client_is_shown_and_not_to_be_changed(as_alice: Client, service: SignInServer):
    page = as_alice.get(CLIENTS).content.decode()
    assert "Set by the operator" in page
    assert 'name="client_id"' not in page


def test_only_admins_open_it(as_bob: Client, alice: Member):
    save_client(alice, "google", client_id="an-id", secret="s3cret")
    for answer in (as_bob.get(CLIENTS), as_bob.post(f"{CLIENTS}google/", {"client_id": "x"}), as_bob.post(f"{CLIENTS}google/check/")):
        assert answer.status_code == 403
    assert as_bob.post(f"{CLIENTS}google/remove/").status_code == 403


def test_the_check_says_which_part_is_wrong(as_alice: Client, alice: Member, service: SignInServer, monkeypatch: pytest.MonkeyPatch):
    assert "The secret belongs to the client id." in landed(as_alice, as_alice.post(f"{CLIENTS}google/check/")).content.decode()
    monkeypatch.setenv("METWITH_GOOGLE_CLIENT_SECRET", "wrong")
    page = landed(as_alice, as_alice.post(f"{CLIENTS}google/check/")).content.decode()
    assert "does not accept the client secret" in page
    monkeypatch.setenv("METWITH_GOOGLE_SERVER", "http://127.0.0.1:9")
    assert "cannot be reached" in landed(as_alice, as_alice.post(f"{CLIENTS}google/check/")).content.decode()
    assert as_alice.post(f"{CLIENTS}caldav/check/").status_code == 404
