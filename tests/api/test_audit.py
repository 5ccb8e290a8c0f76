"""`/audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.lib import clock
from metwith.workspaces import audit
from metwith.workspaces.actions import create_token
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.workspaces.models import Member
    from tests.api.conftest import Program


def test_an_admin_reads_all_lines_and_a_member_their_own(api: Program, alice: Member, bob: Member, program: Callable[[Member], Program]):
    audit.note(alice, Action.CAP, kind="cap", from_="everything", to="subject")
    bobs = program(bob)
    everything = api.get("/audit").body["items"]
    assert [line["action"] for line in everything] == ["token-made", "cap", "token-made"]
    assert everything[1] | {"id": 0, "at": ""} == {
        "id": 0,
        "at": "",
        "member_id": alice.pk,
        "who": "Alice Adler",
        "action": "cap",
        "facts": {"kind": "cap", "from": "everything", "to": "subject"},
    }
    assert [line["who"] for line in bobs.get("/audit").body["items"]] == ["Bob Brandt"]
    assert bobs.get("/audit", member=alice.pk).body["items"] == []


def test_another_workspaces_lines_are_not_there(api: Program, charlie: Member):
    create_token(charlie, "script", now=clock.now())
    assert {line["who"] for line in api.get("/audit").body["items"]} == {"Alice Adler"}
    assert api.get("/audit", member=charlie.pk).body["items"] == []


def test_it_is_narrowed_and_paged(api: Program, alice: Member):
    for number in range(3):
        audit.note(alice, Action.MEETING_OUT, meeting=number)
    first = api.get("/audit", action="meeting-out", limit=2).body
    second = api.get("/audit", action="meeting-out", limit=2, cursor=first["next"]).body
    assert [line["facts"]["meeting"] for line in first["items"] + second["items"]] == [2, 1, 0]
    assert second["next"] is None
    assert api.get("/audit", to="2020-01-01").body["items"] == []


def test_what_makes_no_sense_is_refused(api: Program):
    assert api.get("/audit", cursor="x").status == 422
    assert api.get("/audit", **{"from": "2026-02-02", "to": "2026-02-01"}).status == 422
    assert api.get("/audit", member="-1").status == 422
