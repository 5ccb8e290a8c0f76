"""Facts changed that decisions rest on (a block, an own domain, a member, an address): decide again what they concern, both ways.

At once, from what is stored: what may no longer be here is purged (`prune.py`), whether the provider answers or not; it is looked for by
address. What became internal and cannot be read again is set aside instead (`aside.py`). What may come in is read again in full, into the same rows, in the calendars in which something was left out for that reason, and in
those that lost something. All others are left in peace.

Killed anywhere and run again: the facts stay until all of it is done (`facts.py`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from metwith.calendars.intents import noting
from metwith.calendars.intents.aside import SetAside
from metwith.calendars.intents.facts import ChangedFact
from metwith.calendars.models import Calendar, Entry, Series, Trace
from metwith.calendars.rules import again
from metwith.calendars.sync import access, aside, prune
from metwith.calendars.sync.batch import Claim
from metwith.calendars.sync.meeting import guest_lists
from metwith.engine import lease
from metwith.engine.locks import lock_writers
from metwith.lib import secrets
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

MANY_ENTRIES, MANY_SERIES = 2000, 100


def redecide(workspace_id: int, now: datetime) -> int:
    """Work off the facts that changed in a workspace. Returns how many copies of meetings were purged."""
    changed = list(ChangedFact.objects.of(workspace_id).order_by("pk"))
    if not changed:
        return 0
    _stop_readers(workspace_id, now)
    knives = _Knives(workspace_id, now)
    # Series first: what is cut out of them cannot roll in any more behind the back of the look at the entries.
    gone = _through(workspace_id, partial(noting.series_concerned, workspace_id, changed), MANY_SERIES, knives.series)
    gone += _through(workspace_id, partial(noting.entries_concerned, workspace_id, changed), MANY_ENTRIES, knives.entries)
    aside.prolong(workspace_id, {fact.pattern for fact in changed if fact.kind == noting.Kind.OURS}, now)
    _through(workspace_id, partial(_set_aside, workspace_id), aside.PAGE, knives.aside)
    _read_again(workspace_id, changed, knives.lost, now)
    # Those that were noted meanwhile have a job of their own.
    ChangedFact.objects.of(workspace_id).filter(pk__in=[fact.pk for fact in changed]).delete()
    return gone


def _stop_readers(workspace_id: int, now: datetime) -> None:
    """A sync under way decides by the facts of before: without its lease it writes nothing more, and no cursor. It goes on from there."""
    reading = Calendar.objects.of(workspace_id).exclude(lease_holder=None)
    reading.exclude(next_sync_at=None).update(next_sync_at=now)
    reading.update(lease_holder=None, lease_until=None)


def _set_aside(workspace_id: int, after: int, most: int) -> list[int]:
    """Of what is set aside all is judged again: it is little."""
    rows = SetAside.objects.of(workspace_id).filter(pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:most])


def _read_again(workspace_id: int, changed: Iterable[ChangedFact], lost: Collection[int], now: datetime) -> None:
    """In full, and soon: but for those that stand still, which are read in full when they go on."""
    ours = who_is_who(workspace_id).own_identities
    wanted = Q(pk__in=lost)
    for member_id, why in {(fact.member_id, noting.reasons(fact, ours)) for fact in changed}:
        left_out = Trace.objects.of(workspace_id).filter(reason__in=why).values("source_id")
        whose = Q() if member_id is None else Q(account__member_id=member_id)
        wanted |= Q(pk__in=left_out) & whose
    if any(fact.kind in {noting.Kind.OURS, noting.Kind.BLOCKED} for fact in changed):
        # Who was left out of a list may be whom it is about.
        wanted |= Q(pk__in=guest_lists.calendars(workspace_id))
    ids = list(Calendar.objects.of(workspace_id).filter(wanted).values_list("pk", flat=True))
    guest_lists.read_again(Calendar.objects.of(workspace_id).filter(pk__in=ids), now)


def pruner_for(calendar: Calendar, now: datetime) -> prune.Pruner:
    """What cuts by the facts as they are now. `calendar.account.member.user` must be loaded."""
    # What a disconnected or paused calendar left behind stays, as long as the other rules let it.
    policy = replace(access.policy(calendar), switched_on=True)
    claim = Claim(calendar.workspace_id, calendar.pk, lease.NOBODY, lambda: policy)
    return prune.Pruner(claim, secrets.digester(calendar.workspace_id, calendar.pk), now, aside.source(calendar))


@dataclass(slots=True)
class _Knives:
    """A knife for each calendar, made when it is needed first."""

    workspace_id: int
    now: datetime
    lost: set[int] = field(default_factory=set)
    """Calendars from which something was cut."""
    held: dict[int, prune.Pruner] = field(default_factory=dict)

    def series(self, ids: list[int]) -> int:
        """Cut series. Returns how many copies went."""
        return self._cut(Series.objects.of(self.workspace_id).filter(pk__in=ids).order_by("pk"), prune.Pruner.series)

    def entries(self, ids: list[int]) -> int:
        """Cut copies. Returns how many went."""
        rows = Entry.objects.of(self.workspace_id).filter(pk__in=ids).select_related("event").defer("description").order_by("pk")
        return self._cut(rows, prune.Pruner.entries)

    def aside(self, ids: list[int]) -> int:
        """Judge what is set aside. Nothing that is here goes."""
        by_calendar: dict[int, list[SetAside]] = defaultdict(list)
        for row in SetAside.objects.of(self.workspace_id).filter(pk__in=ids).order_by("pk"):
            by_calendar[row.calendar_id].append(row)
        for calendar_id, mine in by_calendar.items():
            knife = self._of(calendar_id)
            aside.judge(knife.claim, knife.keyed, mine, goes_on=again.series_can(knife.source), now=self.now)
        return 0

    def _cut[Row: (Series, Entry)](self, rows: Iterable[Row], cut: Callable[[prune.Pruner, list[Row]], int]) -> int:
        by_calendar: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            by_calendar[row.calendar_id].append(row)
        gone = 0
        for calendar_id, mine in by_calendar.items():
            many = cut(self._of(calendar_id), mine)
            gone += many
            self.lost |= {calendar_id} if many else set()
        return gone

    def _of(self, calendar_id: int) -> prune.Pruner:
        if calendar_id not in self.held:
            calendars = Calendar.objects.of(self.workspace_id).select_related("account__member__user")
            self.held[calendar_id] = pruner_for(calendars.get(pk=calendar_id), self.now)
        return self.held[calendar_id]


def _through(workspace_id: int, find: Callable[[int, int], list[int]], many: int, cut: Callable[[list[int]], int]) -> int:
    """Everything found, so many in a transaction, in turn with the workspace's other writers."""
    done = last = 0
    while ids := find(last, many):
        with transaction.atomic():
            lock_writers(workspace_id)
            done += cut(ids)
        last = ids[-1]
    return done
