"""What becomes of a note on a meeting when the copy that it belongs to goes. Pure."""

from __future__ import annotations

from typing import assert_never

from metwith.calendars.vocabulary import Leaving


def stays_with_author(why: Leaving) -> bool:
    """Whether its author keeps it, alone, with the day and the records; else it goes with the copy.

    Of what must not be here, and of what its owner took away from here, not even the day stays (product.md, section 3). What is joined, or set
    aside, has taken its notes along before this is asked (`following.py`).
    """
    match why:
        case Leaving.DELETED | Leaving.UNREADABLE | Leaving.SCHEDULING:
            return True
        case Leaving.PRIVATE | Leaving.INTERNAL | Leaving.BLOCKED | Leaving.ERASED | Leaving.NOT_A_MEETING | Leaving.JOINED:
            return False
        case Leaving.SWITCHED_OFF | Leaving.DISCONNECTED | Leaving.TAKEN_OUT:
            return False
        case _:
            assert_never(why)
