"""Organizer and attendees of a Graph event → participants, each address once (https://learn.microsoft.com/graph/api/resources/attendee)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from metwith.calendars.rules import people
from metwith.calendars.vocabulary import AttendeeKind, RemoteAttendee, Response, Role
from metwith.lib.addresses import written
from metwith.rules.own_identities import is_non_person

_RESPONSES = {
    "organizer": Response.ACCEPTED,
    "accepted": Response.ACCEPTED,
    "tentativelyAccepted": Response.TENTATIVE,
    "declined": Response.DECLINED,
}


def graph_attendees(payload: Mapping[str, Any], owner: str) -> tuple[RemoteAttendee, ...]:
    """The participants, the organizer first. Who has no mail address (a directory name of Exchange's own) is left out.

    An attendee's copy does not tell the answers of others; the owner's own stands in `responseStatus`. Where Graph says that the owner
    organises and names somebody who is nobody (a personal account's `outlook_…@outlook.com`), the owner is the organizer.
    """
    listed = payload.get("attendees")
    guests = [guest for entry in (listed if isinstance(listed, list) else ()) if (guest := _person(entry))]
    if (answer := _response(payload.get("responseStatus"))) is not Response.NEEDS_ACTION:
        guests = [replace(guest, response=answer) if guest.address == owner else guest for guest in guests]
    organizer = _person(payload.get("organizer"))
    if payload.get("isOrganizer") is True and owner and (organizer is None or is_non_person(organizer.address)):
        organizer = RemoteAttendee(owner)
    found = people.united(guests, organizer)
    # Graph says of no organizer's line how they answered: they come, unless they said otherwise.
    return tuple(
        replace(one, response=Response.ACCEPTED) if one.organizer and one.response is Response.NEEDS_ACTION else one for one in found
    )


def _person(entry: object) -> RemoteAttendee | None:
    if not isinstance(entry, Mapping) or not isinstance(mail := entry.get("emailAddress"), Mapping):
        return None
    address = written(mail["address"]) if isinstance(mail.get("address"), str) else ""
    if not address:
        return None
    return RemoteAttendee(
        address=address,
        name=people.plain_name(mail["name"], address) if isinstance(mail.get("name"), str) else "",
        response=_response(entry.get("status")),
        role=Role.OPTIONAL if entry.get("type") == "optional" else Role.REQUIRED,
        kind=AttendeeKind.RESOURCE if entry.get("type") == "resource" else AttendeeKind.INDIVIDUAL,
    )


def _response(status: object) -> Response:
    response = status.get("response") if isinstance(status, Mapping) else None
    return _RESPONSES.get(response, Response.NEEDS_ACTION) if isinstance(response, str) else Response.NEEDS_ACTION
