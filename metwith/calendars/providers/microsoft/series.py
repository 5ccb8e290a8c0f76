"""A series as a whole: its master, what the rule gives, the exceptions, and what was taken out of it.

Delta says only that something of a series changed, with occurrences that have no more than a start and an end. So each series that
was named is read once more as a whole:

    the master                  rule, zone, everything that the occurrences have in common
    `exceptionOccurrences`      in full
    `cancelledOccurrences`      the days of occurrences that were deleted: of these delta tells nothing

The bare occurrences then serve to check the answer: in the window they must be exactly what the rule gives. Where they are not, the
series' instances are asked for. If some are missing, they are taken out; if there are others, the rule is not what Exchange goes
by, and the instances themselves are the series.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from metwith.calendars.providers.microsoft import parse
from metwith.calendars.providers.microsoft.recurrence import rule_of
from metwith.calendars.rules import recur
from metwith.calendars.vocabulary import Moment, Recurrence, RemoteEvent, Unreadable
from metwith.engine.apis.graph import entries
from metwith.engine.apis.rest import Rejected
from metwith.engine.errors import ProviderError
from metwith.lib import http
from metwith.lib.border import at_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from metwith.calendars.providers.microsoft.cursor import Window
    from metwith.calendars.providers.microsoft.parse import MailboxOwner
    from metwith.engine.apis.graph import Graph, Payload

type Items = tuple[RemoteEvent | Unreadable, ...]

EXPECTED = (parse.BrokenPayload, recur.BrokenRule)
OF_GRAPH = (ProviderError, Rejected, http.HttpError)
"""What says something of the service, and nothing of the series."""
STEP = timedelta(days=720)
"""The longest view that is asked for at once: as long as the window."""


@dataclass(frozen=True, slots=True)
class SeriesSlots:
    """Original starts: of plain occurrences, and of exceptions."""

    plain: frozenset[Moment]
    excepted: frozenset[Moment]


def items(payload: Payload, owner: MailboxOwner) -> Items:
    """A single event as an item. Never raises."""
    return (at_item(partial(parse.graph_event, payload, owner), partial(Unreadable, parse.id_of(payload)), known=EXPECTED),)


def read_series(graph: Graph, series_id: str, owner: MailboxOwner, window: Window, starts: Iterable[object] | None) -> Items:
    """The series with this id; nothing when it is gone. `starts` are those of the bare occurrences that a round named, None: it named none.

    Raises what `Graph` does, and nothing else.
    """
    read = partial(_read_instances, graph, series_id, owner, window, starts)
    return at_item(read, lambda reason: (Unreadable(series_id, reason),), known=EXPECTED, passing=OF_GRAPH)


def _read_instances(graph: Graph, series_id: str, owner: MailboxOwner, window: Window, starts: Iterable[object] | None) -> Items:
    address = graph.url("events", series_id, _select=",".join(parse.FIELDS), _expand="exceptionOccurrences")
    payload = graph.get_or_none(address)
    if payload is None:
        return ()
    if payload.get("type") != "seriesMaster":
        return items(payload, owner)
    master = parse.graph_event(payload, owner)
    rule = rule_of(payload.get("recurrence"))
    whole = replace(master, recurrence=Recurrence(rules=(rule,) if rule else (), excluded=tuple(_deleted(payload))))
    broken: list[Unreadable] = []
    for entry in _full_exceptions(graph, payload):
        unreadable = partial(Unreadable, f"{master.id}#{parse.id_of(entry)}")
        found = at_item(partial(_with_exception, whole, entry, owner), unreadable, known=EXPECTED)
        if isinstance(found, Unreadable):
            broken.append(found)
            original = {"originalStart": entry.get("originalStart")}
            whole = _excluding(whole, parse.slot(original, whole.zone, all_day=whole.all_day))
        else:
            whole = found
    return (_checked(graph, whole, window, starts), *broken)


def _with_exception(whole: RemoteEvent, entry: Payload, owner: MailboxOwner) -> RemoteEvent:
    """With one more exception, in the order of their original starts. Raises Broken."""
    exception = parse.graph_event(entry, replace(owner, zone=whole.zone))
    original = parse.slot(entry, whole.zone, all_day=whole.all_day)
    exceptions = (*whole.exceptions, replace(exception, id=whole.id, uid=whole.uid, original_start=original))
    return replace(whole, exceptions=tuple(sorted(exceptions, key=lambda one: str(one.original_start))))


def _excluding(whole: RemoteEvent, *slots: Moment | None) -> RemoteEvent:
    assert whole.recurrence is not None
    excluded = (*whole.recurrence.excluded, *_sorted(slot for slot in slots if slot is not None))
    return replace(whole, recurrence=replace(whole.recurrence, excluded=excluded))


def _full_exceptions(graph: Graph, payload: Payload) -> Iterator[Payload]:
    """The exceptions, also of a list that goes on elsewhere, and of one that holds nothing but ids."""
    listed = entries({"value": payload.get("exceptionOccurrences")})
    further = payload.get("exceptionOccurrences@odata.nextLink")
    for page in graph.pages(further) if isinstance(further, str) else ():
        listed += entries(page)
    for entry in listed:
        full = entry if "sensitivity" in entry else graph.get_or_none(graph.url("events", str(entry.get("id", ""))))
        if full is not None:
            yield full


def _deleted(payload: Payload) -> Iterator[date]:
    """`OID.{id of the master}.{yyyy-MM-dd}` → the days, which are those of the series' zone."""
    listed = payload.get("cancelledOccurrences")
    for text in sorted(map(str, listed)) if isinstance(listed, list) else ():
        try:
            yield date.fromisoformat(text.rpartition(".")[2])
        except ValueError:
            continue


