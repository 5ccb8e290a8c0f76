"""The port: what Metwith asks of a calendar provider, and the five errors it may answer with.

A provider is a folder beside this file, a line in `catalogue.py` and a test class that inherits the exam
(docs/adding-a-provider.md). It knows no Django. It only reads: no request that could change a calendar is ever sent.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from metwith.calendars.vocabulary import ChangePage, Channel, RemoteCalendar

type Cursor = str
"""Opaque to everybody but the provider that made it. Empty means: from the beginning. Holds no content and no plain ids
of items that may have been dropped (use `lib.secrets` keyed digests handed in at opening)."""


class CalendarProvider(Protocol):
    """One account, opened. Made by the catalogue; closed by leaving the `with`."""

    def own_addresses(self) -> tuple[str, ...]:
        """The owner's addresses as far as the provider tells, folded; may be empty."""
        ...

    def calendars(self) -> tuple[RemoteCalendar, ...]:
        """What this account has. Exactly one is primary when there is any."""
        ...

    def changes(self, calendar: str, cursor: Cursor) -> Iterator[ChangePage]:
        """What changed in a calendar since a cursor, page by page; the last page carries the new cursor.

        With an empty cursor: everything, and the last page is `complete`. The same item may appear twice; the last one wins.
        Every page may be replayed. Raises the errors below and no others.
        """
        ...


@runtime_checkable
class Pushes(Protocol):
    """What a provider can do besides, which tells of changes by itself. Raises the errors below and no others.

    Reading a notice is a pure function in its `push.py`; the catalogue knows it.
    """

    def watch(self, calendar: str, address: str, asked: Channel) -> Channel | None:
        """Ask to be told at `address`. `asked` brings id and secret; the answer what the provider made of it. None: it refuses."""
        ...

    def renew(self, channel: Channel) -> Channel | None:
        """Make a channel live longer. None: not this one, watch again and then stop it."""
        ...

    def stop(self, channel: Channel) -> None:
        """End a channel. One that is gone already is no error."""
        ...


type Opened = AbstractContextManager[CalendarProvider]


class Tokens(Protocol):
    """Where a provider that is opened by OAuth gets its access token. It keeps none itself.

    It asks once for each request it sends, so whoever gives them out can keep the pace that the service allows.
    """

    def access_token(self, *, refresh: bool = False) -> str:
        """A token that is good for a minute at least. `refresh` says that the last one was refused (401) although it looked good.

        Raises NeedsReconnect, SlowDown or ProviderBroken.
        """
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One step of connecting, told while it goes on, so that the page can show ticks. The step that failed is in ConnectFailed."""

    key: str
    label: str
    """In plain words, to be translated where it is shown."""
    done: bool = False


class ProviderError(Exception):
    """Base of the five. `message` and `advice`, what to do where that is known, are msgids, each for itself.

    `detail` is for the folded-out technical line: status codes and hosts, never content or secrets.
    """

    def __init__(self, message: str, *, advice: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.detail = detail


class NeedsReconnect(ProviderError):
    """Credentials or permission are gone. Next step: the user reconnects; the cursor is kept."""


class SlowDown(ProviderError):
    """The provider asks for patience. Next step: nothing before `until` (aware; None: our own back-off)."""

    def __init__(self, message: str, *, until: datetime | None = None, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.until = until


class CursorExpired(ProviderError):
    """The cursor is no longer known. Next step: a full read into the same rows."""


class Gone(ProviderError):
    """The calendar is not there (any more). Next step: doubt it, tell the user, keep everything."""


class ProviderBroken(ProviderError):
    """It does not answer, or not sensibly. Next step: try again later by ourselves."""


class ConnectFailed(ProviderError):
    """Connecting did not work. Raised only while connecting, never by `changes`. Names the step, the likely cause and what to do."""

    def __init__(self, message: str, *, step: str, advice: str, detail: str = "") -> None:
        super().__init__(message, advice=advice, detail=detail)
        self.step = step
