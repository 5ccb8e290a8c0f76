"""The Calendar tab, the panel, home and the accounts in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from metwith.calendars.models import Calendar, Event
from metwith.lib import clock
from tests.browser.conftest import PHONE, OpenAs, accessible, fits
from tests.calendars.desk import Desk
from tests.people import company, person
from tests.servers import PASSWORD, USER, radicale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from metwith.records.models import Company
    from metwith.workspaces.models import Member
    from tests.servers import CalDavServer

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
LONG = "Abstimmung der Lieferantenrahmenvertragsverlängerungsbedingungen mit allen Beteiligten in Leipzig"


@pytest.fixture
def acme(alice: Member, bob: Member) -> Company:
    """A company with meetings of every kind, some of them Bob's and not shared."""
    found = company(alice, "Acme GmbH", "acme.example")
    person(alice, "Anna Lindt", "anna@acme.example", company=found)
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    desk, his = Desk(alice, "alice"), Desk(bob, "bob")
    desk.put(
        "kick-off", "anna@acme.example", "marco@acme.example", start=now + DAY, zone="America/Sao_Paulo", join_url="https://zoom.us/j/1"
    )
    desk.put(
        "long",
        *(f"guest{n}@acme.example" for n in range(9)),
        start=now + 2 * DAY,
        title=LONG,
        description=f"<b>{LONG}</b> https://x.example/{'y' * 90}",
    )
    desk.put("days", "anna@acme.example", start=(now + 3 * DAY).date(), length=2 * DAY)
    desk.put("off", "anna@acme.example", start=now - DAY, cancelled=True)
    his.put("hush", "anna@acme.example", start=now - 2 * DAY)
    for n in range(40):
        desk.put(f"weekly{n:02}", "anna@acme.example", start=now - (n + 1) * 7 * DAY)
    desk.sync()
    his.sync()
    return found


def test_a_meeting_opens_beside_the_list_and_closes_again(open_as: OpenAs, alice: Member, acme: Company):
    page = open_as(alice)
    tab = f"/companies/{acme.pk}/?period=year"
    page.goto(tab)
    row = page.locator("a.row", has_text="About kick-off")
    row.click()
    expect(page.locator("#panel h2")).to_have_text("About kick-off")
    expect(page.locator("#panel h2")).to_be_focused()
    expect(row).to_have_attribute("aria-current", "true")
    assert "/meetings/" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_empty()
    expect(row).to_be_focused()
    assert page.url.endswith(tab)
    page.go_forward()
    expect(page.locator("#panel h2")).to_have_text("About kick-off")


def test_a_meeting_is_a_page_without_scripts(open_as: OpenAs, alice: Member, acme: Company):
    page = open_as(alice, java_script_enabled=False)
    page.goto(f"/companies/{acme.pk}/")
    page.locator("a.row", has_text="About kick-off").click()
    expect(page.locator("h1")).to_have_text("About kick-off")
    page.get_by_role("link", name="Acme GmbH").first.click()
    page.get_by_role("link", name="Earlier meetings").click()
    expect(page.locator("a.row", has_text="About weekly39")).to_be_visible()
    page.get_by_role("link", name="Back to today").click()
    expect(page.get_by_role("heading", name="Upcoming")).to_be_visible()


def test_filters_change_the_list_and_the_address(open_as: OpenAs, alice: Member, acme: Company):
    page = open_as(alice)
    page.goto(f"/companies/{acme.pk}/")
    page.get_by_text("Everyone").first.click()
    page.get_by_role("link", name="Bob Brandt", exact=True).click()
    expect(page.locator("a.row")).to_have_count(1)
    expect(page.locator("a.row")).to_contain_text("Not shared by Bob Brandt")
    assert re.search(r"\?with=\d+$", page.url)
    page.get_by_role("link", name="Show everything").click()
    expect(page.locator("a.row").nth(3)).to_be_visible()
    page.get_by_label("Search titles").press_sequentially("kick", delay=20)
    expect(page.locator("a.row")).to_have_count(1)
    expect(page.get_by_label("Search titles")).to_be_focused()
    page.wait_for_url("**/?q=kick")


