"""The cursor of a calendar: Graph's own delta link, with the window that is frozen in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from metwith.engine.errors import CursorExpired
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.calendars.vocabulary import Moment

READER = "1"
"""Raised when the reader understands more than before, so that everything is read again."""
BACK = timedelta(days=300)
AHEAD = timedelta(days=420)
"""Together under two years, which Exchange takes for the longest view, and Graph's own limit of 1,825 days."""
REBASE = timedelta(days=30)
"""So old may a window become: it still reaches more than a year ahead then. A full read makes the next one."""
EDGE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a delta link watches; aware, in UTC."""

    start: datetime
    end: datetime

    @classmethod
    def around(cls, now: datetime) -> Window:
        """The window that a full read opens: from a midnight to a midnight."""
        today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(today - BACK, today + AHEAD)

    def old(self, now: datetime) -> bool:
        """Whether it has to be opened anew further on."""
        return now >= self.start + BACK + REBASE

    def holds(self, moment: Moment) -> bool:
        """Whether it lies well inside; what lies at the edges is left out of comparisons."""
        first, last = self.start + EDGE, self.end - EDGE
        if isinstance(moment, datetime):
            return first < moment < last
        return first.date() < moment < last.date()


@dataclass(frozen=True, slots=True)
class GraphCursor:
    """What a cursor stands for."""

    link: str
    window: Window

    def dump(self) -> str:
        """The cursor."""
        fields = {"r": READER, "l": self.link, "a": self.window.start.date().isoformat(), "b": self.window.end.date().isoformat()}
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def load(cls, cursor: str, now: datetime, is_ours: Callable[[str], bool]) -> GraphCursor:
        """The inverse. Raises CursorExpired for what `dump` did not make, and when it is time to read everything again."""
        try:
            fields = json.loads(cursor)
            reader, mark = fields["r"], cls(str(fields["l"]), Window(_midnight(fields["a"]), _midnight(fields["b"])))
        except (ValueError, KeyError, TypeError) as error:
            raise CursorExpired(_("What we had noted about this calendar cannot be read any more.")) from error
        if reader != READER or not is_ours(mark.link):
            raise CursorExpired(_("The calendar is read in another way than before."))
        if mark.window.old(now):
            raise CursorExpired(_("The time that was watched has moved on."))
        return mark


def _midnight(text: str) -> datetime:
    day = date.fromisoformat(text)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
