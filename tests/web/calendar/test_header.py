"""What a record's header says of its meetings: last met, next, and how many."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from metwith.calendars.vocabulary import RemoteAttendee, Response
from tests.calendars.desk import HOUR, Desk
from tests.people import NOW, company, opportunity, person
from tests.remembered import once
from tests.web.tight import tight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
ALICE, ANNA, ZOE = "alice@lumen.example", "anna@acme.example", "zoe@acme.example"


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@once
def pages(alice: Member) -> list[str]:
    """Of Anna, of her company, and of a deal with it."""
    acme = company(alice, "Acme", "acme.example")
    anna = person(alice, "Anna", ANNA, company=acme)
    deal = opportunity(alice, "Deal", company=acme)
    return [f"/people/{anna.pk}/", f"/companies/{acme.pk}/", f"/opportunities/{deal.pk}/"]


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


def put(desk: Desk, uid: str, mine: Response = Response.ACCEPTED, *, start: object, **guests: Response) -> None:
    people = [RemoteAttendee(f"{name}@acme.example", response=said) for name, said in guests.items()]
    desk.put(uid, attendees=(RemoteAttendee(ALICE, organizer=True, response=mine), *people), start=start)


def told(client: Client, path: str) -> tuple[str, str, str]:
    """Last met, next, and the number beside the tab, each as the page has it; empty where it says nothing."""
    page = tight(client.get(path).content.decode())
    last, following = (re.search(rf"<dt>{word}</dt><dd><a [^>]*>([^<]*)</a>", page) for word in ("Last met", "Next"))
    count = re.search(r"Calendar <small>([^<]*)</small>", page)
    return tuple(found[1] if found else "" for found in (last, following, count))  # type: ignore[return-value]


def test_what_was_declined_or_cancelled_is_neither_met_nor_next_nor_counted(as_alice: Client, desk: Desk, pages: list[str]):
    for name, days in (("met", -9), ("next", 9)):
        put(desk, name, start=NOW + days * DAY, anna=Response.ACCEPTED)
    for days in (-1, 1):
        put(desk, f"theirs{days}", start=NOW + days * DAY, anna=Response.DECLINED)
        put(desk, f"ours{days}", Response.DECLINED, start=NOW + 2 * days * DAY, anna=Response.ACCEPTED)
        desk.put(f"off{days}", ANNA, start=NOW + 3 * days * DAY, cancelled=True)
    desk.sync()
    for path in pages:
        assert told(as_alice, path) == ("9 days ago", "Wed 10 Jun, 12:00", "2")
        assert "About theirs1" in as_alice.get(path).content.decode()


def test_where_nothing_counts_the_header_says_nothing(as_alice: Client, desk: Desk, pages: list[str]):
    put(desk, "theirs", start=NOW - DAY, anna=Response.DECLINED)
    desk.sync()
    for path in pages:
        assert told(as_alice, path) == ("", "", "")


def test_somebody_else_of_the_company_came(as_alice: Client, desk: Desk, pages: list[str]):
    put(desk, "some", start=NOW - DAY, anna=Response.DECLINED, zoe=Response.TENTATIVE)
    desk.sync()
    assert [told(as_alice, path)[0] for path in pages] == ["", "Yesterday", "Yesterday"]


def test_what_goes_on_was_begun_today(as_alice: Client, desk: Desk, pages: list[str]):
    put(desk, "running", start=NOW - HOUR / 2, anna=Response.ACCEPTED)
    desk.put("fair", ANNA, start=NOW.date() - 2 * DAY, length=5 * DAY)
    desk.sync()
    assert told(as_alice, pages[0]) == ("Today", "", "2")


@pytest.mark.parametrize("narrowed", ["?cancelled=no", "?q=about", "?view=month", "?period=own&from=2026-01-01", "?before=x"])
def test_however_the_list_is_narrowed_the_header_stays(as_alice: Client, desk: Desk, pages: list[str], narrowed: str):
    put(desk, "met", start=NOW - 9 * DAY, anna=Response.ACCEPTED)
    put(desk, "theirs", start=NOW - DAY, anna=Response.DECLINED)
    desk.sync()
    for tab in (pages[0], f"{pages[0]}details/"):
        assert told(as_alice, tab + narrowed) == ("9 days ago", "", "1")
