"""By what a meeting is known whose feed makes its identifiers anew at each reading: start, end, title and people.

A pure function of these, under a key of the workspace: equal in every copy of the feed, and telling nothing to whoever has not the key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from metwith.calendars.rules.guest_list import MOST
from metwith.calendars.rules.recur import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metwith.calendars.vocabulary import Moment, RemoteEvent

PREFIX = "like-"
"""How identifiers begin that are made here. Whoever writes one into a feed has a meeting like others, matched by its content."""
_SEPARATOR = "\x1f"
"""Providers strip control characters from texts."""


def of_event(event: RemoteEvent) -> str:
    """What a single meeting, a series' master or an exception by itself is known by. Not by its rule: a series that is prolonged is the same."""
    key = "" if event.original_start is None else key_of(event.original_start)
    return likeness_of_parts(key, (event.start, event.end), event.title, (a.address for a in event.attendees))


def likeness_of_parts(key: str, span: tuple[Moment, Moment], title: str, addresses: Iterable[str]) -> str:
    """The same from its parts; `key` is that of an occurrence (`vocabulary.Occurrence`)."""
    people = sorted(set(addresses))
    # Of so many not all are kept, so what is stored could not be told by them.
    return _SEPARATOR.join([key, *map(_plain, span), title, *(people if len(people) < MOST else ())])


def uid(likeness: str, key: str, number: int = 0) -> str:
    """An identifier made of a likeness. `number` tells those apart that are alike and stand at once, from 0."""
    text = f"{likeness}{_SEPARATOR}{number}" if number else likeness
    return PREFIX + blake2b(text.encode("utf-8", "surrogatepass"), key=key.encode()[:64], digest_size=16).hexdigest()


def renews(back: int, known: int) -> bool:
    """Whether a feed makes its identifiers anew: of `known` items most are gone and came back, alike, under others."""
    return back * 2 > known


def _plain(moment: Moment) -> str:
    return moment.astimezone(UTC).isoformat() if isinstance(moment, datetime) else moment.isoformat()
