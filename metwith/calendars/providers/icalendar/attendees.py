"""ORGANIZER and ATTENDEE lines → participants, each address once (RFC 5545, sections 3.8.4.1 and 3.8.4.3)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from metwith.calendars.providers.icalendar import content_lines, quirks
from metwith.calendars.rules import people
from metwith.calendars.vocabulary import AttendeeKind, RemoteAttendee, Response, Role
from metwith.lib.addresses import written

if TYPE_CHECKING:
    from metwith.calendars.providers.icalendar.content_lines import Field, Fields

_RESPONSES = {
    "ACCEPTED": Response.ACCEPTED,
    "TENTATIVE": Response.TENTATIVE,
    "DECLINED": Response.DECLINED,
    # Somebody else comes instead, who has a line of his own.
    "DELEGATED": Response.DECLINED,
}
_ROLES = {"OPT-PARTICIPANT": Role.OPTIONAL, "NON-PARTICIPANT": Role.INFORMED}
_KINDS = {"GROUP": AttendeeKind.GROUP, "ROOM": AttendeeKind.ROOM, "RESOURCE": AttendeeKind.RESOURCE}

_fold = lru_cache(maxsize=65536)(written)


def attendees(fields: Fields) -> tuple[RemoteAttendee, ...]:
    """The participants: the organizer first when there is one. Lines without an address are left out."""
    guests = filter(None, map(_person, fields.get("ATTENDEE", ())))
    return people.united(guests, next(filter(None, map(_person, fields.get("ORGANIZER", ()))), None))


@lru_cache(maxsize=16384)
def _person(field: Field) -> RemoteAttendee | None:
    text, value = field
    parameters = content_lines.parameters(text)
    address = people.likeliest(filter(None, map(_fold, quirks.addresses_of(value, parameters))))
    if not address:
        return None
    return RemoteAttendee(
        address=address,
        name=people.plain_name(content_lines.unescape(parameters.get("CN", "")), address),
        response=_RESPONSES.get(parameters.get("PARTSTAT", "").upper(), Response.NEEDS_ACTION),
        role=_ROLES.get(parameters.get("ROLE", "").upper(), Role.REQUIRED),
        kind=_KINDS.get(parameters.get("CUTYPE", "").upper(), AttendeeKind.INDIVIDUAL),
    )


def forget_attendees() -> None:
    """Empty the memory of lines read before."""
    for remembered in (_fold, _person):
        remembered.cache_clear()
