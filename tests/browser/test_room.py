"""How pages use the room there is: on phones, on tablets, beside a panel."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from metwith.lib import clock
from tests.browser.conftest import PHONE, OpenAs, accessible, fits
from tests.browser.test_calendar import acme
from tests.calendars.desk import Desk
from tests.people import opportunity

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from metwith.records.models import Company
    from metwith.workspaces.models import Member

__all__ = ["acme"]
TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
HIGHEST = 420
"""Pixels: where the first meeting begins on a phone of 844, at the latest."""


def _top(page: Page, what: str) -> float:
    box = page.locator(what).first.bounding_box()
    assert box
    return box["y"]


def test_an_amount_stands_in_its_own_column(open_as: OpenAs, alice: Member):
    opportunity(alice, "Pilot", amount="48000.50", currency="EUR", close_date="2027-01-31", stage="proposal")
    page = open_as(alice)
    page.goto("/opportunities/")
    shown = page.locator("td.amount").first.evaluate("cell => getComputedStyle(cell).display")
    assert shown == "table-cell"


@pytest.mark.parametrize("locale", ["en", "de", "pt"])
def test_on_a_phone_the_first_meeting_stands_in_the_upper_half(open_as: OpenAs, alice: Member, acme: Company, locale: str):
    page = open_as(alice, locale=locale, **TOUCH)
    page.goto(f"/companies/{acme.pk}/")
    assert _top(page, "a.row") <= HIGHEST


def test_on_a_phone_every_filter_is_within_the_screen(open_as: OpenAs, alice: Member, acme: Company):
    page = open_as(alice, **TOUCH)
    page.goto(f"/companies/{acme.pk}/?cancelled=no&period=year")
    page.get_by_role("button", name="Filter (2)").click()
    page.locator("#filters summary").first.click()
    expect(page.get_by_role("button", name="Show these days")).to_be_in_viewport()
    fits(page)
    accessible(page)
    page.get_by_label("Search titles").press_sequentially("kick", delay=20)
    expect(page.locator("a.row")).to_have_count(1)
    expect(page.get_by_label("Search titles")).to_be_focused()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_label("Search titles")).to_be_hidden()


@pytest.mark.parametrize("locale", ["en", "de", "pt"])
def test_the_last_menu_opens_within_the_page(open_as: OpenAs, alice: Member, acme: Company, locale: str):
    page = open_as(alice, locale=locale)
    page.goto(f"/companies/{acme.pk}/")
    page.locator(".filters .menu:last-child summary").click()
    fits(page)


def test_a_time_of_a_week_is_shown_whole_or_not_at_all(open_as: OpenAs, alice: Member, acme: Company):
    page = open_as(alice)
    desk = Desk(alice, "alice")
    monday = clock.now().replace(hour=9, minute=0, second=0, microsecond=0)
    for n in range(2):
        desk.put(f"short{n}", "anna@acme.example", start=monday, length=timedelta(minutes=30))
    desk.sync()
    page.goto(f"/companies/{acme.pk}/?view=week")
    expect(page.locator(".low a.slip").first).to_be_visible()
    cut = """all => all.filter(one => {
      const [time, box] = [one.querySelector("small").getBoundingClientRect(), one.getBoundingClientRect()];
      const seen = time.top < box.bottom - 1;
      return seen && time.right > box.right + 1;
    }).length"""
    assert page.locator(".low a.slip").evaluate_all(cut) == 0


@pytest.mark.parametrize("width", [1280, 1024, 768, 390, 320])
def test_titles_stay_readable_beside_or_under_a_panel(open_as: OpenAs, alice: Member, acme: Company, width: int):
    page = open_as(alice, viewport={"width": width, "height": 844})
    page.goto(f"/companies/{acme.pk}/?q=about")
    page.locator("a.row", has_text="About kick-off").click()
    expect(page.locator("#panel h2")).to_be_visible()
    names = page.locator(".row .name", has_text="About")
    assert names.evaluate_all("all => all.every(one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight + 1)")
    fits(page)


def test_one_step_back_leads_from_any_number_of_panels_to_the_list(open_as: OpenAs, alice: Member, acme: Company):
    page = open_as(alice)
    page.goto("/companies/")
    page.goto(f"/companies/{acme.pk}/?cancelled=no")
    for title in ("About kick-off", "About weekly00", "About weekly01"):
        page.locator("a.row", has_text=title).click()
        expect(page.locator("#panel h2")).to_have_text(title)
    page.go_back()
    expect(page.locator("#panel")).to_be_empty()
    assert page.url.endswith(f"/companies/{acme.pk}/?cancelled=no")
    page.go_back()
    assert page.url.endswith("/companies/")


def test_another_view_takes_the_place_of_a_panel_in_the_history(open_as: OpenAs, alice: Member, acme: Company):
    page = open_as(alice)
    page.goto(f"/companies/{acme.pk}/")
    page.locator("a.row", has_text="About kick-off").click()
    expect(page.locator("#panel h2")).to_be_visible()
    page.get_by_role("link", name="Month", exact=True).click()
    expect(page.locator("table.month")).to_be_visible()
    page.go_back()
    expect(page.locator("a.row", has_text="About kick-off")).to_be_visible()
    assert page.url.endswith(f"/companies/{acme.pk}/")
