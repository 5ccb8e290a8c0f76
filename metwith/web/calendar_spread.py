"""A month or a week of meetings as the page sets it: each day with its slips, every word worked out beforehand.

Pure: `now` and the viewer's zone are handed in. Where things stand is decided in calendar_layout.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metwith.calendars.feed import Ask, Turn
from metwith.calendars.shown import Timeline
from metwith.web import calendar_layout as layout
from metwith.web import calendar_leaf
from metwith.web import calendar_words as words
from metwith.web.calendar_leaf import DAY
from metwith.web.calendar_rows import Row, row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from metwith.calendars.shown import Meeting
    from metwith.web.calendar_filters import Filters
    from metwith.web.calendar_leaf import Leaf
    from metwith.web.calendar_rows import Eyes

MOST = 300
"""Meetings of a leaf. A busier one says that there are more, and where."""
MOST_OF_A_DAY = 100
MOST_IN_A_CELL = 4
"""In a day of a month. Of more, the last place says how many."""
MOST_LANES = 3
"""Side by side in a day of a week, and one below the other above its hours."""
WORKING_HOURS = (8, 18)
"""Shown of every week; others when there is something in them."""
NOTHING = Timeline((), None)


@dataclass(frozen=True, slots=True)
class Way:
    """A link to another state of the tab."""

    label: str
    query: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A meeting on one of its days."""

    row: Row
    time: str
    """What there is room for: `10:00`, `until 02:00`, or nothing."""
    css: str


@dataclass(frozen=True, slots=True)
class More:
    """Those for which there is no room, as a link to all of their day."""

    label: str
    query: str
    css: str = ""


type Stands = Slip | More | None
"""None: a gap, so that what lasts for days stays at one height."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a leaf."""

    iso: str
    number: int
    weekday: str
    name: str
    """`Monday 23 November`."""
    many: str
    """`3 meetings`, or nothing."""
    dots: str
    """One for each meeting, at most three."""
    query: str
    """Leads to all of the day's meetings."""
    css: str
    today: bool
    slips: tuple[Stands, ...]
    band: tuple[Stands, ...] = ()
    """Of a week: what stands above the hours."""
    note: str = ""
    """That the clocks change."""
    now: str = ""
    """Where the line that marks the present is."""


@dataclass(frozen=True, slots=True)
class Line:
    """A week of a month."""

    number: int
    query: str
    """Leads to the week."""
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks below each other."""

    weekdays: tuple[tuple[str, str], ...]
    """`Mon`, `Monday`."""
    weeks: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days beside each other, by the hour."""

    hours: tuple[str, ...]
    css: str
    """How many hours."""
    days: tuple[Day, ...]
    band: bool
    """Whether anything stands above the hours."""


@dataclass(frozen=True, slots=True)
class DayList:
    """A day of the month in rows."""

    heading: str
    iso: str
    rows: tuple[Row, ...]
    implied: bool
    """Nobody chose it: it is there for phones, whose month has no room for titles."""
    cut: Way | None
    """To the rest of them."""


@dataclass(frozen=True, slots=True)
class Near:
    """Where there is something when a leaf is empty."""

    side: str
    """`Before`, `After`."""
    way: Way | None
    """To its own month or week."""
    row: Row


@dataclass(frozen=True, slots=True)
class Spread:
    """Everything that templates/calendar/spread.html sets."""

    view: str
    name: str
    """`November 2026`."""
    turns: str
    """What the links turn: `Month`."""
    before: Way | None
    today: Way
    after: Way | None
    month: Month | None
    week: Week | None
    day: DayList | None
    cut: str
    """That not everything is shown; or nothing."""
    whole: str
    """Query string of all of it as a list."""
    near: tuple[Near, ...]


# What is read


def turns(filters: Filters, shown: Leaf) -> dict[str, Turn]:
    """The meetings of a leaf, and of the day that was chosen on it."""
    read = {"shown": Turn(_within(filters, shown.first, shown.end), limit=MOST, earliest_first=True)}
    if shown.day:
        read["day"] = Turn(_within(filters, shown.day, shown.day + DAY), limit=MOST_OF_A_DAY, earliest_first=True)
    return read


def nearest(filters: Filters, shown: Leaf) -> dict[str, Turn]:
    """The last one before an empty leaf, and the first after it."""
    before = replace(_within(filters, shown.first, shown.first), start=None, reaching=False)
    after = replace(_within(filters, shown.end, shown.end), end=None, reaching=False)
    return {"earlier": Turn(before, limit=1), "later": Turn(after, limit=1, earliest_first=True)}


