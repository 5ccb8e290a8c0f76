"""ORGANIZER and ATTENDEE lines → participants, each address once (RFC 5545, sections 3.8.4.1 and 3.8.4.3)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import lines, quirks
from metwith.calendars.vocabulary import Attendee, AttendeeKind, Response, Role
from metwith.lib.addresses import fold

if TYPE_CHECKING:
    from metwith.calendars.providers.icalendar.lines import Field, Fields

NAME_LENGTH = 300
_RESPONSES = {
    "ACCEPTED": Response.ACCEPTED,
    "TENTATIVE": Response.TENTATIVE,
    "DECLINED": Response.DECLINED,
    # Somebody else comes instead, who has a line of his own.
    "DELEGATED": Response.DECLINED,
}
_ROLES = {"OPT-PARTICIPANT": Role.OPTIONAL, "NON-PARTICIPANT": Role.INFORMED}
_KINDS = {"GROUP": AttendeeKind.GROUP, "ROOM": AttendeeKind.ROOM, "RESOURCE": AttendeeKind.RESOURCE}

_fold = lru_cache(maxsize=65536)(fold)


def attendees(found: Fields) -> tuple[Attendee, ...]:
    """The participants: the organizer first when there is one. Lines without an address are left out."""
    people: dict[str, Attendee] = {}
    for field in found.get("ATTENDEE", ()):
        person = _person(field)
        if person is not None:
            known = people.get(person.address)
            people[person.address] = person if known is None else _merged(known, person)
    organizer = next(filter(None, map(_person, found.get("ORGANIZER", ()))), None)
    if organizer is None:
        return tuple(people.values())
    return (_organizing(organizer, people.pop(organizer.address, None)), *people.values())


@lru_cache(maxsize=4096)
def _organizing(organizer: Attendee, listed: Attendee | None) -> Attendee:
    """The organizer as one of the participants: with the answer given where they are listed, else as somebody who comes."""
    if listed is None:
        return replace(organizer, response=Response.ACCEPTED, organizer=True)
    return replace(listed, name=listed.name or organizer.name, organizer=True)


@lru_cache(maxsize=16384)
def _person(field: Field) -> Attendee | None:
    text, value = field
    parameters = lines.parameters(text)
    address = _fold(quirks.address_of(value, parameters))
    if not address:
        return None
    return Attendee(
        address=address,
        name=quirks.plain_name(" ".join(lines.unescape(parameters.get("CN", "")).split())[:NAME_LENGTH], address),
        response=_RESPONSES.get(parameters.get("PARTSTAT", "").upper(), Response.NEEDS_ACTION),
        role=_ROLES.get(parameters.get("ROLE", "").upper(), Role.REQUIRED),
        kind=_KINDS.get(parameters.get("CUTYPE", "").upper(), AttendeeKind.INDIVIDUAL),
    )


def _merged(known: Attendee, again: Attendee) -> Attendee:
    """A participant who is listed twice: the first line stands, an answer and a name that it lacks come from the other."""
    answered = known.response is not Response.NEEDS_ACTION
    return replace(known, name=known.name or again.name, response=known.response if answered else again.response)


def forget() -> None:
    """Empty the memory of lines read before."""
    for remembered in (_fold, _organizing, _person):
        remembered.cache_clear()
