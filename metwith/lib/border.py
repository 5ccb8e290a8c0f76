"""The border at the item: whatever goes wrong with one item of a calendar costs that item and nothing else (product.md, section 7).

What readers expect to be wrong they say themselves, by errors with words for the owner. Everything else is a defect of ours: the log
gets its type and its place, never its message, which may quote what was read. This is one of the two places in the product that
catch everything; the other is the run (sync/run.py). What is no `Exception` (a kill, Ctrl-C) passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from metwith.lib.i18n import _
from metwith.server.logs import kind_and_place

if TYPE_CHECKING:
    from collections.abc import Callable

DEFECT = _("it trips over a defect of ours, and the operator's log has the place")
"""What an owner is told of an item that nobody thought of."""

log = structlog.get_logger(__name__)


def at_item[Found, Otherwise](
    read: Callable[[], Found],
    otherwise: Callable[[str], Otherwise],
    *,
    known: tuple[type[Exception], ...] = (),
    passing: tuple[type[Exception], ...] = (),
) -> Found | Otherwise:
    """What `read` gives; where it fails, what `otherwise` makes of the reason in words.

    `known` are the errors whose text is such a reason. `passing` are those that say nothing about the item and go on: a server that
    does not answer while a part of the item is asked for.
    """
    try:
        return read()
    except passing:
        raise
    except known as error:
        return otherwise(str(error))
    except Exception as error:  # noqa: BLE001  the border: see above
        log.error("a defect of ours, at one item", kind=kind_and_place(error))  # noqa: TRY400  no message of it
        return otherwise(DEFECT)
