"""The month and the week on a record's page: the same meetings as the list, for the same eyes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from metwith.calendars.models import Event
from metwith.web.calendar.period import view as drawn
from tests.calendars.desk import HOUR, Desk
from tests.people import NOW, company, opportunity, person
from tests.remembered import once
from tests.web.tight import tight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from metwith.records.models import Company
    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
HTMX = {"HX-Request": "true", "HX-Target": "calendar"}
ANNA = "anna@acme.example"
VIEWS = ("month", "week")


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


def _links(page: str, start: str) -> set[str]:
    return {link for link in map(unescape, re.findall(r'href="([^"#]+)', page)) if link.startswith(start)}


def _days(page: str) -> dict[str, str]:
    """What stands in each day of the grid."""
    parts = re.split(r'<time datetime="(\d{4}-\d\d-\d\d)">(?=<span aria-hidden)', page.partition('id="day"')[0])
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("view", VIEWS)
def test_the_same_meetings_stand_in_every_view_and_open_the_same_panel(
    as_alice: Client, alice: Member, acme: Company, desk: Desk, view: str
):
    desk.put("kick-off", ANNA, start=NOW + DAY)
    desk.sync()
    event = Event.objects.of(alice.workspace).get()
    page = _page(as_alice, f"/companies/{acme.pk}/?view={view}")
    assert "About kick-off" in _days(page)["2026-06-02"]
    opens = f"/meetings/{event.pk}/?from=company-{acme.pk}&list=view%3D{view}"
    assert opens in _links(page, "/meetings/")
    inside = _page(as_alice, opens, **HTMX | {"HX-Target": "panel"})
    assert f'hx-push-url="/companies/{acme.pk}/?view={view}"' in inside


def test_a_meeting_is_on_every_day_it_covers_in_the_members_own_zone(as_alice: Client, alice: Member, acme: Company, desk: Desk):
    alice.user.time_zone = "Pacific/Auckland"
    alice.user.save()
    desk.put("late", ANNA, start=datetime(2026, 6, 10, 10, tzinfo=UTC), length=4 * HOUR)
    desk.put("fair", ANNA, start=date(2026, 6, 16), length=3 * DAY)
    desk.put("reaching", ANNA, start=datetime(2026, 5, 20, 9, tzinfo=UTC), length=14 * DAY)
    desk.sync()
    days = _days(_page(as_alice, f"/companies/{acme.pk}/?view=month&on=2026-06"))
    assert [day for day, held in days.items() if "About late" in held] == ["2026-06-10", "2026-06-11"]
    assert [day for day, held in days.items() if "About fair" in held] == ["2026-06-16", "2026-06-17", "2026-06-18"]
    assert [day for day, held in days.items() if "About reaching" in held] == ["2026-06-01", "2026-06-02", "2026-06-03"]


@pytest.mark.parametrize("view", VIEWS)
def test_filters_hold_in_every_view_and_survive_the_change(
    as_alice: Client, alice: Member, bob: Member, acme: Company, desk: Desk, *, view: str
):
    desk.put("plain", ANNA, start=NOW + HOUR)
    desk.put("off", ANNA, start=NOW + 2 * HOUR, cancelled=True)
    desk.sync()
    path = f"/companies/{acme.pk}/?view={view}"
    assert ("About plain" in (page := _page(as_alice, path)), "About off" in page) == (True, True)
    assert "About off" not in _page(as_alice, f"{path}&cancelled=no")
    assert "About plain" not in _page(as_alice, f"{path}&q=off")
    assert "About plain" not in _page(as_alice, f"{path}&with={bob.pk}")
    narrowed = _page(as_alice, f"{path}&with={alice.pk}&cancelled=no&q=plain")
    kept = f"with={alice.pk}&cancelled=no&q=plain"
    there = _links(narrowed, f"/companies/{acme.pk}/?")
    assert {f"/companies/{acme.pk}/?{kept}", *(f"/companies/{acme.pk}/?{kept}&view={other}" for other in VIEWS)} <= there
    assert all(
        "with=" not in link or "view=" in link or link.endswith(kept) for link in there if "q=plain" in link and "period" not in link
    )


def test_a_period_of_the_list_becomes_its_month_and_is_not_asked_for_there(as_alice: Client, acme: Company, desk: Desk):
    desk.put("plain", ANNA, start=NOW + HOUR)
    desk.sync()
    path = f"/companies/{acme.pk}/"
    there = _links(_page(as_alice, f"{path}?period=own&from=2026-09-10&to=2026-10-01&q=x"), f"{path}?")
    assert {f"{path}?q=x&view=month&on=2026-09", f"{path}?q=x&view=week&on=2026-09-10"} <= there
    assert f"{path}?view=month" in _links(_page(as_alice, f"{path}?period=year"), path)
    page = _page(as_alice, f"{path}?view=month&period=own&from=2026-09-10")
    assert "About plain" in page
    assert "period=" not in page


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("on", ["", "x", "2026-13", "2026-W99", "0000-00", "9999-12", "2026-02-30", "%00", "%F0%9F%98%80", "1" * 3000])
def test_an_address_that_makes_no_sense_shows_today_and_says_so(as_alice: Client, acme: Company, desk: Desk, view: str, on: str):
    desk.put("here", ANNA, start=NOW + HOUR)
    desk.sync()
    page = _page(as_alice, f"/companies/{acme.pk}/?view={view}&on={on}")
    assert "About here" in page
    assert ("There is no such month, week or day to show" in page) == bool(on)
    assert '<details class="menu" name="calendar-filter"><summary class="chip"><span class="seen-by-ear">Period' not in page


def test_a_view_that_is_none_is_the_list(as_alice: Client, acme: Company, desk: Desk):
    desk.put("here", ANNA)
    desk.sync()
    assert "Upcoming" in _page(as_alice, f"/companies/{acme.pk}/?view=decade&on=2026")


@pytest.mark.parametrize("on", ["1900-01", "2199-12", "1900-W01", "2199-W52"])
@pytest.mark.parametrize("view", VIEWS)
def test_leafing_ends_somewhere(as_alice: Client, acme: Company, view: str, on: str):
    page = _page(as_alice, f"/companies/{acme.pk}/?view={view}&on={on}")
    assert "There is no such" not in page
    for link in _links(page, f"/companies/{acme.pk}/?view={view}"):
        assert "There is no such" not in _page(as_alice, link), link


@pytest.mark.parametrize("view", VIEWS)
def test_a_colleague_sees_a_lock_and_never_the_title(as_bob: Client, acme: Company, desk: Desk, view: str):
    desk.put("hush", ANNA, start=NOW + HOUR, description="Inner thoughts", location="Bunker")
    desk.sync()
    for more in ("", "&q=hush", "&on=2026-06-01"):
        page = _page(as_bob, f"/companies/{acme.pk}/?view={view}{more}")
        assert not [secret for secret in ("About hush", "Inner thoughts", "Bunker") if secret in page]
    page = _page(as_bob, f"/companies/{acme.pk}/?view={view}")
    held = _days(page)["2026-06-01"]
    assert "#lock" in held
    assert "13:00" in held
    assert "Not shared by Alice Adler" in held


@pytest.mark.parametrize("view", VIEWS)
def test_a_search_by_a_hidden_title_finds_nothing_not_even_the_nearest(
    as_alice: Client, as_bob: Client, acme: Company, desk: Desk, view: str
):
    desk.put("hush", ANNA, start=NOW - 60 * DAY)
    desk.sync()
    path = f"/companies/{acme.pk}/?view={view}&q=hush"
    assert "About hush" in _page(as_alice, path)
    assert not re.search(r"/meetings/\d", _page(as_bob, path).partition('id="calendar"')[2])


@pytest.mark.parametrize("view", VIEWS)
def test_seen_as_a_colleague_every_link_stays_with_these_eyes(as_alice: Client, bob: Member, acme: Company, view: str):
    his = Desk(bob, "bob")
    his.put("ahead", ANNA, start=NOW + HOUR)
    his.sync()
    page = _page(as_alice, f"/companies/{acme.pk}/?view={view}&as={bob.pk}")
    assert "Bob Brandt sees everything" in page
    assert "About ahead" not in page
    for link in _links(page.partition('id="calendar"')[2], "/companies/") - {f"/companies/{acme.pk}/?view={view}"}:
        assert "as=" in link, link


@pytest.mark.parametrize(
    ("view", "on", "heading"),
    [
        ("month", "2026-11", "No meetings in November 2026 with Acme GmbH"),
        ("week", "2026-W45", "No meetings in week 45 with Acme GmbH"),
    ],
)
def test_an_empty_leaf_leads_to_the_nearest_meetings(as_alice: Client, acme: Company, desk: Desk, view: str, *, on: str, heading: str):
    for name, start in (("long-ago", NOW - 90 * DAY), ("before", NOW), ("after", NOW + 300 * DAY), ("far", NOW + 340 * DAY)):
        desk.put(name, ANNA, start=start)
    desk.sync()
    page = _page(as_alice, f"/companies/{acme.pk}/?view={view}&on={on}")
    assert heading in page
    assert page.index("Before: ") < page.index("About before") < page.index("After: ") < page.index("About after")
    assert "About long-ago" not in page
    assert "About far" not in page
    months = {"month": {"2026-06", "2027-03"}, "week": {"2026-W23", "2027-W12"}}[view]
    path = f"/companies/{acme.pk}/?view={view}&on="
    assert {f"{path}{month}" for month in months} <= _links(page, path)


def test_an_empty_leaf_of_a_narrowed_one_offers_everything(as_alice: Client, acme: Company, desk: Desk):
    desk.put("here", ANNA)
    desk.sync()
    page = _page(as_alice, f"/companies/{acme.pk}/?view=month&on=2026-06&q=zzz")
    assert "No meetings in June 2026 with Acme GmbH" in page
    assert "Nothing with Acme GmbH matches what you narrowed the list to." in page
    assert f"/companies/{acme.pk}/?view=month&on=2026-06" in _links(page, "/companies/")


def test_where_there_is_nothing_at_all_it_says_how_meetings_come(as_alice: Client, acme: Company):
    page = _page(as_alice, f"/companies/{acme.pk}/?view=month")
    assert "No meetings with Acme GmbH yet" in page
    assert 'href="/settings/accounts/connect/"' in page


def test_more_than_fit_lead_to_all_of_the_day(as_alice: Client, acme: Company, desk: Desk):
    for n in range(7):
        desk.put(f"m{n}", ANNA, start=NOW + n * HOUR)
    desk.sync()
    for view in VIEWS:
        page = _page(as_alice, f"/companies/{acme.pk}/?view={view}")
        link = re.search(r'<a class="(?:more|number)" href="([^"#]+on=2026-06-01)#day"|<h3><a href="([^"#]+on=2026-06-01)#day"', page)
        assert link
        day = _page(as_alice, unescape(link[1] or link[2])).partition('id="day"')[2]
        assert [n for n in range(7) if f"About m{n}" in day] == list(range(7))


def test_a_leaf_with_too_many_says_so(as_alice: Client, acme: Company, desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drawn, "MOST", 3)
    monkeypatch.setattr(drawn, "MOST_OF_A_DAY", 2)
    for n in range(5):
        desk.put(f"m{n}", ANNA, start=NOW + n * HOUR)
    desk.sync()
    page = _page(as_alice, f"/companies/{acme.pk}/?view=month&on=2026-06-01")
    assert "Only the first 3 meetings are shown, until Mon 1 Jun." in page
    assert f"/companies/{acme.pk}/?period=own&from=2026-06-01&to=2026-06-30" in _links(page, "/companies/")
    assert "All of this day as a list" in page
    rest = _page(as_alice, f"/companies/{acme.pk}/?period=own&from=2026-06-01&to=2026-06-01")
    assert [n for n in range(5) if f"About m{n}" in rest] == list(range(5))


@pytest.mark.parametrize("view", VIEWS)
def test_an_opportunity_has_the_meetings_of_two_records_each_once(as_alice: Client, alice: Member, acme: Company, desk: Desk, view: str):
    other = person(alice, "Ole", "ole@other.example")
    deal = opportunity(alice, "Pilot", company=acme, contact=other)
    desk.put("both", ANNA, "ole@other.example", start=NOW + HOUR)
    desk.put("his", "ole@other.example", start=NOW + 2 * HOUR)
    desk.sync()
    held = _days(_page(as_alice, f"/opportunities/{deal.pk}/?view={view}"))["2026-06-01"].partition("</ol>")[0 if view == "month" else 2]
    assert [held.count(f'class="name">About {name}<') for name in ("both", "his")] == [1, 1]


def test_the_part_for_htmx_is_the_tab_in_the_same_view_and_a_search_keeps_it(as_alice: Client, acme: Company, desk: Desk):
    desk.put("pilot", ANNA, start=NOW + HOUR)
    desk.sync()
    part = f"/calendar/company/{acme.pk}/?view=week&on=2026-W23"
    piece = _page(as_alice, part, **HTMX)
    assert "<html" not in piece
    assert "About pilot" in piece
    assert '<input type="hidden" name="view" value="week"><input type="hidden" name="on" value="2026-W23">' in piece
    answer = as_alice.get(f"{part}&q=pil", headers=HTMX | {"HX-Trigger": "calendar-q"})
    assert answer["HX-Replace-Url"] == f"/companies/{acme.pk}/?q=pil&view=week&on=2026-W23"
    assert as_alice.get(part)["Location"] == f"/companies/{acme.pk}/?view=week&on=2026-W23"


@pytest.mark.parametrize("view", VIEWS)
def test_titles_are_shown_not_obeyed(as_alice: Client, acme: Company, desk: Desk, view: str):
    desk.put("x", ANNA, start=NOW + HOUR, title='"><img src=x onerror=alert(1)>')
    desk.sync()
    assert "<img" not in _page(as_alice, f"/companies/{acme.pk}/?view={view}&on=2026-06-01&q=%22%3E%3Cimg")


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_takes_few_queries_however_many_meetings(
    as_alice: Client, acme: Company, desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries, view: str
):
    for n in range(60):
        desk.put(f"m{n:02}", ANNA, f"guest{n}@other.example", start=NOW + n * 2 * HOUR)
    desk.sync()
    with django_assert_max_num_queries(19):  # with the tags of the record, how many notes it has, and its strip
        _page(as_alice, f"/companies/{acme.pk}/?view={view}&on=2026-06-02")


def test_a_week_begins_on_the_day_of_the_language(as_alice: Client, alice: Member, acme: Company, desk: Desk):
    desk.put("here", ANNA, start=NOW + HOUR)
    desk.sync()
    path = f"/companies/{acme.pk}/?view=week"
    assert next(iter(_days(_page(as_alice, path)))) == "2026-06-01"
    alice.user.language = "pt"
    alice.user.save()
    assert next(iter(_days(_page(as_alice, path)))) == "2026-05-31"
