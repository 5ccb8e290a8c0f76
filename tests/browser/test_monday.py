"""What one opens every Monday: who has gone quiet, the briefing of a meeting, the strip of a record; by mouse, by keyboard, and without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from metwith.calendars.models import Event
from metwith.lib import clock
from metwith.notes import actions as notes
from tests.browser.conftest import PHONE, OpenAs, accessible, fits
from tests.calendars.desk import HOUR, Desk
from tests.people import company, opportunity, person

if TYPE_CHECKING:
    from metwith.records.models import Person
    from metwith.workspaces.models import Member

DAY = timedelta(days=1)


@pytest.fixture
def anna(alice: Member) -> Person:
    """Of Acme, met every ten days until two months ago; Bolt's Kim is met in an hour, and was yesterday for the first time."""
    desk = Desk(alice, "alice")
    acme = company(alice, "Acme GmbH", "acme.example")
    found = person(alice, "Anna Lindt", "anna@acme.example", company=acme, job_title="Head of sales")
    person(alice, "Kim Noor", "kim@bolt.example")
    opportunity(alice, "Big deal", company=acme)
    for number in range(3):
        desk.put(f"acme {number}", "anna@acme.example", start=clock.now() - (60 + 10 * number) * DAY, title="Talk")
    desk.put("yesterday", "kim@bolt.example", start=clock.now() - DAY, title="First talk")
    desk.put("soon", "kim@bolt.example", start=clock.now() + HOUR, title="Second talk")
    desk.sync()
    notes.write_on_record(alice, "company", acme.pk, "They move in spring.", now=clock.now())
    return found


@pytest.mark.django_db(transaction=True)
def test_who_has_gone_quiet_is_put_off_and_shown_again(open_as: OpenAs, alice: Member, anna: Person):
    for options in ({}, {"viewport": PHONE, "has_touch": True}):
        page = open_as(alice, **options)
        page.goto("/")
        expect(page.get_by_role("heading", name="Gone quiet")).to_be_visible()
        expect(page.get_by_role("heading", name="New faces this week")).to_be_visible()
        accessible(page)
        fits(page)
        page.get_by_role("link", name="Gone quiet, new faces, nothing planned").click()
        expect(page.get_by_text("usually every 14 days")).to_be_visible()
        accessible(page)
        fits(page)
        page.get_by_role("button", name="Put off Acme GmbH for four weeks").press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("Put off until")
        expect(page.get_by_text("Nobody has gone quiet")).to_be_visible()
        accessible(page)
        fits(page)
        page.get_by_role("button", name="Show again: Acme GmbH").press("Enter")
        expect(page.get_by_role("button", name="Put off Acme GmbH for four weeks")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_without_javascript_home_leads_to_the_page_with_all_of_it(open_as: OpenAs, alice: Member, anna: Person):
    page = open_as(alice, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Gone quiet, new faces, nothing planned").click()
    page.get_by_role("button", name="Put off Acme GmbH for four weeks").click()
    expect(page.get_by_role("button", name="Show again: Acme GmbH")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_a_coming_meeting_has_a_briefing_and_a_record_its_strip(open_as: OpenAs, alice: Member, anna: Person):
    page = open_as(alice)
    soon = Event.objects.of(alice.workspace).get(ical_uid__startswith="soon")
    page.goto(f"/meetings/{soon.pk}/")
    page.get_by_role("link", name="Briefing").click()
    expect(page.get_by_role("heading", name="Second talk")).to_be_visible()
    expect(page.get_by_role("link", name="Kim Noor")).to_be_visible()
    accessible(page)
    fits(page)
    page.emulate_media(media="print")
    expect(page.locator(".bar")).to_be_hidden()
    page.emulate_media(media="screen")
    page.goto(f"/people/{anna.pk}/")
    page.locator(".strip a").last.press("Enter")
    expect(page.locator("[aria-current=true]", has_text="Month")).to_be_visible()
    accessible(page)
    fits(page)


@pytest.mark.django_db(transaction=True)
def test_a_time_zone_is_found_by_typing_a_city(open_as: OpenAs, alice: Member):
    page = open_as(alice)
    page.goto("/settings/you/")
    page.get_by_label("Time zone").fill("lisbon")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Lisbon")
    accessible(page)
    fits(page)
