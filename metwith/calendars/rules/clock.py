"""A clock of a file's own: the zone that a VTIMEZONE describes and no known zone keeps (RFC 5545, section 3.6.5).

A series is expanded over wall time, also over the wall time of such a zone, so its changes are carried along with the event
(`RemoteEvent.clock`) and made a time zone where they are needed.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import override

type Changes = tuple[tuple[int, int], ...]
"""From when which offset holds: seconds since 1970 in UTC, and seconds east of Greenwich; ascending. The first holds before it too."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WALL = datetime(1970, 1, 1)  # noqa: DTZ001  wall time


class OwnClock(tzinfo):
    """A time zone of these changes. As in zoneinfo, a wall time that is skipped has the offset before, one that comes twice is the first."""

    def __init__(self, changes: Changes) -> None:
        self._at = [at for at, _offset in changes]
        self._offsets = [timedelta(seconds=offset) for _at, offset in changes]
        seconds = [offset for _at, offset in changes]
        pairs = list(zip(self._at[1:], seconds, seconds[1:], strict=False))
        self._walls = ([at + max(before, after) for at, before, after in pairs], [at + min(before, after) for at, before, after in pairs])

    @override
    def utcoffset(self, dt: datetime | None) -> timedelta:
        if dt is None:
            return self._offsets[-1]
        wall = (dt.replace(tzinfo=None, fold=0) - _WALL) // timedelta(seconds=1)
        return self._offsets[bisect_right(self._walls[dt.fold], wall)]

    @override
    def dst(self, dt: datetime | None) -> None:
        return None

    @override
    def tzname(self, dt: datetime | None) -> None:
        return None

    @override
    def fromutc(self, dt: datetime) -> datetime:
        at = (dt.replace(tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
        offset = self._offsets[max(bisect_right(self._at, at) - 1, 0)]
        local = dt + offset
        return local if local.utcoffset() == offset else local.replace(fold=1)


@lru_cache(maxsize=256)
def own_clock(changes: Changes) -> OwnClock:
    """The time zone of these changes, of which there is one at least."""
    return OwnClock(changes)
