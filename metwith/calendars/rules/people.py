"""Who takes part, as one copy of an event says it: the same for all readers (product.md, section 4).

Each reader makes an `Attendee` of what its provider gives; what comes twice, and what the organizer is, is decided here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metwith.calendars.rules.fits import fit_name
from metwith.calendars.vocabulary import RemoteAttendee, Response
from metwith.rules.own_identities import is_non_person

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUOTES = "'\"`\u2018\u2019\u201c\u201d"


def united(guests: Iterable[RemoteAttendee], organizer: RemoteAttendee | None) -> tuple[RemoteAttendee, ...]:
    """The participants, each address once, the organizer first.

    Of one who is listed twice the first line stands, an answer and a name that it lacks come from the other. An organizer who is not
    among the guests comes; one who is listed has the answer given there.
    """
    people: dict[str, RemoteAttendee] = {}
    for guest in guests:
        known = people.get(guest.address)
        people[guest.address] = guest if known is None else _merged(known, guest)
    if organizer is None:
        return tuple(people.values())
    listed = people.pop(organizer.address, None)
    one = listed or organizer
    response = listed.response if listed else Response.ACCEPTED
    return (RemoteAttendee(one.address, one.name or organizer.name, response, one.role, one.kind, organizer=True), *people.values())


def _merged(known: RemoteAttendee, again: RemoteAttendee) -> RemoteAttendee:
    answered = known.response is not Response.NEEDS_ACTION
    return replace(known, name=known.name or again.name, response=known.response if answered else again.response)


def likeliest(addresses: Iterable[str]) -> str:
    """Of the folded addresses that may be somebody's the first that is not a provider's stand-in; else the first; `""` of none."""
    found = list(addresses)
    return next((address for address in found if not is_non_person(address)), found[0] if found else "")


def plain_name(name: str, address: str) -> str:
    """A name on one line; `""` where it only repeats the address, often in apostrophes, as Outlook does."""
    text = fit_name(name).strip(_QUOTES).strip()
    return "" if text.casefold() == address else text
