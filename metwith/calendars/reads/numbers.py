"""What is stored of calendars, and what is not, in numbers: counted in one place for the account's page, the receipt, the API and the command."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q

from metwith.calendars.models import Link, Trace
from metwith.calendars.reads import set_aside, visible

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.calendars.models import Entry


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of a calendar or of several. Each single meeting that is kept counts, and a series that did not come in counts once."""

    kept: int = 0
    """Meetings stored now; one in two calendars counts in each."""
    unplaced: int | None = None
    """Of those, on no record; for their owner alone, else None."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Reason → how many do not come in now."""
    guessed: Mapping[str, int] = field(default_factory=dict)
    """`vocabulary.Fallback` → of how many of those kept something had to be guessed."""
    set_aside: int = 0
    """Copies that became internal and could not be read again: shown to nobody."""
    set_aside_until: datetime | None = None
    """When the first of them is purged."""


def of_calendars(workspace_id: int, calendar_ids: Collection[int]) -> dict[int, Numbers]:
    """Each calendar's, in full: for its owner."""
    copies = visible.copies(workspace_id).filter(calendar_id__in=calendar_ids)
    whose = Q(member=0) | Q(member=OuterRef("calendar__account__member_id"))
    on_a_record = Link.objects.of(workspace_id).filter(whose, event_id=OuterRef("event_id"), hidden=False)
    stored, unplaced = kept(copies), kept(copies.filter(~Exists(on_a_record)))
    left_out, guesses = dropped(workspace_id, calendar_ids), guessed(copies)
    return {
        pk: Numbers(stored[pk], unplaced[pk], left_out[pk], guesses[pk], *set_aside.count_set_aside(workspace_id, [pk]))
        for pk in calendar_ids
    }


def total(several: Sequence[Numbers]) -> Numbers:
    """Of all of them together."""
    left_out, guesses = Counter[str](), Counter[str]()
    for numbers in several:
        left_out.update(numbers.dropped)
        guesses.update(numbers.guessed)
    return Numbers(
        sum(numbers.kept for numbers in several),
        sum(numbers.unplaced or 0 for numbers in several),
        left_out,
        guesses,
        sum(numbers.set_aside for numbers in several),
        min((numbers.set_aside_until for numbers in several if numbers.set_aside_until), default=None),
    )


def kept(copies: QuerySet[Entry]) -> Counter[int]:
    """By calendar, how many of these copies there are."""
    return Counter(dict(copies.values_list("calendar_id").annotate(Count("pk")).order_by()))


def dropped(workspace_id: int, calendar_ids: Collection[int]) -> Mapping[int, dict[str, int]]:
    """By calendar and reason, how many do not come in now."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    traces = Trace.objects.of(workspace_id).filter(source_id__in=calendar_ids).values_list("source_id", "reason")
    for calendar_id, reason, count in traces.annotate(Count("pk")).order_by():
        found[calendar_id][reason] = count
    return found


def guessed(copies: QuerySet[Entry]) -> Mapping[int, Counter[str]]:
    """By calendar, of how many of these copies a reader had to guess something, by what it was."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    rows = copies.exclude(fallbacks="").values_list("calendar_id", "fallbacks").annotate(Count("pk"))
    for calendar_id, fallbacks, count in rows.order_by():
        found[calendar_id].update(dict.fromkeys(fallbacks.split(), count))
    return found
