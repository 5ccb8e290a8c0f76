"""What would come in, before anything is stored: read live from the provider, decided by the same rules as a sync, then forgotten.

Nothing here writes, caches or logs. A look is bounded: it is there to help a decision, not to replace the first reading.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from metwith.calendars.models import Entry
from metwith.calendars.providers import catalogue
from metwith.calendars.read_models import Meeting
from metwith.calendars.sync import rows, run
from metwith.calendars.sync.access import access_to, open_unstored
from metwith.calendars.sync.filtering import filter_page
from metwith.calendars.transparency.colleague_view import ColleagueView
from metwith.calendars.vocabulary import FILE
from metwith.engine.vocabulary import RemoteAccount
from metwith.rules.show import capped

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from metwith.calendars.providers.catalogue import Connected
    from metwith.calendars.providers.port import CalendarProvider
    from metwith.calendars.sync.access import Access
    from metwith.calendars.sync.batch import Batch
    from metwith.calendars.vocabulary import Occurrence
    from metwith.workspaces.models import Member

MOST = 2000
"""Items looked at."""
MOST_MEETINGS = 20_000
"""Meetings among them: a series may have very many."""
LONGEST = timedelta(seconds=15)
"""No page is asked for after this."""
FEW = 4
"""Meetings shown of what is coming, and of what has been."""


@dataclass(frozen=True, slots=True)
class Look:
    """What would come in."""

    meetings: int
    dropped: Mapping[str, int]
    """Reason → how many would not, series counted once."""
    read: int
    """Items looked at."""
    whole: bool
    """That was everything; otherwise there was more than a look takes."""
    level: str
    """What colleagues would see: the chosen level, within what the workspace allows."""
    upcoming: tuple[Meeting, ...]
    """The nearest, as a colleague would see them."""
    latest: tuple[Meeting, ...]
    own_upcoming: tuple[Meeting, ...] = ()
    """The same as their owner sees them."""
    own_latest: tuple[Meeting, ...] = ()


def preview_connection(
    member: Member, connected: Connected, calendars: Collection[str], sharing: str, *, clock: Callable[[], datetime]
) -> Look:
    """Look into calendars of a connection that worked. Raises a ProviderError. `member.user` must be loaded."""
    access = access_to(member, connected.account, connected.own_addresses)
    with open_unstored(access, clock) as provider:
        return _look(member, provider, calendars, access, sharing=sharing, clock=clock, verified=connected.verified)


def look_into_file(member: Member, data: bytes, *, name: str, sharing: str, clock: Callable[[], datetime]) -> Look:
    """The same for an uploaded file."""
    access = access_to(member, RemoteAccount(provider=FILE, address=""))
    with catalogue.open_file(data, zone=member.user.time_zone, name=name) as provider:
        return _look(member, provider, [calendar.id for calendar in provider.calendars()], access, sharing=sharing, clock=clock)


def _look(
    member: Member,
    provider: CalendarProvider,
    calendars: Iterable[str],
    access: Access,
    *,
    sharing: str,
    clock: Callable[[], datetime],
    verified: frozenset[str] = frozenset(),
) -> Look:
    """`verified`: the folded addresses that will be shown to be the member's. What will be no more than claimed is a stranger's for colleagues."""
    pile, now = _Pile(), clock()
    for calendar in calendars:
        pile.whole = pile.whole and clock() <= now + LONGEST
        if pile.whole:
            _read_pages(pile, provider, calendar, access, clock, until=now + LONGEST)
    meetings = pile.meetings()
    eyes = ColleagueView.on(member, access.policy.owner & verified)
    upcoming, latest = (list(map(_entry, nearest)) for nearest in _nearest(meetings, now))
    return Look(
        meetings=len(meetings),
        dropped=Counter(reason for reason, _note in pile.traces.values()),
        read=pile.read,
        whole=pile.whole,
        level=capped(sharing, eyes.who.cap),
        upcoming=eyes.see(upcoming, sharing),
        latest=eyes.see(latest, sharing),
        own_upcoming=eyes.see_own(upcoming, sharing),
        own_latest=eyes.see_own(latest, sharing),
    )


@dataclass(slots=True)
class _Pile:
    """What was seen so far. An item that comes twice counts as it came last."""

    kept: dict[tuple[str, str], list[Occurrence]] = field(default_factory=dict)
    traces: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    read: int = 0
    whole: bool = True

    def add(self, calendar: str, batch: Batch) -> None:
        for item in batch.items:
            self.kept.pop((calendar, item), None)
        self.traces = {key: why for key, why in self.traces.items() if key[0] not in batch.hashes} | batch.traces
        for occurrence in batch.occurrences:
            self.kept.setdefault((calendar, occurrence.event.id), []).append(occurrence)
        self.read += batch.read

    @property
    def full(self) -> bool:
        return self.read >= MOST or sum(map(len, self.kept.values())) >= MOST_MEETINGS

    def meetings(self) -> list[Occurrence]:
        """Each once, whichever of the calendars hold it."""
        return list({(one.event.uid, one.key): one for several in self.kept.values() for one in several}.values())


def _read_pages(
    pile: _Pile, provider: CalendarProvider, calendar: str, access: Access, clock: Callable[[], datetime], *, until: datetime
) -> None:
    # What is forgotten at once needs no hash, but two calendars may use one id.
    plain = replace(access, keyed=lambda text: f"{calendar}\n{text}")
    for page in provider.changes(calendar, ""):
        room = 0 if pile.full else MOST - pile.read
        pile.add(calendar, filter_page(plain, replace(page, events=page.events[:room]), clock() + run.AHEAD))
        if len(page.events) > room or (clock() > until and not page.complete):
            pile.whole = False
            return


def _nearest(meetings: Iterable[Occurrence], now: datetime) -> tuple[list[Occurrence], list[Occurrence]]:
    upcoming: list[tuple[datetime, str, str, Occurrence]] = []
    past: list[tuple[datetime, str, str, Occurrence]] = []
    for one in meetings:
        starts_at, ends_at, *_ = rows.stored_span(one.start, one.end, one.event.zone, cancelled=one.event.cancelled)
        (upcoming if ends_at > now else past).append((starts_at, one.event.uid, one.key, one))
    upcoming.sort(key=lambda place: place[:3])
    past.sort(key=lambda place: place[:3], reverse=True)
    return [place[-1] for place in upcoming[:FEW]], [place[-1] for place in past[:FEW]]


def _entry(occurrence: Occurrence) -> Entry:
    """The row that a sync would write; here it is never saved."""
    values = dict(zip(rows.CONTENT, rows.content(occurrence, b""), strict=True))
    return Entry(pk=0, **values | {"attendees": json.loads(values["attendees"])})
