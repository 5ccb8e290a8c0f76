"""Addresses on the pages: inviting, vouching, confirming one's own, leaving."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from metwith.calendars.models import Event
from metwith.lib.errors import NotAllowed
from metwith.rules.identity import Way
from metwith.workspaces import actions, addresses, vouchings
from metwith.workspaces.models import Invitation, Member, MemberAddress, OwnDomain
from tests.calendars.desk import Desk
from tests.calendars.worker import work
from tests.people import NOW, PASSWORD, company, holds, person
from tests.web.conftest import signed_in
from tests.web.fresh import stale
from tests.web.tight import tight

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

INVITE = "/settings/workspace/invite/"
REVIEW = "/settings/ours/review/"
MINE = "/settings/you/addresses/"


@pytest.fixture
def no_mail(settings: Settings) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}


def _asked(client: Client, address: str, **more: str) -> str:
    return client.post(INVITE, {"invite-address": address, "invite-role": "member"} | more).content.decode()


def _way(member: Member, address: str) -> str | None:
    return MemberAddress.objects.of(member.workspace_id).filter(address=address).values_list("way", flat=True).first()


# --- inviting -----------------------------------------------------------------------------------------------------------------------


def test_with_mail_the_link_is_sent_and_shown_to_nobody_and_taking_it_up_verifies(as_alice: Client, stranger: Client, alice: Member):
    page = _asked(as_alice, "dora@dune.example")
    assert "mailed to this address" in page
    assert not Invitation.objects.of(alice.workspace).exists()
    after = as_alice.post(INVITE, {"invite-address": "dora@dune.example", "invite-role": "member", "confirmed": "1"}, follow=True)
    [letter] = mail.outbox
    assert letter.to == ["dora@dune.example"]
    link = re.search(r"http://testserver(/join/\S+)", str(letter.body))
    assert link
    assert link[1] not in after.content.decode()
    stranger.post(link[1], {"name": "Dora", "password": PASSWORD, "time_zone": "UTC"})
    assert _way(alice, "dora@dune.example") == Way.LINK


def test_a_mail_that_cannot_be_sent_leaves_no_invitation(as_alice: Client, alice: Member, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_args: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("metwith.lib.mail.send_mail", refuse)
    assert "could not be sent" in _asked(as_alice, "dora@dune.example", confirmed="1")
    assert not Invitation.objects.of(alice.workspace).exists()


@pytest.mark.usefixtures("no_mail")
def test_without_mail_the_page_says_so_and_the_link_that_is_shown_only_names(as_alice: Client, stranger: Client, alice: Member):
    assert "opens no meeting" in _asked(as_alice, "dora@dune.example")
    link = re.search(r'id="fresh">http://testserver(/join/[^<]+)<', _asked(as_alice, "dora@dune.example", confirmed="1"))
    assert link
    stranger.post(link[1], {"name": "Dora", "password": PASSWORD, "time_zone": "UTC"})
    assert _way(alice, "dora@dune.example") == Way.INVITED
    assert addresses.who_is_who(alice.workspace_id).verified_of(alice.pk + 1) == frozenset()


@pytest.mark.usefixtures("no_mail")
def test_whoever_is_on_a_record_is_not_invited_by_a_link_that_is_shown(as_alice: Client, alice: Member):
    person(alice, "Anna", "anna@acme.example")
    for given in ({}, {"confirmed": "1"}):
        assert "belongs to a person among your records" in _asked(as_alice, "anna@acme.example", **given)
    assert not Invitation.objects.of(alice.workspace).exists()


@pytest.mark.usefixtures("no_mail")
def test_who_came_on_a_record_meanwhile_does_not_join_by_a_shown_link(alice: Member):
    _invitation, token = actions.invite(alice, "anna@acme.example", "member", NOW)
    person(alice, "Anna", "anna@acme.example")
    with pytest.raises(Exception, match="not valid any more"):
        actions.accept_invitation(token, "Anna", PASSWORD, NOW)


def test_what_joining_would_take_away_is_shown_to_the_admin_before_and_to_nobody_else(as_alice: Client, stranger: Client, alice: Member):
    desk = Desk(alice, "alice")
    desk.put("lunch", "dora@dune.example", title="Lunch with Dora")
    desk.put("tea", "eve@dune.example", title="Tea with Eve")
    desk.sync()
    page = _asked(as_alice, "dora@dune.example")
    assert "everybody at dune.example is one of you" in page
    assert "2 meetings that are stored now would become internal" in page
    assert "Lunch with Dora" in page
    _asked(as_alice, "dora@dune.example", confirmed="1")
    link = re.search(r"http://testserver(/join/\S+)", str(mail.outbox[-1].body))
    assert link
    joining = stranger.get(link[1]).content.decode()
    assert "meeting that" not in joining
    assert "Lunch" not in joining


def test_a_companys_domain_waits_for_an_admins_word(as_alice: Client, stranger: Client, alice: Member):
    company(alice, "Dune", "dune.example")
    desk = Desk(alice, "alice")
    desk.put("tea", "eve@dune.example")
    desk.sync()
    assert "waits until an admin says so" in _asked(as_alice, "dora@dune.example")
    _asked(as_alice, "dora@dune.example", confirmed="1")
    link = re.search(r"http://testserver(/join/\S+)", str(mail.outbox[-1].body))
    assert link
    stranger.post(link[1], {"name": "Dora", "password": PASSWORD, "time_zone": "UTC"})
    work()
    assert desk.uids() == {"tea"}
    assert OwnDomain.objects.of(alice.workspace).get().waits
    assert "waits for you" in as_alice.get("/settings/ours/").content.decode()
    as_alice.post("/settings/ours/domain/", {"domain": "dune.example", "standing": "whole", "confirmed": "1"})
    work()
    assert desk.uids() == set()


# --- vouching -----------------------------------------------------------------------------------------------------------------------


def test_an_owner_sees_what_vouching_opens_and_vouches_with_a_fresh_sign_in(as_alice: Client, alice: Member, bob: Member):
    holds(bob, "b.brandt@home.example", "given")
    desk = Desk(alice, "alice")
    desk.put("lunch", "anna@acme.example", "b.brandt@home.example")
    desk.sync()
    row = MemberAddress.objects.of(alice.workspace).get(address="b.brandt@home.example")
    assert "b.brandt@home.example" in as_alice.get(REVIEW).content.decode()
    assert "sees all of 1 meeting" in as_alice.post(f"{REVIEW}{row.pk}/vouch/").content.decode()
    assert as_alice.post(f"{REVIEW}{row.pk}/vouch/", {"confirmed": "1"}).status_code == 302
    assert "b.brandt@home.example" in addresses.who_is_who(alice.workspace_id).verified_of(bob.pk)
    assert "There is nothing to go through" in as_alice.get(REVIEW, follow=True).content.decode()


def test_vouching_for_one_member_ends_the_claims_of_the_others(alice: Member, bob: Member):
    eve = actions.add_member(alice.workspace, "eve@lumen.example", "member", None, "Eve", now=NOW)
    holds(eve, "b@home.example", "typed", account_id=5)
    addresses.vouch(alice, bob.pk, "b@home.example", NOW)
    who = addresses.who_is_who(alice.workspace_id)
    assert "b@home.example" in who.verified_of(bob.pk)
    assert "b@home.example" not in who.addresses_of(eve.pk)


def test_nobody_vouches_for_themselves_and_no_admin_does(as_alice: Client, alice: Member, bob: Member):
    holds(alice, "a@home.example", "given")
    holds(bob, "b@home.example", "given")
    rows = {row.address: row.pk for row in MemberAddress.objects.of(alice.workspace)}
    assert as_alice.post(f"{REVIEW}{rows['a@home.example']}/vouch/", {"confirmed": "1"}).status_code == 403
    actions.change_role(alice, bob.pk, "admin")
    as_bob = signed_in(bob)
    for answer in (
        as_bob.get(REVIEW),
        as_bob.post(f"{REVIEW}{rows['a@home.example']}/vouch/", {"confirmed": "1"}),
        as_bob.post(f"{REVIEW}done/"),
        as_bob.post(f"{REVIEW}{rows['a@home.example']}/let-go/"),
    ):
        assert answer.status_code == 403
    assert _way(alice, "a@home.example") == Way.GIVEN


def test_a_borrowed_browser_vouches_for_nobody(as_alice: Client, alice: Member, bob: Member):
    alice.user.set_password(PASSWORD)
    alice.user.save()
    holds(bob, "b@home.example", "given")
    row = MemberAddress.objects.of(alice.workspace).get(address="b@home.example")
    stale(as_alice).post(f"{REVIEW}{row.pk}/vouch/", {"confirmed": "1"})
    assert _way(alice, "b@home.example") == Way.GIVEN


def test_a_claimed_address_is_offered_where_it_looks_like_its_members_own(as_alice: Client, alice: Member, bob: Member):
    holds(bob, "bob@home.example", "typed", account_id=1)
    holds(bob, "robert.brandt@home.example", "server", account_id=1)
    holds(bob, "anna@acme.example", "typed", account_id=1)
    page = as_alice.get(REVIEW).content.decode()
    assert "bob@home.example" in page
    assert "robert.brandt@home.example" in page
    assert "anna@acme.example" not in page


@pytest.mark.usefixtures("no_mail")
def test_the_page_of_ones_own_addresses_names_a_way_that_an_owner_can_go(as_alice: Client, as_bob: Client, alice: Member, bob: Member):
    address = "hobelfee77@gmx.de"
    holds(bob, address, "typed", account_id=1)
    assert address not in as_alice.get(REVIEW).content.decode()
    assert "give it to you under “Who is one of us” first" in as_bob.get(MINE).content.decode()
    as_alice.post("/settings/ours/address/", {"member": bob.pk, "address": address, "confirmed": "1"})
    row = MemberAddress.objects.of(alice.workspace).get(address=address, account_id=0)
    assert address in as_alice.get(REVIEW).content.decode()
    as_alice.post(f"{REVIEW}{row.pk}/vouch/", {"confirmed": "1"})
    assert address in addresses.who_is_who(alice.workspace_id).verified_of(bob.pk)


def test_what_is_from_before_counts_until_an_owner_has_gone_through_it(as_alice: Client, alice: Member, bob: Member):
    for address in ("b.old@home.example", "b.older@home.example"):
        holds(bob, address, "before", account_id=3)
    Invitation.objects.create(workspace=alice.workspace, address="fay@fern.example", token_hash="x", expires_at=NOW, one_of_us=True)
    who = addresses.who_is_who(alice.workspace_id).own_identities
    assert all(who.includes(address) for address in ("b.old@home.example", "b.older@home.example", "fay@fern.example"))
    row = MemberAddress.objects.of(alice.workspace).get(address="b.old@home.example")
    as_alice.post(f"{REVIEW}{row.pk}/let-go/")
    who = addresses.who_is_who(alice.workspace_id).own_identities
    assert not who.includes("b.old@home.example")
    assert who.includes("b.older@home.example")
    as_alice.post(f"{REVIEW}done/")
    who = addresses.who_is_who(alice.workspace_id).own_identities
    assert not any(who.includes(address) for address in ("b.older@home.example", "fay@fern.example"))
    assert "b.old@home.example" in addresses.who_is_who(alice.workspace_id).addresses_of(bob.pk)


def test_what_anybody_vouched_for_is_told_to_every_other_member_until_they_have_read_it(
    as_alice: Client, as_bob: Client, alice: Member, bob: Member
):
    dora = actions.add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora Dahl", now=NOW)
    addresses.vouch_by_operator(dora, "chief@lumen.example", NOW)
    addresses.vouch(alice, dora.pk, "d@home.example", NOW)
    page = tight(as_bob.get("/").content.decode())
    assert "chief@lumen.example · Dora Dahl · the operator vouched for it" in page
    assert "d@home.example · Dora Dahl · Alice Adler vouched for it" in page
    assert "d@home.example" not in as_alice.get("/").content.decode(), "she did it herself"
    assert vouchings.unheard(dora, 9) == ([], 0), "it is hers"
    as_bob.post("/settings/heard/")
    assert "chief@lumen.example" not in as_bob.get("/").content.decode()


def test_of_many_that_were_vouched_for_home_tells_a_few_and_leads_to_all(as_bob: Client, alice: Member, bob: Member):
    dora = actions.add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora Dahl", now=NOW)
    for number in range(8):
        addresses.vouch(alice, dora.pk, f"d{number}@home.example", NOW)
    addresses.vouch(alice, bob.pk, "bob@home.example", NOW)
    page = tight(as_bob.get("/").content.decode())
    assert page.count("@home.example · Dora Dahl") == 5
    assert "and 3 more addresses" in page
    assert 'href="/?vouched=all"' in page
    page = tight(as_bob.get("/?vouched=all").content.decode())
    assert page.count("@home.example · Dora Dahl") == 8
    assert "vouched=all" not in page


def test_a_vouching_that_was_taken_back_at_once_is_told_all_the_same(as_bob: Client, alice: Member, bob: Member):
    second = actions.add_member(alice.workspace, "second@lumen.example", "owner", None, "Second", now=NOW)
    addresses.vouch(second, alice.pk, "chief@elsewhere.example", NOW)
    row = MemberAddress.objects.of(alice.workspace).get(address="chief@elsewhere.example")
    addresses.take_back(second, row.pk)
    assert "an address that is theirs no more · Alice Adler · Second vouched for it" in tight(as_bob.get("/").content.decode())


def test_an_owner_vouches_for_nobody_before_their_own_address_is_shown_to_be_theirs(alice: Member, bob: Member):
    """Else one owner is two: by a second account that took a shown link up, or that they vouched for themselves."""
    _invitation, token = actions.invite(alice, "second@nowhere.example", "owner", NOW)
    second = actions.accept_invitation(token, "Second", PASSWORD, NOW)
    row = MemberAddress.objects.of(alice.workspace).get(member=alice)
    asked = f"{REVIEW}{row.pk}/vouch/"
    for _attempt in ("named", "vouched for"):
        with pytest.raises(NotAllowed):
            addresses.vouch(second, alice.pk, "chief@elsewhere.example", NOW)
        page = signed_in(second).post(asked).content.decode()
        assert "Vouch for it" not in page
        assert "Nobody knows yet that your own address is yours." in page
        addresses.vouch(alice, second.pk, "second@nowhere.example", NOW)
    addresses.verify_sign_in(second.user, Way.LINK, NOW)
    assert "Vouch for it" in signed_in(second).post(asked).content.decode()


# --- one's own ----------------------------------------------------------------------------------------------------------------------


def test_a_link_that_is_mailed_to_a_claimed_address_verifies_it(as_bob: Client, bob: Member):
    holds(bob, "bob@home.example", "typed", account_id=1)
    row = MemberAddress.objects.of(bob.workspace).get(address="bob@home.example")
    as_bob.post(f"{MINE}{row.pk}/mail/")
    [letter] = mail.outbox
    assert letter.to == ["bob@home.example"]
    link = re.search(r"http://testserver(/settings\S+)", str(letter.body))
    assert link
    assert "Is bob@home.example yours?" in as_bob.get(link[1]).content.decode()
    assert "bob@home.example" not in addresses.who_is_who(bob.workspace_id).verified_of(bob.pk), "a mail program opens links by itself"
    as_bob.post(link[1])
    assert "bob@home.example" in addresses.who_is_who(bob.workspace_id).verified_of(bob.pk)


def test_whoever_confirms_an_address_sees_before_what_it_takes_away_from_others(as_bob: Client, alice: Member, bob: Member):
    """A list of a client's, say, that they read: whom colleagues met with nobody else from outside, they met alone from then on."""
    desk = Desk(alice, "alice")
    for uid in ("one", "two"):
        desk.put(uid, "projects@acme.example", title="Alices own")
    desk.sync()
    person(alice, "Projects", "projects@acme.example")
    holds(bob, "projects@acme.example", "typed", account_id=1)
    page = as_bob.get(confirming(bob, as_bob, "projects@acme.example")).content.decode()
    assert "2 meetings that are stored now would become internal and be removed." in page
    assert "projects@acme.example belongs to a person among your records." in page
    assert "Alices own" not in page
    assert Event.objects.of(alice.workspace).count() == 2


