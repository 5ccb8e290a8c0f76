"""Lists of records with their figures, as the API asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from metwith.api import shapes
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.lib.text import whole
from metwith.overview import lists, recount
from metwith.overview.asking import FigureFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet

    from metwith.api.schemas import RecordsAsk
    from metwith.overview.asking import KnownBy
    from metwith.overview.lists import Listed
    from metwith.overview.recount import World
    from metwith.records.models import Record
    from metwith.workspaces.models import Member

type ShapeOf[M] = Callable[[M], shapes.Shape]


def listing[M: Record](viewer: Member, rows: QuerySet[M], asked: RecordsAsk, shape: ShapeOf[M]) -> HttpResponse:
    """A page of a list of one kind. Raises Invalid (`known_by`, `cursor`)."""
    world = recount.world_of(viewer.workspace_id)
    found = lists.read(
        world,
        rows,
        order=asked.order,
        asked=_figures(world, asked),
        cursor=asked.cursor or None,
        limit=asked.limit,
        now=clock.now(),
    )
    items = _shaped(world, found.items, shape)
    return JsonResponse({"items": items, "next": found.next, "total": found.total, "figures_pending": found.pending})


def one[M: Record](viewer: Member, row: M, shape: ShapeOf[M]) -> shapes.Shape:
    """One record, as in a list."""
    world = recount.world_of(viewer.workspace_id)
    return _shaped(world, lists.of_records(world, [row], clock.now()), shape)[0]


def _shaped[M: Record](world: World, items: Sequence[Listed[M]], shape: ShapeOf[M]) -> list[shapes.Shape]:
    return [shape(item.record) | shapes.figures(item, world.names, world.present) for item in items]


def _figures(world: World, asked: RecordsAsk) -> FigureFilter:
    return FigureFilter(
        not_met_for=asked.not_met_for,
        never_met=asked.never_met,
        planned=asked.planned,
        known_by=_known_by(world, asked.known_by),
    )


def _known_by(world: World, text: str) -> KnownBy | None:
    if not text:
        return None
    if text == "nobody":
        return "nobody"
    member_id = whole(text, 18)
    if member_id not in world.present:
        raise Invalid("known_by", _("Give the id of a member of the workspace, or “nobody”."))
    return member_id
