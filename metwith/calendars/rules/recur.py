"""When does it take place? One item of a calendar → its occurrences (RFC 5545, sections 3.3.10 and 3.8.5).

A rule is expanded over wall time in the series' zone, then each start becomes an instant: a weekly nine o'clock stays
nine o'clock through summer time. A wall time that a change of the clock skips is read with the offset before the change, one
that comes twice is the first. Decisions where calendars in the field differ are in docs/decisions/icalendar.md.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import dropwhile, islice, takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from metwith.calendars.rules import skipping
from metwith.calendars.rules.clock import own_clock
from metwith.calendars.vocabulary import Moment, Occurrence, Recurrence, RemoteEvent
from metwith.lib.text import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RULE_PARTS = frozenset(
    {"FREQ", "INTERVAL", "WKST", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"}
)
CLOCK_PARTS = {"BYHOUR": 23, "BYMINUTE": 59, "BYSECOND": 59}
"""The largest value of each; dateutil notices a larger one only while it runs."""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ERA = 400
"""Years after which the Gregorian calendar repeats itself, weekdays included."""
LAST_YEAR = 9997
"""dateutil's last year, less two that a week or a zone may reach over."""
NEVER = 3000
"""A rule that ends in this year or later does not end: `99991231` stands for that, and time itself is over soon after."""
_ORDINAL = re.compile(r"([+-]?\d{1,9})[A-Z]")


class BrokenRule(ValueError):
    """The rule is none (RFC 5545, section 3.3.10). Its text is content, so the message does not repeat it."""


class TooManyOccurrences(ValueError):
    """The series has more occurrences up to `until` than the limit."""


def key_of(moment: Moment, zone: str = "UTC") -> str:
    """The key of the occurrence that the series' rule starts at `moment`: `20261123T090000Z`, or `20261123` for a date.

    A datetime without a zone is read as wall time of `zone`.
    """
    if not isinstance(moment, datetime):
        return moment.strftime("%Y%m%d")
    return _instant(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).strftime("%Y%m%dT%H%M%SZ")


def occurrences(event: RemoteEvent, *, until: datetime, limit: int = 20_000) -> Iterator[Occurrence]:
    """The occurrences of a series that start up to `until`, all its exceptions included, in the order of their original starts.

    A single event, and an exception that comes without its series, is one occurrence, whatever `until` is. Starts and ends
    are in UTC, or dates for all-day. Cancelled exceptions are given, excluded dates are not.
    Raises `BrokenRule` and `TooManyOccurrences`, before the first occurrence is given.
    """
    if event.recurrence is None:
        key = "" if event.original_start is None else key_of(event.original_start)
        return iter((Occurrence(key, event, _canonical(event.start), _canonical(event.end)),))
    return _of_series(_Series(event, event.recurrence), until, limit)


def check_rule(event: RemoteEvent) -> None:
    """Raises `BrokenRule` when the series has a rule that cannot be expanded."""
    if event.recurrence is not None:
        series = _Series(event, event.recurrence)
        for text in (*event.recurrence.rules, *event.recurrence.excluded_rules):
            _Rule.of(text, series, series.start)


