"""The first page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from metwith.calendars.models import Calendar
from tests.calendars.desk import Desk
from tests.people import NOW, company

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from metwith.workspaces.models import Member


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def _home(client: Client) -> str:
    answer = client.get("/")
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
    assert "Connect your calendar" not in page


def test_a_colleagues_meetings_are_not_on_my_home(as_bob: Client, alice: Member):
    desk = Desk(alice, "alice", sharing="everything")
    desk.put("hers", "anna@acme.example", start=NOW + timedelta(hours=1))
    desk.sync()
    assert "About hers" not in _home(as_bob)


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
