"""Organizer and attendees of a Graph event → participants, each address once (https://learn.microsoft.com/graph/api/resources/attendee)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from metwith.calendars.vocabulary import Attendee, AttendeeKind, Response, Role
from metwith.lib.addresses import fold

NAME_LENGTH = 300
_RESPONSES = {
    "organizer": Response.ACCEPTED,
    "accepted": Response.ACCEPTED,
    "tentativelyAccepted": Response.TENTATIVE,
    "declined": Response.DECLINED,
}


def attendees(payload: Mapping[str, Any], owner: str) -> tuple[Attendee, ...]:
    """The participants, the organizer first. Who has no mail address (a directory name of Exchange's own) is left out.

    An attendee's copy does not tell the answers of others; the owner's own stands in `responseStatus`.
    """
    people: dict[str, Attendee] = {}
    listed = payload.get("attendees")
    for entry in listed if isinstance(listed, list) else ():
        person = _person(entry)
        if person is not None:
            people.setdefault(person.address, person)
    if owner in people and (answer := _response(payload.get("responseStatus"))) is not Response.NEEDS_ACTION:
        people[owner] = replace(people[owner], response=answer)
    organizer = _person(payload.get("organizer"))
    if organizer is None:
        return tuple(people.values())
    known = people.pop(organizer.address, organizer)
    return (replace(known, name=known.name or organizer.name, response=Response.ACCEPTED, organizer=True), *people.values())


def _person(entry: object) -> Attendee | None:
    if not isinstance(entry, Mapping) or not isinstance(mail := entry.get("emailAddress"), Mapping):
        return None
    address = fold(mail["address"]) if isinstance(mail.get("address"), str) else ""
    if not address:
        return None
    name = " ".join(mail["name"].split())[:NAME_LENGTH] if isinstance(mail.get("name"), str) else ""
    return Attendee(
        address=address,
        name="" if name.casefold() == address else name,
        response=_response(entry.get("status")),
        role=Role.OPTIONAL if entry.get("type") == "optional" else Role.REQUIRED,
        kind=AttendeeKind.RESOURCE if entry.get("type") == "resource" else AttendeeKind.INDIVIDUAL,
    )


def _response(status: object) -> Response:
    response = status.get("response") if isinstance(status, Mapping) else None
    return _RESPONSES.get(response, Response.NEEDS_ACTION) if isinstance(response, str) else Response.NEEDS_ACTION
