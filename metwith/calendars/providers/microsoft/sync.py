"""Reading a calendar: the window by delta, and on a full read what lies outside it (docs/decisions/microsoft.md).

first read      a delta round over the window, then the series it named, then what is older, then what is further ahead
afterwards      a delta round; the series it named, each as a whole; what it calls removed, each asked for
window old      as if the cursor had expired: a full read makes the next window
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING

from metwith.calendars.providers.microsoft import series
from metwith.calendars.providers.microsoft.cursor import GraphCursor, Window
from metwith.calendars.vocabulary import ChangePage
from metwith.engine.apis.graph import entries, text_of
from metwith.engine.errors import ProviderBroken
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from metwith.calendars.providers.microsoft.parse import MailboxOwner
    from metwith.calendars.providers.microsoft.series import Items
    from metwith.engine.apis.graph import Graph, Payload

CHUNK = 20
"""Series, or things called removed, that are asked for in turn before a page of them is given."""


@dataclass(slots=True)
class Round:
    """What a delta round has named so far. The same thing may be named more than once, and anywhere."""

    singles: set[str] = field(default_factory=set)
    series: dict[str, list[object]] = field(default_factory=dict)
    """By the id of the master: the starts of the bare occurrences."""
    removed: dict[str, None] = field(default_factory=dict)

    def add(self, page: Payload) -> list[Payload]:
        """Sort a page. Returns the single events in it; the last of those that come twice."""
        found: dict[str, Payload] = {}
        for entry in entries(page):
            name = entry.get("id")
            if not isinstance(name, str) or not name:
                continue
            found.pop(name, None)
            if "@removed" in entry:
                self.removed[name] = None
            elif self._of_series(name, entry):
                continue
            else:
                found[name] = entry
                self.singles.add(name)
        return list(found.values())

    def _of_series(self, name: str, entry: Payload) -> bool:
        """Note a master, an exception or a bare occurrence. An exception is given by its series too."""
        master = entry.get("seriesMasterId")
        if entry.get("type") == "seriesMaster":
            self.series.setdefault(name, [])
        elif isinstance(master, str) and master:
            starts = self.series.setdefault(master, [])
            if entry.get("type") != "exception":
                starts.append(entry.get("start"))
        else:
            return False
        return True


class GraphReading:
    """One calendar of one mailbox."""

    def __init__(self, graph: Graph, calendar: str, owner: MailboxOwner) -> None:
        self._graph = graph
        self._calendar = calendar
        self._owner = owner

    def changes(self, cursor: str) -> Iterator[ChangePage]:
        """See the port. Raises what `Graph` does."""
        now = self._graph.habits.now()
        mark = GraphCursor.load(cursor, now, self._graph.is_ours) if cursor else None
        window = mark.window if mark else Window.around(now)
        named, link = Round(), ""
        for page in self._graph.pages(mark.link if mark else self._first(window)):
            yield ChangePage(events=self._singles(named.add(page)))
            link = text_of(page, "@odata.deltaLink")
        if not self._graph.is_ours(link):
            raise ProviderBroken(_("Microsoft's answer breaks off before its end."))
        yield from self._series(named.series, window)
        yield from self._removed(named, window)
        if mark is None:
            yield from self._outside(named, window)
        yield ChangePage(cursor=GraphCursor(link, window).dump(), complete=mark is None)

    def _first(self, window: Window) -> str:
        view = {"startDateTime": series.utc(window.start), "endDateTime": series.utc(window.end)}
        return self._graph.url("calendars", self._calendar, "calendarView", "delta", **view)

    def _singles(self, payloads: Iterable[Payload]) -> Items:
        return tuple(item for payload in payloads for item in series.items(payload, self._owner))

    def _series(self, named: dict[str, list[object]], window: Window) -> Iterator[ChangePage]:
        """Each series as a whole; one that is no longer there is gone."""
        for chunk in batched(named.items(), CHUNK):
            found = self._graph.several(lambda one: series.read_series(self._graph, one[0], self._owner, window, one[1]), chunk)
            gone = tuple(name for (name, _starts), items in zip(chunk, found, strict=True) if not items)
            yield ChangePage(events=tuple(item for items in found for item in items), removed=gone)

    def _removed(self, named: Round, window: Window) -> Iterator[ChangePage]:
        """Delta calls removed also what only left the window, so each is asked for: it is gone when it is not in the calendar any more.

        The occurrences of a series are called removed as well; they are not items of ours, and what is left of their series is read.
        """
        for chunk in batched(named.removed, CHUNK):
            there = dict(zip(chunk, self._graph.several(self._still_there, chunk), strict=True))
            found = {name: payload for name, payload in there.items() if payload is not None}
            singles = [payload for payload in found.values() if not payload.get("seriesMasterId") and not _is_series(payload)]
            masters = {name if _is_series(p) else str(p["seriesMasterId"]) for name, p in found.items() if p not in singles}
            removed = tuple(there.keys() - found.keys())
            yield ChangePage(events=self._singles(singles), removed=removed)
            yield from self._series({name: [] for name in sorted(masters - named.series.keys())}, window)

    def _still_there(self, name: str) -> Payload | None:
        payload = self._graph.get_or_none(self._graph.url("events", name))
        if payload is None:
            return None
        # An immutable id stays when an event is moved to another calendar.
        calendar = self._graph.get_or_none(self._graph.url("events", name, "calendar", _select="id"))
        return payload if calendar and calendar.get("id") == self._calendar else None

    def _outside(self, named: Round, window: Window) -> Iterator[ChangePage]:
        """What begins before the window, the newest first, and what begins after it. Neither has a bound."""
        known = named.singles | named.series.keys()
        for condition, order in ((f"lt '{_plain(window.start)}'", "desc"), (f"ge '{_plain(window.end)}'", "asc")):
            parameters = {"_filter": f"start/dateTime {condition}", "_orderby": f"start/dateTime {order}"}
            for page in self._graph.pages(self._graph.url("calendars", self._calendar, "events", **parameters)):
                fresh = [entry for entry in entries(page) if (name := text_of(entry, "id")) and name not in known]
                yield ChangePage(events=self._singles(entry for entry in fresh if not _is_series(entry)))
                yield from self._whole([str(entry["id"]) for entry in fresh if _is_series(entry)], window)

    def _whole(self, names: list[str], window: Window) -> Iterator[ChangePage]:
        """Series that no round named: there is nothing to check them by."""
        read = partial(series.read_series, self._graph, owner=self._owner, window=window, starts=None)
        for chunk in batched(names, CHUNK):
            yield ChangePage(events=tuple(item for items in self._graph.several(read, chunk) for item in items))


def _is_series(payload: Payload) -> bool:
    return payload.get("type") == "seriesMaster"


def _plain(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"
