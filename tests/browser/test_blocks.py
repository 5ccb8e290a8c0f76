"""Blocking in a browser: look, set, and take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from metwith.accounts.models import Block
from tests.browser.conftest import OpenAs, accessible, fits
from tests.calendars.desk import Desk

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@pytest.mark.django_db(transaction=True)
def test_a_member_sees_what_would_go_sets_the_block_and_takes_it_away(open_as: OpenAs, alice: Member):
    desk = Desk(alice, "alice")
    for number in range(3):
        desk.put(f"talk {number}", f"tom{number}@gmail.com", title=f"Job interview {number}")
    desk.sync()
    page = open_as(alice)
    page.goto("/settings/blocks/")
    page.get_by_role("link", name="Hiring").click()
    page.get_by_role("button", name="See what would go").click()
    expect(page.get_by_text("3 meetings that are stored now would be removed")).to_be_visible()
    expect(page.get_by_text("Job interview 2")).to_be_visible()
    accessible(page)
    fits(page)
    page.get_by_role("button", name="Block").click()
    expect(page.get_by_role("status")).to_contain_text("4 blocks are set")
    page.get_by_role("button", name="Remove interview").click()
    expect(page.get_by_role("status")).to_contain_text("Removed")
    assert Block.objects.of(alice.workspace).filter(member=alice).count() == 3
