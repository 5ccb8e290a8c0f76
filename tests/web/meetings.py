"""Meetings as values, for the pure parts of the pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from metwith.calendars.read_models import Meeting, Participant, VisibleCopy
from metwith.web.calendar.rows import RowContext

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
"""Friday, nine in the morning in Berlin."""
TODAY = date(2026, 11, 20)
EYES = RowContext(BERLIN, NOW, "from=company-5")

ANNA = Participant(
    "anna@acme.example", "Anna Lindt", "accepted", "required", organizer=True, outsider=True, person_id=7, company_name="Acme GmbH"
)
MARCO = Participant("marco@acme.example", "", "needs-action", "optional", organizer=False, outsider=True)
INES = Participant(
    "ines@north.example", "", "accepted", "required", organizer=False, outsider=False, member_id=2, member_name="Ines Albrecht"
)
ME = Participant("jon@north.example", "", "accepted", "required", organizer=False, outsider=False, member_id=1, member_name="Jon", me=True)

MINE = VisibleCopy("Jon Okafor", mine=True, level="metadata", calendar="Work")
OF_INES = VisibleCopy("Ines Albrecht", mine=False, level="metadata", calendar="")

_PLAIN = Meeting(
    id=12,
    ical_uid="u12",
    starts_at=NOW,
    ends_at=NOW,
    all_day=False,
    start_date=None,
    end_date=None,
    zone="Europe/Berlin",
    cancelled=False,
    level="everything",
    title="Pilot kick-off",
    description=None,
    location=None,
    join_url=None,
    web_url=None,
    attachments=None,
    participants=(ANNA, ME),
    took_part=True,
    copies=(MINE,),
)


def at(text: str, minutes: int = 45, **facts: Any) -> Meeting:
    """A meeting that begins at a time of Berlin: `at("2026-11-21 10:00")`."""
    start = datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)
    return replace(_PLAIN, starts_at=start, ends_at=start + timedelta(minutes=minutes), **facts)


def on(first: date, days: int = 1, **facts: Any) -> Meeting:
    """An all-day meeting."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = first + timedelta(days=days)
    return replace(_PLAIN, starts_at=start, ends_at=start + timedelta(days=days), all_day=True, start_date=first, end_date=end, **facts)