class _Series:
    """A master with what its expansion needs again and again. Slots are original starts: instants in UTC, or dates."""

    def __init__(self, event: RemoteEvent, recurrence: Recurrence) -> None:
        self.event = event
        self.recurrence = recurrence
        self.all_day = event.all_day
        self.zone = own_clock(event.clock) if event.clock else ZoneInfo(event.zone)
        self.start = self.wall(event.start)
        self.length = _length(event)

    def wall(self, moment: Moment) -> datetime:
        """Naive wall time in the series' zone; midnight for a date."""
        if isinstance(moment, datetime):
            return moment.astimezone(self.zone).replace(tzinfo=None)
        return datetime.combine(moment, time.min)

    def slot(self, wall: datetime) -> Moment:
        """The slot of a wall time."""
        return wall.date() if self.all_day else wall.replace(tzinfo=self.zone).astimezone(UTC)

    def slot_of(self, moment: Moment) -> Moment:
        """The slot that a given moment means: a date in a timed series means that day at the series' time of day."""
        if self.all_day:
            return moment.date() if isinstance(moment, datetime) else moment
        if isinstance(moment, datetime):
            return _instant(moment)
        return self.slot(datetime.combine(moment, self.start.time()))

    def period(self, start: Moment, end: Moment) -> tuple[Moment, Moment | None]:
        """Slot and end of an occurrence that names both; an end of another kind than the slot is none, and the series' length holds."""
        slot = self.slot_of(start)
        return slot, _canonical(end) if isinstance(slot, datetime) is isinstance(end, datetime) else None

    def end(self, slot: Moment) -> Moment:
        """The exclusive end of an occurrence: days of a DURATION over wall time, all else exactly (RFC 5545, section 3.8.5.3)."""
        days = self.event.nominal_days
        if self.all_day or not days:
            return slot + self.length
        exact = self.length - (_exactly(self._days_after(self.slot(self.start), days)) - _exactly(self.slot(self.start)))
        return self._days_after(slot, days) + exact

    def _days_after(self, slot: Moment, days: int) -> Moment:
        return self.slot(self.wall(slot) + timedelta(days=days))

    def day(self, slot: Moment) -> date:
        return self.wall(slot).date()


def _of_series(series: _Series, until: datetime, limit: int) -> Iterator[Occurrence]:
    slots = _slots(series, until, limit)
    exceptions = _exceptions(series, slots)
    following = _Following.of(exceptions)
    for slot in _slots_left(series, sorted({*slots, *exceptions}), until, limit):
        if (exception := exceptions.get(slot)) is not None:
            yield Occurrence(_key(slot), exception, _canonical(exception.start), _canonical(exception.end))
        elif (changed := following.at(slot)) is not None:
            yield Occurrence(_key(slot), changed, *_shifted(series, changed, slot))
        else:
            yield Occurrence(_key(slot), series.event, slot, slots[slot] or series.end(slot))


def _slots_left(series: _Series, slots: list[Moment], until: datetime, limit: int) -> list[Moment]:
    """The slots that are neither excluded nor cut off."""
    end = series.recurrence.ends_before
    if end is not None:
        slots = [slot for slot in slots if series.wall(slot) < series.wall(end)]
    if series.recurrence.excluded or series.recurrence.excluded_rules:
        excluded = _Excluded.of(series, until, limit)
        slots = [slot for slot in slots if not excluded.holds(slot)]
    return slots


def _slots(series: _Series, until: datetime, limit: int) -> dict[Moment, Moment | None]:
    """The original starts up to `until`, each with an end of its own where a period gives one.

    DTSTART is one of them also where it does not match the rule: it is the meeting that calendars show. Not so where every rule ends
    before it, as Google leaves a series that was split at its first occurrence: nobody has that meeting.
    """
    horizon = series.wall(until)
    given = [*([] if _never_begins(series) else [series.event.start]), *series.recurrence.dates]
    found: dict[Moment, Moment | None] = {series.slot_of(moment): None for moment in given if series.wall(moment) <= horizon}
    found.update(series.period(start, end) for start, end in series.recurrence.periods if series.wall(start) <= horizon)
    for slot in _ruled(series, series.recurrence.rules, horizon, limit):
        found.setdefault(slot)
    if len(found) > limit:
        raise TooManyOccurrences(f"more than {limit} occurrences")
    return found


def _never_begins(series: _Series) -> bool:
    ends = [_until(_parts(text), series) for text in series.recurrence.rules]
    return bool(ends) and all(end is not None and end < series.start for end in ends)


def _ruled(series: _Series, texts: Iterable[str], horizon: datetime, limit: int) -> list[Moment]:
    found = [slot for text in texts for slot in _Rule.of(text, series, horizon).slots(series, limit + 1)]
    if len(found) > limit:
        raise TooManyOccurrences(f"more than {limit} occurrences")
    return found


def _exceptions(series: _Series, slots: dict[Moment, Moment | None]) -> dict[Moment, RemoteEvent]:
    """The exceptions by the slot they stand for; a date in a timed series stands for that day's occurrence."""
    found: dict[Moment, RemoteEvent] = {}
    for exception in series.event.exceptions:
        original = exception.original_start
        if original is None:
            continue
        slot = series.slot_of(original)
        if slot not in slots and not isinstance(original, datetime):
            slot = next((other for other in slots if series.day(other) == original), slot)
        found[slot] = exception
    return found


