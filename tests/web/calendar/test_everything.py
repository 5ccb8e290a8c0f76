"""The page of all meetings: the Calendar tab's views, filters, search and files, for what stands on records and for one's own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from metwith.workspaces.models import AuditLine
from tests.calendars.desk import Desk
from tests.people import NOW, company
from tests.web.tight import tight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
HTMX = {"HX-Request": "true", "HX-Target": "earlier"}


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(alice: Member) -> Desk:
    company(alice, "Acme GmbH", "acme.example")
    made = Desk(alice, "alice")
    made.put("past", "anna@acme.example", start=NOW - DAY)
    made.put("coming", "anna@acme.example", start=NOW + DAY)
    made.put("off", "kim@kin.example", start=NOW + 2 * DAY)
    made.sync()
    return made


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/meetings/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_everybody_sees_what_stands_on_records_with_the_records(desk: Desk, as_alice: Client, as_bob: Client) -> None:
    shown = page(as_alice)
    assert shown.index("Upcoming") < shown.index("About coming") < shown.index("About past")
    assert "About off" not in shown
    assert '<small class="on">Acme GmbH</small>' in shown
    assert page(as_bob).count("Not shared by Alice Adler") == 2


def test_mine_has_what_is_on_no_record_too(desk: Desk, as_alice: Client, as_bob: Client) -> None:
    assert "About off" in page(as_alice, "?mine=true")
    assert "No meetings of yours yet" in page(as_bob, "?mine=true")


@pytest.mark.parametrize(
    "query", ["?view=month", "?view=week&on=2026-06-02", "?period=year", "?cancelled=no", "?q=coming", "?view=month&mine=true"]
)
def test_views_filters_and_search_are_the_tabs(desk: Desk, as_alice: Client, query: str) -> None:
    assert "About coming" in page(as_alice, query)


def test_what_is_chosen_stays_while_it_is_narrowed(desk: Desk, as_alice: Client) -> None:
    shown = page(as_alice, "?mine=true&q=coming")
    assert shown.count('name="mine" value="true"') == 2
    assert 'href="/meetings/?mine=true&amp;cancelled=no&amp;q=coming"' in shown


def test_a_search_that_hides_finds_nothing(desk: Desk, as_bob: Client) -> None:
    assert "No meeting fits" in page(as_bob, "?q=coming")


def test_nobody_looks_through_other_eyes_there(desk: Desk, as_alice: Client, bob: Member) -> None:
    shown = page(as_alice, f"?as={bob.pk}")
    assert "About coming" in shown
    assert "See it as" not in shown


def test_the_next_piece_comes_by_itself(as_alice: Client, alice: Member) -> None:
    company(alice, "Acme GmbH", "acme.example")
    many = Desk(alice, "alice")
    for number in range(30):
        many.put(f"m{number:02}", "anna@acme.example", start=NOW - (number + 1) * DAY)
    many.sync()
    shown = page(as_alice)
    way = shown.partition('hx-get="/meetings/list/?before=')[2].partition('"')[0]
    piece = as_alice.get(f"/meetings/list/?before={way}".replace("&amp;", "&"), headers=HTMX).content.decode()
    assert (shown.count("About m"), piece.count("About m")) == (25, 5)
    assert as_alice.get("/meetings/list/?q=x")["Location"] == "/meetings/?q=x"


def test_a_meeting_leads_back_to_the_list(desk: Desk, as_alice: Client) -> None:
    link = page(as_alice, "?mine=true&q=off").partition('class="row" href="')[2].partition('"')[0].replace("&amp;", "&")
    opened = tight(as_alice.get(link).content.decode())
    assert '<a href="/meetings/?mine=true&amp;q=off">Meetings</a>' in opened


def test_it_goes_along_as_a_file(desk: Desk, as_alice: Client, alice: Member) -> None:
    told = json.loads(b"".join(as_alice.get("/meetings/list/meetings.json?mine=true&q=off")))
    assert (told["record"], [item["title"] for item in told["meetings"]]) == (None, ["About off"])
    assert b"".join(as_alice.get("/meetings/list/meetings.csv")).decode().count("About") == 2
    assert b"BEGIN:VEVENT" in b"".join(as_alice.get("/meetings/list/meetings.ics"))
    assert as_alice.get("/meetings/list/meetings.pdf").status_code == 404
    assert as_alice.get("/meetings/list/meetings.csv?period=own&from=x").status_code == 400
    assert AuditLine.objects.of(alice.workspace).filter(action="exported").count() == 3
    assert "exported all meetings" in as_alice.get("/settings/audit/").content.decode()


def test_the_bar_leads_there(as_alice: Client) -> None:
    shown = tight(page(as_alice))
    assert 'href="/meetings/" data-key="m" aria-current="page"' in shown
    assert "No meetings yet" in shown