def test_a_month_is_leafed_through_and_a_meeting_of_it_opens_by_keyboard(open_as: OpenAs, alice: Member, acme: Company):
    page = open_as(alice)
    page.goto(f"/companies/{acme.pk}/?cancelled=no")
    page.get_by_role("link", name="Month", exact=True).click()
    page.wait_for_url("**/?cancelled=no&view=month")
    here = page.locator(".leaf h2").inner_text()
    page.locator("#leaf-before").click()
    expect(page.locator(".leaf h2")).not_to_have_text(here)
    expect(page.locator("#leaf-before")).to_be_focused()
    there = page.url
    page.keyboard.press("j")
    expect(page.locator("a.slip").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_be_focused()
    expect(page.locator("a.slip").first).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(page.locator("a.slip").first).to_be_focused()
    assert page.url == there
    page.goto(there)
    page.get_by_role("link", name="Week", exact=True).click()
    page.wait_for_url("**/?cancelled=no&view=week*")
    page.go_back()
    expect(page.locator("table.month")).to_be_visible()


def test_a_phone_shows_the_day_that_was_touched(open_as: OpenAs, alice: Member, acme: Company):
    page = open_as(alice, viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=False)
    day = Event.objects.of(alice.workspace).get(ical_uid="kick-off").starts_at
    page.goto(f"/companies/{acme.pk}/?view=month&on={day:%Y-%m}")
    expect(page.locator("a.slip").first).to_be_hidden()
    page.locator("td", has=page.locator(f'time[datetime="{day:%Y-%m-%d}"]')).locator("a.number").click()
    expect(page.locator(".of-day")).to_contain_text("About kick-off")
    page.get_by_role("link", name="Week", exact=True).click()
    expect(page.locator("a.slip", has_text="About kick-off")).to_be_visible()
    fits(page)


def test_earlier_meetings_come_by_scrolling(open_as: OpenAs, alice: Member, acme: Company):
    page = open_as(alice)
    page.goto(f"/companies/{acme.pk}/")
    page.locator("#earlier").scroll_into_view_if_needed()
    expect(page.locator("a.row", has_text="About weekly39")).to_be_attached()
    headings = page.locator(".list h2").all_inner_texts()
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_the_pages_of_meetings_are_readable_by_everybody(open_as: OpenAs, alice: Member, acme: Company, viewport: dict[str, int] | None):
    page = open_as(alice, **({"viewport": viewport} if viewport else {}))
    event = Event.objects.of(alice.workspace).get(ical_uid="long")
    paths = (f"/companies/{acme.pk}/", f"/companies/{acme.pk}/?q=zzz&period=own&from=x", f"/meetings/{event.pk}/?from=company-{acme.pk}")
    views = ("view=month", "view=week", f"view=month&on={clock.now():%Y-%m-%d}", "view=week&on=x", "view=month&on=1999-07")
    for path in (*paths, *(f"/companies/{acme.pk}/?{view}" for view in views), f"/meetings/{event.pk}/link/?q=acme", "/"):
        page.goto(path)
        fits(page)
        accessible(page)
    page.goto(f"/companies/{acme.pk}/")
    page.locator("a.row", has_text="Abstimmung").click()
    page.wait_for_selector("#panel h2")
    fits(page)
    accessible(page)


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_the_pages_of_accounts_are_readable_by_everybody(open_as: OpenAs, alice: Member, acme: Company, viewport: dict[str, int] | None):
    page = open_as(alice, **({"viewport": viewport} if viewport else {}))
    calendar = Calendar.objects.of(alice.workspace).get(account__member=alice)
    calendar.detail = "cal.example: 503 " + "x" * 200
    calendar.state = "broken"
    calendar.save()
    at = "/settings/accounts/"
    own = f"{at}{calendar.account_id}/"
    for path in (
        at,
        f"{at}connect/",
        f"{at}connect/caldav/",
        f"{at}connect/address/",
        f"{at}connect/file/",
        own,
        f"{own}disconnect/",
        f"{own}reconnect/",
    ):
        page.goto(path)
        fits(page)
        accessible(page)


@pytest.fixture
def caldav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CalDavServer]:
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    with radicale(tmp_path / "radicale") as server:
        server.make_calendar("Work")
        yield server


@pytest.mark.server
def test_a_calendar_is_connected_with_the_steps_in_sight(open_as: OpenAs, at_work: None, alice: Member, caldav: CalDavServer):
    page = open_as(alice)
    page.goto("/settings/accounts/connect/")
    page.get_by_role("link", name="CalDAV").click()
    page.get_by_text("Server and user name").click()
    page.get_by_label("Server").fill(caldav.url)
    page.get_by_label("User name").fill(USER)
    page.get_by_label("App password").fill("wrong horse")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("alert")).to_contain_text("refuses the user name or the password")
    expect(page.locator(".ticks .failed")).to_have_text(re.compile("Sign in"))
    expect(page.get_by_label("Server")).to_have_value(caldav.url)
    expect(page.get_by_label("App password")).to_have_value("")
    accessible(page)
    page.get_by_label("App password").fill(PASSWORD)
    page.get_by_role("button", name="Try it").click()
    page.wait_for_url("**/choose/")
    accessible(page)
    page.get_by_role("radio", name="Also the title").check()
    page.get_by_role("button", name="See what would come in").click()
    expect(page.get_by_text("There is nothing in it yet.")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("Waits for its first reading")).to_be_visible()
    accessible(page)
