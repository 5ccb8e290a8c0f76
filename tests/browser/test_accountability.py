"""Seeing a record as a colleague would, reading of it in the audit log, and erasing somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from metwith.calendars.models import Event
from metwith.lib import clock
from tests.browser.conftest import PHONE, OpenAs, accessible, fits
from tests.calendars.desk import HOUR, Desk
from tests.calendars.worker import work
from tests.people import company, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"


@pytest.mark.django_db(transaction=True)
def test_a_member_sees_a_record_as_a_colleague_would_and_an_admin_reads_of_it(open_as: OpenAs, alice: Member, bob: Member):
    acme = company(alice, "Acme GmbH", "acme.example")
    hers, his = Desk(alice, "alice", sharing="subject"), Desk(bob, "bob")
    hers.put("hers", ANNA, title="Offer", description="Her notes", start=clock.now() + 24 * HOUR)
    his.put("his", ANNA, title="Bob's secret", start=clock.now() - 24 * HOUR)
    hers.sync()
    his.sync()
    page = open_as(alice)
    page.goto(f"/companies/{acme.pk}/")
    page.get_by_text("See it as").click()
    page.locator("details", has_text="See it as").get_by_role("link", name="Bob Brandt").click()
    bar = page.get_by_text("You are seeing this as Bob Brandt would")
    expect(bar).to_be_visible()
    expect(page.get_by_text("Bob Brandt sees everything")).to_be_visible()
    expect(page.get_by_text("Bob's secret")).to_have_count(0)
    accessible(page)
    fits(page)
    page.get_by_role("link", name="Offer").click()
    expect(page.locator("#panel")).to_contain_text("Place, description and the way to join are not shared")
    expect(page.locator("#panel")).not_to_contain_text("Her notes")
    page.get_by_role("link", name="Stop").first.click()
    expect(bar).to_have_count(0)
    page.goto("/settings/audit/")
    expect(page.get_by_text("Alice Adler looked at the meetings of a record as Bob Brandt sees them (company)")).to_have_count(1)
    page.get_by_label("What").select_option("connected")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("looked at the meetings")).to_have_count(0)
    expect(page.locator("#lines li")).to_have_count(2)
    accessible(page)
    fits(page)


@pytest.mark.django_db(transaction=True)
def test_an_admin_erases_somebody_who_asked_for_it(open_as: OpenAs, alice: Member):
    person(alice, "Anna Lindt", ANNA, "anna@home.example")
    desk = Desk(alice, "alice")
    desk.put("lunch", ANNA, title="Lunch")
    desk.sync()
    work()
    page = open_as(alice, viewport=PHONE)
    page.goto("/settings/person/")
    page.get_by_label("E-mail address").fill(ANNA)
    page.get_by_role("button", name="Show what is held").click()
    expect(page.get_by_role("heading", name=f"Held about {ANNA}")).to_be_visible()
    accessible(page)
    fits(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as a calendar").click()
    assert "SUMMARY:Lunch" in download.value.path().read_text()
    page.get_by_label("Type the address again").fill("ana@acme.example")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was erased")
    page.get_by_label("Type the address again").fill(ANNA)
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("status")).to_contain_text("Erased: 1 person, 1 meeting")
    assert not Event.objects.exists()
    page.goto("/settings/blocks/")
    expect(page.get_by_text("An erased person")).to_be_visible()
    fits(page)
