"""What the channels hand in: a new one gets its line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.reads import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metwith.lib.sql import Sql
    from metwith.rules.identity import WorkspaceIdentities
    from metwith.rules.link import RecordKind

type Counter = Callable[[RecordKind, Sequence[int]], Sql]
"""Kind and ids → how to ask for rows of record id, item, place in time, whether it has a day only, members who take part."""

CHANNELS: tuple[Callable[[int, WorkspaceIdentities], Counter], ...] = (counted.counter,)
