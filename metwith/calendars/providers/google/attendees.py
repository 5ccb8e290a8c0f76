"""`attendees` and `organizer` → participants, each address once (Calendar API v3, resource "Events").

The address is always there, and made up where Google knows none; `metwith.rules.own_identities.nobody` tells those.
"""

from __future__ import annotations

from typing import Any

from metwith.calendars.rules import people
from metwith.calendars.vocabulary import AttendeeKind, RemoteAttendee, Response, Role
from metwith.lib.addresses import written

_RESPONSES = {"accepted": Response.ACCEPTED, "tentative": Response.TENTATIVE, "declined": Response.DECLINED}


def google_attendees(payload: dict[str, Any]) -> tuple[RemoteAttendee, ...]:
    """The participants: the organizer first, who is often not among the guests. Who has no address is left out."""
    given = payload.get("attendees")
    guests = filter(None, map(_person, given if isinstance(given, list) else ()))
    return people.united(guests, _person(payload.get("organizer")))


def _person(payload: object) -> RemoteAttendee | None:
    if not isinstance(payload, dict):
        return None
    email, name = payload.get("email"), payload.get("displayName")
    address = written(email) if isinstance(email, str) else ""
    if not address:
        return None
    return RemoteAttendee(
        address=address,
        name=people.plain_name(name, address) if isinstance(name, str) else "",
        response=_RESPONSES.get(str(payload.get("responseStatus", "")), Response.NEEDS_ACTION),
        role=Role.OPTIONAL if payload.get("optional") is True else Role.REQUIRED,
        kind=AttendeeKind.ROOM if payload.get("resource") is True else AttendeeKind.INDIVIDUAL,
    )
