"""What a search has found of meetings, brought in order: nearest to now first, a series as one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta


class TitleHit(NamedTuple):
    """A meeting that was found."""

    event_id: int
    starts_at: datetime
    series: str
    """What the occurrences of a series have in common."""


class FoldedHit(NamedTuple):
    """A line of what is shown: one meeting, or the next (else the last) of a series."""

    event_id: int
    distance: timedelta
    """From now, either way."""
    number: int
    """How many of its series were found, itself included."""

    @property
    def place(self) -> tuple[timedelta, int]:
        """Where it stands among the others."""
        return self.distance, self.event_id


def fold_series(hits: Iterable[TitleHit], now: datetime) -> list[FoldedHit]:
    """A line for each series, nearest first."""
    found: dict[str, list[TitleHit]] = {}
    for hit in hits:
        found.setdefault(hit.series, []).append(hit)
    return sorted((_line(series, now) for series in found.values()), key=lambda line: line.place)


def _line(hits: list[TitleHit], now: datetime) -> FoldedHit:
    ahead = [hit for hit in hits if hit.starts_at >= now]
    shown = min(ahead, key=_when) if ahead else max(hits, key=_when)
    return FoldedHit(shown.event_id, abs(shown.starts_at - now), len(hits))


def _when(hit: TitleHit) -> tuple[datetime, int]:
    return hit.starts_at, hit.event_id
