"""Keep or drop, before anything is stored (product.md, section 3). The order of the questions decides which reason is counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from metwith.calendars.rules.guest_list import is_one
from metwith.calendars.rules.recur import key_of
from metwith.calendars.vocabulary import (
    WHOLE,
    Decision,
    Drop,
    DropReason,
    Keep,
    Moment,
    Recurrence,
    RemoteEvent,
    Visibility,
    handed_out,
)
from metwith.rules.blocks import Blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from metwith.calendars.vocabulary import Occurrence
    from metwith.rules.own_identities import OwnIdentities


def _unmarked(_uid: str, _key: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What a calendar's owner took out for good. Only keyed marks are known of it."""

    marks: frozenset[str] = frozenset()
    mark: Callable[[str, str], str] = _unmarked
    """UID and occurrence key, or WHOLE → mark."""

    def holds(self, uid: str, key: str, alike: str = "") -> bool:
        """Whether an occurrence is out: by itself, or with its whole series; by its UID, or by the one that is made of its content."""
        names = {uid, alike} - {""}
        return bool(self.marks) and not self.marks.isdisjoint({self.mark(name, scope) for name in names for scope in (WHOLE, key)})


@dataclass(frozen=True, slots=True)
class Policy:
    """The facts that a decision for one calendar rests on."""

    own_identities: OwnIdentities
    owner: frozenset[str]
    """All that the calendar's owner goes by, folded, also what they merely claim."""
    blocks: Blocks = field(default_factory=Blocks)
    """The owner's own and the workspace's."""
    switched_on: bool = True
    out: Exclusions = field(default_factory=Exclusions)
    claimed: frozenset[str] = frozenset()
    """What anybody in the workspace claims, folded: a stranger's for everybody else, but no rule makes a Person of it."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """What is left of an item."""

    kept: tuple[RemoteEvent, ...]
    """The item without what was dropped of it; and, of a dropped series or a dropped end of one, the exceptions that may stay all the
    same, as items of their own."""
    dropped: tuple[tuple[str, DropReason], ...]
    """The reasons, each with the part that it is about: `""` for the item as a whole, else the key of an occurrence, to be kept as a
    keyed hash only."""


def participants(event: RemoteEvent) -> frozenset[str]:
    """The addresses of people: no rooms, no resources, no provider's placeholders."""
    return frozenset(a.address for a in event.attendees if is_one(a))


def decide(event: RemoteEvent, policy: Policy) -> Decision:
    """Whether one event, or the rule part of a series, may come in."""
    if not policy.switched_on:
        return Drop(DropReason.SWITCHED_OFF)
    if policy.out.holds(event.uid, _key(event), event.alike):
        return Drop(DropReason.TAKEN_OUT)
    return _by_what_it_is(event, policy)


def _by_what_it_is(event: RemoteEvent, policy: Policy) -> Decision:
    others = participants(event) - policy.owner
    if not others or event.event_type != "default" or handed_out(event.uid):
        return Drop(DropReason.NOT_A_MEETING)
    if event.visibility is not Visibility.PUBLIC:
        return Drop(DropReason.PRIVATE)
    if policy.blocks.stop(others, event.title) or _names_erased(event, policy):
        return Drop(DropReason.BLOCKED)
    # What is left of a list that was cut never says that there is nobody else: then it is read again.
    if not event.more and all(policy.own_identities.includes(address) for address in others):
        return Drop(DropReason.INTERNAL)
    return Keep()


def _key(event: RemoteEvent) -> str:
    """The one occurrence that an event speaks for; of one that speaks for later ones too, `without_excluded` takes out what is out."""
    return "" if event.this_and_future else _slot(event)


def _slot(event: RemoteEvent) -> str:
    """The key of the occurrence that an exception stands for, whichever zone it is named in."""
    return "" if event.original_start is None else key_of(event.original_start)


def without_excluded(occurrences: Iterable[Occurrence], out: Exclusions) -> tuple[list[Occurrence], list[str]]:
    """The occurrences of what was kept without those that were taken out one by one, and the keys of these."""
    staying: list[Occurrence] = []
    gone: list[str] = []
    for occurrence in occurrences:
        if out.holds(occurrence.event.uid, occurrence.key, occurrence.event.alike):
            gone.append(occurrence.key)
        else:
            staying.append(occurrence)
    return staying, gone


def _names_erased(event: RemoteEvent, policy: Policy) -> bool:
    """Whether somebody erased is named at all, be it as a room."""
    return policy.blocks.keeps_out(a.address for a in event.attendees if a.address not in policy.owner)


def filter_item(item: RemoteEvent, policy: Policy) -> Filtered:
    """Decide about an item and each of its exceptions, and cut out what may not come in."""
    decision = decide(item, policy)
    judged = [(exception, decide(exception, policy)) for exception in item.exceptions]
    staying = tuple(exception for exception, verdict in judged if isinstance(verdict, Keep))
    if isinstance(decision, Drop):
        return Filtered(_alone(staying), (("", decision.reason),))
    leaving = [(exception, verdict.reason) for exception, verdict in judged if isinstance(verdict, Drop)]
    if not leaving:
        return Filtered((item,), ())
    traces = tuple((_slot(exception), reason) for exception, reason in leaving)
    recurrence = _cut(item.recurrence or Recurrence(), [exception for exception, _ in leaving])
    within = _before(staying, recurrence.ends_before)
    beyond = tuple(exception for exception in staying if exception not in within)
    return Filtered((replace(item, recurrence=recurrence, exceptions=within), *_alone(beyond)), traces)


def _alone(exceptions: tuple[RemoteEvent, ...]) -> tuple[RemoteEvent, ...]:
    """Exceptions without their series: each stands for itself only."""
    return tuple(replace(exception, recurrence=None, this_and_future=False) for exception in exceptions)


def _cut(recurrence: Recurrence, leaving: list[RemoteEvent]) -> Recurrence:
    """The series without the starts of what leaves; a dropped "this and following" ends it there."""
    starts = [e.original_start for e in leaving if e.original_start is not None and not e.this_and_future]
    tails = [e.original_start for e in leaving if e.original_start is not None and e.this_and_future]
    ends_before = min(tails, key=instant, default=recurrence.ends_before)
    return replace(recurrence, excluded=(*recurrence.excluded, *starts), ends_before=ends_before)


def _before(exceptions: tuple[RemoteEvent, ...], end: Moment | None) -> tuple[RemoteEvent, ...]:
    if end is None:
        return exceptions
    return tuple(e for e in exceptions if e.original_start is None or instant(e.original_start) < instant(end))


def instant(moment: Moment) -> datetime:
    """A moment as a sortable instant; a date as its midnight in UTC."""
    return moment.astimezone(UTC) if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
