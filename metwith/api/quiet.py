"""`/gone-quiet`: whom we met again and again, and then for a long time not."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse, JsonResponse
from ninja import Query, Router

from metwith.api import errors, shapes
from metwith.api.auth import ApiRequest
from metwith.api.schemas_quiet import QuietAsk, QuietsOut
from metwith.lib import clock
from metwith.overview import recount
from metwith.overview.gone_quiet import GoneQuiet, gone_quiet

router = Router(tags=["gone quiet"])


@router.get("", response={200: QuietsOut, **errors.STRANGER_OR_INVALID}, summary="Who has gone quiet")
def quiet(request: ApiRequest, query: Query[QuietAsk]) -> HttpResponse:
    """Met on three days or more within 24 months, last within 12, silent for twice the usual gap, and nothing planned."""
    world = recount.world_of(request.auth.workspace_id)
    found = gone_quiet(request.auth, world, mine=query.mine, cursor=query.cursor, limit=query.limit, now=clock.now())
    return JsonResponse({"items": [_shape(one) for one in found.items], "next": found.next, "figures_pending": found.pending})


def _shape(one: GoneQuiet) -> shapes.Shape:
    return {
        "kind": one.kind,
        "id": one.record.pk,
        "name": one.record.name,
        "last_met_at": shapes.begins(one.figures.last),
        "usual_days": one.usual / timedelta(days=1),
        "silent_days": one.silent,
        "overdue_days": one.overdue,
        "open_opportunities": [{"id": deal.pk, "name": deal.name} for deal in one.opportunities],
    }
