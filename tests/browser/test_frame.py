"""Moving around: the list, the keys, Back, and all of it without JavaScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.people import company, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.browser.conftest import OpenAs


def test_typing_filters_the_list_and_the_address_tells_it(open_as: OpenAs, alice: Member):
    person(alice, "Anna Lindt")
    person(alice, "Marco Reis")
    page = open_as(alice)
    page.goto("/people/")
    page.get_by_label("Filter by name or address").last.press_sequentially("rei", delay=20)
    expect(page.locator("a.open")).to_have_text(["Marco Reis"])
    expect(page).to_have_url(re.compile(r"\?q=rei$"))
    page.reload()
    expect(page.locator("a.open")).to_have_text(["Marco Reis"])
    page.get_by_role("link", name="Marco Reis").click()
    page.go_back()
    expect(page.locator("a.open")).to_have_text(["Marco Reis"])


def test_scrolling_brings_the_next_rows(open_as: OpenAs, alice: Member):
    for number in range(120):
        person(alice, f"Person {number:03}")
    page = open_as(alice)
    page.goto("/people/")
    expect(page.locator("a.open")).to_have_count(50)
    page.get_by_role("link", name="More").scroll_into_view_if_needed()
    expect(page.locator("a.open")).to_have_count(100)
    page.get_by_role("link", name="More").scroll_into_view_if_needed()
    expect(page.locator("a.open")).to_have_count(120)
    assert page.locator("a.open").last.inner_text() == "Person 119"


def test_the_whole_row_opens_the_record_but_its_company_opens_the_company(open_as: OpenAs, alice: Member):
    acme = company(alice, "Acme")
    anna = person(alice, "Anna Lindt", "anna@acme.example", company=acme)
    page = open_as(alice)
    page.goto("/people/")
    page.locator("td .quiet").first.click(force=True)  # the name's link lies over the row
    expect(page).to_have_url(re.compile(rf"/people/{anna.pk}/$"))
    page.goto("/people/")
    page.get_by_role("link", name="Acme").click()
    expect(page).to_have_url(re.compile(rf"/companies/{acme.pk}/$"))


def test_the_keys(open_as: OpenAs, alice: Member):
    anna = person(alice, "Anna Lindt")
    person(alice, "Marco Reis")
    page = open_as(alice)
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile(r"/people/$"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Marco Reis")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/people/{anna.pk}/$"))
    page.keyboard.press("/")
    page.keyboard.type("g?")
    find = page.locator("[data-find]")
    expect(find).to_have_value("g?")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile(r"/settings/$"))


def test_the_menu_of_a_record_closes_by_key_and_by_click(open_as: OpenAs, alice: Member):
    anna = person(alice, "Anna Lindt")
    page = open_as(alice)
    page.goto(f"/people/{anna.pk}/")
    menu, inside = page.locator(".top details.menu summary"), page.get_by_role("link", name="Merge with another")
    menu.click()
    expect(inside).to_be_visible()
    page.keyboard.press("Escape")
    expect(inside).to_be_hidden()
    menu.click()
    page.locator("h1").click()
    expect(inside).to_be_hidden()


def test_a_company_is_offered_while_typing(open_as: OpenAs, alice: Member):
    company(alice, "Acme GmbH", "acme.example")
    page = open_as(alice)
    page.goto("/people/new/")
    page.get_by_label("Name", exact=True).fill("Anna Lindt")
    page.get_by_label("Company").press_sequentially("acm", delay=20)
    expect(page.locator("#company-offers option")).to_have_attribute("value", "Acme GmbH (acme.example)")


def test_an_expired_session_sends_htmx_to_the_sign_in_page(open_as: OpenAs, alice: Member):
    person(alice, "Anna Lindt")
    page = open_as(alice)
    page.goto("/people/")
    page.context.clear_cookies()
    page.get_by_label("Filter by name or address").last.press_sequentially("a")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_all_of_it_works_without_javascript(open_as: OpenAs, alice: Member):
    for number in range(51):
        person(alice, f"Person {number:02}")
    page = open_as(alice, java_script_enabled=False)
    page.goto("/people/")
    page.get_by_role("link", name="More").click()
    expect(page.locator("a.open")).to_have_text(["Person 50"])
    page.get_by_label("Filter by name or address").last.fill("Person 07")
    page.keyboard.press("Enter")
    expect(page.locator("a.open")).to_have_text(["Person 07"])
    page.get_by_role("link", name="Add person").click()
    page.get_by_label("Name", exact=True).fill("Anna Lindt")
    page.get_by_label("E-mail addresses").fill("nonsense")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_addresses_error")).to_have_text("“nonsense” is not an e-mail address.")
    page.get_by_label("E-mail addresses").fill("anna@acme.example")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Details").click()
    expect(page.locator("dl.sheet")).to_contain_text("anna@acme.example")
    page.locator(".top details.menu summary").click()
    page.get_by_role("button", name="Move to trash").click()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Restored.")).to_be_visible()


def test_what_is_copied_is_said_to_be_so_also_without_a_clipboard(open_as: OpenAs, alice: Member):
    page = open_as(alice)
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto("/settings/tokens/")
    page.get_by_label("What is it for?").fill("Report")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("getSelection().toString().trim()") == page.locator("#fresh").inner_text().strip()