def _within(filters: Filters, first: date, end: date) -> Ask:
    return Ask("all", first, end, filters.colleague, filters.cancelled, filters.q, reaching=True)


# What is shown of it


def spread(filters: Filters, shown: Leaf, pages: Mapping[str, Timeline], eyes: Eyes) -> Spread:
    """The leaf with what was read for `turns`, and for `nearest` where it is empty."""
    found = pages.get("shown", NOTHING)
    last = words.first_day(found.items[-1], eyes.zone) if found.next else None
    before, after = shown.neighbour(-1), shown.neighbour(1)
    desk = Desk(filters, shown, eyes, _on_days(found.items, shown, eyes))
    return Spread(
        view=shown.view,
        name=shown.name,
        turns=_("Month") if shown.view == "month" else _("Week"),
        before=_way(filters, before),
        today=Way(_("Today"), filters.query(on=None)),
        after=_way(filters, after),
        month=_month(desk) if shown.view == "month" and found.items else None,
        week=_week(desk) if shown.view == "week" and found.items else None,
        day=_day_list(desk, pages.get("day", NOTHING), last) if shown.view == "month" and found.items else None,
        cut=_cut(last) if last else "",
        whole=as_list(filters, shown.about, shown.over),
        near=(*_near(desk, _("Before"), pages.get("earlier", NOTHING)), *_near(desk, _("After"), pages.get("later", NOTHING))),
    )


class Desk(NamedTuple):
    """What each day is made from."""

    filters: Filters
    leaf: Leaf
    eyes: Eyes
    days: tuple[tuple[Piece, ...], ...]
    """The meetings of each day that is shown."""


class Piece(NamedTuple):
    """A meeting on one of its days."""

    meeting: Meeting
    row: Row
    came: bool
    """It began on a day before."""
    goes_on: bool
    """It lasts into the next one."""

    @property
    def all_of_it(self) -> bool:
        """It takes the whole day, or is of several."""
        return layout.whole_days(self.meeting)


def _on_days(meetings: Sequence[Meeting], shown: Leaf, eyes: Eyes) -> tuple[tuple[Piece, ...], ...]:
    days: list[list[Piece]] = [[] for _day in shown.days]
    for meeting in meetings:
        span = layout.days(meeting, eyes.zone, shown.first, shown.end)
        if span is None:
            continue
        line = row(meeting, eyes)
        first, last = words.first_day(meeting, eyes.zone), words.last_day(meeting, eyes.zone)
        for number in range(*span):
            day = shown.first + number * DAY
            days[number].append(Piece(meeting, line, came=first < day, goes_on=last > day))
    return tuple(tuple(sorted(pieces, key=_in_order)) for pieces in days)


def _in_order(piece: Piece) -> tuple[bool, bool, datetime, int]:
    """What takes the whole day first, then what is already under way, then by time."""
    return not piece.all_of_it, not piece.came, piece.meeting.starts_at, piece.meeting.id


def _way(filters: Filters, beside: Leaf | None) -> Way | None:
    return Way(beside.name, filters.query(on=beside.on)) if beside else None


def as_list(filters: Filters, first: date, end: date) -> str:
    """Query string of the same meetings as a list, which has as many pages as it takes."""
    span = {"period": "own", "from": first.isoformat(), "to": (end - DAY).isoformat()}
    return filters.query(view=None, on=None, **span)


def _cut(last: date) -> str:
    return _("Only the first %(number)d meetings are shown, until %(day)s.") % {"number": MOST, "day": words.short_day(last)}


def _day_query(filters: Filters, day: date) -> str:
    return filters.query(view="month", on=day.isoformat())


def _more(filters: Filters, day: date, many: int, css: str = "") -> More:
    return More(_("+%(number)d more") % {"number": many}, _day_query(filters, day), css)


def _day(desk: Desk, number: int, slips: tuple[Stands, ...], css: str = "") -> Day:
    day = desk.leaf.first + number * DAY
    pieces = desk.days[number]
    today = day == desk.eyes.today
    return Day(
        iso=day.isoformat(),
        number=day.day,
        weekday=words.weekday(day),
        name=words.long_day(day, desk.eyes.today),
        many=ngettext("%(n)d meeting", "%(n)d meetings", len(pieces)) % {"n": len(pieces)} if pieces else "",
        dots="•" * min(len(pieces), 3),
        query=_day_query(desk.filters, day),
        css=" ".join(filter(None, (css, "now" if today else "", "" if pieces else "none"))),
        today=today,
        slips=slips,
    )