@dataclass(frozen=True, slots=True)
class _Excluded:
    """What EXDATE and EXRULE take out: slots, and in a timed series whole local days."""

    series: _Series
    slots: frozenset[Moment]
    days: frozenset[date]

    @classmethod
    def of(cls, series: _Series, until: datetime, limit: int) -> _Excluded:
        recurrence = series.recurrence
        whole_days = set() if series.all_day else {moment for moment in recurrence.excluded if not isinstance(moment, datetime)}
        slots = {series.slot_of(moment) for moment in recurrence.excluded if moment not in whole_days}
        slots.update(_ruled(series, recurrence.excluded_rules, series.wall(until), limit))
        return cls(series, frozenset(slots), frozenset(whole_days))

    def holds(self, slot: Moment) -> bool:
        return slot in self.slots or (bool(self.days) and self.series.day(slot) in self.days)


@dataclass(frozen=True, slots=True)
class _Following:
    """The exceptions that speak for every later occurrence too (RANGE=THISANDFUTURE, RFC 5545, section 3.2.13)."""

    slots: tuple[Moment, ...]
    exceptions: tuple[RemoteEvent, ...]

    @classmethod
    def of(cls, exceptions: dict[Moment, RemoteEvent]) -> _Following:
        slots = tuple(sorted(slot for slot, exception in exceptions.items() if exception.this_and_future))
        return cls(slots, tuple(exceptions[slot] for slot in slots))

    def at(self, slot: Moment) -> RemoteEvent | None:
        position = bisect_right(self.slots, slot) if self.slots else 0
        return self.exceptions[position - 1] if position else None


def _shifted(series: _Series, exception: RemoteEvent, slot: Moment) -> tuple[Moment, Moment]:
    """Start and end of a later occurrence: moved over wall time as far as the exception was, and as long as it."""
    changed = _Series(exception, series.recurrence)
    moved = changed.start - series.wall(exception.original_start or series.event.start)
    start = changed.slot(series.wall(slot) + moved)
    return start, changed.end(start)


def _length(event: RemoteEvent) -> timedelta:
    """The exact time between start and end (RFC 5545, section 3.8.5.3: "the same exact duration")."""
    if isinstance(event.start, datetime) and isinstance(event.end, datetime):
        return _instant(event.end) - _instant(event.start)
    return timedelta(days=event.end.toordinal() - event.start.toordinal())


def _key(slot: Moment) -> str:
    """The key of a slot; what `key_of` gives, in half its time."""
    text = slot.isoformat().replace("-", "")
    return text if len(text) == 8 else f"{text[:17].replace(':', '')}Z"


def _instant(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _exactly(moment: Moment) -> datetime:
    return _instant(moment) if isinstance(moment, datetime) else datetime.combine(moment, time.min, UTC)


def _canonical(moment: Moment) -> Moment:
    return _instant(moment) if isinstance(moment, datetime) else moment


@dataclass(frozen=True, slots=True)
class _Rule:
    """A recurrence rule, ready to run."""

    rule: Iterable[datetime]
    first: datetime
    last: datetime
    count: int | None
    shift: int
    """Years by which rule, first and last lie in the future."""

    @classmethod
    def of(cls, text: str, series: _Series, horizon: datetime) -> _Rule:
        """Reads a rule for a series. Raises `BrokenRule`.

        dateutil looks for a next match to the year 9999, so a rule that never matches (30 February) would cost up to 15
        seconds. It is therefore expanded whole eras later, close to that year, where the calendar is the same.
        """
        parts = _parts(text)
        skip = parts.pop("SKIP", "OMIT")
        count = _number(parts, "COUNT")
        last = min(horizon, _until(parts, series) or horizon)
        _derive_weekday(parts, series.start)
        if series.all_day:
            parts = {name: value for name, value in parts.items() if name not in CLOCK_PARTS}
        if skip in {"BACKWARD", "FORWARD"} and skipping.applies(parts):
            return cls(skipping.Days(parts, series.start, forward=skip == "FORWARD"), series.start, last, count, 0)
        shift = (LAST_YEAR - max(last, series.start).year) // ERA * ERA
        begin = _later(_first_period(parts, series.start), shift)
        try:
            rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=begin)
        except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
            raise BrokenRule("the recurrence rule is broken") from error
        if not isinstance(rule, rrule):
            raise BrokenRule("the recurrence rule is broken")
        return cls(rule, _later(series.start, shift), _later(last, shift), count, shift)

    def slots(self, series: _Series, most: int) -> list[Moment]:
        """What the rule gives, in its order; `most` at most."""
        walls = dropwhile(self.first.__gt__, takewhile(self.last.__ge__, self.rule))
        most = most if self.count is None else min(self.count, most)
        try:
            return [series.slot(_later(wall, -self.shift)) for wall in islice(walls, most)]
        except (ValueError, IndexError, OverflowError) as error:
            raise BrokenRule("the recurrence rule cannot be followed") from error


