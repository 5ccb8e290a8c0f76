"""What the items on a record come to: when it was last met and by whom of us, when next, how often, who knows it. Pure.

`recount.py` asks the channels for the items, and stores what comes out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from metwith.overview import months
from metwith.overview.quiet import quiet_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

LATELY = timedelta(days=365)
STRIP = 24
"""Months that are told one by one."""
MOST_NAMED = 20
"""Of those of us who were there last, so many are named in a list."""


@dataclass(frozen=True, slots=True)
class CountedItem:
    """An item that counts as met, or as next, with a record."""

    item: int
    at: datetime
    """A place in the order of time, UTC; of what has a day and no time midnight of that day."""
    all_day: bool
    members: tuple[int, ...] = ()
    """Who of us takes part and did not decline, former members too."""

    def begins(self, zone: ZoneInfo) -> datetime:
        """When it begins: what has a day only, at midnight in the workspace's zone."""
        return datetime.combine(self.at.astimezone(UTC).date(), time(), zone) if self.all_day else self.at

    @property
    def place(self) -> tuple[datetime, int]:
        """Where it stands among others."""
        return self.at, self.item


@dataclass(frozen=True, slots=True)
class KnownTo:
    """How well a member knows a record."""

    meetings: int
    last: CountedItem


@dataclass(frozen=True, slots=True)
class Figures:
    """All of a record, at any moment from `since` until before `until` (None: without an end)."""

    last: CountedItem | None = None
    next: CountedItem | None = None
    met: tuple[int, int] = (0, 0)
    """Meetings of a month and the eleven before it: of months of an even number, and of the others."""
    known: Mapping[int, KnownTo] = field(default_factory=dict)
    """By member, former ones too."""
    quiet: tuple[datetime | None, datetime | None] = (None, None)
    """From when it has gone quiet, with nothing planned (`quiet.py`): as told in months of an even number, and in the others."""
    first: datetime | None = None
    """When it was met first, as a place in the order of time."""
    by_month: Mapping[int, int] = field(default_factory=dict)
    """Meetings of each month (`months.of`) in which there were any: of the month that it is and the 23 before it."""
    since: datetime | None = None
    until: datetime | None = None

    def meetings(self, month: int) -> int:
        """Of the twelve months up to this one, which is that of a moment at which the figures hold."""
        return self.met[month % 2]

    def quiet_from(self, month: int) -> datetime | None:
        """As `meetings`: from when it has gone quiet. Nothing where something is planned."""
        return None if self.next else self.quiet[month % 2]

    def hold(self, moment: datetime) -> bool:
        """Whether they are those of that moment, as far as nothing is written meanwhile."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)

    def as_stored(self) -> dict[str, Any]:
        """What no list is ordered by, as it is stored: of the last and the next one its item, whether it has a day only, and who of us; the first."""
        held = {name: _as_list(one) for name, one in (("last", self.last), ("next", self.next)) if one}
        by_month = {"months": [[month, many] for month, many in sorted(self.by_month.items())]} if self.by_month else {}
        return held | by_month | ({"first": self.first.isoformat()} if self.first else {})

    @classmethod
    def stored(
        cls,
        last_met_at: datetime | None,
        next_at: datetime | None,
        met: tuple[int, int],
        quiet: tuple[datetime | None, datetime | None],
        stored: Mapping[str, Any] | None,
    ) -> Figures:
        """What was stored, but for whom it is known by."""
        kept = stored or {}
        first = datetime.fromisoformat(kept["first"]) if "first" in kept else None
        by_month = dict(kept.get("months", ()))
        return cls(_read(last_met_at, kept.get("last")), _read(next_at, kept.get("next")), met, quiet=quiet, first=first, by_month=by_month)


def by_acquaintance(known: Mapping[int, KnownTo], now: datetime) -> list[int]:
    """Members, whoever is the best way in first: of those who met it within a year whoever did most often, then whoever met it last."""

    def weight(member_id: int) -> tuple[bool, int, float, int]:
        one = known[member_id]
        lately = one.last.at > now - LATELY
        return not lately, -one.meetings if lately else 0, -one.last.at.timestamp(), member_id

    return sorted(known, key=weight)


def _as_list(one: CountedItem) -> list[Any]:
    return [one.item, one.all_day, list(one.members[:MOST_NAMED])]


def _read(at: datetime | None, kept: Sequence[Any] | None) -> CountedItem | None:
    return CountedItem(kept[0], at, kept[1], tuple(kept[2])) if at and kept else None


def figures_of(items: Iterable[CountedItem], now: datetime, zone: ZoneInfo) -> Figures:
    """The figures at a moment. `zone`: the workspace's, whose months and days they are."""
    begun: list[CountedItem] = []
    ahead: list[CountedItem] = []
    for one in items:
        (begun if one.begins(zone) <= now else ahead).append(one)
    following = min(ahead, key=lambda one: (one.begins(zone), one.item), default=None)
    last = max(begun, key=lambda one: one.place, default=None)
    ends = [months.start(months.of(now, zone) + 2, zone)] if begun else []
    return Figures(
        last=last,
        next=following,
        met=_met(begun, now, zone),
        known=_known(begun),
        quiet=_quiet(begun, now, zone),
        first=min((one.at for one in begun), default=None),
        by_month=_by_month(begun, now, zone),
        since=max([months.start(months.of(now, zone), zone), *(one.begins(zone) for one in begun)]) if begun else None,
        until=min([*ends, *([following.begins(zone)] if following else [])], default=None),
    )


def _met(begun: Iterable[CountedItem], now: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """The count of the month that it is, at the place of its parity, and that of the next one at the other."""
    this = months.of(now, zone)
    held = [months.of(one.begins(zone), zone) for one in begun]
    counts = {month % 2: sum(month - 11 <= one for one in held) for month in (this, this + 1)}
    return counts[0], counts[1]


def _by_month(begun: Iterable[CountedItem], now: datetime, zone: ZoneInfo) -> Mapping[int, int]:
    since = months.of(now, zone) - STRIP + 1
    return Counter(month for one in begun if (month := months.of(one.begins(zone), zone)) >= since)


def _quiet(begun: Iterable[CountedItem], now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """As `_met`: of the month that it is, and of the next one."""
    days = sorted({one.begins(zone).astimezone(zone).date() for one in begun})
    this = months.of(now, zone)
    told = {month % 2: quiet_day(days, month) for month in (this, this + 1)}
    even, odd = (datetime.combine(day, time(), zone) if (day := told[parity]) else None for parity in (0, 1))
    return even, odd


def _known(begun: Iterable[CountedItem]) -> Mapping[int, KnownTo]:
    by_member: dict[int, list[CountedItem]] = defaultdict(list)
    for one in begun:
        for member_id in one.members:
            by_member[member_id].append(one)
    return {member_id: KnownTo(len(met), max(met, key=lambda one: one.place)) for member_id, met in by_member.items()}
