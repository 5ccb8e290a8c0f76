"""Settings → Audit log."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import metwith
from metwith.calendars.actions import link, own_copy, share
from metwith.calendars.models import Event
from metwith.lib import clock
from metwith.rules.identity import Way
from metwith.rules.own_identities import DomainOwnership
from metwith.web.settings.audit_words import say
from metwith.workspaces import actions, audit, domains
from metwith.workspaces.audit import Action
from metwith.workspaces.models import AuditLine
from tests.calendars.desk import Desk
from tests.people import company

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

AT = "/settings/audit/"
FACTS = {
    "account": 3, "calendar": 4, "meeting": 5, "provider": "caldav", "record": 6, "everybody": True, "from": "metadata", "to": "subject",
    "many": 2, "purged": False,
}  # fmt: skip


def test_each_line_is_told_in_words(as_alice: Client, bob: Member):
    share.set_sharing(bob, Desk(bob, "bob").account.pk, "subject")
    page = as_alice.get(AT).content.decode()
    assert "Bob Brandt changed what colleagues see of an account from time and participants to the title" in page
    assert page.index("changed what colleagues see") < page.index("Bob Brandt connected an account"), "newest first"


def test_what_a_line_speaks_of_is_named_and_linked_as_far_as_its_reader_may_see_it(
    as_alice: Client, as_bob: Client, alice: Member, bob: Member
):
    acme, desk = company(alice, "Acme GmbH", "acme.example"), Desk(bob, "bob")
    for name, who in (("seen", "anna@acme.example"), ("unseen", "x@elsewhere.example")):
        desk.put(name, who, title=f"Title {name}")
    desk.sync()
    seen, unseen = (Event.objects.of(bob.workspace).get(ical_uid__startswith=uid).pk for uid in ("seen", "unseen"))
    link.unlink_by_hand(bob, seen, "company", acme.pk)
    link.link_by_hand(bob, seen, "company", acme.pk)
    own_copy.set_level(bob, unseen, "metadata", whole=False)
    of_admin, of_owner = as_alice.get(AT).content.decode(), as_bob.get(AT).content.decode()
    for page in (of_admin, of_owner):
        assert f'href="/companies/{acme.pk}/"' in page
        assert f'href="/meetings/{seen}/"' in page
        assert "Acme GmbH" in page
    assert "Title seen" in of_owner
    assert "Title" not in of_admin, "a title only where the copy gives it"
    assert "Title unseen" in of_owner
    assert f"/meetings/{unseen}/" not in of_admin, "what stands on no record is its owner's"
    assert f"meeting {unseen}" in of_admin


def test_a_member_sees_their_own_lines_only_and_an_admin_all(as_alice: Client, as_bob: Client, alice: Member, bob: Member):
    domains.decide_domain(alice, "lumen.test", "whole")
    actions.create_token(bob, "script", now=clock.now())
    own, everything = as_bob.get(AT).content.decode(), as_alice.get(AT).content.decode()
    assert "Bob Brandt: Made an API token" in own
    assert "Alice Adler" not in own
    assert "Alice Adler said that a domain is yours, with its subdomains" in everything
    assert "Bob Brandt: Made an API token" in everything
    assert "Alice Adler" not in as_bob.get(AT, {"who": alice.pk}).content.decode()


def test_nothing_crosses_the_border(as_charlie: Client, alice: Member):
    actions.create_token(alice, "script", now=clock.now())
    page = as_charlie.get(AT)
    assert "Alice" not in page.content.decode()
    assert "Nothing noted yet" in page.content.decode()
    assert as_charlie.get(AT, {"who": alice.pk}).status_code == 422


def test_who_what_and_when_narrow_it(as_alice: Client, alice: Member, bob: Member):
    actions.create_token(alice, "script", now=clock.now())
    actions.create_token(bob, "script", now=clock.now())
    audit.note(None, Action.ERASED, workspace=alice.workspace_id, many=2)
    today = clock.now().date().isoformat()
    shown = as_alice.get(AT, {"who": str(bob.pk), "what": "token-made", "start": today, "end": today}).content.decode()
    assert "Bob Brandt: Made" in shown
    assert "Alice Adler: Made" not in shown
    assert "The operator erased somebody: 2 rows" in as_alice.get(AT, {"who": 0}).content.decode()
    assert "Nothing fits" in as_alice.get(AT, {"end": "2020-01-01"}).content.decode()


@pytest.mark.parametrize(
    "asked", [{"start": "2026-13-01"}, {"start": "2026-02-02", "end": "2026-02-01"}, {"what": "danced"}, {"who": "x"}, {"cursor": "x"}]
)
def test_what_cannot_be_asked_is_said(as_alice: Client, alice: Member, asked: dict[str, str]):
    actions.create_token(alice, "script", now=clock.now())
    answer = as_alice.get(AT, asked)
    assert answer.status_code == 422
    assert "error" in answer.content.decode()
    assert as_alice.get(f"{AT}export.csv", asked).status_code in {200, 302}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_are_can_be_asked_for(as_alice: Client, alice: Member, day: str):
    assert as_alice.get(AT, {"start": day}).status_code == 200
    assert as_alice.get(AT, {"end": day}).status_code == 200


def test_pages_follow_each_other_without_a_gap(as_alice: Client, alice: Member):
    for number in range(120):
        audit.note(alice, Action.MEETING_OUT, meeting=number)
    seen: list[str] = []
    address = AT
    while address:
        page = as_alice.get(address).content.decode()
        seen += [line.split("<")[0] for line in page.split("· meeting ")[1:]]
        more = page.split('<li class="more" hx-get="')
        address = f"{AT}{more[1].split('"')[0].replace('&amp;', '&')}" if len(more) > 1 else ""
    assert seen == [str(number) for number in reversed(range(120))]


def test_the_export_is_what_the_page_shows_safe_for_a_spreadsheet_and_noted(as_alice: Client, alice: Member, bob: Member):
    bob.user.name = "=HYPERLINK(1)"
    bob.user.save()
    actions.create_token(bob, "script", now=clock.now())
    actions.create_token(alice, "script", now=clock.now())
    answer = as_alice.get(f"{AT}export.csv", {"who": bob.pk})
    lines = answer.content.decode().splitlines()
    assert lines[0] == "at,who,member_id,action,what,facts"
    assert len(lines) == 2
    assert f",'=HYPERLINK(1),{bob.pk},token-made," in lines[1]
    line = AuditLine.objects.of(alice.workspace_id).get(action="exported")
    assert line.facts == {"kind": "audit", "many": 1}


def test_exports_of_records_are_noted(as_bob: Client, bob: Member):
    for plural in ("people", "companies", "opportunities"):
        assert as_bob.get(f"/{plural}/export.csv").status_code == 200
    lines = AuditLine.objects.of(bob.workspace_id).filter(action="exported").order_by("pk")
    assert [(line.member_id, line.facts) for line in lines] == [(bob.pk, {"kind": k}) for k in ("person", "company", "opportunity")]


def test_somebody_who_left_keeps_the_name_they_had(as_alice: Client, alice: Member, bob: Member):
    actions.create_token(bob, "script", now=clock.now())
    actions.remove_member(alice, bob.pk, keep=False, now=clock.now())
    page = as_alice.get(AT).content.decode()
    assert "Bob Brandt: Made an API token" in page
    assert f"Alice Adler removed a member (number {bob.pk})" in page


@pytest.mark.parametrize("action", Action.values)
@pytest.mark.parametrize("kind", ["person", "cap", "picked", "member", "audit", "own", "domain-added"])
def test_every_action_has_words_whatever_was_noted(alice: Member, action: str, kind: str):
    for facts in ({}, FACTS | {"member": alice.pk, "kind": kind}, FACTS | {"member": 999, "kind": kind, "provider": "gone", "to": "on"}):
        said = say(
            AuditLine(workspace_id=alice.workspace_id, member_id=alice.pk + 1, who="Dora", action=action, facts=facts), {alice.pk: "Alice"}
        )
        assert said.sentence.startswith("Dora")
        assert "%" not in said.sentence


def _noted_of_us() -> set[str]:
    """What every verb that changes who is one of us notes as `to`; of a variable, the standings that an admin may choose."""
    found: set[str] = set()
    for file in Path(metwith.__file__).parent.rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        for call in calls:
            if any(ast.unparse(argument).endswith("Action.OURS") for argument in call.args):
                (to,) = [keyword.value for keyword in call.keywords if keyword.arg == "to"]
                found |= {str(to.value)} if isinstance(to, ast.Constant) else _named(ast.unparse(to))
    return found


def _named(said: str) -> set[str]:
    return set(DomainOwnership) if said == "ownership" else {Way[said.removeprefix("Way.")]}


def test_every_change_of_who_is_one_of_us_has_its_own_words(alice: Member):
    noted = _noted_of_us()
    assert noted >= {Way.GIVEN, Way.LINK, Way.SERVER, DomainOwnership.WHOLE, "removed"}
    for to in noted | set(Way) | set(DomainOwnership):
        line = AuditLine(workspace_id=alice.workspace_id, who="Dora", action=Action.OURS, facts={"to": to, "member": alice.pk})
        said = say(line, {alice.pk: "Alice"}).sentence
        assert said.startswith("Dora ")
        assert "%" not in said
