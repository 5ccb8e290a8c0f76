"""The first page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from metwith.calendars.models import Calendar
from metwith.workspaces import actions
from tests.calendars.desk import Desk, meeting
from tests.calendars.worker import work
from tests.people import NOW, company, holds, person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from metwith.workspaces.models import Member


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def _home(client: Client, query: str = "") -> str:
    answer = client.get(f"/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_who_has_nothing_connected_sees_the_way_to_connect(as_alice: Client):
    page = _home(as_alice)
    assert "Connect your calendar" in page
    assert 'href="/settings/accounts/connect/"' in page


def test_today_and_this_week_are_shown_with_whom_and_which_record(as_alice: Client, alice: Member):
    company(alice, "Acme GmbH", "acme.example")
    desk = Desk(alice, "alice")
    for name, hours in (("noon", 1), ("thursday", 72), ("next-month", 800)):
        desk.put(name, "anna@acme.example", start=NOW + timedelta(hours=hours))
    desk.sync()
    page = _home(as_alice)
    assert page.index("Today") < page.index("About noon") < page.index("Coming days") < page.index("About thursday")
    assert "About next-month" not in page
    assert "Acme GmbH" in page
    assert "Then your meetings with people outside stand here" not in page


def test_nobody_meets_themselves_by_an_address_that_they_claim(as_alice: Client, as_bob: Client, alice: Member, bob: Member):
    """It is theirs in their own calendars (product.md, section 3), and a stranger's in a colleague's."""
    first, second = Desk(alice, "alice"), Desk(bob, "bob")
    holds(alice, "adler77@gmx.de", "typed", account_id=first.account.pk)
    for desk in (first, second):
        desk.server.put("work", meeting("one", "anna@acme.example", "adler77@gmx.de", "bob@lumen.example", start=NOW + timedelta(hours=1)))
        desk.sync()
    second.put("two", "anna@acme.example", "adler77@gmx.de", start=NOW + timedelta(hours=2))
    second.sync()
    mine, theirs = _home(as_alice), _home(as_bob)
    assert "with anna@acme.example, you, Bob Brandt" in mine
    assert "adler77@gmx.de" not in mine
    assert theirs.count("adler77@gmx.de") == 2
    assert "Alice Adler" not in theirs.partition("About one")[2].partition("About two")[0]


def test_a_colleagues_meetings_are_on_everybodys_page_once_they_stand_on_a_record(as_bob: Client, alice: Member, bob: Member):
    desk = Desk(alice, "alice", sharing="everything")
    desk.put("hers", "anna@acme.example", start=NOW + timedelta(hours=1))
    desk.sync()
    assert "About hers" not in _home(as_bob)
    company(alice, "Acme GmbH", "acme.example")
    work()
    assert "About hers" in _home(as_bob)
    assert "About hers" not in _home(as_bob, "?mine=true")
    Desk(bob, "bob").sync()
    assert "About hers" not in _home(as_bob)
    assert "About hers" in _home(as_bob, "?mine=false")


def test_a_member_without_a_calendar_sees_what_names_them(as_bob: Client, alice: Member, bob: Member):
    desk = Desk(alice, "alice")
    desk.put("ours", "kim@kin.example", bob.user.email, start=NOW + timedelta(hours=1))
    desk.sync()
    assert "About ours" not in _home(as_bob)
    assert "About ours" in _home(as_bob, "?mine=true")


def test_today_is_one_day_with_a_mark_of_now_between(as_alice: Client, alice: Member):
    desk = Desk(alice, "alice")
    for name, hours in (("late", 3), ("early", -3), ("now", -0.5), ("yesterday", -20), ("monday-next", 24 * 7)):
        desk.put(name, "anna@acme.example", start=NOW + timedelta(hours=hours))
    desk.sync()
    page = _home(as_alice)
    places = [page.index(words) for words in ("About early", ">12:00</time>", "About now", "About late", "Yesterday", "About yesterday")]
    assert places == sorted(places)
    assert "About monday-next" not in page


def test_what_goes_on_or_begins_soon_can_be_joined_by_who_may_see_how(as_alice: Client, as_bob: Client, alice: Member, bob: Member):
    company(alice, "Acme GmbH", "acme.example")
    desk = Desk(alice, "alice")
    for name, minutes in (("soon", 10), ("later", 120)):
        desk.put(name, "anna@acme.example", start=NOW + timedelta(minutes=minutes), join_url=f"https://meet.example/{name}")
    desk.sync()
    page = _home(as_alice)
    assert 'class="button small join" href="https://meet.example/soon"' in page
    assert "meet.example/later" not in page
    assert "meet.example" not in _home(as_bob, "?mine=false")


def test_a_busy_day_stays_short_and_says_how_many_more(as_alice: Client, alice: Member):
    desk = Desk(alice, "alice")
    for number in range(8):
        desk.put(f"m{number}", "anna@acme.example", start=NOW + timedelta(days=1, minutes=number))
    desk.sync()
    page = _home(as_alice)
    assert page.count("About m") == 5
    assert 'href="/meetings/?mine=true&amp;period=own&amp;from=2026-06-02&amp;to=2026-06-02"' in page
    assert "3 more" in page


def test_a_word_in_the_address_that_is_none_shows_everybody(as_alice: Client):
    assert _home(as_alice, "?mine=perhaps").count('aria-current="true"') == 1


def test_the_first_steps_go_away_when_they_are_done(as_alice: Client, alice: Member):
    page = _home(as_alice)
    assert page.count('class="circle"') == 4
    Desk(alice, "alice").sync()
    person(alice, "Anna")
    assert _home(as_alice).count('class="circle"') == 1
    actions.invite(alice, "fay@fern.example", "member", NOW)
    assert "First steps" not in _home(as_alice)


def test_a_day_without_meetings_says_so(as_alice: Client, alice: Member):
    Desk(alice, "alice").sync()
    assert "No meetings with anybody outside today." in _home(as_alice)


def test_what_waits_for_its_first_reading_is_not_called_empty(as_alice: Client, alice: Member):
    Desk(alice, "alice")
    assert "Your calendar is being read" in _home(as_alice)


@pytest.mark.parametrize(("state", "link"), [("reconnect", "reconnect/"), ("suspect", ""), ("gone", "")])
def test_what_only_its_owner_can_mend_stands_on_top(as_alice: Client, as_bob: Client, alice: Member, state: str, link: str):
    desk = Desk(alice, "alice")
    desk.sync()
    Calendar.objects.of(alice.workspace).update(state=state)
    page = _home(as_alice)
    assert f'href="/settings/accounts/{desk.account.pk}/{link}"' in page
    assert page.index('role="alert"') < page.index("Today")
    assert 'role="alert"' not in _home(as_bob)


def test_what_mends_itself_is_not_on_top(as_alice: Client, alice: Member):
    Desk(alice, "alice").sync()
    Calendar.objects.of(alice.workspace).update(state="broken")
    assert 'role="alert"' not in _home(as_alice)
