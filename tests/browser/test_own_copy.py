"""One meeting of one's own in a browser: its level, why it is here, out for good and in again, and looking for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenAs, accessible, fits
from tests.calendars.desk import Desk
from tests.calendars.worker import work
from tests.people import person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@pytest.mark.django_db(transaction=True)
def test_a_member_sets_a_meetings_level_takes_it_out_and_finds_out_why_it_is_missing(
    open_as: OpenAs, at_work: None, alice: Member, bob: Member
):
    anna = person(bob, "Anna Lindt", "anna@acme.example")
    desk = Desk(bob, "bob")
    desk.series("daily", "anna@acme.example", title="Pilot review")
    desk.sync()
    page = open_as(bob)
    page.goto(f"/people/{anna.pk}/")
    page.get_by_role("link", name="Pilot review").first.click()
    page.get_by_text("Why is this here?").click()
    expect(page.get_by_text("It came in because anna@acme.example is not one of you.")).to_be_visible()
    page.get_by_role("link", name="Change what is shared, or take it out").click()
    page.get_by_label("Also the title", exact=True).check()
    page.get_by_label("All of this series").check()
    accessible(page)
    fits(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("It holds at once")
    theirs = open_as(alice)
    theirs.goto(f"/people/{anna.pk}/")
    expect(theirs.get_by_role("link", name="Pilot review").first).to_be_visible()
    page.get_by_role("link", name="Change what is shared, or take it out").click()
    page.get_by_role("link", name="Take the whole series out").click()
    expect(page.get_by_text("3 meetings of your calendars go from here")).to_be_visible()
    accessible(page)
    fits(page)
    page.get_by_role("button", name="Take out").click()
    expect(page.get_by_role("status").first).to_contain_text("They stay out")
    page.get_by_role("link", name="A meeting is missing?").click()
    page.get_by_label("Day").fill("2026-06-11")
    page.get_by_label("A part of its title").fill("pilot")
    page.get_by_role("button", name="Look for it").click()
    expect(page.get_by_text("You took it out for good.")).to_be_visible()
    accessible(page)
    fits(page)
    page.get_by_role("link", name="What you took out").click()
    accessible(page)
    page.get_by_role("button", name="Let in again").click()
    expect(page.get_by_role("status")).to_contain_text("It may come in again")
    work()
    desk.sync()
    page.goto(f"/people/{anna.pk}/")
    expect(page.get_by_role("link", name="Pilot review")).to_have_count(3)
