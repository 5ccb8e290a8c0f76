"""calendarView/delta as Microsoft Graph does it (https://learn.microsoft.com/graph/delta-query-events).

The window is frozen in the links, which say nothing to anybody else. A series that changed is given as its master with all that is
left of it in the window, on one page; of an occurrence that was deleted there is no word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote

from metwith.practice.graph.view import View, in_view

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from metwith.practice.graph.faults import Faults
    from metwith.practice.graph.store import Event, Mailbox, Payload


class TokenLost(Exception):
    """The link is not known (any more). `first` is the query of an initial link, where one can be named."""

    def __init__(self, first: str = "") -> None:
        super().__init__()
        self.first = first


@dataclass(frozen=True, slots=True)
class State:
    """What a link stands for."""

    calendar: str
    start: datetime
    end: datetime
    since: int = 0
    """Changes later than this are meant; 0: everything."""
    until: int = 0
    """The counter when the round began; what is later comes with the next round."""
    groups: tuple[str | Event, ...] | None = None
    """What the round has to tell: names of events, and graves. None: the round begins with this link."""
    position: int = 0
    hollow: bool = False
    """The page before this one was empty."""


class Delta:
    """The links that one service gave out."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._numbers = count(1)
        self._states: dict[str, State] = {}
        self._lost: dict[str, State] = {}

    def expire(self) -> None:
        """Every link given so far is refused from now on."""
        self._lost |= self._states
        self._states.clear()

    def begun(self, calendar: str, start: datetime, end: datetime) -> State:
        """The state of a link that a client made itself."""
        return State(calendar, start, end)

    def known(self, token: str) -> State:
        """The state of a link that we gave. Raises TokenLost."""
        if token not in self._states:
            lost = self._lost.get(token)
            raise TokenLost(f"startDateTime={lost.start:%Y-%m-%dT%H:%M:%SZ}&endDateTime={lost.end:%Y-%m-%dT%H:%M:%SZ}" if lost else "")
        return self._states[token]

    def page(self, view: View, state: State, address: str) -> Payload:
        """One page, with the link that follows it."""
        if state.groups is None:
            state = replace(state, groups=tuple(_groups(view.mailbox, state)), until=view.mailbox.counter)
        groups = state.groups or ()
        if self._faults.endless and groups:
            return {"value": list(self._group(view, state, groups[0])), **self._next(state, address)}
        if self._faults.empty_pages and not state.hollow:
            return {"value": [], **self._next(replace(state, hollow=True), address)}
        value: list[Payload] = []
        position = max(state.position - 1, 0) if self._faults.replays else state.position
        while position < len(groups) and (len(value) < view.prefer.page or position <= state.position):
            value += self._group(view, state, groups[position])
            position += 1
        if position < len(groups):
            return {"value": value, **self._next(replace(state, position=position, hollow=False), address)}
        done = replace(state, since=state.until, groups=None, position=0, hollow=False)
        return {"value": value, "@odata.deltaLink": self._link("$deltatoken", done, address)}

    def _next(self, state: State, address: str) -> Payload:
        return {"@odata.nextLink": self._link("$skiptoken", state, address)}

    def _link(self, parameter: str, state: State, address: str) -> str:
        token = f"R0usmcCM996atia_{next(self._numbers)}"
        self._states[token] = state
        return f"{address}?{quote(parameter, safe='$')}={token}"

    def _group(self, view: View, state: State, group: str | Event) -> Iterator[Payload]:
        """An event with all that belongs to it, as it is now; nothing of what has gone meanwhile, which the next round tells."""
        if not isinstance(group, str):
            yield from self._removed(view, state, group)
            return
        event = view.mailbox.events.get(group)
        if event is None or event.calendar != state.calendar:
            return
        days = list(in_view(event, state.start, state.end))
        if not days:
            if state.since and not self._faults.silent_outside:
                yield {"@removed": {"reason": "deleted"}, "id": view.id_of(event)}
            return
        yield view.full(event)
        for day in days:
            if day is not None:
                yield view.exception(event, day) if day in event.exceptions else view.bare(event, day)

    def _removed(self, view: View, state: State, grave: Event) -> Iterator[Payload]:
        """Of a series, every occurrence in the window is called removed too."""
        days = list(in_view(grave, state.start, state.end))
        if days or not self._faults.silent_outside:
            yield {"@removed": {"reason": "deleted"}, "id": view.id_of(grave)}
        yield from ({"@removed": {"reason": "deleted"}, "id": view.id_of(grave, day)} for day in days if day is not None)


def _groups(mailbox: Mailbox, state: State) -> Iterator[str | Event]:
    """What changed, in the order in which it did; what is gone first."""
    if state.since:
        yield from (grave for grave in mailbox.graves if grave.buried_from == state.calendar and grave.changed > state.since)
    yield from (event.name for event in mailbox.in_calendar(state.calendar) if event.changed > state.since)
