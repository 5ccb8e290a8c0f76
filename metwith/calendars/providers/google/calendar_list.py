"""What an account has: entries of the calendar list → calendars (Calendar API v3, resource "CalendarList")."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from metwith.calendars.providers.google.parse import google_zone
from metwith.calendars.rules.fits import fit_colour, fit_name
from metwith.calendars.vocabulary import RemoteCalendar

if TYPE_CHECKING:
    from collections.abc import Mapping

NEVER_OFFERED = ("#holiday@group.v.calendar.google.com", "#contacts@group.v.calendar.google.com", "#weather@group.v.calendar.google.com")
"""Ends of ids: holidays, birthdays and the weather are nobody's meetings."""
SUBSCRIBED = ("@import.calendar.google.com", "@group.v.calendar.google.com")
"""Ends of ids of calendars that Google fetches from elsewhere, or makes itself."""
READABLE = frozenset({"reader", "writerWithoutPrivateAccess", "writer", "owner"})
"""All but `freeBusyReader` and what we do not know."""


def calendar_of(entry: Any) -> RemoteCalendar | None:
    """A calendar that may be offered, or None."""
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or entry.get("deleted") is True:
        return None
    if entry["id"].endswith(NEVER_OFFERED):
        return None
    zone = str(entry.get("timeZone", ""))
    return RemoteCalendar(
        id=entry["id"],
        name=fit_name(entry.get("summaryOverride") or entry.get("summary") or entry["id"]),
        colour=fit_colour(entry.get("backgroundColor")),
        primary=entry.get("primary") is True,
        readable=entry.get("accessRole") in READABLE,
        kind=_kind(entry),
        zone=google_zone(zone).name if zone else "",
    )


def with_one_primary(calendars: tuple[RemoteCalendar, ...]) -> tuple[RemoteCalendar, ...]:
    """Exactly one is primary: the one Google marks, else the owner's first."""
    chosen = max(calendars, key=lambda one: (one.primary, one.readable, one.kind == "own"), default=None)
    return tuple(replace(one, primary=one is chosen) for one in calendars)


def _kind(entry: Mapping[str, Any]) -> Literal["own", "shared", "subscribed"]:
    if str(entry["id"]).endswith(SUBSCRIBED):
        return "subscribed"
    return "own" if entry.get("accessRole") == "owner" else "shared"
