"""What is fuzzed: everything that reads outside data, without a database. Each target takes bytes and raises `Finding` for what may not be.

A first byte chooses the target, so that one corpus serves all:

    F   a file or feed, through the file provider
    I   the blocks of one UID, as a CalDAV resource without its frame
    G   a JSON list of Google's events of one series
    M   a JSON list of Graph's events
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog

from metwith.calendars.providers.google import series as google
from metwith.calendars.providers.google import sync as google_reading
from metwith.calendars.providers.google.parse import google_zone
from metwith.calendars.providers.icalendar import parse
from metwith.calendars.providers.ics.provider import FEED, FileProvider
from metwith.calendars.providers.microsoft import series as microsoft
from metwith.calendars.providers.microsoft.cursor import Window
from metwith.calendars.providers.microsoft.parse import MailboxOwner
from metwith.calendars.providers.microsoft.sync import Round
from metwith.calendars.rules.compare import digest
from metwith.calendars.rules.keep import Policy, filter_item
from metwith.calendars.rules.recur import BrokenRule, TooManyOccurrences, occurrences
from metwith.calendars.sync.series_json import from_json, to_json
from metwith.calendars.vocabulary import RemoteEvent, Unreadable
from metwith.engine.errors import ProviderBroken
from metwith.lib.text import json_of
from metwith.rules.own_identities import own_identities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from structlog.typing import EventDict, WrappedLogger

LONGEST = 2.0
"""Seconds of CPU that one item may take."""
NOW = datetime(2026, 11, 30, tzinfo=UTC)
UNTIL = NOW + timedelta(days=366)
POLICY = Policy(own_identities((), {}), frozenset({"owner@north.example"}))
WINDOW = Window(NOW - timedelta(days=360), NOW + timedelta(days=360))


class Finding(BaseException):
    """Something that may not be: an error that only the border caught, an answer that cannot be stored, or too much time.

    Not an `Exception`, so that no border takes it for the item's.
    """


def loud() -> None:
    """Let the border's own line, which tells of a defect, be a finding."""

    def raise_it(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        raise Finding(str(event.get("kind", event)))

    structlog.configure(processors=[raise_it], cache_logger_on_first_use=False)


def run(data: bytes) -> None:
    """One input of the fuzzer. Raises Finding."""
    target = TARGETS.get(data[:1])
    if target is None:
        return
    began = time.process_time()
    count = target(data[1:])
    if time.process_time() - began > LONGEST * max(count, 1):
        raise Finding(f"slow: {data[:1].decode()}")


def of_file(data: bytes) -> int:
    try:
        pages = list(FileProvider(data, zone="Europe/Berlin").changes(FEED, ""))
    except ProviderBroken:
        return 1
    return _all(item for page in pages for item in page.events)


def of_item(data: bytes) -> int:
    frame = b"BEGIN:VCALENDAR\r\n%sBEGIN:VEVENT\r\nUID:x\r\n%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    head, _, body = data.partition(b"\x00")
    return _all(parse.events("item", frame % ((head + b"\r\n", body) if body else (b"", head)), zone="Europe/Berlin"))


def of_google(data: bytes) -> int:
    payloads = [one for one in _json(data) if isinstance(one.get("id"), str) and one["id"]]
    zone = google_zone("Europe/Berlin")
    items = list(google_reading._items({"items": payloads}))
    for payload in items:
        _all((google.single(payload, zone),))
    for ident in {google.series_of(payload) for payload in items} - {""}:
        _all(google.whole_series(ident, items, zone))
    return len(items)


class _Graph:
    """As much of `client.Graph` as a series asks for, answered from the input."""

    def __init__(self, payloads: list[dict[str, Any]]) -> None:
        self.payloads = payloads

    def url(self, *path: str, **_parameters: str) -> str:
        return "/".join(path)

    def found(self, url: str) -> dict[str, Any] | None:
        return next((one for one in self.payloads if one.get("id") == url.rpartition("/")[2]), None)

    def pages(self, _url: str) -> Iterable[dict[str, Any]]:
        return iter([{"value": self.payloads[:20]}])


def of_graph(data: bytes) -> int:
    payloads, owner = _json(data), MailboxOwner("owner@north.example", "Europe/Berlin")
    named = Round()
    for payload in named.add({"value": payloads}):
        _all(microsoft.items(payload, owner))
    graph: Any = _Graph(payloads)
    for master, starts in islice(named.series.items(), 5):
        _all(microsoft.read_series(graph, master, owner, WINDOW, starts))
    return len(payloads)


TARGETS: Mapping[bytes, Callable[[bytes], int]] = {b"F": of_file, b"I": of_item, b"G": of_google, b"M": of_graph}


def _json(data: bytes) -> list[dict[str, Any]]:
    try:
        found = json_of(data)
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)][:50] if isinstance(found, list) else []


def _all(items: Iterable[RemoteEvent | Unreadable]) -> int:
    """Decide, expand, store and read again, as a sync does. Returns how many."""
    number = 0
    for item in items:
        number += 1
        _storable(item.id)
        if isinstance(item, RemoteEvent):
            _one(item)
    return number


def _one(item: RemoteEvent) -> None:
    filter_item(item, POLICY)
    try:
        found = list(occurrences(item, until=UNTIL))
    except (BrokenRule, TooManyOccurrences):
        return
    for occurrence in found[:3] + found[-3:]:
        digest(occurrence)
        if isinstance(occurrence.start, datetime) != isinstance(occurrence.end, datetime):
            raise Finding("a start and an end of two kinds")
        if occurrence.end < occurrence.start:
            raise Finding("an end before its start")
    event = from_json(to_json(item))
    if item.recurrence is not None and [o.key for o in occurrences(event, until=UNTIL)] != [o.key for o in found]:
        raise Finding("another series when it is read again")
    for one in (item, *item.exceptions):
        _fits(one)


def _fits(event: RemoteEvent) -> None:
    """What the tables can hold."""
    ZoneInfo(event.zone)
    for text in (event.uid, event.title, event.description, event.location, event.join_url, event.web_url, *event.attachments):
        _storable(text)
    for guest in event.attendees:
        _storable(guest.address)
        _storable(guest.name)
        if len(guest.address) > 320 or len(guest.name) > 300:
            raise Finding("a guest that is too long")
    if len({guest.address for guest in event.attendees}) != len(event.attendees):
        raise Finding("a guest twice")


def _storable(text: str) -> None:
    if "\0" in text:
        raise Finding("NUL in a text")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Finding("half a character in a text") from None
