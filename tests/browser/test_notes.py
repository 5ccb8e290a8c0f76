"""Notes in a browser: on a record and in a meeting's panel, written, changed and deleted where they stand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from metwith.notes import actions
from tests.browser.conftest import PHONE, OpenAs, accessible, fits
from tests.calendars.desk import Desk
from tests.people import NOW, person

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from metwith.workspaces.models import Member

LONG = "They want a longer term, see https://acme.example/terms/" + "x" * 120 + "\n\n- price\n- term\n\nAsk anna@acme.example."


@pytest.mark.django_db(transaction=True)
def test_a_note_is_written_changed_and_deleted_without_leaving_the_meeting(open_as: OpenAs, alice: Member, bob: Member):
    anna = person(alice, "Anna Lindt", "anna@acme.example")
    desk = Desk(alice, "alice", sharing="subject")
    desk.put("one", "anna@acme.example", title="Pilot review", description="Agenda: the pilot")
    desk.sync()
    page = open_as(alice)
    page.goto(f"/people/{anna.pk}/")
    page.get_by_role("link", name="Pilot review").first.click()
    panel = page.locator("#panel")
    panel.get_by_label("Note", exact=True).fill("Bring the offer")
    panel.get_by_role("button", name="Add note").click()
    expect(panel.get_by_text("Bring the offer")).to_be_visible()
    expect(panel.get_by_label("Note", exact=True)).to_have_value("")
    panel.get_by_label("Note", exact=True).fill("   ")
    panel.get_by_role("button", name="Add note").click()
    expect(panel.get_by_text("The note is empty")).to_be_visible()
    panel.get_by_role("link", name="Edit the note").click()
    panel.locator("li textarea").fill(LONG)
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("They want a longer term")).to_be_visible()
    expect(panel.get_by_text("changed")).to_be_visible()
    assert "/meetings/" in page.url
    accessible(page)
    fits(page)
    picture(page, "panel")
    theirs = open_as(bob, viewport=PHONE)
    theirs.goto(page.url)
    expect(theirs.get_by_text("They want a longer term")).to_be_visible()
    expect(theirs.get_by_role("link", name="Edit the note")).to_have_count(0)
    accessible(theirs)
    fits(theirs)
    picture(theirs, "meeting")
    panel.get_by_role("link", name="Delete the note").click()
    panel.get_by_role("link", name="Cancel").click()
    panel.get_by_role("link", name="Delete the note").click()
    picture(page, "delete")
    accessible(page)
    panel.get_by_role("button", name="Delete", exact=True).click()
    expect(panel.get_by_text("The note is deleted.")).to_be_visible()
    page.go_back()
    expect(panel.locator("h2")).to_have_count(0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_records_notes_are_a_tab_of_its_own(open_as: OpenAs, alice: Member, bob: Member, language: str, colours: str):
    anna = person(alice, "Anna Lindt", "anna@acme.example")
    actions.write_on_record(alice, "person", anna.pk, LONG, now=NOW)
    actions.write_on_record(bob, "person", anna.pk, "Prefers calls in the morning.", now=NOW)
    for size in (PHONE, {"width": 1280, "height": 860}):
        page = open_as(alice, viewport=size, locale=language, color_scheme=colours)
        page.goto(f"/people/{anna.pk}/")
        page.get_by_role("link", name="Notizen 2" if language == "de-DE" else "Notes 2").click()
        expect(page.get_by_text("Prefers calls in the morning.")).to_be_visible()
        accessible(page)
        page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]  # one of two
        fits(page)
        picture(page, f"record-{language}-{colours}-{size['width']}")
        page.get_by_role("link", name="Notiz bearbeiten" if language == "de-DE" else "Edit the note").click()
        expect(page.locator("li textarea")).to_be_visible()
        accessible(page)
        picture(page, f"edit-{language}-{colours}-{size['width']}")
        page.goto("/search/?q=morning")
        accessible(page)
        picture(page, f"search-{language}-{colours}-{size['width']}")


@pytest.mark.django_db(transaction=True)
def test_without_javascript_the_same_is_done_on_pages(open_as: OpenAs, alice: Member):
    anna = person(alice, "Anna Lindt", "anna@acme.example")
    page = open_as(alice, java_script_enabled=False)
    page.goto(f"/people/{anna.pk}/notes/")
    page.get_by_label("Note", exact=True).fill("By hand")
    page.get_by_role("button", name="Add note").click()
    page.get_by_role("link", name="Edit the note").click()
    page.get_by_label("Note", exact=True).fill("By hand, twice")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("By hand, twice")).to_be_visible()
    page.get_by_role("link", name="Delete the note").click()
    picture(page, "delete-page")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The note is deleted.")).to_be_visible()
    expect(page.get_by_text("No notes yet")).to_be_visible()


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
