"""What the search shows: as a page, and in the list under its field."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.calendars.desk import Desk
from tests.people import NOW, company, person
from tests.remembered import once
from tests.web.conftest import signed_in

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@once
def alices_desk(alice: Member) -> Desk:
    person(alice, "Anna Lindt", "anna@acme.example")
    for number in range(9):
        company(alice, f"Lindt {number}", f"lindt{number}.example")
    desk = Desk(alice, "search", sharing="subject")
    desk.series("weekly", "anna@acme.example", title="Lindt weekly", rule="FREQ=WEEKLY;COUNT=4", start=NOW - timedelta(days=10))
    desk.put("once", "anna@acme.example", title="Lindt kick-off", start=NOW - timedelta(days=1))
    desk.sync()
    return desk


def page(member: Member, q: str, at: str = "/search/", **more: str) -> str:
    return signed_in(member).get(at, {"q": q} | more).content.decode()


@pytest.mark.parametrize("at", ["/search/", "/search/suggestions/"])
def test_each_kind_is_found(alices_desk: Desk, at: str):
    found = page(alices_desk.member, "lindt", at)
    assert all(name in found for name in ("Anna Lindt", "Lindt 0", "Lindt kick-off", "/companies/?q=lindt"))


def test_a_series_is_one_line_that_says_when_next_and_how_many(alices_desk: Desk):
    found = page(alices_desk.member, "weekly")
    assert found.count("Lindt weekly") == 1
    assert "(4 meetings)" in found
    assert "next " in found or "last " in found


def test_nothing_typed_or_nothing_found(alices_desk: Desk):
    assert page(alices_desk.member, " ", "/search/suggestions/").strip() == ""
    assert "Nothing found" in page(alices_desk.member, "zzz", "/search/suggestions/")
    assert "Nothing found" in page(alices_desk.member, "zzz")


def test_meetings_alone_are_paged_and_a_foreign_cursor_is_refused(alices_desk: Desk):
    alone = page(alices_desk.member, "lindt", kind="meetings")
    assert "Lindt kick-off" in alone
    assert "Anna Lindt</a>" not in alone
    assert signed_in(alices_desk.member).get("/search/", {"q": "lindt", "kind": "meetings", "cursor": "x"}).status_code in {400, 422}


def test_a_colleague_finds_what_is_shown_to_them(alices_desk: Desk, bob: Member):
    assert "Lindt kick-off" in page(bob, "kick-off")
    assert "Lindt kick-off" not in page(bob, "private")