def test_and_that_the_domain_of_a_sign_in_address_becomes_the_organisations(alice: Member):
    desk = Desk(alice, "alice")
    desk.put("one", "zed@fern.example")
    desk.sync()
    _invitation, token = actions.invite(alice, "fay@fern.example", "member", NOW)
    fay = actions.accept_invitation(token, "Fay", PASSWORD, NOW)
    browser = signed_in(fay)
    page = browser.get(confirming(fay, browser, "fay@fern.example")).content.decode()
    assert "From then on everybody at fern.example is one of you." in page
    assert "1 meeting that is stored now would become internal and be removed." in page


def confirming(member: Member, browser: Client, address: str) -> str:
    """The path of the link that was mailed to an address of theirs."""
    row = MemberAddress.objects.of(member.workspace).get(member=member, address=address)
    browser.post(f"{MINE}{row.pk}/mail/")
    link = re.search(r"http://testserver(/settings\S+)", str(mail.outbox[-1].body))
    assert link
    return link[1]


def test_a_link_is_its_members_alone(as_alice: Client, as_bob: Client, alice: Member, bob: Member):
    holds(bob, "bob@home.example", "typed", account_id=1)
    row = MemberAddress.objects.of(bob.workspace).get(address="bob@home.example")
    assert as_alice.post(f"{MINE}{row.pk}/mail/").status_code == 404
    as_bob.post(f"{MINE}{row.pk}/mail/")
    link = re.search(r"http://testserver(/settings\S+)", str(mail.outbox[0].body))
    assert link
    for answer in (as_alice.get(link[1]), as_alice.post(link[1]), as_bob.post(f"{link[1][:-5]}abcd/")):
        assert answer.status_code == 404
    assert _way(bob, "bob@home.example") == Way.TYPED


