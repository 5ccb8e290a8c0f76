"""What counts as met with a record, and what as next (product.md, section 6). Pure: answers and a moment in, a word out.

`figures.py` asks the same of the database; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Literal

from metwith.calendars.vocabulary import Response

if TYPE_CHECKING:
    from collections.abc import Collection
    from zoneinfo import ZoneInfo

    from metwith.calendars.vocabulary import Moment

type Answers = Collection[Response]
"""What one human being answered: there are several answers where they are invited by several addresses or have several copies."""
type Figure = Literal["met", "next"]


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """A meeting on a record, as far as figures go."""

    cancelled: bool
    """By the copy that speaks."""
    holders: Collection[Answers]
    """Of each member who has a copy, what their own copies say of their own addresses."""
    through: Collection[Answers]
    """Of everybody through whom it is on the record; nobody where it was linked by hand without such a participant."""
    named: bool = False
    """A copy names a member by a verified address."""


def figure(facts: MeetingFacts, start: Moment, now: datetime, zone: ZoneInfo) -> Figure | None:
    """Whether a meeting that starts then was met with the record by `now`, or comes next; None: it is no figure at all.

    `zone`: the workspace's, in which all-day meetings begin at midnight.
    """
    if not counts(facts):
        return None
    return "met" if start <= (today_midnight(now, zone).date() if not isinstance(start, datetime) else now) else "next"


def counts(facts: MeetingFacts) -> bool:
    """Whether it takes place, with one of us and with somebody of the record."""
    ours = bool(facts.holders) or facts.named
    return ours and not facts.cancelled and not _all_declined(facts.holders) and not _all_declined(facts.through)


def declined(answers: Answers) -> bool:
    """Whether somebody declined: at one of their addresses, without coming at another. Who was asked at two and answers at one has answered."""
    return Response.DECLINED in answers and not {Response.ACCEPTED, Response.TENTATIVE} & set(answers)


def _all_declined(people: Collection[Answers]) -> bool:
    return bool(people) and all(map(declined, people))


def today_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The day that it is in a zone, as all-day meetings are stored: its date at midnight in UTC."""
    today: date = now.astimezone(zone).date()
    return datetime.combine(today, time(), UTC)
