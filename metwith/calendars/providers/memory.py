"""A real provider whose server lives in memory: for tests, for the demo, and to try the engine's nerves.

`server("acme")` makes a server or finds it again; an account whose `server` is `memory:acme` reads it in the same process.
The server can be told to misbehave (`server.faults`), each time in a way that a real one was seen to.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import TYPE_CHECKING

from metwith.calendars.vocabulary import ChangePage, RemoteCalendar, RemoteEvent, Unreadable
from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, SlowDown
from metwith.lib.i18n import _
from metwith.lib.text import whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from metwith.engine.vocabulary import RemoteAccount

type Item = RemoteEvent | Unreadable

PREFIX = "memory:"


class Killed(BaseException):
    """Stands for the death of the process in the middle of a run: nothing that handles errors may catch it."""


@dataclass
class Faults:
    """What goes wrong, until it is taken back. Pages are counted from 0 in each run."""

    needs_reconnect: bool = False
    broken: bool = False
    defect: Exception | None = None
    """Raised as it is: what no provider should raise, and nobody thought of."""
    broken_at_page: int | None = None
    killed_at_page: int | None = None
    expires_at_page: int | None = None
    """The cursor is refused only when some pages were given (Google's pages, Graph's links)."""
    slow_down: bool = False
    slow_down_until: datetime | None = None
    empty: bool = False
    """A full read finds nothing, and says so with `complete`."""
    replays: bool = False
    """Every page comes twice."""


@dataclass
class _Calendar:
    about: RemoteCalendar
    resources: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    changed_at: dict[str, int] = field(default_factory=dict)
    """When each resource was last put or deleted, by the server's counter; deleted ones stay in it."""


class MemoryServer:
    """Calendars of one account. A resource is what one id names: an event, a series with its exceptions, or several of them."""

    def __init__(self, *, page_size: int = 100, secret: str = "", own_addresses: tuple[str, ...] = ()) -> None:
        self.page_size = page_size
        self.secret = secret
        self.own_addresses = own_addresses
        self.faults = Faults()
        self.counter = 0
        self.reads = 0
        """How many times somebody asked for changes."""
        self._era = 0
        self._calendars: dict[str, _Calendar] = {}

    def add_calendar(self, calendar: RemoteCalendar) -> None:
        """Add a calendar, or change what is said about it."""
        if known := self._calendars.get(calendar.id):
            known.about = calendar
        else:
            self._calendars[calendar.id] = _Calendar(calendar)

    def remove_calendar(self, calendar: str) -> None:
        """Take a whole calendar away."""
        del self._calendars[calendar]

    def put(self, calendar: str, *items: Item) -> None:
        """Put a resource: everything that shares the part of its ids before `#`."""
        resource = _resource(items[0].id)
        if any(_resource(item.id) != resource for item in items):
            raise ValueError("the items of one resource share its id")
        self._calendars[calendar].resources[resource] = items
        self._touch(calendar, resource)

    def delete(self, calendar: str, resource: str) -> None:
        """Take a resource away; a run that has the cursor of before is told."""
        del self._calendars[calendar].resources[resource]
        self._touch(calendar, resource)

    def move(self, calendar: str, resource: str, to: str) -> None:
        """Move a resource to another calendar under the same id."""
        items = self._calendars[calendar].resources[resource]
        self.delete(calendar, resource)
        self.put(to, *items)

    def rename(self, calendar: str, resource: str, to: str) -> None:
        """Give a resource another id, as servers do that rewrite their addresses."""
        items = self._calendars[calendar].resources[resource]
        self.delete(calendar, resource)
        self.put(calendar, *(_renamed(item, to) for item in items))

    def items(self, calendar: str) -> tuple[Item, ...]:
        """Everything a calendar holds now."""
        return tuple(item for items in self._calendars[calendar].resources.values() for item in items)

    def expire_cursors(self) -> None:
        """Every cursor given so far is refused from now on."""
        self._era += 1

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.faults = Faults()

    def calendars(self) -> tuple[RemoteCalendar, ...]:
        """What the account has, in the order it was added."""
        return tuple(calendar.about for calendar in self._calendars.values())

    def find(self, calendar: str) -> _Calendar:
        """A calendar by its id. Raises Gone."""
        if calendar not in self._calendars:
            raise Gone(_("The calendar is no longer there."))
        return self._calendars[calendar]

    def cursor(self) -> str:
        """The cursor that stands for everything up to now."""
        return f"{self._era}.{self.counter}"

    def read_cursor(self, cursor: str) -> int:
        """The counter a cursor stands for. Raises CursorExpired."""
        era, _dot, counter = cursor.partition(".")
        known = whole(counter)
        if era != str(self._era) or known is None or known > self.counter:
            raise CursorExpired(_("The server no longer knows how far we had read."))
        return known

    def _touch(self, calendar: str, resource: str) -> None:
        self.counter += 1
        changed_at = self._calendars[calendar].changed_at
        changed_at.pop(resource, None)
        changed_at[resource] = self.counter


