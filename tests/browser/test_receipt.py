"""The privacy receipt in a browser: read, and taken along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from metwith.calendars.counters import PrivacyRun
from metwith.calendars.vocabulary import Visibility
from metwith.lib import clock
from tests.browser.conftest import PHONE, OpenAs, accessible, fits
from tests.calendars.desk import Desk

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@pytest.mark.django_db(transaction=True)
def test_a_member_reads_the_receipt_and_takes_it_along(open_as: OpenAs, alice: Member):
    desk = Desk(alice, "receipt")
    desk.now = clock.now()
    for number in range(12):
        desk.put(f"talk {number}", f"tom{number}@acme.test")
        desk.put(f"hidden {number}", "anna@acme.test", visibility=Visibility.PRIVATE)
    desk.sync()
    facts = {"found": 0, "looked_for": 4321, "not_asked": 1, "database_files": True}
    PrivacyRun.objects.create(workspace=alice.workspace, at=desk.now, kind="verify", facts=facts)
    page = open_as(alice)
    page.goto("/settings/")
    page.get_by_role("link", name="Privacy receipt").click()
    expect(page.get_by_text("12 Private").first).to_be_visible()
    expect(page.get_by_text("nothing was found that must not be stored")).to_be_visible()
    accessible(page)
    fits(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="As JSON").click()
    assert json.loads(Path(coming.value.path()).read_text())["accounts"][0]["dropped"] == {"private": 12}
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a literal
    fits(page)