def test_a_mailbox_is_not_filled_by_somebody_who_claims_it(as_bob: Client, bob: Member):
    for n in range(5):
        holds(bob, f"anna{n}@acme.example", "typed", account_id=1)
    for row in [*MemberAddress.objects.of(bob.workspace).filter(address__startswith="anna").order_by("pk")] * 2:
        as_bob.post(f"{MINE}{row.pk}/mail/")
    assert [letter.to[0] for letter in mail.outbox] == [f"anna{n}@acme.example" for n in range(3)]


# --- leaving ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copies", ["keep", "remove", ""])
def test_who_is_removed_leaves_their_meetings_unless_it_is_said(as_alice: Client, as_bob: Client, alice: Member, bob: Member, copies: str):
    desk = Desk(bob, "bob")
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    assert "1 meeting is in these calendars" in as_alice.get(f"/settings/workspace/members/{bob.pk}/remove/").content.decode()
    answer = as_alice.post(f"/settings/workspace/members/{bob.pk}/removed/", {"copies": copies} if copies else {}, follow=True)
    work()
    kept = copies != "remove"
    assert ("Bob Brandt is removed. The meetings of their calendars stay" in answer.content.decode()) is kept
    assert Event.objects.of(alice.workspace).exists() is kept
    assert as_bob.get("/").status_code == 302
    assert ("Bob Brandt" in as_alice.get("/settings/members/").content.decode()) is kept
    assert addresses.who_is_who(alice.workspace_id).own_identities.includes("bob@lumen.example")


