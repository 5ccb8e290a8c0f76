"""Which occurrences somebody means who names a day and a part of the title, and what the rules say of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from metwith.calendars.rules.keep import Exclusions, Policy
from metwith.calendars.rules.lookup import Wanted, meant, reasons
from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import Recurrence, RemoteEvent, Visibility
from metwith.rules.own_identities import OwnIdentities
from tests.calendars.desk import HOUR, exception, meeting
from tests.people import us

ALICE, ANNA = "alice@lumen.example", "anna@acme.example"
POLICY = Policy(OwnIdentities(us(ALICE), us("lumen.example")), owner=us(ALICE))
DAY = timedelta(days=1)


def wanted(day: str, text: str = "about", zone: str = "UTC") -> Wanted:
    return Wanted(date.fromisoformat(day), text, ZoneInfo(zone))


def event(start: datetime | date, length: timedelta = HOUR, **facts: object) -> RemoteEvent:
    return meeting("m", ALICE, ANNA, start=start, length=length, **facts)


@pytest.mark.parametrize(
    ("start", "length", "zone", "days"),
    [
        (datetime(2026, 6, 10, 9, tzinfo=UTC), HOUR, "UTC", ["10"]),
        (datetime(2026, 6, 10, 23, tzinfo=UTC), HOUR, "UTC", ["10"]),
        (datetime(2026, 6, 10, 23, tzinfo=UTC), 2 * HOUR, "UTC", ["10", "11"]),
        (datetime(2026, 6, 10, 23, tzinfo=UTC), HOUR, "Europe/Berlin", ["11"]),
        (datetime(2026, 6, 10, 0, tzinfo=UTC), 0 * HOUR, "UTC", ["10"]),
        (date(2026, 6, 10), DAY, "Pacific/Auckland", ["10"]),
        (date(2026, 6, 10), 2 * DAY, "America/Sao_Paulo", ["10", "11"]),
        (date(2026, 6, 10), 0 * DAY, "UTC", ["10"]),
    ],
)
def test_a_day_is_where_the_member_is(start: datetime | date, length: timedelta, zone: str, days: list[str]):
    found = [day for day in ("09", "10", "11", "12") if list(meant(event(start, length), wanted(f"2026-06-{day}", zone=zone)))]
    assert found == days


@pytest.mark.parametrize(("text", "hit"), [("ABOUT m", True), ("bout  ", True), ("about  m", True), ("else", False)])
def test_a_part_of_the_title_is_enough(text: str, *, hit: bool):
    assert bool(list(meant(event(datetime(2026, 6, 10, 9, tzinfo=UTC)), wanted("2026-06-10", text)))) == hit


def test_of_a_series_the_occurrence_of_that_day_is_meant_by_the_title_it_has_there():
    start = datetime(2026, 6, 10, 9, tzinfo=UTC)
    series = event(start, recurrence=Recurrence(rules=("FREQ=DAILY",)))
    series = replace(
        series,
        exceptions=(
            exception(series, start + DAY, title="Renamed"),
            exception(series, start + 2 * DAY, start=start + 9 * DAY, end=start + 9 * DAY + HOUR),
        ),
    )
    assert [o.key[:8] for o in meant(series, wanted("2026-06-10"))] == ["20260610"]
    assert [o.key[:8] for o in meant(series, wanted("2026-06-11", "renamed"))] == ["20260611"]
    assert not list(meant(series, wanted("2026-06-11")))
    assert not list(meant(series, wanted("2026-06-12")))
    assert [o.key[:8] for o in meant(series, wanted("2026-06-19"))] == ["20260612", "20260619"]


def test_a_broken_rule_leads_to_nothing():
    assert not list(meant(event(datetime(2026, 6, 10, 9, tzinfo=UTC), recurrence=Recurrence(rules=("FREQ=NEVER",))), wanted("2026-06-10")))


def test_the_reasons_are_those_of_the_rules_and_of_a_calendar_that_is_off_also_what_would_hold_then():
    (plain,) = occurrences(event(datetime(2026, 6, 10, 9, tzinfo=UTC)), until=datetime(2027, 1, 1, tzinfo=UTC))
    private = replace(plain, event=replace(plain.event, visibility=Visibility.PRIVATE))
    off = replace(POLICY, switched_on=False)
    out = replace(POLICY, out=Exclusions(frozenset({"m/k"}), lambda uid, key: f"{uid}/{key}"))
    assert reasons(plain, POLICY) == ()
    assert reasons(private, POLICY) == ("private",)
    assert reasons(plain, off) == ("switched-off",)
    assert reasons(private, off) == ("switched-off", "private")
    assert reasons(replace(private, key="k"), out) == ("taken-out",)
    assert reasons(plain, out) == ()
