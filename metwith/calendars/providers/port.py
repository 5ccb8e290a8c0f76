"""The port: what Metwith asks of a calendar provider. It answers with the five errors of `engine/errors.py` and no others.

A provider is a folder beside this file, a line in `catalogue.py` and a test class that inherits the exam
(docs/adding-a-provider.md). It knows no Django. It only reads: no request that could change a calendar is ever sent.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.calendars.vocabulary import ChangePage, RemoteCalendar

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
        Every page may be replayed. Raises the errors of `engine/errors.py` and no others.
        """
        ...


type Opened = AbstractContextManager[CalendarProvider]
