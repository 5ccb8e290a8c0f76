"""`attendees` and `organizer` → participants, each address once (Calendar API v3, resource "Events").

The address is always there, and made up where Google knows none; `metwith.rules.ours.nobody` tells those.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from metwith.calendars.vocabulary import Attendee, AttendeeKind, Response, Role
from metwith.lib.addresses import fold

NAME_LENGTH = 300
_RESPONSES = {"accepted": Response.ACCEPTED, "tentative": Response.TENTATIVE, "declined": Response.DECLINED}


def attendees(payload: dict[str, Any]) -> tuple[Attendee, ...]:
    """The participants: the organizer first, who is often not among the guests. Who has no address is left out."""
    people: dict[str, Attendee] = {}
    given = payload.get("attendees")
    for guest in given if isinstance(given, list) else ():
        person = _person(guest)
        if person is not None:
            known = people.get(person.address)
            people[person.address] = person if known is None else _merged(known, person)
    organizer = _person(payload.get("organizer"))
    if organizer is None:
        return tuple(people.values())
    listed = people.pop(organizer.address, None) or replace(organizer, response=Response.ACCEPTED)
    return (replace(listed, name=listed.name or organizer.name, organizer=True), *people.values())


def _person(given: object) -> Attendee | None:
    if not isinstance(given, dict):
        return None
    address = fold(str(given.get("email", "")))
    if not address:
        return None
    name = " ".join(str(given.get("displayName") or "").replace("\0", "").split())[:NAME_LENGTH]
    return Attendee(
        address=address,
        name="" if name.casefold() == address else name,
        response=_RESPONSES.get(str(given.get("responseStatus", "")), Response.NEEDS_ACTION),
        role=Role.OPTIONAL if given.get("optional") is True else Role.REQUIRED,
        kind=AttendeeKind.ROOM if given.get("resource") is True else AttendeeKind.INDIVIDUAL,
    )


def _merged(known: Attendee, again: Attendee) -> Attendee:
    """A participant who is listed twice: the first stands, an answer and a name that it lacks come from the other."""
    answered = known.response is not Response.NEEDS_ACTION
    return replace(known, name=known.name or again.name, response=known.response if answered else again.response)
