"""What a row of a list says of a record's meetings, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.overview.figures import by_acquaintance
from metwith.web.calendar import words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from typing import Any
    from zoneinfo import ZoneInfo

    from metwith.overview.figures import CountedItem, Figures
    from metwith.overview.lists import FigurePage, Listed
    from metwith.overview.recount import World
    from metwith.workspaces.models import Member

FACES = 3


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record, and the cells beside it."""

    record: Any
    last: str
    whom: str
    """`with Ines and Jon`."""
    next: str
    meetings: int
    known: tuple[str, ...]
    """Names, whoever met it most first."""
    faces: tuple[str, ...]
    further: int
    """More of them than there are faces."""


def rows(viewer: Member, world: World, page: FigurePage[Any], now: datetime) -> tuple[tuple[RecordRow, ...], int]:
    """The rows of a page, and the largest number of meetings among them, at which its bars are measured."""
    zone = words.zone_of(viewer.user.time_zone)
    found = tuple(_row(viewer, world, item, zone, now) for item in page.items)
    return found, max((row.meetings for row in found), default=0)


def _row(viewer: Member, world: World, item: Listed[Any], zone: ZoneInfo, now: datetime) -> RecordRow:
    figures, today = item.figures, now.astimezone(zone).date()
    by_number = sorted(figures.known.items(), key=lambda one: (-one[1].meetings, one[0]))
    known = tuple(world.names.get(pk, "") for pk, _known in by_number if pk in world.present)
    return RecordRow(
        record=item.record,
        last=words.relative_day(min(_day(figures.last, zone), today), today) if figures.last else "",
        whom=whom(viewer, world, figures.last.members) if figures.last else "",
        next=_ahead(figures.next, zone, today) if figures.next else "",
        meetings=item.meetings,
        known=known,
        faces=known[:FACES],
        further=max(len(known) - FACES, 0),
    )


def whom(viewer: Member, world: World, members: Sequence[int]) -> str:
    """`with you and Ines`: who of us was there; the viewer first."""
    ours = sorted(members, key=lambda pk: pk != viewer.pk)
    names = [_("you") if pk == viewer.pk else words.first_name(world.names.get(pk, "")) for pk in ours]
    return _("with %(names)s") % {"names": words.names(names)} if names else ""


def _day(item: CountedItem, zone: ZoneInfo) -> date:
    return item.at.date() if item.all_day else item.at.astimezone(zone).date()


def _ahead(item: CountedItem, zone: ZoneInfo, today: date) -> str:
    day = words.near_day(max(_day(item, zone), today), today)
    return day if item.all_day else f"{day} {words.clock(item.at.astimezone(zone))}"


@dataclass(frozen=True, slots=True)
class Acquainted:
    """One of us who knows a record."""

    name: str
    meetings: int
    last: str
    best: bool
    """The best way in."""


def acquainted(viewer: Member, world: World, figures: Figures, now: datetime) -> tuple[Acquainted, ...]:
    """Who of those who are here knows a record, the best way in first."""
    zone = words.zone_of(viewer.user.time_zone)
    today = now.astimezone(zone).date()
    found = [pk for pk in by_acquaintance(figures.known, now) if pk in world.present]
    return tuple(
        Acquainted(
            _("You") if pk == viewer.pk else world.names.get(pk, ""),
            figures.known[pk].meetings,
            words.relative_day(min(_day(figures.known[pk].last, zone), today), today),
            place == 0 and len(found) > 1,
        )
        for place, pk in enumerate(found)
    )