def _slip(piece: Piece, time: str, css: str = "") -> Slip:
    marks = ("came" if piece.came else "", "on" if piece.goes_on else "", "all" if piece.all_of_it else "")
    return Slip(piece.row, time, " ".join(filter(None, (css, *marks))))


# A month


def _month(desk: Desk) -> Month:
    days = tuple(_cell(desk, number) for number in range(len(desk.days)))
    weeks = []
    for start in range(0, len(days), 7):
        first = desk.leaf.first + start * DAY
        to_week = desk.filters.query(view="week", on=calendar_leaf.week_text(first))
        weeks.append(Line(calendar_leaf.week_number(first), to_week, days[start : start + 7]))
    weekdays = tuple((words.weekday(day), str(WEEKDAYS[day.weekday()])) for day in desk.leaf.days[:7])
    return Month(weekdays, tuple(weeks))


def _cell(desk: Desk, number: int) -> Day:
    day, pieces = desk.leaf.first + number * DAY, desk.days[number]
    room = MOST_IN_A_CELL if len(pieces) <= MOST_IN_A_CELL else MOST_IN_A_CELL - 1
    slips: list[Stands] = [_slip(piece, _beginning(piece, desk.eyes)) for piece in pieces[:room]]
    if len(pieces) > room:
        slips.append(_more(desk.filters, day, len(pieces) - room))
    css = ("" if desk.leaf.about <= day < desk.leaf.over else "beyond", "chosen" if day == desk.leaf.day else "")
    return _day(desk, number, tuple(slips), " ".join(filter(None, css)))


def _beginning(piece: Piece, eyes: Eyes) -> str:
    """`10:00`; on the last of several days, when it ends."""
    if piece.meeting.all_day or (piece.came and piece.goes_on):
        return ""
    if piece.came:
        return _("until %(time)s") % {"time": words.clock(piece.meeting.ends_at.astimezone(eyes.zone))}
    return words.clock(piece.meeting.starts_at.astimezone(eyes.zone))


def _day_list(desk: Desk, read: Timeline, last: date | None) -> DayList | None:
    """The chosen day, of which everything was read; else the one that says most."""
    chosen = desk.leaf.day
    day = chosen or _telling_day(desk)
    if not chosen and last and day >= last:
        return None
    lines = (
        tuple(row(meeting, desk.eyes) for meeting in read.items) if chosen else tuple(piece.row for piece in desk.days[_index(desk, day)])
    )
    rest = Way(_("All of this day as a list"), as_list(desk.filters, day, day + DAY)) if read.next else None
    return DayList(words.long_day(day, desk.eyes.today), day.isoformat(), lines, not chosen, rest)


def _telling_day(desk: Desk) -> date:
    """Today when it is in the month, else the first day that has something."""
    about, over, today = desk.leaf.about, desk.leaf.over, desk.eyes.today
    if about <= today < over:
        return today
    return next((day for day, pieces in zip(desk.leaf.days, desk.days, strict=True) if pieces and about <= day < over), about)


def _index(desk: Desk, day: date) -> int:
    return (day - desk.leaf.first).days


# A week


