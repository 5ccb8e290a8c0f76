"""Who is one of us, in a browser: look, add, set aside; and the people that a calendar made, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from metwith.records.models import Person
from tests.browser.conftest import OpenAs, accessible, fits
from tests.calendars.desk import Desk

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@pytest.mark.django_db(transaction=True)
def test_an_admin_adds_a_domain_after_seeing_what_would_go_and_sets_it_aside_again(open_as: OpenAs, alice: Member):
    desk = Desk(alice, "alice")
    desk.put("talk", "tom@acme.example", title="Talk with Tom")
    desk.sync()
    page = open_as(alice)
    page.goto("/settings/ours/")
    page.get_by_label("Is this domain free mail?").fill("gmx.de")
    page.get_by_role("button", name="Look it up").click()
    expect(page.get_by_text("Yes: gmx.de is free mail")).to_be_visible()
    accessible(page)
    page.get_by_label("Domain", exact=True).fill("acme.example")
    page.locator("#domains").get_by_role("button", name="See what adding it would do").click()
    expect(page.get_by_text("Talk with Tom")).to_be_visible()
    accessible(page)
    fits(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    page.get_by_label("What acme.example is").select_option("Not ours")
    page.locator("li", has_text="acme.example").get_by_role("button", name="Change").click()
    expect(page.get_by_text("may come in")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("What acme.example is")).to_have_count(0)


@pytest.mark.django_db(transaction=True)
def test_the_people_that_a_calendar_made_are_listed_and_taken_back(open_as: OpenAs, alice: Member):
    desk = Desk(alice, "alice", new_people="on")
    desk.put("talk", "tom@acme.example", "anna@acme.example")
    desk.sync()
    page = open_as(alice)
    page.goto("/people/")
    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Made").select_option("From a calendar")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("button", name="Filter (1)")).to_be_visible()
    expect(page.get_by_text("2 in all")).to_be_visible()
    accessible(page)
    fits(page)
    page.goto(f"/settings/accounts/{desk.account.pk}/")
    page.get_by_role("link", name="Remove those nobody has touched").click()
    accessible(page)
    fits(page)
    page.get_by_role("button", name="Remove 3 records").click()
    expect(page.get_by_text("3 records were removed")).to_be_visible()
    assert not Person.objects.of(alice.workspace).exists()
    assert desk.calendar.new_people == "off"