class MemoryProvider:
    """One account on a memory server, behind the port."""

    def __init__(self, server: MemoryServer, account: RemoteAccount) -> None:
        self._server = server
        self._account = account

    def own_addresses(self) -> tuple[str, ...]:
        """See the port."""
        return self._server.own_addresses

    def calendars(self) -> tuple[RemoteCalendar, ...]:
        """See the port."""
        self._misbehave()
        return self._server.calendars()

    def changes(self, calendar: str, cursor: str) -> Iterator[ChangePage]:
        """See the port."""
        self._misbehave()
        found = self._server.find(calendar)
        self._server.reads += 1
        pages = self._since(found, cursor) if cursor else self._everything(found)
        for number, page in enumerate(pages):
            self._misbehave(number)
            yield page
            if self._server.faults.replays:
                yield page

    def _everything(self, calendar: _Calendar) -> Iterator[ChangePage]:
        """Pages name what was there when the run began; what changes meanwhile is newer than the cursor."""
        cursor = self._server.cursor()
        ids = () if self._server.faults.empty else tuple(calendar.resources)
        for page in batched(ids, self._server.page_size):
            yield ChangePage(events=_items(calendar, page), expected=len(ids))
        yield ChangePage(cursor=cursor, complete=True, expected=len(ids))

    def _since(self, calendar: _Calendar, cursor: str) -> Iterator[ChangePage]:
        counter, latest = self._server.read_cursor(cursor), self._server.cursor()
        changed = [resource for resource, at in calendar.changed_at.items() if at > counter]
        for page in batched(changed, self._server.page_size):
            removed = tuple(resource for resource in page if resource not in calendar.resources)
            yield ChangePage(events=_items(calendar, page), removed=removed, expected=len(changed))
        yield ChangePage(cursor=latest, expected=len(changed))

    def _misbehave(self, page: int | None = None) -> None:
        faults = self._server.faults
        if faults.needs_reconnect or (self._server.secret and self._account.secret != self._server.secret):
            raise NeedsReconnect(_("The server refuses the password."))
        if faults.defect:
            raise faults.defect
        if faults.slow_down or faults.slow_down_until:
            raise SlowDown(_("The server asks for patience."), until=faults.slow_down_until)
        if faults.broken or (page is not None and page == faults.broken_at_page):
            raise ProviderBroken(_("The server does not answer."))
        if page is not None and page == faults.expires_at_page:
            raise CursorExpired(_("The server no longer knows how far we had read."))
        if page is not None and page == faults.killed_at_page:
            raise Killed


@contextmanager
def open_memory(account: RemoteAccount) -> Iterator[MemoryProvider]:
    """Open an account whose `server` is `memory:<name>`."""
    yield MemoryProvider(server(account.server.removeprefix(PREFIX)), account)


_servers: dict[str, MemoryServer] = {}


def server(name: str) -> MemoryServer:
    """The server of this name in this process, made when it is asked for first."""
    return _servers.setdefault(name, MemoryServer())


def forget_servers(name: str) -> None:
    """Drop a server with everything on it."""
    _servers.pop(name, None)


def _resource(item_id: str) -> str:
    return item_id.partition("#")[0]


def _items(calendar: _Calendar, resources: tuple[str, ...]) -> tuple[Item, ...]:
    return tuple(item for resource in resources for item in calendar.resources.get(resource, ()))


def _renamed(item: Item, to: str) -> Item:
    _old, mark, rest = item.id.partition("#")
    new = to + mark + rest
    if isinstance(item, Unreadable):
        return replace(item, id=new)
    return replace(item, id=new, exceptions=tuple(replace(exception, id=new) for exception in item.exceptions))
