"""A whole organisation at once: picked by an admin, connected without a click, told so, and still everybody's own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from metwith.accounts.models import Account, Enrolment, Organisation
from metwith.accounts.oauth import delegation
from metwith.calendars.actions import connect, share
from metwith.calendars.delegation import enrolment
from metwith.calendars.delegation.check import check_mailbox
from metwith.calendars.models import Calendar, Entry
from metwith.calendars.sync.run import sync_calendar
from metwith.lib import clock, secrets
from metwith.lib.errors import Invalid, NotAllowed
from metwith.rules.health import Failed, Succeeded
from metwith.workspaces.models import MemberAddress
from tests.calendars.whole_world import ALICE, BOB, lumen
from tests.calendars.worker import work

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.calendars.whole_world import Lumen

__all__ = ["lumen"]
pytestmark = [pytest.mark.server, pytest.mark.parametrize("provider", ["google", "microsoft"])]


def _standing(admin: Member, provider: str) -> dict[str, str]:
    return {s.member.user.email: s.state for s in enrolment.standings(admin.workspace_id, provider)}


def _connected(lumen: Lumen, admin: Member, provider: str, *members: Member) -> None:
    lumen.grant(admin, provider)
    assert enrolment.pick(admin, provider, [m.pk for m in members]) == len(members)
    work()


def _account(member: Member) -> Account:
    return Account.objects.of(member.workspace_id).get(member=member)


def _calendar(member: Member) -> Calendar:
    return Calendar.objects.of(member.workspace_id).get(account__member=member, enabled=True)


def test_who_is_picked_is_connected_read_and_told_without_a_click(lumen: Lumen, alice: Member, bob: Member, provider: str):
    _connected(lumen, alice, provider, alice, bob)
    assert _standing(alice, provider) == {ALICE: "connected", BOB: "connected"}
    account = _account(bob)
    assert (account.address, account.delegated, account.sharing, account.server) == (BOB, True, "metadata", "")
    assert account.subject == ("1002" if provider == "google" else account.username)
    assert sync_calendar(bob.workspace_id, _calendar(bob).pk) == Succeeded()
    assert [entry.title for entry in Entry.objects.of(bob.workspace_id)] == ["Lunch"]
    assert len(enrolment.untold(bob)) == 1
    enrolment.note_told(bob)
    assert (enrolment.untold(bob), len(enrolment.untold(alice))) == ([], 1)
    if provider == "microsoft":
        assert f"also.{BOB}" in MemberAddress.objects.of(bob.workspace_id).exclude(account_id=0).values_list("address", flat=True)
        assert not any("/me" in request.path for request in lumen.asked)
    else:
        calendars = [request for request in lumen.asked if request.parts[0] == "calendar"]
        assert {request.headers["x-goog-quota-user"] for request in calendars} == {"1001", "1002"}


def test_a_token_that_ran_out_is_fetched_anew_and_nothing_is_read_twice(lumen: Lumen, alice: Member, provider: str):
    _connected(lumen, alice, provider, alice)
    later = clock.now() + timedelta(hours=2)
    lumen.grants.clock = lambda: later
    sync_calendar(alice.workspace_id, _calendar(alice).pk)
    lumen.google.tokens = {}
    lumen.graph.mailboxes = {token: box for token, box in lumen.graph.mailboxes.items() if not token.startswith("granted")}
    given = len(lumen.grants.tokens)
    assert sync_calendar(alice.workspace_id, _calendar(alice).pk, clock=lambda: later) == Succeeded()
    assert len(lumen.grants.tokens) == given + 1


def test_who_disconnects_is_not_connected_again_over_their_head(lumen: Lumen, alice: Member, bob: Member, provider: str):
    _connected(lumen, alice, provider, bob)
    connect.disconnect(bob, _account(bob).pk, purge=True, now=clock.now())
    assert _standing(alice, provider) == {ALICE: "", BOB: "left"}
    assert enrolment.pick(alice, provider, [bob.pk]) == 0
    lumen.grant(alice, provider)
    work()
    assert not Account.objects.of(alice.workspace).exists()
    assert not any(request.parts[-1] == "revoke" for request in lumen.asked)


def test_who_connects_by_themselves_later_keeps_the_account_and_its_choices(lumen: Lumen, alice: Member, bob: Member, provider: str):
    _connected(lumen, alice, provider, bob)
    account = _account(bob)
    share.set_sharing(bob, account.pk, "subject")
    client = delegation.granted(bob.workspace_id, provider)
    signed_in = replace(enrolment.look_into_mailbox(client, bob, BOB, clock.now), delegated=False)
    again = connect.keep_connection(bob, signed_in, calendars="primary", sharing="subject", new_people="off", now=clock.now())
    assert (again.pk, again.delegated, again.sharing) == (account.pk, False, "subject")
    assert _standing(alice, provider)[BOB] == "own"
    lumen.grant(alice, provider)
    work()
    assert _account(bob).delegated is False


def test_what_is_withdrawn_leaves_no_token_and_what_is_granted_anew_goes_on(lumen: Lumen, alice: Member, bob: Member, provider: str):
    _connected(lumen, alice, provider, bob)
    delegation.remove_organisation(alice, provider)
    assert _account(bob).secret == ""
    lost = sync_calendar(bob.workspace_id, _calendar(bob).pk)
    assert isinstance(lost, Failed)
    assert lost.kind == "reconnect"
    lumen.grant(alice, provider)
    work()
    assert _calendar(bob).next_sync_at is not None
    assert sync_calendar(bob.workspace_id, _calendar(bob).pk) == Succeeded()


def test_a_key_that_is_refused_asks_no_member_for_anything(lumen: Lumen, alice: Member, bob: Member, provider: str):
    _connected(lumen, alice, provider, bob)
    lumen.grants.new_key()
    lumen.grants.client_secret = "another"
    later = clock.now() + timedelta(hours=2)
    lumen.grants.clock = lambda: later
    refused = sync_calendar(bob.workspace_id, _calendar(bob).pk, clock=lambda: later)
    assert isinstance(refused, Failed)
    assert (refused.kind, refused.message) == ("broken", "What the organisation granted is not accepted.")


def test_who_is_not_in_the_directory_is_named_to_the_admin(lumen: Lumen, alice: Member, bob: Member, provider: str):
    del lumen.grants.people[BOB]
    del lumen.graph.mailboxes[f"of {BOB}"]
    _connected(lumen, alice, provider, alice, bob)
    assert _standing(alice, provider) == {ALICE: "connected", BOB: "failed"}
    row = Enrolment.objects.of(alice.workspace_id).get(member=bob)
    assert row.message
    assert BOB not in row.detail
    assert enrolment.pick(alice, provider, [bob.pk]) == 1


def test_only_admins_grant_and_pick(lumen: Lumen, alice: Member, bob: Member, provider: str):
    with pytest.raises(NotAllowed):
        lumen.grant(bob, provider)
    with pytest.raises(Invalid):
        enrolment.pick(alice, provider, [bob.pk])
    lumen.grant(alice, provider)
    with pytest.raises(NotAllowed):
        enrolment.pick(bob, provider, [bob.pk])
    with pytest.raises(NotAllowed):
        delegation.remove_organisation(bob, provider)


def test_members_of_other_workspaces_cannot_be_picked(lumen: Lumen, alice: Member, charlie: Member, provider: str):
    lumen.grant(alice, provider)
    assert enrolment.pick(alice, provider, [charlie.pk]) == 0


def test_the_key_is_stored_encrypted(lumen: Lumen, alice: Member, provider: str):
    lumen.grant(alice, provider)
    row = Organisation.objects.of(alice.workspace_id).get()
    held = secrets.decrypt(alice.workspace_id, row.secret)
    assert ("PRIVATE KEY" in held) == (provider == "google")
    assert "PRIVATE KEY" not in row.secret
    assert "s3cret" not in row.secret
    assert "PRIVATE" not in repr(delegation.granted(alice.workspace_id, provider))


@pytest.mark.django_db(transaction=True)
def test_they_are_written_to_where_there_is_a_mail_server(lumen: Lumen, alice: Member, provider: str):
    _connected(lumen, alice, provider, alice)
    [letter] = mail.outbox
    assert letter.to == [ALICE]
    assert "Lunch" not in letter.body
    lumen.grant(alice, provider)
    work()
    assert len(mail.outbox) == 1


def _wrong(lumen: Lumen, admin: Member, provider: str) -> list[str]:
    found = check_mailbox(delegation.granted(admin.workspace_id, provider), admin, ALICE, clock.now)
    return [finding.part for finding in found if not finding.good]


def test_the_check_is_content_when_all_is_right(lumen: Lumen, alice: Member, provider: str):
    lumen.grant(alice, provider)
    assert _wrong(lumen, alice, provider) == []


def test_the_check_tells_which_part_is_wrong(lumen: Lumen, alice: Member, provider: str):
    lumen.grant(alice, provider)
    del lumen.grants.people[ALICE]
    del lumen.graph.mailboxes[f"of {ALICE}"]
    assert _wrong(lumen, alice, provider) == ["person"]
    if provider == "google":
        lumen.grants.clock = lambda: clock.now() - timedelta(hours=3)
        assert _wrong(lumen, alice, provider) == ["clock"]
        lumen.grants.clock = clock.now
        lumen.grants.delegated.clear()
        assert _wrong(lumen, alice, provider) == ["delegation"]
        lumen.grants.new_key()
        assert _wrong(lumen, alice, provider) == ["key"]
    else:
        lumen.grants.client_secret = "another"
        assert _wrong(lumen, alice, provider) == ["secret"]
        lumen.grants.client_id = "another"
        assert _wrong(lumen, alice, provider) == ["id"]
        lumen.grants.tenant = "another"
        assert _wrong(lumen, alice, provider) == ["tenant"]


@pytest.mark.parametrize(
    ("about", "field"),
    [({"secret": "{"}, "secret"), ({"secret": "[]"}, "secret"), ({"secret": '{"type": "service_account"}'}, "secret"), ({}, "secret")],
)
def test_what_is_no_key_is_refused_in_words(alice: Member, provider: str, about: dict[str, str], field: str):
    given = about if provider == "google" else {"client_id": "x", "secret": "y", "tenant": "common"}
    with pytest.raises(Invalid) as refused:
        enrolment.save_and_reconnect(alice, provider, **given)
    assert refused.value.field == (field if provider == "google" else "tenant")


def test_a_key_file_with_a_broken_key_is_refused(lumen: Lumen, alice: Member, provider: str):
    broken = json.loads(lumen.grants.key_file()) | {"private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}
    with pytest.raises(Invalid):
        delegation.read_key(json.dumps(broken))
