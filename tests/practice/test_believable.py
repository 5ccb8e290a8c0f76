"""The calendars that people find at the practice servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars.models import Calendar, Entry
from metwith.calendars.sync.run import sync_calendar
from metwith.practice import believable
from metwith.rules.health import Succeeded
from tests.people import NOW, company
from tests.practising import practising, sign_in_and_connect

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["google", "microsoft"])
def test_what_two_of_a_team_were_invited_to_is_one_meeting(alice: Member, bob: Member, key: str, monkeypatch: pytest.MonkeyPatch):
    company(alice, "Lindqvist Shipping", "lindqvist-shipping.example")
    with practising(monkeypatch, key, clock=lambda: NOW, fill=believable.calendar):
        for member in (alice, bob):
            sign_in_and_connect(member, key, NOW)
            calendar = Calendar.objects.of(member.workspace_id).get(account__member=member, enabled=True)
            assert isinstance(sync_calendar(member.workspace_id, calendar.pk, clock=lambda: NOW), Succeeded)
    titles: dict[str, set[int]] = {}
    for title, event_id in Entry.objects.of(alice.workspace_id).values_list("title", "event_id"):
        titles.setdefault(title, set()).add(event_id)
    assert {
        title: len(events) for title, events in titles.items() if title in {"Terms, read together", "Portal: weekly", "First talk"}
    } == {
        "Terms, read together": 1,
        "Portal: weekly": 12,
        "First talk": 2,
    }
    assert Entry.objects.of(alice.workspace_id).filter(title="Portal: weekly").count() == 24
