"""“See it as …” on the Calendar tab: all its parts obey it, and every look is written down."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from metwith.workspaces.models import AuditLine
from tests.calendars.desk import HOUR, Desk
from tests.people import NOW, company
from tests.remembered import once
from tests.web.tight import tight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from metwith.records.models import Company
    from metwith.workspaces.models import Member

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@once
def acme(alice: Member) -> Company:
    return company(alice, "Acme GmbH", "acme.example")


@once
def desk(bob: Member) -> Desk:
    """Bob's, which Alice sees no titles of; she is an admin all the same."""
    desk = Desk(bob, "seen-as")
    desk.put("ahead", "anna@acme.example", start=NOW + 24 * HOUR)
    for day in range(40):
        desk.put(f"past {day}", "anna@acme.example", start=NOW - (day + 1) * 24 * HOUR)
    desk.sync()
    return desk


def page(client: Client, path: str, **headers: Any) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return tight(answer.content.decode())


def looks(member: Member) -> list[dict[str, Any]]:
    return [line.facts for line in AuditLine.objects.of(member.workspace_id).filter(action="looked-as").order_by("pk")]


def test_the_tab_says_whose_eyes_they_are_what_they_see_and_how_to_stop(as_alice: Client, acme: Company, desk: Desk, bob: Member):
    plain = page(as_alice, f"/companies/{acme.pk}/")
    assert f'href="/companies/{acme.pk}/?as={bob.pk}"' in plain
    shown = page(as_alice, f"/companies/{acme.pk}/?as={bob.pk}")
    assert "You are seeing this as Bob Brandt would" in shown
    assert f'<a href="/companies/{acme.pk}/">Stop</a>' in shown
    assert "Bob Brandt sees everything" in shown
    assert "Bob Brandt takes part" in shown
    assert "About" not in shown


def test_every_link_of_the_page_stays_with_these_eyes_and_none_tells_more(as_alice: Client, acme: Company, desk: Desk, bob: Member):
    start = page(as_alice, f"/companies/{acme.pk}/?as={bob.pk}")
    links = {unescape(link) for link in re.findall(r'(?:href|hx-get)="(/(?:companies|calendar|meetings)/[^"]+)"', start)}
    tab = {link for link in links if link.startswith((f"/calendar/company/{acme.pk}/", f"/companies/{acme.pk}/?"))}
    meetings = {link for link in links if re.match(r"/meetings/\d+/", link)}
    assert len(tab) > 8
    assert len(meetings) > 20
    for link in tab:
        answer = page(as_alice, link, **(HTMX if link.startswith("/calendar") else {}))
        assert "as=" in link or "Stop" not in answer, link
        assert "About" not in answer, link
    for link in sorted(meetings)[:3]:
        assert f"as%3D{bob.pk}" in link
        for headers in ({}, HTMX | {"HX-Target": "panel"}):
            shown = page(as_alice, link, **headers)
            assert "Bob Brandt sees everything" in shown
            assert "About" not in shown
            assert "Link to another record" not in shown


def test_the_search_within_the_tab_finds_only_what_both_may_see(as_alice: Client, as_bob: Client, acme: Company, desk: Desk, bob: Member):
    assert "About past 1" in page(as_bob, f"/companies/{acme.pk}/?q=past+1")
    assert "No meeting fits" in page(as_alice, f"/calendar/company/{acme.pk}/?as={bob.pk}&q=about", **HTMX)


def test_a_look_is_one_line_for_each_page_that_is_opened(as_alice: Client, alice: Member, acme: Company, desk: Desk, bob: Member):
    at = f"/companies/{acme.pk}/?as={bob.pk}"
    facts = {"member": bob.pk, "kind": "company", "record": acme.pk}
    shown = page(as_alice, at)
    for piece in re.findall(r'hx-get="(/calendar/[^"]+)"', shown)[:3]:
        page(as_alice, unescape(piece), **HTMX)
    assert looks(alice) == [facts]
    page(as_alice, f"{at}&with={alice.pk}")
    page(as_alice, at)
    assert looks(alice) == [facts, facts | {"whose": alice.pk}, facts]
    assert "Alice Adler looked at the meetings of Alice Adler as Bob Brandt sees them" in page(as_alice, "/settings/audit/")


def test_a_piece_that_is_asked_for_by_itself_is_a_look_too(as_bob: Client, alice: Member, acme: Company, desk: Desk):
    for _ in range(2):
        page(as_bob, f"/calendar/company/{acme.pk}/?as={alice.pk}", **HTMX)
    assert looks(alice) == [{"member": alice.pk, "kind": "company", "record": acme.pk}]
    with time_machine.travel(NOW + 2 * HOUR, tick=False):
        page(as_bob, f"/calendar/company/{acme.pk}/?as={alice.pk}", **HTMX)
    assert len(looks(alice)) == 2


def test_ones_own_eyes_are_no_look(as_bob: Client, bob: Member, acme: Company, desk: Desk):
    assert "You are seeing" not in page(as_bob, f"/companies/{acme.pk}/?as={bob.pk}")
    assert looks(bob) == []


@pytest.mark.parametrize("who", ["charlie", "0", "x", "99999999999999999999", "-1"])
def test_who_is_no_member_here_is_not_found(as_alice: Client, alice: Member, charlie: Member, acme: Company, desk: Desk, *, who: str):
    asked = str(charlie.pk) if who == "charlie" else who
    assert as_alice.get(f"/companies/{acme.pk}/?as={asked}").status_code == 404
    assert as_alice.get(f"/calendar/company/{acme.pk}/?as={asked}", headers=HTMX).status_code == 404
    assert looks(alice) == []


def test_another_workspaces_records_are_not_looked_at(as_charlie: Client, charlie: Member, acme: Company, desk: Desk):
    assert as_charlie.get(f"/companies/{acme.pk}/?as={charlie.pk}").status_code == 404
    assert looks(charlie) == []


def test_how_a_colleagues_calendars_are_doing_is_not_told(as_alice: Client, alice: Member, acme: Company, desk: Desk, bob: Member):
    Desk(alice, "alice-own").sync()
    assert "Up to date" in page(as_alice, f"/companies/{acme.pk}/")
    assert "Up to date" not in page(as_alice, f"/companies/{acme.pk}/?as={bob.pk}")