# --- the check --------------------------------------------------------------------------------------------------------------------


def _checked(graph: Graph, whole: RemoteEvent, window: Window, starts: Iterable[object] | None) -> RemoteEvent:
    assert whole.recurrence is not None
    if not whole.recurrence.rules:
        return _by_instances(graph, whole, window)
    try:
        expected = _expected(whole, window)
    except (recur.BrokenRule, recur.TooManyOccurrences):
        return whole  # the engine says so, and sets it aside
    if starts is None or expected.plain == _seen(whole, window, starts):
        return whole
    there = _instances(graph, whole, window)
    if there.plain - expected.plain - expected.excepted:
        return _by_instances(graph, whole, window)
    missing = expected.plain - there.plain - there.excepted
    return _excluding(whole, *missing)


def _expected(whole: RemoteEvent, window: Window) -> SeriesSlots:
    plain = (o.start for o in recur.occurrences(whole, until=window.end) if o.event.original_start is None and window.holds(o.start))
    return SeriesSlots(frozenset(plain), frozenset(e.original_start for e in whole.exceptions if e.original_start is not None))


def _seen(whole: RemoteEvent, window: Window, starts: Iterable[object]) -> frozenset[Moment]:
    slots = (parse.slot({"start": start}, whole.zone, all_day=whole.all_day) for start in starts)
    return frozenset(slot for slot in slots if slot is not None and window.holds(slot))


def _by_instances(graph: Graph, whole: RemoteEvent, window: Window) -> RemoteEvent:
    """The series as the dates on which it takes place, from its beginning to the end of the window, which moves on with every full read."""
    there = _instances(graph, whole, replace(window, start=min(window.start, _midnight(whole.start))), edge=True)
    excluded = () if whole.start in there.plain | there.excepted else (whole.start,)
    return replace(whole, recurrence=Recurrence(dates=_sorted(there.plain - {whole.start}), excluded=excluded))


def _instances(graph: Graph, whole: RemoteEvent, window: Window, *, edge: bool = False) -> SeriesSlots:
    plain: set[Moment] = set()
    excepted: set[Moment] = set()
    for entry in _entries(graph, whole.id, window):
        slot = parse.slot(entry, whole.zone, all_day=whole.all_day)
        if slot is not None and (edge or window.holds(slot)):
            (excepted if entry.get("type") == "exception" else plain).add(slot)
    return SeriesSlots(frozenset(plain), frozenset(excepted))


def _entries(graph: Graph, series_id: str, window: Window) -> Iterator[dict[str, Any]]:
    start = window.start
    while start < window.end:
        end = min(start + STEP, window.end)
        address = graph.url("events", series_id, "instances", startDateTime=utc(start), endDateTime=utc(end))
        for page in graph.pages(address):
            yield from entries(page)
        start = end


def utc(moment: datetime) -> str:
    """`2036-01-10T00:00:00Z`, as Graph's parameters want it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _midnight(moment: Moment) -> datetime:
    day = moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)


def _sorted(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    return tuple(sorted(moments, key=str))
