"""Take along: the menu, a download, and an address for one's own calendar program, on a desk and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.lib import clock
from tests.browser.conftest import PHONE, accessible, fits
from tests.calendars.desk import HOUR, Desk
from tests.people import company

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.browser.conftest import OpenAs


@pytest.mark.django_db(transaction=True)
def test_meetings_are_taken_along_and_subscribed_to(open_as: OpenAs, alice: Member):
    acme, desk = company(alice, "Acme GmbH", "acme.example"), Desk(alice, "alice")
    desk.put("soon", "anna@acme.example", start=clock.now() + HOUR)
    desk.sync()
    for options in ({}, {"viewport": PHONE, "has_touch": True}):
        page = open_as(alice, **options)
        page.goto(f"/companies/{acme.pk}/")
        if options:
            page.get_by_role("button", name="Filter").click()
        page.get_by_text("Take along").click()
        fits(page)
        accessible(page)
        with page.expect_download() as download:
            page.get_by_role("link", name="Calendar file (ICS)").click()
        assert download.value.suggested_filename == "acme-gmbh.ics"
        page.get_by_role("link", name="Subscribe …").click()
        page.get_by_role("button", name="Make an address").click()
        assert "/subscribed/metwith_calendar_" in page.locator("#fresh").inner_text()
        fits(page)
        accessible(page)
        page.get_by_role("link", name="See and revoke your subscriptions").click()
        assert page.get_by_role("heading", name="Calendar subscriptions").is_visible()
        fits(page)
        accessible(page)
