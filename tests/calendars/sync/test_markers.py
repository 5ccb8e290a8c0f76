"""The sample calendar, from its bytes to the tables: exactly what is expected, and of the rest not one word."""

from __future__ import annotations

import runpy
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from metwith.calendars.models import Entry, Link
from metwith.calendars.providers.icalendar import parse
from metwith.lib.text import sort_key
from metwith.records.models import Company, CompanyDomain, Person, PersonAddress
from metwith.rules.health import Succeeded
from metwith.rules.link import RecordKind
from metwith.workspaces import actions as workspaces
from tests.calendars.desk import Desk

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

SAMPLE = Path(__file__).resolve().parents[4] / "shared" / "data" / "sample_calendar.py"
TODAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
COUNT = 300

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason="the sample calendar (../shared/data/sample_calendar.py) is not there")


@pytest.fixture
def owner(db: None) -> Member:
    return workspaces.create_workspace("North", "owner@north.example", None, "Owner", now=TODAY)


def store_records(member: Member, sample: dict[str, Any]) -> None:
    """The sample's companies and people, each with a second address."""
    where = {"workspace_id": member.workspace_id}
    for number in range(sample["COMPANIES"]):
        name = f"Company {number}"
        company = Company.objects.create(**where, name=name, name_key=sort_key(name))
        CompanyDomain.objects.create(**where, company=company, domain=f"company{number}.test")
        people = Person.objects.bulk_create(Person(**where, name="P", name_key="p", company=company) for _ in range(sample["PEOPLE_EACH"]))
        for at, person in enumerate(people):
            address = sample["person"](number, at)
            both = (address, True), (address.replace("@", ".private@"), False)
            PersonAddress.objects.bulk_create(
                PersonAddress(**where, person=person, address=text, folded=text, primary=primary) for text, primary in both
            )


def stored(member: Member) -> list[dict[str, Any]]:
    """What is kept, in the words of the sample's answers."""
    people = dict(PersonAddress.objects.of(member.workspace).filter(primary=True).values_list("person_id", "folded"))
    domains = dict(CompanyDomain.objects.of(member.workspace).values_list("company_id", "domain"))
    linked: dict[tuple[int, int], list[str]] = defaultdict(list)
    for event_id, kind, record_id in Link.objects.of(member.workspace).values_list("event_id", "record_kind", "record_id"):
        linked[event_id, kind].append((people if kind == RecordKind.PERSON else domains)[record_id])
    return [
        {
            "uid": entry.event.ical_uid,
            "all_day": entry.event.start_date is not None,
            "cancelled": entry.event.cancelled,
            "title": entry.title,
            "start": (entry.event.start_date or entry.event.starts_at).isoformat(),
            "end": (entry.event.end_date or entry.event.ends_at).isoformat(),
            "people": sorted(linked[entry.event_id, RecordKind.PERSON]),
            "companies": sorted(linked[entry.event_id, RecordKind.COMPANY]),
        }
        for entry in Entry.objects.of(member.workspace).select_related("event")
    ]


def every_row() -> str:
    """Every row of every table of the database, as text."""
    tables = connection.introspection.table_names(include_views=False)
    with connection.cursor() as cursor:
        rows = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608  names from the database itself
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def as_items(found: list[dict[str, Any]]) -> Counter[str]:
    return Counter(repr(sorted(item.items())) for item in found)


def test_the_sample_gives_the_expected_answers_and_no_marker_is_in_any_table(owner: Member) -> None:
    sample = runpy.run_path(str(SAMPLE))
    text, answers = sample["build"](COUNT, 1)
    store_records(owner, sample)
    desk = Desk(owner, "sample")
    desk.now, desk.server.page_size = TODAY, 50
    for item in parse.events("feed", text.encode(), ids_by_uid=True):
        desk.server.put("work", item)
    assert desk.sync() == Succeeded()
    found, expected = as_items(stored(owner)), as_items(answers["kept"])
    assert (found - expected, expected - found) == (Counter(), Counter())
    assert desk.dropped() == answers["dropped"]
    rows = every_row()
    assert answers["kept"][0]["title"] in rows
    assert len(answers["markers"]) > COUNT // 10
    assert [marker for marker in answers["markers"] if marker in rows] == []
