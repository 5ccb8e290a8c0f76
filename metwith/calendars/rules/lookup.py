"""Looking for one meeting in what a calendar says: which occurrences are meant, and what the rules say of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from metwith.calendars.rules.keep import decide
from metwith.calendars.rules.recur import BrokenRule, TooManyOccurrences, occurrences
from metwith.calendars.vocabulary import Drop, DropReason
from metwith.lib.border import at_item

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from metwith.calendars.rules.keep import Policy
    from metwith.calendars.vocabulary import Moment, Occurrence, RemoteEvent


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for: a day where they are, and a part of the title."""

    day: date
    text: str
    zone: ZoneInfo

    def names(self, event: RemoteEvent) -> bool:
        """Whether the title holds the text; letter case and the width of spaces do not matter."""
        return _folded(self.text) in _folded(event.title)

    def covers(self, start: Moment, end: Moment) -> bool:
        """Whether something takes place on the day, at least in part."""
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return start <= self.day < max(end, start + timedelta(days=1))
        first, after = self._midnight(self.day), self._midnight(self.day + timedelta(days=1))
        return start < after and (end > first or start >= first)

    def until(self) -> datetime:
        """Nothing that starts later can be meant; an all-day one starts where its day does, so a day is added."""
        return self._midnight(self.day + timedelta(days=1)).astimezone(UTC) + timedelta(days=1)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def meant(item: RemoteEvent, wanted: Wanted) -> Iterator[Occurrence]:
    """The occurrences of an item that are looked for. What cannot be expanded has none."""
    if not any(wanted.names(event) for event in (item, *item.exceptions)):
        return
    none: list[Occurrence] = []
    found = at_item(lambda: list(occurrences(item, until=wanted.until())), lambda _reason: none, known=(BrokenRule, TooManyOccurrences))
    yield from (o for o in found if wanted.names(o.event) and wanted.covers(o.start, o.end))


def reasons(occurrence: Occurrence, policy: Policy) -> tuple[DropReason, ...]:
    """Why an occurrence does not come in; empty: it may. Of a calendar that is off, also what would hold if it were on."""
    off = () if policy.switched_on else (DropReason.SWITCHED_OFF,)
    on = replace(policy, switched_on=True)
    if on.out.holds(occurrence.event.uid, occurrence.key, occurrence.event.alike):
        return (*off, DropReason.TAKEN_OUT)
    decision = decide(occurrence.event, on)
    return (*off, decision.reason) if isinstance(decision, Drop) else off
