"""Which copies are one meeting (product.md, section 4). Of one UID and one occurrence: those with one organizer.

A copy without an organizer joins the oldest meeting there is. Where all copies of a meeting change their organizer, its row stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Placed:
    """A copy, and where it stands now."""

    entry_id: int
    event_id: int
    organizer: str
    """An `Event.organizer_key`; empty: it names none."""
    feed: bool
    """It is from a file or a calendar address."""


@dataclass(slots=True)
class Home:
    """A meeting as it should be."""

    organizer: str
    event_id: int | None
    """None: it needs a row of its own."""
    entries: list[Placed] = field(default_factory=list)
    absorbed: list[int] = field(default_factory=list)
    """Meetings that it takes the place of: they have no copy any more, and what was linked to them by hand is linked to it."""

    @property
    def parted_from(self) -> int:
        """Without a row of its own: the meeting that it was a part of."""
        return min(copy.event_id for copy in self.entries)


def homes(meetings: Mapping[int, str | None], copies: Collection[Placed]) -> list[Home]:
    """The meetings that these copies are. `meetings`: the rows there are (id → organizer), all of one UID and one occurrence."""
    named = _by_organizer(copies)
    free = sorted(event_id for event_id, organizer in meetings.items() if organizer not in named)
    standing = {organizer: event_id for event_id, organizer in meetings.items() if organizer in named}
    found: list[Home] = []
    for organizer, mine in named.items():
        taken = {home.event_id for home in found}
        found.append(_home(organizer, mine, standing.get(organizer), [event_id for event_id in free if event_id not in taken]))
    if "" not in named:
        _let_in([copy for copy in copies if not copy.organizer], found, free)
    kept = {home.event_id for home in found}
    for home in found:
        home.absorbed = [event_id for event_id in home.absorbed if event_id not in kept]
    return found


def _by_organizer(copies: Iterable[Placed]) -> dict[str, list[Placed]]:
    """Signed-in calendars first, the older entries first: they have the first claim on the row that there is."""
    found: dict[str, list[Placed]] = {}
    ordered = sorted(copies, key=lambda copy: (copy.feed, copy.entry_id))
    for copy in ordered:
        if copy.organizer:
            found.setdefault(copy.organizer, []).append(copy)
    return found or ({"": ordered} if ordered else {})


def _home(organizer: str, mine: list[Placed], ownership: int | None, free: list[int]) -> Home:
    """The oldest of the rows that are theirs alone."""
    here = {copy.event_id for copy in mine}
    rows = sorted([*(event_id for event_id in free if event_id in here), *([ownership] if ownership is not None else [])])
    return Home(organizer, rows[0] if rows else None, mine, rows[1:])


def _let_in(silent: list[Placed], homes: list[Home], free: list[int]) -> None:
    """Copies that name nobody, into the oldest meeting; a row of theirs that is left without a copy goes up in it."""
    if not silent:
        return
    oldest = min(homes, key=lambda home: (home.event_id is None, home.event_id or 0))
    oldest.entries += silent
    oldest.absorbed += [event_id for event_id in free if event_id in {copy.event_id for copy in silent}]
