"""The sample calendar at Google and at Microsoft, from the sign-in page to the tables: the expected answers, and of the rest not one word."""

from __future__ import annotations

import runpy
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from metwith.calendars.models import Calendar, Trace
from metwith.calendars.providers.icalendar import parse
from metwith.calendars.sync.run import sync_calendar
from metwith.calendars.vocabulary import RemoteEvent
from metwith.practice.practice import API
from metwith.rules.health import Succeeded
from metwith.workspaces import actions as workspaces
from tests.calendars.providers.google.world import ident
from tests.calendars.sync.test_markers import COUNT, SAMPLE, TODAY, as_items, every_row, store_records, stored
from tests.calendars.worker import work
from tests.practising import practising, sign_in_and_connect

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from metwith.workspaces.models import Member

OWNER = "owner@north.example"

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not SAMPLE.exists(), reason="the sample calendar (../shared/data/sample_calendar.py) is not there"),
]


@pytest.fixture
def owner(db: None) -> Member:
    return workspaces.create_workspace("North", OWNER, None, "Owner", now=TODAY)


def events_of(text: str) -> list[RemoteEvent]:
    """The sample's events, under ids that every provider takes."""
    found = (event for event in parse.events("feed", text.encode(), ids_by_uid=True) if isinstance(event, RemoteEvent))
    return [replace(event, id=ident(event.uid)) for event in found]


@pytest.mark.parametrize("key", ["google", "microsoft"])
def test_the_sample_gives_the_expected_answers_wherever_its_owner_signs_in(
    owner: Member, key: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    sample = runpy.run_path(str(SAMPLE))
    text, answers = sample["build"](COUNT, 1)
    store_records(owner, sample)

    def fill(_address: str, _now: datetime) -> Iterable[RemoteEvent]:
        return events_of(text)

    caplog.set_level("DEBUG")
    with practising(monkeypatch, key, clock=lambda: TODAY, fill=fill) as (practice, _address):
        sign_in_and_connect(owner, key, TODAY)
        jobs = every_job()
        calendar = Calendar.objects.of(owner.workspace_id).get(enabled=True)
        assert sync_calendar(owner.workspace_id, calendar.pk, clock=lambda: TODAY) == Succeeded()
        work()
        asked = [request for request in practice.asked if request.parts[0] in API]
    found, expected = as_items(stored(owner)), as_items(answers["kept"])
    assert (found - expected, expected - found) == (Counter(), Counter())
    reasons = Trace.objects.of(owner.workspace_id).filter(source=calendar).values_list("reason", flat=True)
    assert Counter(reasons) == answers["dropped"]
    assert {request.method for request in asked} == {"GET"}
    assert {request.parts[-1] for request in practice.asked if request.method == "POST"} <= {"auth", "authorize", "token"}
    rows, said = every_row(), capfd.readouterr()
    logs = f"{said.out}\n{said.err}\n{caplog.text}"
    assert answers["kept"][0]["title"] in rows
    assert "synced" in logs
    assert len(answers["markers"]) > COUNT // 10
    assert [marker for marker in answers["markers"] if marker in f"{rows}\n{jobs}\n{logs}"] == []
    # What was kept is not in the logs or the jobs either.
    assert [item["title"] for item in answers["kept"] if item["title"] in f"{jobs}\n{logs}"] == []


def every_job() -> str:
    """What waits to be done, as text; done jobs are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM procrastinate_jobs t")
        rows = [row for (row,) in cursor.fetchall()]
    assert rows
    return "\n".join(rows)
