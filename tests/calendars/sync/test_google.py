"""The sample calendar at Google, through the engine to the tables: the same answers as from anywhere else, and not one word of the rest."""

from __future__ import annotations

import runpy
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.providers.icalendar import parse
from metwith.calendars.sync import run
from metwith.calendars.sync.access import access
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import RemoteEvent
from metwith.engine import lease
from metwith.practice.google import Google
from metwith.rules.health import Succeeded
from metwith.workspaces import actions as workspaces
from tests.calendars.desk import Desk
from tests.calendars.providers.google.world import ident, opened
from tests.calendars.sync.test_markers import COUNT, SAMPLE, TODAY, as_items, every_row, store_records, stored

if TYPE_CHECKING:
    from metwith.rules.health import Outcome
    from metwith.workspaces.models import Member

OWNER = "owner@north.example"

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason="the sample calendar (../shared/data/sample_calendar.py) is not there")


@pytest.fixture
def owner(db: None) -> Member:
    return workspaces.create_workspace("North", OWNER, None, "Owner", now=TODAY)


def sync(desk: Desk, google: Google) -> Outcome:
    """As `sync_calendar` does, but with a provider that reads the practice server."""
    calendar = lease.claim(TABLES, desk.member.workspace_id, desk.calendar.pk, desk.now)
    assert calendar is not None
    calendar.remote_id = OWNER
    with opened(google, user=OWNER, page=50) as provider:
        outcome = run.read_calendar(calendar, access(calendar), provider, lambda: desk.now)
    lease.report(TABLES, calendar, outcome, desk.now)
    return outcome


def test_the_sample_gives_the_expected_answers_from_google_too(owner: Member) -> None:
    sample = runpy.run_path(str(SAMPLE))
    text, answers = sample["build"](COUNT, 1)
    store_records(owner, sample)
    desk, google = Desk(owner, "sample"), Google(OWNER)
    desk.now = TODAY
    events = [event for event in parse.events("feed", text.encode(), ids_by_uid=True) if isinstance(event, RemoteEvent)]
    for event in events:
        google.put_item(OWNER, ident(event.uid), (event,))
    for _time in range(2):
        google.expire_sync_tokens()
        assert sync(desk, google) == Succeeded()
        found, expected = as_items(stored(owner)), as_items(answers["kept"])
        assert (found - expected, expected - found) == (Counter(), Counter())
        assert desk.dropped() == answers["dropped"]
    rows = every_row()
    assert [marker for marker in answers["markers"] if marker in rows] == []
    for event in events:
        google.delete(OWNER, ident(event.uid))
    assert sync(desk, google) == Succeeded()
    assert stored(owner) == []
    assert {request.method for request in google.asked} == {"GET"}
