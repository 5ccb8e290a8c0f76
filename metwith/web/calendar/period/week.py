"""A week of meetings: its days beside each other, by the hour. Pure; where things stand is decided in layout.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.web.calendar import words
from metwith.web.calendar.period import layout
from metwith.web.calendar.period.chips import Day, Desk, More, Piece, Slip, Stands, beginning, day_of, more, slip
from metwith.web.calendar.period.period import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from metwith.web.calendar.rows import RowContext

MOST_LANES = 3
"""Side by side in a day of a week, and one below the other above its hours."""
ROOM_FOR_TWO_LINES = 3
"""Quarters of an hour."""
WORKING_HOURS = (8, 18)
"""Shown of every week; others when there is something in them."""


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days beside each other, by the hour."""

    hours: tuple[str, ...]
    css: str
    """How many hours."""
    days: tuple[Day, ...]
    band: bool
    """Whether anything stands above the hours."""


def week_of(desk: Desk) -> Week:
    """The grid."""
    spans = [_hours(desk, number) for number in range(7)]
    flat = [span for _pieces, day_spans in spans for span in day_spans]
    begin = min([WORKING_HOURS[0], *(start // 4 for start, _ in flat)])
    end = max([WORKING_HOURS[1], *(-(-over // 4) for _, over in flat)])
    bands = _bands(desk)
    days = tuple(
        replace(
            day_of(desk, number, _boxes(desk, number, *spans[number], begin)),
            band=bands[number],
            note=_note(desk.leaf.first + number * DAY, desk.context),
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
    return pieces, [layout.quarters(piece.meeting.starts_at, piece.meeting.ends_at, day, desk.context.zone) for piece in pieces]


def _boxes(desk: Desk, number: int, pieces: list[Piece], spans: list[layout.Span], begin: int) -> tuple[Stands, ...]:
    places, crowds = layout.side_by_side(spans, MOST_LANES)
    found: list[tuple[layout.Span, Slip | More]] = [
        (span, slip(desk, piece, _range(piece, span, desk.context), _css(span, place, begin)))
        for piece, span, place in zip(pieces, spans, places, strict=True)
        if place
    ]
    day = desk.leaf.first + number * DAY
    found += [(crowd.span, more(desk.filters, day, crowd.many, _css(crowd.span, crowd.place, begin))) for crowd in crowds]
    return tuple(stands for _span, stands in sorted(found, key=lambda pair: pair[0][0]))


def _range(piece: Piece, span: layout.Span, context: RowContext) -> str:
    """`10:00–10:45`; of a low one `10:00`, which stands beside its title; of one over midnight, what is of this day."""
    if piece.came or piece.goes_on:
        begins = beginning(piece, context)
        return f"{begins} –" if piece.goes_on and begins else begins
    if _is_low(span):
        return beginning(piece, context)
    return words.row_time(piece.meeting, context.zone)[0]


def _css(span: layout.Span, place: layout.GridPlace, begin: int) -> str:
    """Classes instead of a style, which the page's policy forbids: hours and quarters of the start and of the length, lane, lanes."""
    (hours, quarters), (long, rest) = divmod(span[0] - begin * 4, 4), divmod(span[1] - span[0], 4)
    numbers = (("a", hours), ("x", quarters), ("b", long), ("y", rest), ("l", place.lane), ("w", place.of))
    return " ".join([f"{letter}{number}" for letter, number in numbers if number] + (["low"] if _is_low(span) else []))


def _is_low(span: layout.Span) -> bool:
    """Whether there is room for one line only."""
    return span[1] - span[0] < ROOM_FOR_TWO_LINES


def _bands(desk: Desk) -> list[tuple[Stands, ...]]:
    """Above the hours, each in one lane on all of its days."""
    days: dict[int, list[int]] = {}
    for number, pieces in enumerate(desk.days):
        for piece in pieces:
            if piece.all_of_it:
                days.setdefault(piece.meeting.id, []).append(number)
    lane_of = dict(zip(days, layout.lanes([(numbers[0], numbers[-1] + 1) for numbers in days.values()]), strict=True))
    room = MOST_LANES if max(lane_of.values(), default=0) < MOST_LANES else MOST_LANES - 1
    return [_band(desk, number, lane_of, room) for number in range(7)]


def _band(desk: Desk, number: int, lane_of: Mapping[int, int], room: int) -> tuple[Stands, ...]:
    by_lane = {lane_of[piece.meeting.id]: piece for piece in desk.days[number] if piece.all_of_it}
    found: list[Stands] = []
    for lane in range(min(max(by_lane, default=-1) + 1, room)):
        piece = by_lane.get(lane)
        found.append(slip(desk, piece, beginning(piece, desk.context)) if piece else None)
    left = sum(lane >= room for lane in by_lane)
    if left:
        found.append(more(desk.filters, desk.leaf.first + number * DAY, left))
    return tuple(found)


def _note(day: date, context: RowContext) -> str:
    minutes = layout.minutes_of(day, context.zone)
    return "" if minutes == words.DAY else _("%(hours)s hours: the clocks change") % {"hours": f"{minutes / 60:g}"}


def _now(desk: Desk, number: int, begin: int, end: int) -> str:
    if desk.leaf.first + number * DAY != desk.context.today:
        return ""
    local = desk.context.now.astimezone(desk.context.zone)
    return f"a{local.hour - begin} x{local.minute // 15}" if begin <= local.hour < end else ""
