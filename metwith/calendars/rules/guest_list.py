"""Who is kept of a meeting with very many participants (product.md, section 4): the organizer, people on record, others, then members.

Everything is decided about the whole list before it is cut (rules/keep.py). What is left of one never says who is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.calendars.vocabulary import AttendeeKind, RemoteAttendee
from metwith.rules.own_identities import is_non_person

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from metwith.rules.own_identities import OwnIdentities

MOST = 500
"""Participants kept of a meeting, and lines of a copy's list but for those of our own."""
THINGS = frozenset({AttendeeKind.ROOM, AttendeeKind.RESOURCE})


@dataclass(frozen=True, slots=True)
class Known:
    """What decides who stays."""

    own_identities: OwnIdentities
    on_record: Collection[str] = frozenset()
    """Addresses that lead to a person."""
    at_company: Collection[str] = frozenset()
    """Those that lead to a company alone, by their domain: of the other outsiders they come first, so that the company has the meeting."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left of a list."""

    attendees: tuple[RemoteAttendee, ...]
    """In the order of the list."""
    more: int
    """People who are not in it any more."""


def is_one(attendee: RemoteAttendee) -> bool:
    """Whether somebody takes part: no room, no resource, nobody's address."""
    return attendee.kind not in THINGS and not is_non_person(attendee.address)


def cut(attendees: Sequence[RemoteAttendee], known: Known) -> Cut:
    """The participants who are kept. The same ones whatever the order of the list."""
    if len(attendees) <= MOST:
        return Cut(tuple(attendees), 0)
    kept = {a.address for a in sorted(attendees, key=lambda a: (_rank(a, known), a.address))[:MOST]}
    return Cut(tuple(a for a in attendees if a.address in kept), _people(a for a in attendees if a.address not in kept))


def cut_copy(attendees: Sequence[RemoteAttendee], known: Known, own: Collection[str], more: int = 0) -> Cut:
    """The same of a copy's own list. `more`: people who were left out of it before.

    Those of us who are known by address (`own`) stay in it beyond the others: what they may see of the copy, and how its owner
    answered, is read there.
    """
    kept = {a.address for a in cut(attendees, known).attendees}
    staying = tuple(a for a in attendees if a.address in kept or a.address in own)
    return Cut(staying, more + _people(attendees) - _people(staying))


def how_many_more(shown: int, copies: Iterable[Cut]) -> int:
    """How many more take part than are shown, of a meeting with these copies. What each of several left out may be the same people."""
    return max((_people(copy.attendees) + copy.more for copy in copies), default=shown) - shown


def _people(attendees: Iterable[RemoteAttendee]) -> int:
    return sum(map(is_one, attendees))


def _rank(attendee: RemoteAttendee, known: Known) -> int:
    if attendee.organizer:
        return 0
    if not is_one(attendee):
        return 5
    if attendee.address in known.on_record:
        return 1
    if known.own_identities.includes(attendee.address):
        return 4
    return 2 if attendee.address in known.at_company else 3
