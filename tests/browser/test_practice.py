"""Connecting, losing the permission, connecting again, disconnecting: at a practice Google and Microsoft, through their own pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from metwith.accounts.models import Account
from metwith.calendars import sample
from metwith.calendars.models import Calendar, Entry
from metwith.calendars.sync.run import sync_calendar
from metwith.calendars.vocabulary import RemoteAttendee, RemoteEvent
from metwith.engine.models import State
from metwith.lib import clock
from metwith.practice import believable
from metwith.practice.graph import events
from metwith.practice.practice import AtGoogle, Practice
from metwith.rules.health import Succeeded
from tests.browser.conftest import PHONE, OpenAs, accessible, fits
from tests.calendars.worker import work
from tests.people import person
from tests.practising import practising

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from metwith.calendars.sync.run import CalendarBusy
    from metwith.records.models import Person
    from metwith.rules.health import Outcome
    from metwith.workspaces.models import Member

pytestmark = pytest.mark.server
CONNECT = "/settings/accounts/connect/"


@dataclass
class Somewhere:
    """A practice server, and a member who is about to go there."""

    practice: Practice
    address: str
    name: str
    member: Member
    priya: Person

    @property
    def calendar(self) -> Calendar:
        return Calendar.objects.of(self.member.workspace_id).get(enabled=True)

    def sync(self) -> Outcome | CalendarBusy:
        # First what connecting has set off: decisions made anew want everything read again.
        work()
        outcome = sync_calendar(self.member.workspace_id, self.calendar.pk)
        work()
        return outcome

    def entries(self) -> dict[int, str]:
        return dict(Entry.objects.of(self.member.workspace_id).values_list("pk", "title"))

    def add_a_meeting(self, title: str) -> None:
        start = clock.now() + timedelta(days=2)
        people = (RemoteAttendee(self.member.user.email, organizer=True), RemoteAttendee(sample.PRIYA))
        found = RemoteEvent("added", "added@acme", start, start + timedelta(hours=1), title=title, attendees=people)
        place = self.practice.place
        if isinstance(place, AtGoogle):
            place.app.put_item(self.member.user.email, found.id, (found,))
        else:
            box = place.boxes[self.member.user.email]
            events.write(box, next(iter(box.calendars)), found.id, found)


@pytest.fixture(params=["google", "microsoft"])
def somewhere(request: pytest.FixtureRequest, at_work: None, alice: Member, monkeypatch: pytest.MonkeyPatch) -> Iterator[Somewhere]:
    with practising(monkeypatch, request.param, clock=clock.now, fill=believable.calendar) as (practice, address):
        priya = person(alice, "Priya Nair", sample.PRIYA)
        yield Somewhere(practice, address, request.param.title(), alice, priya)


def go(page: Page, there: Somewhere) -> None:
    """From the connect page to the question whether Metwith may."""
    page.goto(CONNECT)
    page.get_by_role("link", name=f"{there.name} (practice)").click()
    page.get_by_role("link", name=f"Continue to {there.name} (practice)").click()
    page.get_by_label("E-mail address").fill(there.member.user.email)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Metwith asks for permission")).to_be_visible()


def connect(page: Page, there: Somewhere) -> None:
    go(page, there)
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    page.get_by_role("button", name="See what would come in").click()
    expect(page.get_by_role("heading", name="meetings would come in")).to_be_visible()
    page.get_by_role("button", name="Connect").click()
    expect(page).to_have_url(re.compile("/people/met/"))
    account = Account.objects.of(there.member.workspace).latest("pk")
    page.goto(f"/settings/accounts/{account.pk}/")
    expect(page.get_by_role("heading", name=there.member.user.email, level=1)).to_be_visible()


def test_meetings_come_to_the_record_of_whoever_they_are_with(open_as: OpenAs, somewhere: Somewhere):
    page = open_as(somewhere.member)
    connect(page, somewhere)
    expect(page.locator(".facts").first).to_have_text(f"{somewhere.name} (practice)")
    assert somewhere.sync() == Succeeded()
    page.goto(f"/people/{somewhere.priya.pk}/")
    for title in ("Pilot: kick-off", "Pilot: scope and price", "First talk"):
        expect(page.locator("a.row", has_text=title)).to_be_visible()
    titles = set(somewhere.entries().values())
    assert {"Portal: weekly", "Ports and Shipping fair"} <= titles
    assert not titles & {"Dentist", "Planning", "Write the offer"}


def test_a_permission_that_was_taken_back_is_given_again_and_nothing_is_lost_or_read_twice(open_as: OpenAs, somewhere: Somewhere):
    page = open_as(somewhere.member)
    connect(page, somewhere)
    assert somewhere.sync() == Succeeded()
    before = somewhere.entries()
    page.goto(somewhere.address)
    page.get_by_role("button", name="Take the permission back").click()
    expect(page.get_by_text("Nobody has let Metwith read a calendar.")).to_be_visible()
    somewhere.add_a_meeting("While nobody looked")
    somewhere.sync()
    assert somewhere.calendar.state == State.RECONNECT
    page.goto(f"/settings/accounts/{somewhere.calendar.account_id}/")
    accessible(page)
    page.get_by_role("alert").get_by_role("link", name="Reconnect").click()
    if somewhere.name == "Microsoft":
        expect(page.get_by_label("E-mail address")).to_have_value(somewhere.member.user.email)
        page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_text("Connected again.")).to_be_visible()
    somewhere.practice.asked.clear()
    assert somewhere.sync() == Succeeded()
    after = somewhere.entries()
    assert {pk: title for pk, title in after.items() if pk not in before} == {max(after): "While nobody looked"}
    assert before.items() <= after.items()
    lists = [r for r in somewhere.practice.asked if r.parts[-1] in {"events", "delta"}]
    assert [r for r in lists if not (r.get("syncToken") or r.get("$deltatoken"))] == []
    page.reload()
    expect(page.get_by_role("link", name="Reconnect")).to_have_count(0)
    page.goto(f"/people/{somewhere.priya.pk}/")
    expect(page.locator("a.row", has_text="While nobody looked")).to_be_visible()


def test_disconnecting_ends_it_here_and_there(open_as: OpenAs, somewhere: Somewhere):
    page = open_as(somewhere.member)
    connect(page, somewhere)
    assert somewhere.sync() == Succeeded()
    kept = somewhere.entries()
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_label("Keep them").check()
    page.get_by_role("button", name="Disconnect").click()
    if somewhere.name == "Google":
        expect(page.get_by_text("The permission was taken back at Google (practice) too.")).to_be_visible()
        assert somewhere.practice.door.books.refresh == {}
    else:
        expect(page.get_by_text(f"you can do so at {somewhere.address}")).to_be_visible()
    assert somewhere.entries() == kept
    somewhere.practice.asked.clear()
    somewhere.sync()
    assert somewhere.practice.asked == []


def test_who_says_no_is_told_what_to_do(open_as: OpenAs, somewhere: Somewhere):
    page = open_as(somewhere.member)
    go(page, somewhere)
    page.get_by_role("button", name="Do not allow").click()
    expect(page.get_by_role("alert")).to_contain_text("The permission was not given.")
    accessible(page)
    page.get_by_role("link", name=f"Continue to {somewhere.name} (practice)").click()
    expect(page.get_by_label("E-mail address")).to_be_visible()
    assert not Calendar.objects.of(somewhere.member.workspace_id).exists()


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_the_pages_of_practice_are_readable_by_everybody(open_as: OpenAs, somewhere: Somewhere, viewport: dict[str, int] | None):
    page = open_as(somewhere.member, **({"viewport": viewport} if viewport else {}))
    page.goto(CONNECT)
    fits(page)
    page.get_by_role("link", name=f"{somewhere.name} (practice)").click()
    page.get_by_role("link", name=f"Continue to {somewhere.name} (practice)").click()
    fits(page)
    accessible(page)
    page.get_by_label("E-mail address").fill(somewhere.member.user.email)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Metwith asks for permission")).to_be_visible()
    page.wait_for_load_state()  # with its style sheet
    fits(page)
    accessible(page)
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    page.goto(somewhere.address)
    fits(page)
    accessible(page)
