"""The tokens of stored accounts: who refreshes, what is saved, what happens when permission is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from metwith.accounts.models import Account
from metwith.accounts.oauth.errors import ClientRefused, Withdrawn
from metwith.accounts.oauth.flow import TokenSet
from metwith.accounts.oauth.services import PRACTICE_CLIENT
from metwith.accounts.oauth.tokens import FreshTokens, StoredTokens, grant_of
from metwith.calendars.inquiries import farewell
from metwith.lib import secrets
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.accounts.signing_in import SignInServer

LATER = NOW + timedelta(hours=3)


def account(member: Member, provider: str = "google", subject: str = "1001", *, refresh_token: str = "refresh-0") -> Account:
    """A stored account with an hour of access from NOW on."""
    grant = TokenSet("access-0", refresh_token, NOW + timedelta(hours=1), NOW, "", "metwith")
    return Account.objects.create(
        workspace_id=member.workspace_id,
        member=member,
        provider=provider,
        address=member.user.email,
        subject=subject,
        secret=secrets.encrypt(member.workspace_id, grant.dump()),
    )


def _tokens(row: Account) -> StoredTokens:
    return StoredTokens(row.workspace_id, row.pk, lambda: LATER)


def _stored(row: Account) -> TokenSet:
    row.refresh_from_db()
    grant = grant_of(row)
    assert grant
    return grant


def test_a_token_that_is_good_is_handed_out_without_asking_anybody(alice: Member, service: SignInServer):
    row = account(alice)
    assert StoredTokens(row.workspace_id, row.pk, lambda: NOW).access_token() == "access-0"
    assert service.asked_for_tokens() == []


def test_a_token_in_its_last_minute_is_renewed(alice: Member, service: SignInServer):
    service.refresh_token = "refresh-0"
    row = account(alice)
    nearly = NOW + timedelta(minutes=59, seconds=30)
    assert StoredTokens(row.workspace_id, row.pk, lambda: nearly).access_token() == "access-1"


def test_a_rotated_refresh_token_is_stored_before_the_access_token_is_used(alice: Member, service: SignInServer):
    service.refresh_token, service.rotates = "refresh-0", True
    row = account(alice)
    assert _tokens(row).access_token() == "access-1"
    assert (_stored(row).refresh_token, _stored(row).access_token) == ("refresh-1", "access-1")
    assert "refresh-1" not in row.secret


def test_a_refused_token_is_renewed_once(alice: Member, service: SignInServer):
    service.refresh_token = "refresh-0"
    row = account(alice)
    tokens = StoredTokens(row.workspace_id, row.pk, lambda: NOW)
    assert [tokens.access_token(), tokens.access_token(refresh=True), tokens.access_token()] == ["access-0", "access-1", "access-1"]


def test_who_was_refused_takes_what_another_worker_has_renewed(alice: Member, service: SignInServer):
    service.refresh_token = "refresh-0"
    row = account(alice)
    one, other = (StoredTokens(row.workspace_id, row.pk, lambda: NOW) for _ in range(2))
    one.access_token()
    other.access_token()
    assert one.access_token(refresh=True) == other.access_token(refresh=True) == "access-1"
    assert service.given == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_refresh_at_once(alice: Member, service: SignInServer):
    service.refresh_token, service.rotates = "refresh-0", True
    row = account(alice)
    gate = Barrier(4)

    def work() -> str:
        try:
            gate.wait()
            return _tokens(row).access_token()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = [future.result() for future in [pool.submit(work) for _ in range(4)]]
    assert set(found) == {"access-1"}
    assert [form["refresh_token"] for form in service.asked_for_tokens()] == ["refresh-0"]


@pytest.mark.django_db(transaction=True)
def test_no_refresh_inside_a_transaction_that_could_undo_it(alice: Member, service: SignInServer):
    service.refresh_token = "refresh-0"
    row = account(alice)
    with pytest.raises(RuntimeError), transaction.atomic():
        _tokens(row).access_token()
    assert service.given == 0


def test_a_withdrawn_permission_leaves_the_grant_as_it_was(alice: Member, service: SignInServer):
    row = account(alice)
    with pytest.raises(Withdrawn):
        _tokens(row).access_token()
    assert _stored(row).refresh_token == "refresh-0"


def test_a_disconnected_account_has_no_tokens(alice: Member, service: SignInServer):
    row = account(alice)
    Account.objects.of(alice.workspace).update(secret="")
    with pytest.raises(Withdrawn):
        _tokens(row).access_token()
    row.delete()
    with pytest.raises(Withdrawn):
        _tokens(row).access_token()


def test_without_a_client_it_is_the_admins_turn(alice: Member, service: SignInServer, monkeypatch: pytest.MonkeyPatch):
    row = account(alice)
    monkeypatch.delenv("METWITH_GOOGLE_CLIENT_ID")
    with pytest.raises(ClientRefused):
        _tokens(row).access_token()


def test_a_fresh_token_that_is_refused_cannot_be_helped():
    tokens = FreshTokens(TokenSet("access-0", "r", NOW, NOW, "", "metwith"))
    assert tokens.access_token() == "access-0"
    with pytest.raises(Withdrawn):
        tokens.access_token(refresh=True)


def give_back(row: Account) -> bool:
    """Let the account go. Whether its permission is gone at the service then."""
    leaving = farewell.prepare_farewell(row)
    Account.objects.of(row.workspace_id).filter(pk=row.pk).update(secret="", disconnected_at=NOW)
    return bool(leaving and farewell.say_farewell(leaving, lambda: NOW))


def test_a_permission_is_given_back_once_nobody_rests_on_it(alice: Member, bob: Member, charlie: Member, service: SignInServer):
    one, other, elsewhere = account(alice), account(bob, refresh_token="refresh-b"), account(charlie, subject="2002")
    assert give_back(one) is False
    one.delete()
    assert give_back(other) is True
    assert give_back(elsewhere) is True
    assert service.revoked == ["refresh-b", "refresh-0"]


def test_there_is_nothing_to_give_back_where_nothing_was_given(alice: Member, service: SignInServer):
    caldav = Account.objects.create(workspace_id=alice.workspace_id, member=alice, provider="caldav", address="a@b.example", secret="x")
    unreadable = account(alice)
    unreadable.secret = "nothing we wrote"
    forgotten = account(alice, subject="2")
    forgotten.secret = ""
    assert [give_back(row) for row in (caldav, unreadable, forgotten)] == [False, False, False]
    assert service.revoked == []


def test_what_was_given_for_practice_is_kept_apart_from_what_is_real(alice: Member, service: SignInServer, monkeypatch: pytest.MonkeyPatch):
    real, practised = account(alice, subject="real"), account(alice, subject="practised")
    grant = replace(_stored(practised), client_id=PRACTICE_CLIENT)
    practised.secret = secrets.encrypt(alice.workspace_id, grant.dump())
    practised.save()
    for now in (NOW, LATER):  # with a token that is good, and with one that must be renewed
        for row, good in ((real, True), (practised, False)):
            tokens = StoredTokens.of(row, lambda: NOW if good else now)  # noqa: B023  used at once
            assert _answers(tokens) == good
    monkeypatch.setenv("METWITH_GOOGLE_CLIENT_ID", PRACTICE_CLIENT)
    assert _answers(StoredTokens.of(practised, lambda: NOW))
    assert not _answers(StoredTokens.of(real, lambda: NOW))
    assert not _answers(StoredTokens.of(real, lambda: LATER))
    assert not give_back(real)
    assert (service.asked_for_tokens(), service.revoked) == ([], [])


def _answers(tokens: StoredTokens) -> bool:
    try:
        return bool(tokens.access_token())
    except ClientRefused:
        return False
