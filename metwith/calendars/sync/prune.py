"""Second thoughts about what is stored: exactly what would not be let in now is cut out, and leaves its traces.

All of it inside the writers' lock.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from metwith.calendars.models import Entry, Series, Trace
from metwith.calendars.rules import again
from metwith.calendars.rules.keep import Filtered, decide, filter_item
from metwith.calendars.sync import aside, copy_signals, rows, store
from metwith.calendars.sync.series_json import from_json, lost, to_json
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import Drop, DropReason, Leaving
from metwith.engine import counters, traces
from metwith.engine.models import CounterKind
from metwith.lib.border import at_item

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.calendars.rules.again import RepeatSource
    from metwith.calendars.sync.batch import Claim
    from metwith.calendars.vocabulary import RemoteEvent


@dataclass(frozen=True, slots=True)
class Pruner:
    """What a calendar's rows are cut by: its policy is the claim's."""

    claim: Claim
    keyed: Callable[[str], str]
    now: datetime
    source: RepeatSource
    """What of it cannot be read again is set aside where it became internal."""

    def series(self, batch: Iterable[Series]) -> int:
        """Cut what may not stay out of series, with its entries. Returns how many of these."""
        cuts = [(row, found) for row in batch if (found := at_item(partial(self._sifted, row), lambda _reason: None))]
        return sum(self._cut(row, item, sifted) for row, (item, sifted) in cuts if sifted.dropped)

    def _sifted(self, row: Series) -> tuple[RemoteEvent, Filtered]:
        """Of one that cannot be read any more, by a defect of ours, each entry is judged by itself alone."""
        item = from_json(row.definition)
        return item, filter_item(item, self.claim.policy)

    def _cut(self, row: Series, item: RemoteEvent, sifted: Filtered) -> int:
        internal = any(reason is DropReason.INTERNAL for _, reason in sifted.dropped)
        kept = aside.put_series(self.claim, row, self.now) if internal and not again.series_can(self.source) else None
        left = next((kept for kept in sifted.kept if kept.recurrence), None)
        mine = Series.objects.of(self.claim.workspace_id).filter(pk=row.pk)
        if left:
            mine.update(definition=to_json(left))
        else:
            mine.delete()
        # Where they cannot be told each entry is judged by itself alone.
        without_rule = lost(item, sifted.kept, row.expanded_until)
        for_good = lost(item, aside.without_internal(item, self.claim.policy).kept, row.expanded_until)
        held = self._mine().filter(remote_id=row.remote_id, event__ical_uid=row.ical_uid).select_related("event").defer("description")
        judged = [(entry, self._dropped(entry)) for entry in held]
        gone = {entry: reason or sifted.dropped[0][1] for entry, reason in judged if reason or entry.event.key in without_rule}
        # What goes only with what spoke for it comes back only with that.
        with_rule = [entry for entry, reason in judged if kept and reason is None and entry.event.key in without_rule]
        put = [entry for entry in with_rule + self._internal(judged) if entry.event.key not in for_good]
        self._leave(
            {(row.remote_id, part): reason for part, reason in (*(kept.dropped if kept else ()), *sifted.dropped)}, comes_back=bool(kept)
        )
        return self._remove(gone, {row.remote_id: sifted.dropped[0][1]} if gone else {}, put)

    def entries(self, batch: Iterable[Entry]) -> int:
        """Remove the entries that may not stay. Returns how many."""
        judged = [(entry, self._dropped(entry)) for entry in batch]
        gone = {entry: reason for entry, reason in judged if reason}
        kept = set(self._internal(judged))
        series = self._series({entry.remote_id for entry in gone})
        # What is set aside comes back one by one; of the rest of an item that is no series any more there is one thing to say.
        apart = {entry for entry in gone if entry in kept or (entry.remote_id, entry.event.ical_uid) in series}
        self._leave({(entry.remote_id, entry.event.key if entry in apart else ""): reason for entry, reason in gone.items()})
        return self._remove(gone, {entry.remote_id: reason for entry, reason in gone.items()}, kept)

    def _dropped(self, entry: Entry) -> DropReason | None:
        decision = decide(rows.remote(entry, ""), self.claim.policy)
        return decision.reason if isinstance(decision, Drop) else None

    def _series(self, items: Collection[str]) -> set[tuple[str, str]]:
        """Item and UID of the series that stay of these items."""
        series = Series.objects.of(self.claim.workspace_id).filter(calendar_id=self.claim.calendar_id, remote_id__in=items)
        return set(series.values_list("remote_id", "ical_uid"))

    def _mine(self) -> QuerySet[Entry]:
        return Entry.objects.of(self.claim.workspace_id).filter(calendar_id=self.claim.calendar_id)

    def _remove(self, gone: Mapping[Entry, DropReason], items: Mapping[str, DropReason], kept: Collection[Entry]) -> int:
        """Copies go, `kept` of them are set aside, and the others are counted by the items that they are of."""
        events = {entry.pk: entry.event_id for entry in gone}
        aside.put_copies(self.claim, kept, self.now)
        purged: Counter[str] = Counter(reason for item, reason in items.items() if item not in {entry.remote_id for entry in kept})
        counters.purged(TABLES, self.claim.workspace_id, self.claim.calendar_id, purged, self.now)
        copy_signals.remove_copies(self.claim.workspace_id, {entry.pk: Leaving(reason) for entry, reason in gone.items()})
        store.reconcile(self.claim.workspace_id, set(events.values()))
        return len(events)

    def _internal(self, judged: Iterable[tuple[Entry, DropReason | None]]) -> list[Entry]:
        """What is to be set aside: internal since then, and not to be read again."""
        return [e for e, why in judged if why is DropReason.INTERNAL and not again.copy_can(self.source, over=e.ends_at <= self.now)]

    def _leave(self, dropped: Mapping[tuple[str, str], DropReason], *, comes_back: bool = False) -> None:
        """Traces by item and part. Where an item is out for good as a whole, that is all there is to say of it."""
        if not comes_back:
            whole = [self.keyed(item) for item, part in dropped if not part]
            Trace.objects.of(self.claim.workspace_id).filter(source_id=self.claim.source_id, item__in=whole).exclude(part="").delete()
        new = traces.of_parts(TABLES, self.claim, self.keyed, dropped, self.now.date())
        counters.count(TABLES, self.claim.workspace_id, self.claim.calendar_id, CounterKind.DROPPED, new, now=self.now)