def test_an_owner_removes_later_what_a_former_member_left(as_alice: Client, alice: Member, bob: Member):
    desk = Desk(bob, "bob")
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    as_alice.post(f"/settings/workspace/members/{bob.pk}/removed/")
    assert "1 of them is in nobody else" in as_alice.get(f"/settings/workspace/former/{bob.pk}/remove/").content.decode()
    as_alice.post(f"/settings/workspace/former/{bob.pk}/removed/")
    work()
    assert not Event.objects.of(alice.workspace).exists()
    assert not Member.objects.of(alice.workspace).filter(pk=bob.pk).exists()


def test_somebody_who_left_may_be_invited_again_and_gets_nothing_of_before(as_alice: Client, stranger: Client, alice: Member, bob: Member):
    as_alice.post(f"/settings/workspace/members/{bob.pk}/removed/")
    _asked(as_alice, "bob@lumen.example", confirmed="1")
    link = re.search(r"http://testserver(/join/\S+)", str(mail.outbox[-1].body))
    assert link
    stranger.post(link[1], {"name": "Another Bob", "password": PASSWORD, "time_zone": "UTC"})
    found = {str(member): member.left_at is None for member in Member.objects.of(alice.workspace).select_related("user")}
    assert found == {"Alice Adler": True, "Bob Brandt": False, "Another Bob": True}
