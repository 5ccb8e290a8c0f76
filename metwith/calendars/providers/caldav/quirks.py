"""What single servers do otherwise than the standards, each with its name and what was seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from metwith.lib.text import whole

_YOUNG = timedelta(seconds=5)


def too_young(ctag: str, now: datetime) -> bool:
    """Whether a ctag proves nothing later: SOGo's is the second of the last change, and two changes in one second give the same.

    Others' ctags are counters or hashes, and of no age.
    """
    second = whole(ctag, 10)
    if second is None or len(ctag) < 10:
        return False
    return abs(datetime.fromtimestamp(second, UTC) - now) < _YOUNG


def token_was_forgotten(changed: int, known: int) -> bool:
    """Whether an answer looks like a full list: DAViCal, SOGo, Stalwart and others give one for a token they no longer know.

    Such an answer has no word of what was deleted. Half a calendar changed at once is that, or as good a reason to list everything.
    """
    return changed > 2 and 2 * changed >= known
