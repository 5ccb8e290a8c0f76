"""Every verb that touches others' privacy leaves a line, with the deed and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from metwith.accounts import blocks
from metwith.calendars.actions import choose, link, share
from metwith.calendars.actions import connect as calendars
from metwith.calendars.models import Event
from metwith.lib.errors import Refusal
from metwith.workspaces import actions, audit, domains
from metwith.workspaces.models import ApiToken, AuditLine
from tests import people
from tests.calendars.desk import Desk
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


def noted(member: Member, since: int = 0) -> list[tuple[str, str, dict[str, Any]]]:
    """Who, what and the facts, oldest first."""
    lines = AuditLine.objects.of(member.workspace_id).filter(pk__gt=since).order_by("pk")
    return [(line.who, line.action, line.facts) for line in lines]


def last(member: Member) -> int:
    return max(AuditLine.objects.of(member.workspace_id).values_list("pk", flat=True), default=0)


def test_an_accounts_life_is_noted(bob: Member):
    desk = Desk(bob, "bob")
    account = desk.account.pk
    share.set_sharing(bob, account, "subject")
    share.set_sharing(bob, account, "subject")
    choose.set_new_people(bob, desk.calendar.pk, "on", now=NOW)
    calendars.reconnect(bob, account, secret="", now=lambda: NOW)
    calendars.disconnect(bob, account, purge=False, now=NOW)
    here = {"account": account, "provider": "memory"}
    assert noted(bob) == [
        ("Bob Brandt", "connected", here | {"to": "metadata", "kind": "own"}),
        ("Bob Brandt", "level", {"account": account, "from": "metadata", "to": "subject"}),
        ("Bob Brandt", "new-people", {"calendar": desk.calendar.pk, "from": "off", "to": "on"}),
        ("Bob Brandt", "reconnected", here),
        ("Bob Brandt", "disconnected", here | {"member": bob.pk, "purged": False}),
    ]


def test_what_an_admin_disconnects_is_noted_as_the_admins_deed(alice: Member, bob: Member):
    desk = Desk(bob, "bob")
    since = last(bob)
    calendars.disconnect(alice, desk.account.pk, purge=True, now=NOW)
    facts = {"account": desk.account.pk, "provider": "memory", "member": bob.pk, "purged": True}
    assert noted(alice, since) == [("Alice Adler", "disconnected", facts)]


def test_cap_and_default_are_noted_when_they_change(alice: Member):
    actions.set_sharing_rules(alice, cap="subject", default="metadata")
    actions.set_sharing_rules(alice, cap="subject", default="subject")
    assert [facts for _, _, facts in noted(alice)] == [
        {"kind": "cap", "from": "everything", "to": "subject"},
        {"kind": "default", "from": "metadata", "to": "subject"},
    ]


def test_blocks_are_noted_without_what_they_block(alice: Member, bob: Member):
    blocks.add_blocks(bob, "word", ("salary", "interview"), everybody=False)
    blocks.add_blocks(alice, "who", ("clinic.example",), everybody=True)
    blocks.add_blocks(alice, "who", ("clinic.example",), everybody=True)
    blocks.remove_block(alice, blocks.visible_to(alice).get(member=None).pk)
    assert noted(alice) == [
        ("Bob Brandt", "blocked", {"kind": "word", "everybody": False, "many": 2}),
        ("Alice Adler", "blocked", {"kind": "who", "everybody": True, "many": 1}),
        ("Alice Adler", "unblocked", {"kind": "who", "everybody": True}),
    ]


def test_who_is_in_the_workspace_is_noted_without_addresses(alice: Member, bob: Member):
    invitation, _token = actions.invite(alice, "dora@lumen.example", "member", NOW)
    actions.withdraw_invitation(alice, invitation.pk)
    actions.change_role(alice, bob.pk, "admin")
    domains.decide_domain(alice, "lumen.test", "whole")
    domains.decide_domain(alice, "lumen.test", "aside")
    actions.remove_member(bob, bob.pk, keep=False, now=NOW)
    assert noted(alice) == [
        ("Alice Adler", "invited", {"kind": "member", "to": "shown"}),
        ("Alice Adler", "uninvited", {}),
        ("Alice Adler", "role", {"member": bob.pk, "from": "member", "to": "admin"}),
        ("Alice Adler", "ours", {"kind": "domain", "to": "whole"}),
        ("Alice Adler", "ours", {"kind": "domain", "to": "aside"}),
        ("Bob Brandt", "member-removed", {"member": bob.pk, "kind": "removed"}),
    ]


def test_tokens_are_noted(bob: Member):
    actions.create_token(bob, "script", now=NOW)
    actions.revoke_token(bob, ApiToken.objects.of(bob.workspace_id).get().pk)
    assert [action for _, action, _ in noted(bob)] == ["token-made", "token-revoked"]


def test_links_by_hand_are_noted_by_their_ids(bob: Member):
    desk = Desk(bob, "bob")
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    since, event = last(bob), Event.objects.of(bob.workspace_id).get()
    anna = people.person(bob, "Anna Lindt")
    link.link_by_hand(bob, event.pk, "person", anna.pk)
    link.unlink_by_hand(bob, event.pk, "person", anna.pk)
    facts = {"meeting": event.pk, "kind": "person", "record": anna.pk}
    assert noted(bob, since) == [("Bob Brandt", "linked", facts), ("Bob Brandt", "unlinked", facts)]


def test_what_was_refused_is_not_noted(alice: Member, bob: Member):
    for refused in (
        lambda: actions.set_sharing_rules(bob, cap="subject", default="subject"),
        lambda: actions.change_role(bob, alice.pk, "member"),
        lambda: blocks.add_blocks(bob, "who", ("clinic.example",), everybody=True),
    ):
        with pytest.raises(Refusal):
            refused()
    assert noted(alice) == []


def test_what_the_operator_does_in_a_members_name_is_the_operators(bob: Member):
    with audit.operated():
        actions.create_token(bob, "script", now=NOW)
    assert noted(bob) == [("", "token-made", {})]
