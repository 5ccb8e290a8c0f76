"""Taking away what was read, however much it is: marked in one row, then page by page.

The first page goes in the transaction of the verb, which is all there is in most cases; the rest is a job's, which may be killed anywhere:
what is left is what is still there. What a page is, a channel's steps say, a kind of removal each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import transaction

from metwith.engine.locks import lock_writers
from metwith.engine.models import RemovalBase
from metwith.lib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

type Step[R: RemovalBase] = Callable[[R], bool]
"""Takes the next page away, inside the writers' lock. False when nothing is left."""


def mark[R: RemovalBase](table: type[R], workspace_id: int, kind: str, sources: Iterable[int], **facts: Any) -> R:
    """Mark what is to go of some sources. `facts`: the channel's own columns."""
    return table.objects.create(workspace_id=workspace_id, kind=kind, created_at=clock.now(), sources=sorted(sources), **facts)


def work_off[R: RemovalBase](
    table: type[R], workspace_id: int, removal_id: int, steps: Mapping[str, Step[R]], *, pages: int | None = None
) -> bool:
    """Take pages away, each in a transaction of its own; at most `pages`. True when nothing is left, also when others did it."""
    done = 0
    while pages is None or done < pages:
        if _page(table, workspace_id, removal_id, steps):
            return True
        done += 1
    return False


@transaction.atomic
def _page[R: RemovalBase](table: type[R], workspace_id: int, removal_id: int, steps: Mapping[str, Step[R]]) -> bool:
    lock_writers(workspace_id)
    row = table.objects.of(workspace_id).select_for_update().filter(pk=removal_id).first()
    if row is None:
        return True
    if steps[row.kind](row):
        return False
    table.objects.of(workspace_id).filter(pk=row.pk).delete()
    return True
