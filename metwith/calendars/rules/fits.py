"""What the tables can hold (calendars/models.py). Readers clamp what they make by `fit_…`; every item is asked once more, whoever read it.

PostgreSQL refuses NUL and half a character in any text, and one row that it refuses takes its whole page with it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from metwith.lib import addresses
from metwith.lib.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metwith.calendars.vocabulary import RemoteCalendar, RemoteEvent

LONGEST_ID = 2_000
LONGEST_UID = 1_000
"""Bytes. The table could hold more, but not its index."""
MOST_UID_CHARACTERS = 500
"""A longer one is replaced by one that is made of the item's id, where its reader can."""
LONGEST_NAME = 300
"""Of people, calendars, attachments."""
LONGEST_TITLE = 1_000
LONGEST_LOCATION = 2_000
LONGEST_ZONE = 64
LONGEST_TEXT = 100_000
MOST_ATTACHMENTS = 100
_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})(?:[0-9a-fA-F]{2})?")
_KINDS = frozenset({"own", "shared", "subscribed", "other"})


def fit_text(value: object, most: int = LONGEST_TEXT) -> str:
    """A text of a payload as it can be stored, without what is around it; `""` for what is none."""
    return storable(value.strip(), most) if isinstance(value, str) else ""


def fit_name(value: object) -> str:
    """A name on one line; `""` for what is none."""
    # Cut before it is split, since it may be megabytes, and after, since spaces are no letters of it.
    return " ".join(storable(value, 4 * LONGEST_NAME).split())[:LONGEST_NAME] if isinstance(value, str) else ""


def fit_colour(value: object) -> str:
    """`#rrggbb`, of which Apple writes `#RRGGBBAA`; `""` for anything else."""
    found = _COLOUR.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"#{found[1].lower()}" if found else ""


def identifier(text: str) -> bool:
    """Whether a provider's id of an item can be stored."""
    return len(text) <= LONGEST_ID and storable(text) == text


def event_fits(event: RemoteEvent) -> bool:
    """Whether an event and its exceptions can be stored."""
    return all(map(_one, (event, *event.exceptions)))


def _one(event: RemoteEvent) -> bool:
    guests = event.attendees
    names = [*(guest.name for guest in guests), *event.attachments]
    texts = (event.title, event.description, event.location, event.join_url, event.web_url)
    return (
        len(event.uid.encode("utf-8", "replace")) <= LONGEST_UID
        and len(event.zone) <= LONGEST_ZONE
        and len(event.attachments) <= MOST_ATTACHMENTS
        and all(len(guest.address) <= addresses.LONGEST for guest in guests)
        and all(len(name) <= LONGEST_NAME for name in names)
        and all(len(text) <= LONGEST_TEXT for text in texts)
        and _storable((event.uid, event.zone, *texts, *names, *(guest.address for guest in guests)))
    )


def _storable(texts: Iterable[str]) -> bool:
    together = "".join(texts)
    return storable(together) == together


def fit_calendar(calendar: RemoteCalendar) -> RemoteCalendar | None:
    """A calendar as it can be stored: a name is cut, a colour that is none left out. None: its id fits nowhere, so it cannot be read either."""
    if not identifier(calendar.id):
        return None
    kind = calendar.kind if calendar.kind in _KINDS else "other"
    return replace(calendar, name=storable(calendar.name, LONGEST_NAME), colour=fit_colour(calendar.colour), kind=kind)
