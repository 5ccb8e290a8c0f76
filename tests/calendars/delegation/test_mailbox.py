"""A member whom the provider knows by another address: an admin names it, and nobody gets somebody else's mailbox in silence."""

from __future__ import annotations

import smtplib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from metwith.accounts.models import Account, Enrolment
from metwith.accounts.oauth import delegation
from metwith.calendars.actions import connect
from metwith.calendars.delegation import enrolment, mailbox
from metwith.calendars.models import Calendar, Entry
from metwith.calendars.sync.run import sync_calendar
from metwith.lib import clock
from metwith.lib import mail as mail_server
from metwith.lib.errors import Invalid
from metwith.rules.health import Succeeded
from metwith.rules.identity import GRADES, Grade, Way
from metwith.workspaces import actions as workspace
from metwith.workspaces.addresses import give, who_is_who
from metwith.workspaces.models import AuditLine, MemberAddress
from tests.calendars.whole_world import ALICE, ANNA, BOB, THERE, lumen
from tests.calendars.worker import work
from tests.people import NOW, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.calendars.whole_world import Lumen

__all__ = ["lumen"]
pytestmark = [pytest.mark.server, pytest.mark.parametrize("provider", ["google", "microsoft"])]


def picked(lumen: Lumen, admin: Member, provider: str, member: Member, there: str = THERE) -> Enrolment:
    lumen.grant(admin, provider)
    assert enrolment.pick(admin, provider, [member.pk], {member.pk: there}) == 1
    work()
    return Enrolment.objects.of(admin.workspace_id).get(member=member)


def account_of(member: Member) -> Account:
    return Account.objects.of(member.workspace_id).get(member=member)


def letters(address: str) -> list[str]:
    return [str(letter.body) for letter in mail.outbox if letter.to == [address]]


def test_whose_mailbox_it_is_hears_of_it_and_so_does_the_member(lumen: Lumen, alice: Member, bob: Member, provider: str):
    lumen.moves(THERE)
    row = picked(lumen, alice, provider, bob)
    assert (row.state, row.message) == ("connected", "")
    account = account_of(bob)
    assert (account.address, account.delegated, account.assigned) == (THERE, True, True)
    (letter,) = letters(THERE)
    assert BOB in letter
    assert ALICE in letter
    assert THERE in enrolment.told_in_words(enrolment.untold(bob)[0])


def test_what_an_organisation_opens_makes_nobody_one_of_us_and_opens_nothing(lumen: Lumen, alice: Member, bob: Member, provider: str):
    """product.md, section 3, c: what an organisation's grant opened verifies nothing."""
    names = {THERE} if provider == "google" else {THERE, "brandt@lumen-group.example"}
    lumen.moves(*sorted(names))
    picked(lumen, alice, provider, bob)
    who = who_is_who(bob.workspace_id)
    assert not names & who.own_identities.addresses
    assert names <= who.addresses_of(bob.pk)
    assert not names & who.verified_of(bob.pk)


def test_where_the_provider_names_the_login_beside_it_nobody_is_written_to(lumen: Lumen, alice: Member, bob: Member, provider: str):
    lumen.moves(THERE, BOB)
    picked(lumen, alice, provider, bob)
    if provider == "google":  # it names one address only
        assert account_of(bob).assigned
        return
    assert not account_of(bob).assigned
    assert letters(THERE) == []
    assert who_is_who(bob.workspace_id).verified_of(bob.pk) == {BOB}


def test_who_signs_in_at_the_provider_later_verifies_it(lumen: Lumen, alice: Member, bob: Member, provider: str):
    lumen.moves(THERE)
    picked(lumen, alice, provider, bob)
    found = enrolment.look_into_mailbox(delegation.granted(bob.workspace_id, provider), bob, THERE, clock.now)
    connect.keep_connection(
        bob,
        replace(found, delegated=False, verified=frozenset({THERE})),
        calendars="primary",
        sharing="metadata",
        new_people="off",
        now=clock.now(),
    )
    assert THERE in who_is_who(bob.workspace_id).verified_of(bob.pk)


