"""Which copy speaks for an event (product.md, section 4): for its times and status. And who takes part, by all that may say so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING

from metwith.calendars.rules.guest_list import is_one
from metwith.calendars.vocabulary import FILE, Moment, RemoteAttendee, Response
from metwith.rules.own_identities import is_non_person

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class Source(IntEnum):
    """Where a copy is from, the least to be believed first."""

    FEED = 0
    """A file or a calendar address: whoever wrote it knows no more than the UID, which every guest has."""
    FROZEN = 1
    """A signed-in calendar that is not read any more."""
    READ = 2
    """A signed-in calendar that is still read."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a copy's word is worth beside others'."""

    entry_id: int
    source: Source
    organizer: str
    """The folded address that it names as the organizer's; empty: none."""
    organized: bool
    """The organizer's address is verified to be the owner's. One that the owner only claims, or was given, speaks for nobody."""
    sequence: int | None
    """None: its provider gives none."""
    updated: datetime | None

    @property
    def priority(self) -> tuple[bool, bool, bool, bool]:
        """What goes before versions and times."""
        read = self.source is Source.READ
        return self.source is not Source.FEED, bool(self.organizer), self.organized and read, read


@dataclass(frozen=True, slots=True)
class RankedCopy(Ranked):
    """An entry, as far as it matters here."""

    start: Moment
    end: Moment
    zone: str
    cancelled: bool
    attendees: tuple[RemoteAttendee, ...]
    owner: frozenset[str] = frozenset()
    """The addresses, verified or named, of the member whose calendar it is in."""
    member_id: int = 0
    """That member."""
    apart: bool = False
    """`models.Entry.apart`, as it is stored."""
    more: int = 0
    """People who were left out of `attendees`."""


MOST_OF_ONE = 10
"""Copies of an event in one member's calendars that say something and are shown: of a meeting that somebody has more often, hundreds of
times even, the others say nothing that these do not."""


def ranked[Of: Ranked](copies: Sequence[Of]) -> list[Of]:
    """All of them, the one that speaks first.

    A feed never speaks beside a signed-in calendar, nor a copy without an organizer beside one that has one; then the organizer's own
    calendar, then those that are still read; then the highest SEQUENCE, where both have one; then the latest change; the older entry
    settles a tie.
    """
    highest: dict[tuple[bool, bool, bool, bool], int] = {}
    for copy in copies:
        if copy.sequence is not None:
            highest[copy.priority] = max(copy.sequence, highest.get(copy.priority, 0))
    return sorted(copies, key=lambda copy: (copy.priority, *_version(copy, highest.get(copy.priority, 0))), reverse=True)


def _version(copy: Ranked, highest: int) -> tuple[int, datetime, int]:
    """One without a SEQUENCE counts as the highest there is: so the order stays one, whichever two are compared."""
    return highest if copy.sequence is None else copy.sequence, copy.updated or _LONG_AGO, -copy.entry_id


def who_speak(copies: Sequence[RankedCopy]) -> list[RankedCopy]:
    """The copies that have a say in who takes part: the signed-in ones, or all where there are none. The speaker first."""
    signed_in = [copy for copy in copies if copy.source is not Source.FEED]
    return ranked(signed_in or copies)


def merged_attendees(copies: Sequence[RankedCopy]) -> tuple[RemoteAttendee, ...]:
    """Everybody whom a copy names that has a say, each once.

    A guest's copy may show fewer people than the organizer's, so they are united; the speaker's words about somebody come first, except
    that a member's answer is best known to the member's own copy. The organizer is one, the speaker's.
    """
    current = who_speak(copies)
    answers = {
        a.address: a.response
        for c in reversed(current)
        for a in c.attendees
        if a.address in c.owner and a.response is not Response.NEEDS_ACTION
    }
    organizer = next((a.address for c in current for a in c.attendees if a.organizer), "")
    found: dict[str, RemoteAttendee] = {}
    for copy in current:
        for attendee in copy.attendees:
            if is_one(attendee):
                found.setdefault(attendee.address, attendee)
    return tuple(_as(a, answers.get(a.address, a.response), organizer=a.address == organizer) for a in found.values())


def _as(attendee: RemoteAttendee, response: Response, *, organizer: bool) -> RemoteAttendee:
    if attendee.response is response and attendee.organizer is organizer:
        return attendee
    return replace(attendee, response=response, organizer=organizer)


def organizer_of(named: Sequence[RemoteAttendee]) -> str:
    """The address that a copy names as the organizer's; empty when it names none, or one that is nobody."""
    return next((a.address for a in named if a.organizer and not is_non_person(a.address)), "")


FEEDS = frozenset({"ics", FILE})
"""Providers that nobody signs in to."""
SUBSCRIBED = "subscribed"
"""Kind of a calendar that somebody else fills: its provider signed in for it, and whoever fills it did not."""
UNNUMBERED = frozenset({"microsoft"})
"""Providers that give no SEQUENCE."""


def is_feed(provider: str, kind: str) -> bool:
    """Whether a calendar says what anybody may have written: by its account's provider, and its `vocabulary.RemoteCalendar.kind`."""
    return provider in FEEDS or kind == SUBSCRIBED


def source(provider: str, kind: str, *, is_read: bool) -> Source:
    """Where a calendar's copies are from."""
    if is_feed(provider, kind):
        return Source.FEED
    return Source.READ if is_read else Source.FROZEN


def sequence(provider: str, number: int) -> int | None:
    """A copy's SEQUENCE; None where its provider gives none."""
    return None if provider in UNNUMBERED else number
