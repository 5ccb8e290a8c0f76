"""Looking before connecting, and steering what colleagues see afterwards, in a browser."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from metwith.accounts.models import Account
from metwith.calendars.models import Event
from metwith.calendars.vocabulary import RemoteCalendar, Visibility
from metwith.lib import clock
from tests.browser.conftest import PHONE, OpenAs, accessible, fits
from tests.calendars.desk import Desk, meeting

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from metwith.workspaces.models import Member
    from tests.accounts.practice import Practice
    from tests.accounts.signing_in import SignInServer

ALICE, ANNA = "alice@lumen.example", "anna@acme.example"


def to_the_choices(page: Page) -> None:
    page.goto("/settings/accounts/connect/google/")
    page.get_by_role("link", name="Continue to Google").click()
    page.get_by_role("link", name="Yes").click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()


def looked_at(page: Page) -> None:
    page.get_by_role("button", name="See what would come in").click()
    expect(page.get_by_role("heading", name="3 meetings would come in")).to_be_visible()


def fill(practice: Practice) -> None:
    for day in (-20, 1, 5):
        practice.server.put("work", meeting(f"talk {day}", ALICE, ANNA, start=clock.now() + timedelta(days=day)))
    practice.server.put("work", meeting("doctor", ALICE, ANNA, visibility=Visibility.PRIVATE))


def test_a_member_looks_changes_looks_again_and_cancels(
    open_as: OpenAs, at_work: None, alice: Member, service: SignInServer, practice: Practice
):
    fill(practice)
    page = open_as(alice)
    to_the_choices(page)
    looked_at(page)
    expect(page.get_by_text("Not shared by Alice Adler")).to_have_count(3)
    expect(page.get_by_text("1 entry would be left out")).to_be_visible()
    accessible(page)
    fits(page)
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Also the title").check()
    accessible(page)
    looked_at(page)
    expect(page.get_by_text("About talk 5").first).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Nothing was connected, and nothing was kept.")).to_be_visible()
    assert service.revoked == ["refresh-1"]
    assert not Account.objects.of(alice.workspace).exists()


def test_on_a_phone_without_scripts_the_way_is_the_same(
    open_as: OpenAs, at_work: None, alice: Member, service: SignInServer, practice: Practice
):
    fill(practice)
    page = open_as(alice, viewport=PHONE, java_script_enabled=False)
    to_the_choices(page)
    looked_at(page)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("Connected. The first meetings appear within seconds.")).to_be_visible()
    assert Account.objects.of(alice.workspace).get().address == ALICE


@pytest.mark.django_db(transaction=True)
def test_the_levels_stand_side_by_side_and_what_was_kept_can_go(open_as: OpenAs, alice: Member):
    desk = Desk(alice, "alice")
    desk.now = clock.now()
    desk.server.add_calendar(RemoteCalendar("work", "Work", primary=True))
    desk.put("talk", ANNA, start=clock.now() + timedelta(days=1), location="Room 4, Harbour house", description="Price and scope")
    desk.sync()
    page = open_as(alice)
    page.goto(f"/settings/accounts/{desk.account.pk}/")
    expect(page.locator("#level-metadata")).to_contain_text("Not shared by Alice Adler")
    expect(page.locator("#level-everything")).to_contain_text("Harbour house")
    tops = [box["y"] for level in ("metadata", "subject", "everything") if (box := page.locator(f"#level-{level}").bounding_box())]
    assert max(tops) - min(tops) < 40
    accessible(page)
    page.get_by_role("link", name="Disconnect").click()
    expect(page.get_by_text("1 meeting is only in its calendars")).to_be_visible()
    page.get_by_label("Keep them").check()
    page.get_by_role("button", name="Disconnect").click()
    event = Event.objects.of(alice.workspace).get()
    page.goto(f"/meetings/{event.pk}/")
    expect(page.get_by_text("no longer updated since")).to_be_visible()
    page.goto(f"/settings/accounts/{desk.account.pk}/")
    accessible(page)
    fits(page)
    page.get_by_role("link", name="Remove its meetings").click()
    accessible(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Its meetings were removed.")).to_be_visible()
    assert not Event.objects.of(alice.workspace).exists()