def _later(moment: datetime, years: int) -> datetime:
    return moment.replace(year=moment.year + years)


def _parts(text: str) -> dict[str, str]:
    """`FREQ=DAILY;COUNT=2;` → its parts. Empty parts and unknown ones, which some programs write, are left out."""
    pairs = (piece.partition("=") for piece in text.upper().replace(" ", "").split(";"))
    parts = {name: value.strip(",") for name, _, value in pairs if value}
    if parts.get("RSCALE", "GREGORIAN") not in {"GREGORIAN", "GREGORY"} or "FREQ" not in parts:
        raise BrokenRule("the recurrence rule is of a kind that is not supported")
    if _number(parts, "INTERVAL", drop=False) == 0:
        raise BrokenRule("the recurrence rule has an interval of nothing")
    if any(not 0 <= _clock(value) <= most for name, most in CLOCK_PARTS.items() for value in _values(parts, name)):
        raise BrokenRule("the recurrence rule names a time that does not exist")
    most = 5 if parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts else 53
    if any(abs(int(found[1])) > most for value in _values(parts, "BYDAY") if (found := _ORDINAL.match(value))):
        raise BrokenRule("the recurrence rule names a day that no month has")
    return {name: value for name, value in parts.items() if name in RULE_PARTS or name in {"COUNT", "UNTIL", "SKIP"}}


def _clock(value: str) -> int:
    """What a part of the clock says; -1 for what is no number."""
    found = whole(value)
    return -1 if found is None else found


def _values(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _number(parts: dict[str, str], name: str, *, drop: bool = True) -> int | None:
    text = parts.pop(name, None) if drop else parts.get(name)
    if text is None:
        return None
    if (found := whole(text)) is None:
        raise BrokenRule("the recurrence rule has a count that is no number")
    return found


def _until(parts: dict[str, str], series: _Series) -> datetime | None:
    """UNTIL as wall time of the series, inclusive; None for a rule without end.

    A date includes that whole local day, as Outlook and Google read it.
    """
    text = parts.pop("UNTIL", None)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BrokenRule("the recurrence rule ends at no date") from error
    if moment.year >= NEVER:
        return None
    if "T" not in text or series.all_day:
        return datetime.combine(moment.date(), time.max)
    return series.wall(moment) if moment.tzinfo and moment.year > 1 else moment.replace(tzinfo=None)


def _derive_weekday(parts: dict[str, str], start: datetime) -> None:
    """BYWEEKNO alone, and BYSETPOS in a week, mean the weekday of the start; dateutil reads BYWEEKNO as all seven days."""
    alone = parts.keys().isdisjoint({"BYDAY", "BYMONTHDAY", "BYYEARDAY"})
    if alone and ("BYWEEKNO" in parts or (parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts)):
        parts["BYDAY"] = WEEKDAYS[start.weekday()]


def _first_period(parts: dict[str, str], start: datetime) -> datetime:
    """Where the expansion begins: with BYSETPOS, positions count from the beginning of the start's week, not from the start."""
    if parts["FREQ"] != "WEEKLY" or "BYSETPOS" not in parts:
        return start
    first_day = parts.get("WKST", "MO")
    return start - timedelta(days=(start.weekday() - WEEKDAYS.index(first_day)) % 7) if first_day in WEEKDAYS else start