def test_a_grant_that_is_entered_anew_finds_the_same_mailbox_and_writes_to_nobody(lumen: Lumen, alice: Member, bob: Member, provider: str):
    lumen.moves(THERE)
    picked(lumen, alice, provider, bob)
    lumen.grant(alice, provider)
    work()
    assert Enrolment.objects.of(bob.workspace_id).get().state == "connected"
    assert account_of(bob).assigned
    assert len(letters(THERE)) == 1


def test_another_members_mailbox_is_refused_whatever_name_of_it_is_typed(lumen: Lumen, alice: Member, bob: Member, provider: str):
    lumen.grant(alice, provider)
    enrolment.pick(alice, provider, [alice.pk])
    work()
    other = "adler@lumen-group.example"
    lumen.grants.people[other] = lumen.grants.people[ALICE]
    lumen.google.add_user(other)
    lumen.moves(BOB)
    box = lumen.graph.add_mailbox(other, token=f"of {other}")
    box.user |= {key: lumen.graph.mailboxes[f"of {ALICE}"].user[key] for key in ("id", "mail", "proxyAddresses")}
    row = picked(lumen, alice, provider, bob, other)
    assert (row.state, row.message) == ("failed", "The mailbox at this address is another member's.")
    assert not Account.objects.of(bob.workspace_id).filter(member=bob).exists()
    assert letters(other) == letters(ALICE) == []
    assert not Entry.objects.of(bob.workspace_id).filter(calendar__account__member=bob).exists()


def test_a_mailbox_that_names_another_member_is_refused_before_they_are_connected(lumen: Lumen, alice: Member, bob: Member, provider: str):
    lumen.moves(THERE, ALICE)
    if provider == "google":
        return  # it names one address only
    assert picked(lumen, alice, provider, bob).state == "failed"
    assert letters(THERE) == []
    assert not AuditLine.objects.of(alice.workspace_id).filter(action="disconnected").exists(), "it was never opened"


@pytest.mark.parametrize(
    "typed",
    [ALICE, "ALICE@lumen.example", "fay@fern.example", "a.adler@home.example", ANNA, "sales@lumen.example", "nobody"],
)
def test_what_is_somebody_elses_or_nobodys_cannot_be_named(lumen: Lumen, alice: Member, bob: Member, provider: str, typed: str):
    dora = workspace.add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora", now=NOW)
    workspace.invite(alice, "fay@fern.example", "member", NOW)
    give(alice, dora.pk, "a.adler@home.example", NOW)
    person(alice, "Anna", ANNA)
    lumen.grant(alice, provider)
    with pytest.raises(Invalid) as refused:
        enrolment.pick(alice, provider, [bob.pk, dora.pk], {bob.pk: typed})
    assert refused.value.field == str(bob.pk)
    assert not Enrolment.objects.of(alice.workspace).exists()


def test_nobody_names_a_mailbox_for_themselves(lumen: Lumen, alice: Member, provider: str):
    lumen.grant(alice, provider)
    with pytest.raises(Invalid, match="sign in at the provider"):
        enrolment.pick(alice, provider, [alice.pk], {alice.pk: "the.boss@lumen.example"})
    assert enrolment.pick(alice, provider, [alice.pk], {alice.pk: f" {ALICE.upper()} "}) == 1


@pytest.fixture(params=["no mail server", "a silent one"])
def no_letters(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: object) -> None:
        raise smtplib.SMTPServerDisconnected

    if request.param == "no mail server":
        monkeypatch.setattr(mail_server, "works", lambda: False)
    else:
        monkeypatch.setattr(mail_server, "send_mail", fails)


def known_by(member: Member, way: Way) -> None:
    """How the sign-in address came to be the member's."""
    MemberAddress.objects.of(member.workspace_id).filter(member=member, address=member.user.email).update(way=way)