def _week(desk: Desk) -> Week:
    spans = [_hours(desk, number) for number in range(7)]
    flat = [span for _pieces, day_spans in spans for span in day_spans]
    begin = min([WORKING_HOURS[0], *(start // 4 for start, _ in flat)])
    end = max([WORKING_HOURS[1], *(-(-over // 4) for _, over in flat)])
    bands = _bands(desk)
    days = tuple(
        replace(
            _day(desk, number, _boxes(desk, number, *spans[number], begin)),
            band=bands[number],
            note=_note(desk.leaf.first + number * DAY, desk.eyes),
            now=_now(desk, number, begin, end),
        )
        for number in range(7)
    )
    hours = tuple(f"{hour:02}:00" for hour in range(begin, end))
    return Week(hours, f"n{end - begin}", days, any(bands))


def _hours(desk: Desk, number: int) -> tuple[list[Piece], list[layout.Span]]:
    """What stands among a day's hours, and where."""
    day = desk.leaf.first + number * DAY
    pieces = [piece for piece in desk.days[number] if not piece.all_of_it]
    return pieces, [layout.quarters(piece.meeting.starts_at, piece.meeting.ends_at, day, desk.eyes.zone) for piece in pieces]


def _boxes(desk: Desk, number: int, pieces: list[Piece], spans: list[layout.Span], begin: int) -> tuple[Stands, ...]:
    places, crowds = layout.side_by_side(spans, MOST_LANES)
    found: list[tuple[layout.Span, Slip | More]] = [
        (span, _slip(piece, _range(piece, desk.eyes), _css(span, place, begin)))
        for piece, span, place in zip(pieces, spans, places, strict=True)
        if place
    ]
    day = desk.leaf.first + number * DAY
    found += [(crowd.span, _more(desk.filters, day, crowd.many, _css(crowd.span, crowd.place, begin))) for crowd in crowds]
    return tuple(stands for _span, stands in sorted(found, key=lambda pair: pair[0][0]))


def _range(piece: Piece, eyes: Eyes) -> str:
    """`10:00–10:45`; of one over midnight, what is of this day."""
    if piece.came or piece.goes_on:
        beginning = _beginning(piece, eyes)
        return f"{beginning} –" if piece.goes_on and beginning else beginning
    return piece.row.time


def _css(span: layout.Span, place: layout.Place, begin: int) -> str:
    """Classes instead of a style, which the page's policy forbids: hours and quarters of the start and of the length, lane, lanes."""
    (hours, quarters), (long, rest) = divmod(span[0] - begin * 4, 4), divmod(span[1] - span[0], 4)
    numbers = (("a", hours), ("x", quarters), ("b", long), ("y", rest), ("l", place.lane), ("w", place.of))
    return " ".join([f"{letter}{number}" for letter, number in numbers if number] + (["low"] if (long, rest) < (0, 3) else []))


def _bands(desk: Desk) -> list[tuple[Stands, ...]]:
    """Above the hours, each in one lane on all of its days."""
    held: dict[int, tuple[Meeting, list[int]]] = {}
    for number, pieces in enumerate(desk.days):
        for piece in pieces:
            if piece.all_of_it:
                held.setdefault(piece.meeting.id, (piece.meeting, []))[1].append(number)
    lane_of = dict(zip(held, layout.lanes([(numbers[0], numbers[-1] + 1) for _meeting, numbers in held.values()]), strict=True))
    room = MOST_LANES if max(lane_of.values(), default=0) < MOST_LANES else MOST_LANES - 1
    return [_band(desk, number, lane_of, room) for number in range(7)]


def _band(desk: Desk, number: int, lane_of: Mapping[int, int], room: int) -> tuple[Stands, ...]:
    by_lane = {lane_of[piece.meeting.id]: piece for piece in desk.days[number] if piece.all_of_it}
    found: list[Stands] = []
    for lane in range(min(max(by_lane, default=-1) + 1, room)):
        piece = by_lane.get(lane)
        found.append(_slip(piece, _beginning(piece, desk.eyes)) if piece else None)
    left = sum(lane >= room for lane in by_lane)
    if left:
        found.append(_more(desk.filters, desk.leaf.first + number * DAY, left))
    return tuple(found)


def _note(day: date, eyes: Eyes) -> str:
    minutes = layout.minutes_of(day, eyes.zone)
    return "" if minutes == words.DAY else _("%(hours)s hours: the clocks change") % {"hours": f"{minutes / 60:g}"}


def _now(desk: Desk, number: int, begin: int, end: int) -> str:
    if desk.leaf.first + number * DAY != desk.eyes.today:
        return ""
    local = desk.eyes.now.astimezone(desk.eyes.zone)
    return f"a{local.hour - begin} x{local.minute // 15}" if begin <= local.hour < end else ""


# Nothing there


def empty(shown: Leaf, name: str) -> str:
    """`No meetings in November 2026 with Acme`."""
    if shown.view == "month":
        return _("No meetings in %(month)s with %(name)s") % {"month": shown.name, "name": name}
    return _("No meetings in week %(number)d with %(name)s") % {"number": calendar_leaf.week_number(shown.about), "name": name}


def _near(desk: Desk, side: str, found: Timeline) -> tuple[Near, ...]:
    return tuple(Near(side, _way_to(desk, words.first_day(meeting, desk.eyes.zone)), row(meeting, desk.eyes)) for meeting in found.items)


def _way_to(desk: Desk, day: date) -> Way | None:
    there, beyond = calendar_leaf.leaf(desk.leaf.view, day.isoformat(), desk.eyes.today)
    return None if beyond else Way(there.name, desk.filters.query(on=there.whole))
