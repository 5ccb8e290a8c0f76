"""The Calendar tab on a record's page, the pieces of it, and what colleagues see there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from metwith.calendars.models import Event
from tests.calendars.desk import HOUR, START, Desk
from tests.people import NOW, company, opportunity, person
from tests.remembered import once
from tests.web.tight import tight

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from metwith.records.models import Company
    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@once
def acme(alice: Member) -> Company:
    return company(alice, "Acme GmbH", "acme.example")


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


def _page(client: Client, path: str, **headers: Any) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return tight(answer.content.decode())


def test_upcoming_stands_apart_from_the_past_and_the_past_is_newest_first(as_alice: Client, acme: Company, desk: Desk):
    for name, days in (("later", 9), ("soon", 1), ("old", -30), ("older", -60)):
        desk.put(name, "anna@acme.example", start=NOW + days * DAY)
    desk.sync()
    _header, _tabs, page = _page(as_alice, f"/companies/{acme.pk}/").partition('class="tabs"')
    order = [page.index(f"About {name}") for name in ("soon", "later", "old", "older")]
    assert order == sorted(order)
    assert page.index("Upcoming") < order[0]
    assert order[1] < page.index("Today, Monday 1 June") < page.index("May 2026") < order[2] < page.index("April 2026") < order[3]


def test_five_upcoming_are_shown_and_all_on_request(as_alice: Client, acme: Company, desk: Desk):
    for n in range(7):
        desk.put(f"m{n}", "anna@acme.example", start=START + n * DAY)
    desk.sync()
    page = _page(as_alice, f"/companies/{acme.pk}/")
    assert ("About m4" in page, "About m5" in page) == (True, False)
    assert f'href="/companies/{acme.pk}/?upcoming=all"' in page
    assert "About m6" in _page(as_alice, f"/companies/{acme.pk}/?upcoming=all")


def test_the_past_goes_on_by_link_and_by_htmx_without_losing_or_repeating_any(as_alice: Client, acme: Company, desk: Desk):
    for n in range(60):
        desk.put(f"m{n:02}", "anna@acme.example", start=START - (n + 20) * DAY)
    desk.sync()
    seen: list[str] = []
    path = f"/companies/{acme.pk}/"
    for _ in range(3):
        page = _page(as_alice, path)
        seen += [f"m{n:02}" for n in range(60) if f"About m{n:02}" in page]
        more = page.split('id="earlier"')
        path = more[1].split('<a class="act" href="')[1].split('"')[0].replace("&amp;", "&") if len(more) > 1 else ""
    assert path == ""
    assert sorted(seen) == [f"m{n:02}" for n in range(60)]


def test_the_next_piece_for_htmx_is_rows_alone_and_says_a_month_once(as_alice: Client, acme: Company, desk: Desk):
    for n in range(30):
        desk.put(f"m{n:02}", "anna@acme.example", start=NOW - timedelta(hours=n + 2))
    desk.sync()
    first = _page(as_alice, f"/companies/{acme.pk}/")
    more = first.split('id="earlier" hx-get="')[1].split('"')[0].replace("&amp;", "&")
    piece = _page(as_alice, more, **HTMX, **{"HX-Target": "earlier"})
    assert "<html" not in piece
    assert "filters" not in piece
    assert "<h2>" not in piece
    assert "About m29" in piece


def test_a_piece_asked_for_plainly_leads_to_the_page_in_the_same_state(as_alice: Client, acme: Company):
    answer = as_alice.get(f"/calendar/company/{acme.pk}/?period=month")
    assert answer["Location"] == f"/companies/{acme.pk}/?period=month"


@pytest.mark.parametrize(
    "path", ["/calendar/planet/1/", "/calendar/company/999999/", f"/calendar/company/{2**70}/", "/meetings/999999/", f"/meetings/{2**70}/"]
)
def test_what_is_not_there_is_not_found(as_alice: Client, path: str):
    assert as_alice.get(path).status_code == 404


def test_a_stranger_finds_neither_tab_nor_meeting(as_alice: Client, as_charlie: Client, alice: Member, acme: Company, desk: Desk):
    desk.put("secret", "anna@acme.example")
    desk.sync()
    event = Event.objects.of(alice.workspace).get()
    assert as_alice.get(f"/meetings/{event.pk}/").status_code == 200
    for path in (f"/meetings/{event.pk}/", f"/meetings/{event.pk}/link/", f"/calendar/company/{acme.pk}/"):
        assert as_charlie.get(path).status_code == 404
    for verb in ("link/by-hand", "unlink"):
        assert as_charlie.post(f"/meetings/{event.pk}/{verb}/", {"record": f"company-{acme.pk}"}).status_code == 404


def test_a_colleague_sees_a_lock_and_never_the_title(as_bob: Client, alice: Member, acme: Company, desk: Desk):
    desk.put("hush", "anna@acme.example", description="Inner thoughts", location="Bunker", join_url="https://zoom.us/j/1")
    desk.sync()
    event = Event.objects.of(alice.workspace).get()
    for path in (
        f"/companies/{acme.pk}/",
        f"/companies/{acme.pk}/?q=hush",
        f"/meetings/{event.pk}/",
        "/",
        f"/meetings/{event.pk}/link/?q=acme",
    ):
        page = _page(as_bob, path)
        for secret in ("About hush", "Inner thoughts", "Bunker", "zoom.us"):
            assert secret not in page, path
    assert "Not shared by Alice Adler" in _page(as_bob, f"/companies/{acme.pk}/")
    assert "Only Alice Adler can change that" in _page(as_bob, f"/meetings/{event.pk}/")


def test_a_search_finds_nothing_by_a_hidden_title(as_alice: Client, as_bob: Client, acme: Company, desk: Desk):
    desk.put("hush", "anna@acme.example")
    desk.sync()
    assert "About hush" in _page(as_alice, f"/companies/{acme.pk}/?q=hush")
    assert "No meeting fits" in _page(as_bob, f"/companies/{acme.pk}/?q=hush")


def test_filters_narrow_the_list_and_the_page_says_by_what(as_alice: Client, bob: Member, acme: Company, desk: Desk):
    desk.put("now", "anna@acme.example", start=NOW + timedelta(hours=1))
    desk.put("off", "anna@acme.example", start=NOW + timedelta(hours=2), cancelled=True)
    desk.put("far", "anna@acme.example", start=NOW + 100 * DAY)
    desk.sync()
    path = f"/companies/{acme.pk}/"
    assert "About far" not in _page(as_alice, f"{path}?period=week")
    assert "About now" in _page(as_alice, f"{path}?period=week")
    assert "About off" in _page(as_alice, path)
    assert "About off" not in _page(as_alice, f"{path}?cancelled=no")
    assert "No meeting fits" in _page(as_alice, f"{path}?with={bob.pk}")
    assert "About far" in _page(as_alice, f"{path}?period=own&from={date(2026, 9, 1)}")


@pytest.mark.parametrize(
    "query", ["period=own&from=never", "before=garbage", "after=garbage", "before=bnVsbA", "with=abc", "with=99999999999999999999", "q=%00"]
)
def test_a_query_that_makes_no_sense_is_answered_in_words(as_alice: Client, acme: Company, desk: Desk, query: str):
    desk.put("here", "anna@acme.example")
    desk.sync()
    page = _page(as_alice, f"/companies/{acme.pk}/?{query}")
    assert "Acme GmbH" in page


def test_typing_a_search_replaces_the_address_without_filling_the_history(as_alice: Client, acme: Company):
    answer = as_alice.get(f"/calendar/company/{acme.pk}/?q=pilot", headers=HTMX | {"HX-Target": "calendar", "HX-Trigger": "calendar-q"})
    assert answer["HX-Replace-Url"] == f"/companies/{acme.pk}/?q=pilot"
    assert "HX-Request" in answer["Vary"]


def test_an_empty_tab_says_how_meetings_come_and_offers_to_connect(as_alice: Client, acme: Company):
    page = _page(as_alice, f"/companies/{acme.pk}/")
    assert "No meetings with Acme GmbH yet" in page
    assert 'href="/settings/accounts/connect/"' in page


def test_an_empty_tab_offers_nothing_once_somebody_connected(as_bob: Client, acme: Company, desk: Desk):
    desk.sync()
    page = _page(as_bob, f"/companies/{acme.pk}/")
    assert "No meetings with Acme GmbH yet" in page
    assert 'href="/settings/accounts/connect/"' not in page


def test_names_and_titles_are_shown_not_obeyed(as_alice: Client, alice: Member, desk: Desk):
    evil = company(alice, "<script>alert(1)</script>", "acme.example")
    desk.put(
        "x",
        "anna@acme.example",
        title="<img src=x onerror=alert(2)>",
        location='"><script>alert(3)</script>',
        description="<script>alert(4)</script>hi",
    )
    desk.sync()
    event = Event.objects.of(alice.workspace).get()
    for path in (f"/companies/{evil.pk}/", f"/meetings/{event.pk}/?from=company-{evil.pk}", "/"):
        page = _page(as_alice, path)
        for number in (1, 3, 4):
            assert f"<script>alert({number})" not in page
        assert "<img" not in page


def test_the_panel_for_htmx_is_no_page_and_the_page_without_it_is(as_alice: Client, alice: Member, acme: Company, desk: Desk):
    desk.put("x", "anna@acme.example")
    desk.sync()
    path = f"/meetings/{Event.objects.of(alice.workspace).get().pk}/?from=company-{acme.pk}&list=period%3Dweek%26junk%3D1"
    inside = _page(as_alice, path, **HTMX, **{"HX-Target": "panel"})
    assert "<html" not in inside
    assert f'hx-push-url="/companies/{acme.pk}/?period=week"' in inside
    outside = _page(as_alice, path)
    assert "<h1" in outside
    assert f'href="/companies/{acme.pk}/?period=week"' in outside


@pytest.mark.parametrize("origin", ["planet-1", "company-x", "company-999999", "https://evil.example", "company-1%0d%0aX: y"])
def test_an_origin_we_do_not_know_leads_nowhere_else(as_alice: Client, alice: Member, acme: Company, desk: Desk, origin: str):
    desk.put("x", "anna@acme.example")
    desk.sync()
    page = _page(as_alice, f"/meetings/{Event.objects.of(alice.workspace).get().pk}/?from={origin}")
    assert "evil.example" not in page


def test_a_meeting_is_taken_off_a_record_and_put_back(as_alice: Client, alice: Member, acme: Company, desk: Desk):
    desk.put("x", "anna@acme.example")
    desk.sync()
    event = Event.objects.of(alice.workspace).get()
    form = {"record": f"company-{acme.pk}", "from": f"company-{acme.pk}"}
    answer = as_alice.post(f"/meetings/{event.pk}/unlink/", form)
    assert answer["Location"] == f"/meetings/{event.pk}/?from=company-{acme.pk}"
    assert "About x" not in _page(as_alice, f"/companies/{acme.pk}/")
    assert "Put back" in _page(as_alice, f"/meetings/{event.pk}/")
    as_alice.post(f"/meetings/{event.pk}/link/by-hand/", form)
    assert "About x" in _page(as_alice, f"/companies/{acme.pk}/")


def test_a_meeting_is_linked_to_a_record_that_was_searched_for(as_alice: Client, alice: Member, acme: Company, desk: Desk):
    other = company(alice, "Bluewater", "bluewater.example")
    desk.put("x", "anna@acme.example")
    desk.sync()
    event = Event.objects.of(alice.workspace).get()
    found = _page(as_alice, f"/meetings/{event.pk}/link/?q=blue")
    assert f'value="company-{other.pk}"' in found
    assert f'value="company-{acme.pk}"' not in _page(as_alice, f"/meetings/{event.pk}/link/?q=acme")
    as_alice.post(f"/meetings/{event.pk}/link/by-hand/", {"record": f"company-{other.pk}"})
    assert "About x" in _page(as_alice, f"/companies/{other.pk}/")


@pytest.mark.parametrize("named", ["", "planet-1", "company-0", "company-"])
def test_linking_to_nothing_is_not_found(as_alice: Client, alice: Member, acme: Company, desk: Desk, named: str):
    desk.put("x", "anna@acme.example")
    desk.sync()
    event = Event.objects.of(alice.workspace).get()
    assert as_alice.post(f"/meetings/{event.pk}/link/by-hand/", {"record": named}).status_code == 404


def test_the_header_says_when_we_met_and_what_is_next(as_alice: Client, alice: Member, acme: Company, desk: Desk):
    anna = person(alice, "Anna Lindt", "anna@acme.example", company=acme)
    deal = opportunity(alice, "Pilot", company=acme)
    desk.put("was", "anna@acme.example", start=NOW - 9 * DAY)
    desk.put("comes", "anna@acme.example", start=NOW + DAY)
    desk.put("off", "anna@acme.example", start=NOW + timedelta(hours=3), cancelled=True)
    desk.sync()
    for path in (f"/companies/{acme.pk}/", f"/people/{anna.pk}/", f"/opportunities/{deal.pk}/"):
        page = _page(as_alice, path)
        assert ">9 days ago</a> <small>with you</small>" in page
        assert ">Tomorrow 12:00</a>" in page


def test_the_header_looks_beyond_a_page_of_cancelled_ones(as_alice: Client, acme: Company, desk: Desk):
    for n in range(26):
        desk.put(f"off{n:02}", "anna@acme.example", start=NOW - (n + 2) * HOUR, cancelled=True)
        desk.put(f"no{n:02}", "anna@acme.example", start=NOW + (n + 2) * HOUR, cancelled=True)
    desk.put("was", "anna@acme.example", start=NOW - 9 * DAY)
    desk.put("comes", "anna@acme.example", start=NOW + 5 * DAY)
    desk.sync()
    page = _page(as_alice, f"/companies/{acme.pk}/")
    assert ">9 days ago</a>" in page
    assert "<dt>Next</dt>" in page


def test_the_tab_takes_few_queries_however_many_rows(
    as_alice: Client, acme: Company, desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries
):
    for n in range(60):
        desk.put(f"m{n:02}", "anna@acme.example", f"guest{n}@other.example", start=START - (n + 20) * DAY)
    for n in range(8):
        desk.put(f"u{n:02}", "anna@acme.example", start=START + n * DAY)
    desk.sync()
    with django_assert_max_num_queries(19):  # with the tags of the record, how many notes it has, and its strip
        _page(as_alice, f"/companies/{acme.pk}/")
