"""Which copy speaks for an event (product.md, section 4): for its times and status, and for who takes part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from metwith.calendars.vocabulary import Attendee, AttendeeKind, Moment, Response
from metwith.rules.ours import nobody

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Copy:
    """An entry, as far as it matters here."""

    entry_id: int
    sequence: int
    organized: bool
    updated: datetime | None
    start: Moment
    end: Moment
    zone: str
    cancelled: bool
    attendees: tuple[Attendee, ...]
    owner: str
    """The address of the account that it is from."""


def speaker(copies: Sequence[Copy]) -> Copy:
    """Highest SEQUENCE, then the organizer's copy, then the latest change; the older entry settles a tie."""
    return max(copies, key=_rank)


def _rank(copy: Copy) -> tuple[int, bool, datetime, int]:
    return copy.sequence, copy.organized, copy.updated or _LONG_AGO, -copy.entry_id


def attendees(copies: Sequence[Copy]) -> tuple[Attendee, ...]:
    """Everybody whom an up-to-date copy names, each once.

    A guest's copy may show fewer people than the organizer's, so the copies with the highest SEQUENCE are united; the speaker's words
    about somebody come first, except that a member's answer is best known to the member's own copy. The organizer is one, the speaker's.
    """
    highest = max(c.sequence for c in copies)
    current = sorted((c for c in copies if c.sequence == highest), key=_rank, reverse=True)
    answers = {
        c.owner: a.response
        for c in reversed(current)
        for a in c.attendees
        if a.address == c.owner and a.response is not Response.NEEDS_ACTION
    }
    organizer = next((a.address for c in current for a in c.attendees if a.organizer), "")
    found: dict[str, Attendee] = {}
    for copy in current:
        for attendee in copy.attendees:
            if attendee.kind not in {AttendeeKind.ROOM, AttendeeKind.RESOURCE} and not nobody(attendee.address):
                found.setdefault(attendee.address, attendee)
    return tuple(replace(a, organizer=a.address == organizer, response=answers.get(a.address, a.response)) for a in found.values())
