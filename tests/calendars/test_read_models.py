"""A meeting made of a copy: what no level gives is never in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.read_models import Times, disclosed_meeting
from metwith.rules.show import LEVELS, SHOWN, Disclosure

if TYPE_CHECKING:
    from metwith.calendars.read_models import Meeting

NINE, TEN = datetime(2026, 6, 10, 9, tzinfo=UTC), datetime(2026, 6, 10, 10, tzinfo=UTC)
MAY_HIDE = ("title", "description", "location", "join_url", "web_url", "attachments", "zone", "ical_uid")


@dataclass(frozen=True)
class Content:
    title: str = "Kick-off"
    description: str = "Bring the figures."
    location: str = "Room 4"
    join_url: str = "https://meet.example/1"
    web_url: str = "https://calendar.example/1"
    attachments: tuple[str, ...] = ("figures.pdf",)


def meeting_at(level: str, when: Times, *, details: bool = True) -> Meeting:
    disclosure = Disclosure(1, level)
    return disclosed_meeting(
        7,
        Content(),
        disclosure,
        when,
        zone="Europe/Berlin",
        ical_uid="uid-1",
        participants=(),
        others=0,
        took_part=False,
        copies=(),
        details=details,
    )


@pytest.mark.parametrize("level", LEVELS)
def test_a_meeting_has_what_its_level_names_and_nothing_else(level: str) -> None:
    meeting = meeting_at(level, Times(NINE, TEN, None, None, cancelled=False))
    assert {field for field in MAY_HIDE if getattr(meeting, field) is not None} == SHOWN[level]
    assert (meeting.id, meeting.level, meeting.starts_at, meeting.ends_at, meeting.all_day) == (7, level, NINE, TEN, False)


@pytest.mark.parametrize("level", LEVELS)
def test_a_list_leaves_the_details_out(level: str) -> None:
    meeting = meeting_at(level, Times(NINE, TEN, None, None, cancelled=False), details=False)
    assert {field for field in MAY_HIDE if getattr(meeting, field) is not None} == SHOWN[level] & {"title", "zone", "ical_uid"}


def test_a_meeting_with_dates_is_all_day() -> None:
    meeting = meeting_at("metadata", Times(NINE, TEN, date(2026, 6, 10), date(2026, 6, 11), cancelled=True))
    assert (meeting.all_day, meeting.start_date, meeting.end_date, meeting.cancelled) == (True, date(2026, 6, 10), date(2026, 6, 11), True)
