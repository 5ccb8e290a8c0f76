"""What counts as met with a record, and what as next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import chain, combinations_with_replacement, product
from zoneinfo import ZoneInfo

import pytest

from metwith.calendars.rules.met import Answers, MeetingFacts, counts, declined, figure
from metwith.calendars.vocabulary import Response

ACCEPTED, TENTATIVE, DECLINED, UNANSWERED = Response
NOW = datetime(2026, 6, 10, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SOMEBODY: list[Answers] = list(chain.from_iterable(combinations_with_replacement(Response, n) for n in range(3)))
"""Whoever gave no answer, one, or two at two addresses."""
PEOPLE: list[list[Answers]] = list(map(list, chain.from_iterable(combinations_with_replacement(SOMEBODY, n) for n in range(3))))
"""Nobody, one, or two of them."""


def facts(*, cancelled: bool = False, holders: list[Answers], through: list[Answers], named: bool = False) -> MeetingFacts:
    return MeetingFacts(cancelled, holders, through, named)


@pytest.mark.parametrize("answers", SOMEBODY)
def test_somebody_declined_who_says_so_and_comes_at_no_other_address(answers: Answers) -> None:
    assert declined(answers) is (DECLINED in answers and ACCEPTED not in answers and TENTATIVE not in answers)


@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_every_combination_of_answers(*, cancelled: bool, named: bool) -> None:
    for holders, through in product(PEOPLE, PEOPLE):
        somebody_of_us = named or holders != []
        we_come = holders == [] or not all(map(declined, holders))
        they_come = through == [] or not all(map(declined, through))
        wanted = not cancelled and somebody_of_us and we_come and they_come
        found = facts(cancelled=cancelled, holders=holders, through=through, named=named)
        assert counts(found) is wanted, found
        assert (figure(found, NOW, NOW, BERLIN) is not None) is wanted


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (NOW - timedelta(days=400), "met"),
        (NOW - timedelta(minutes=1), "met"),
        (NOW, "met"),
        (NOW + timedelta(microseconds=1), "next"),
        (NOW + timedelta(days=400), "next"),
    ],
)
def test_it_is_met_from_the_moment_when_it_begins(start: datetime, said: str) -> None:
    assert figure(facts(holders=[(ACCEPTED,)], through=[(UNANSWERED,)]), start, NOW, BERLIN) == said


@pytest.mark.parametrize(
    ("zone", "now", "said"),
    [
        ("UTC", datetime(2026, 6, 10, 23, 59, tzinfo=UTC), "next"),
        ("UTC", datetime(2026, 6, 11, 0, 0, tzinfo=UTC), "met"),
        ("Pacific/Auckland", datetime(2026, 6, 10, 11, 59, tzinfo=UTC), "next"),
        ("Pacific/Auckland", datetime(2026, 6, 10, 12, 0, tzinfo=UTC), "met"),
        ("Pacific/Honolulu", datetime(2026, 6, 11, 9, 59, tzinfo=UTC), "next"),
        ("Pacific/Honolulu", datetime(2026, 6, 11, 10, 0, tzinfo=UTC), "met"),
    ],
)
def test_an_all_day_meeting_begins_at_midnight_in_the_workspaces_zone(zone: str, now: datetime, said: str) -> None:
    found = facts(holders=[(ACCEPTED,)], through=[(ACCEPTED,)])
    assert figure(found, date(2026, 6, 11), now, ZoneInfo(zone)) == said
