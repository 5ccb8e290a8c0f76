"""Searching while typing, by keyboard, at both widths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, accessible, fits
from tests.people import company, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.browser.conftest import OpenAs


def test_what_is_typed_is_suggested_and_chosen_by_keys(open_as: OpenAs, alice: Member):
    anna = person(alice, "Anna Lindt")
    company(alice, "Lindt GmbH", "lindt.example")
    page = open_as(alice)
    page.goto("/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    field.press_sequentially("lnidt", delay=20)
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    accessible(page)
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/people/{anna.pk}/$"))


def test_enter_leads_to_the_page_of_results_and_a_click_closes_the_list(open_as: OpenAs, alice: Member):
    person(alice, "Anna Lindt")
    page = open_as(alice, viewport=PHONE)
    page.goto("/people/")
    field = page.get_by_role("combobox", name="Search")
    field.press_sequentially("lindt", delay=20)
    expect(page.get_by_role("option")).to_have_count(1)
    fits(page)
    accessible(page)
    page.locator("h1").click(force=True, position={"x": 5, "y": 5})
    expect(page.get_by_role("option")).to_have_count(0)
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=lindt$"))
    accessible(page)
    fits(page)