UNVERIFIED = [way for way in Way if GRADES[way] is not Grade.VERIFIED]


@pytest.mark.parametrize("way", UNVERIFIED)
def test_whose_mailbox_is_at_a_login_that_is_not_verified_hears_of_it(lumen: Lumen, alice: Member, bob: Member, provider: str, way: Way):
    """An admin invited that address, and whoever was handed the link took it up."""
    known_by(bob, way)
    assert picked(lumen, alice, provider, bob, "").state == "connected"
    assert account_of(bob).assigned
    (letter,) = letters(BOB)
    assert ALICE in letter
    assert BOB not in who_is_who(bob.workspace_id).verified_of(bob.pk)


@pytest.mark.parametrize("way", [way for way in Way if way not in UNVERIFIED])
def test_a_login_that_is_verified_opens_its_mailbox_without_a_letter(lumen: Lumen, alice: Member, bob: Member, provider: str, way: Way):
    known_by(bob, way)
    assert picked(lumen, alice, provider, bob, "").state == "connected"
    assert not account_of(bob).assigned
    assert letters(BOB) == []


def test_a_login_that_is_not_verified_proves_nothing_of_the_mailbox_it_is_an_alias_of(
    lumen: Lumen, alice: Member, bob: Member, provider: str
):
    known_by(bob, Way.INVITED)
    lumen.moves(THERE, BOB)
    assert picked(lumen, alice, provider, bob).state == "connected"
    assert account_of(bob).assigned
    assert len(letters(THERE)) == 1


@pytest.mark.usefixtures("no_letters")
def test_where_nobody_can_be_told_a_login_that_is_not_verified_opens_nothing(lumen: Lumen, alice: Member, bob: Member, provider: str):
    known_by(bob, Way.INVITED)
    assert picked(lumen, alice, provider, bob, "").state == "failed"
    assert not Account.objects.of(bob.workspace_id).exists()


@pytest.mark.usefixtures("no_letters")
def test_where_nobody_can_be_told_nothing_is_connected(lumen: Lumen, alice: Member, bob: Member, provider: str):
    lumen.moves(THERE)
    row = picked(lumen, alice, provider, bob)
    assert row.state == "failed"
    assert row.message.startswith("Nothing at the provider ties this address to the member")
    assert not Account.objects.of(bob.workspace_id).exists()


def test_whoever_comes_later_gets_their_mailbox_back(lumen: Lumen, alice: Member, bob: Member, provider: str):
    """The letter was not read, say, and then the mailbox's owner becomes a member."""
    lumen.moves(THERE)
    picked(lumen, alice, provider, bob)
    sync_calendar(bob.workspace_id, Calendar.objects.of(bob.workspace_id).get(account__member=bob, enabled=True).pk)
    workspace.add_member(alice.workspace, THERE, "member", None, "Berta", now=NOW)
    work()
    assert not Account.objects.of(bob.workspace_id).filter(member=bob).exists()
    assert not Entry.objects.of(bob.workspace_id).exists()
    row = Enrolment.objects.of(bob.workspace_id).get(member=bob)
    assert (row.state, row.message) == ("failed", mailbox.ANOTHERS)


def test_it_is_written_down_without_the_address(lumen: Lumen, alice: Member, bob: Member, provider: str):
    lumen.moves(THERE)
    picked(lumen, alice, provider, bob)
    lines = AuditLine.objects.of(alice.workspace_id)
    assert {"provider": provider, "kind": "address", "member": bob.pk} in lines.values_list("facts", flat=True)
    assert THERE not in str([*lines.values_list()])


def test_it_is_read_like_any_other(lumen: Lumen, alice: Member, bob: Member, provider: str):
    lumen.moves(THERE)
    picked(lumen, alice, provider, bob)
    calendar = Calendar.objects.of(bob.workspace_id).get(account__member=bob, enabled=True)
    assert sync_calendar(bob.workspace_id, calendar.pk) == Succeeded()
