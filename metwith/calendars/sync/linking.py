"""Step 9: from the addresses of events to the records that they belong to. Two queries for a page, then `rules.link` decides.

By hand beats by rule: a link that a person made or took off is never touched here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from metwith.calendars.models import Attendee, Event, Link, Newcomer
from metwith.calendars.sync.turns import lock_writers
from metwith.lib import bulk
from metwith.lib.addresses import reversed_domain
from metwith.lib.freemail import is_free_mail
from metwith.records.models import CompanyDomain, PersonAddress
from metwith.rules.link import Directory, KnownPerson, RecordKind, WantedLink, links_for, lookup_domains

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

LINK = ("workspace_id", "event_id", "record_kind", "record_id", "starts_at", "ends_at", "all_day", "reason", "because", "hidden")


@dataclass(frozen=True, slots=True)
class Linkable:
    """An event, as far as linking needs it."""

    event_id: int
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    addresses: frozenset[str]


def directory(workspace_id: int, addresses: Collection[str]) -> Directory:
    """The records that these addresses may lead to."""
    return Directory(_people(workspace_id, addresses), _companies(workspace_id, lookup_domains(addresses)))


def _people(workspace_id: int, addresses: Collection[str]) -> Mapping[str, KnownPerson]:
    rows = (
        PersonAddress.objects.of(workspace_id)
        .filter(folded__in=list(addresses), person__trashed_at=None)
        .order_by("-primary", "person__created_at", "person_id")
        .values_list("folded", "person_id", "person__company_id", "person__company__trashed_at")
    )
    found: dict[str, KnownPerson] = {}
    for folded, person_id, company_id, company_trashed_at in rows:
        found.setdefault(folded, KnownPerson(person_id, None if company_trashed_at else company_id))
    return found


def _companies(workspace_id: int, domains: Iterable[str]) -> Mapping[str, tuple[int, ...]]:
    rows = (
        CompanyDomain.objects.of(workspace_id)
        .filter(domain__in=[d for d in domains if not is_free_mail(d)], company__trashed_at=None)
        .order_by("company_id")
        .values_list("domain", "company_id")
    )
    found: dict[str, list[int]] = defaultdict(list)
    for domain, company_id in rows:
        found[domain].append(company_id)
    return {domain: tuple(ids) for domain, ids in found.items()}


def link(workspace_id: int, events: Collection[Linkable], *, fresh: bool = False) -> None:
    """Make the links of these events what the rules want. `fresh`: they have none yet."""
    if not events:
        return
    known = directory(workspace_id, frozenset().union(*(e.addresses for e in events)))
    held = {} if fresh else _held(workspace_id, [e.event_id for e in events])
    new: list[tuple[Linkable, WantedLink]] = []
    moved: list[Link] = []
    gone: list[int] = []
    for event in events:
        wanted = links_for(event.addresses, known)
        mine = held.get(event.event_id, {})
        new += [(event, w) for w in wanted if _differs(mine.get((w.kind, w.record_id)), w, event)]
        names = {(w.kind, w.record_id) for w in wanted}
        gone += [row.pk for name, row in mine.items() if name not in names and row.reason != Link.Reason.BY_HAND]
        moved += [_moved(row, event) for row in mine.values() if row.reason == Link.Reason.BY_HAND and _stale(row, event)]
    Link.objects.of(workspace_id).filter(pk__in=gone).delete()
    Link.objects.bulk_update(moved, ["starts_at", "ends_at", "all_day"])
    if fresh:
        bulk.copy(Link, LINK, (_values(workspace_id, event, w) for event, w in new))
        return
    Link.objects.bulk_create(
        (Link(**dict(zip(LINK, _values(workspace_id, event, w), strict=True))) for event, w in new),
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["workspace", "event", "record_kind", "record_id"],
        update_fields=["starts_at", "ends_at", "all_day", "reason", "because"],
    )


def _held(workspace_id: int, event_ids: list[int]) -> dict[int, dict[tuple[int, int], Link]]:
    found: dict[int, dict[tuple[int, int], Link]] = defaultdict(dict)
    for row in Link.objects.of(workspace_id).filter(event_id__in=event_ids):
        found[row.event_id][row.record_kind, row.record_id] = row
    return found


def _differs(row: Link | None, wanted: WantedLink, event: Linkable) -> bool:
    if row is None:
        return True
    if row.reason == Link.Reason.BY_HAND:
        return False
    return (row.reason, row.because) != (wanted.reason, wanted.because) or _stale(row, event)


def _stale(row: Link, event: Linkable) -> bool:
    return (row.starts_at, row.ends_at, row.all_day) != (event.starts_at, event.ends_at, event.all_day)


def _moved(row: Link, event: Linkable) -> Link:
    row.starts_at, row.ends_at, row.all_day = event.starts_at, event.ends_at, event.all_day
    return row


def _values(workspace_id: int, event: Linkable, wanted: WantedLink) -> tuple[Any, ...]:
    """The columns of LINK."""
    when = (event.starts_at, event.ends_at, event.all_day)
    return workspace_id, event.event_id, int(wanted.kind), wanted.record_id, *when, wanted.reason, wanted.because, False


def linkable(event: Event, addresses: Iterable[str]) -> Linkable:
    """An Event's row as linking needs it."""
    return Linkable(event.pk, event.starts_at, event.ends_at, event.start_date is not None, frozenset(addresses))


def relink(workspace_id: int, event_ids: Collection[int]) -> None:
    """Redo the links of these events."""
    addresses: dict[int, set[str]] = defaultdict(set)
    for event_id, address in Attendee.objects.of(workspace_id).filter(event_id__in=event_ids).values_list("event_id", "address"):
        addresses[event_id].add(address)
    events = Event.objects.of(workspace_id).filter(pk__in=event_ids)
    link(workspace_id, [linkable(event, addresses[event.pk]) for event in events])


def concerned(workspace_id: int, kind: RecordKind, record_id: int) -> set[int]:
    """The events whose links a change of this record may concern: those linked to it now, and those whose addresses lead to it now."""
    _let_writers_finish(workspace_id)
    found = set(
        Link.objects.of(workspace_id).filter(record_kind=kind, record_id=record_id).values_list("event_id", flat=True),
    )
    attendees = Attendee.objects.of(workspace_id)
    if kind is RecordKind.PERSON:
        held = PersonAddress.objects.of(workspace_id).filter(person_id=record_id).values("folded")
        found |= set(attendees.filter(address__in=held).values_list("event_id", flat=True))
    if kind is RecordKind.COMPANY:
        people = PersonAddress.objects.of(workspace_id).filter(person__company_id=record_id).values("folded")
        found |= set(attendees.filter(address__in=people).values_list("event_id", flat=True))
        for domain in CompanyDomain.objects.of(workspace_id).filter(company_id=record_id).values_list("domain", flat=True):
            found |= set(attendees.filter(reversed_domain__startswith=reversed_domain(domain)).values_list("event_id", flat=True))
    return found


def _let_writers_finish(workspace_id: int) -> None:
    """A page under way may have read the records before they changed, and its events are not to be seen yet: wait for its end."""
    with transaction.atomic():
        lock_writers(workspace_id)


def relink_all(workspace_id: int, event_ids: Collection[int] | None, batch: int = 1000) -> None:
    """Redo the links of many events (None: all), a batch in a transaction, in turn with the workspace's other writers."""
    for some in _batches(workspace_id, event_ids, batch):
        with transaction.atomic():
            lock_writers(workspace_id)
            relink(workspace_id, some)


def _batches(workspace_id: int, event_ids: Collection[int] | None, size: int) -> Iterator[list[int]]:
    if event_ids is not None:
        ordered = sorted(event_ids)
        yield from (ordered[i : i + size] for i in range(0, len(ordered), size))
        return
    _let_writers_finish(workspace_id)
    last = 0
    events = Event.objects.of(workspace_id).order_by("pk").values_list("pk", flat=True)
    while some := list(events.filter(pk__gt=last)[:size]):
        yield some
        last = some[-1]


def forget(workspace_id: int, kind: RecordKind, record_id: int) -> None:
    """A record is gone for good: its links go, those made by hand too, and what is known of how it came."""
    Newcomer.objects.of(workspace_id).filter(record_kind=kind, record_id=record_id).delete()
    Link.objects.of(workspace_id).filter(record_kind=kind, record_id=record_id).delete()


@transaction.atomic
def hand_over(workspace_id: int, kind: RecordKind, keeper_id: int, other_id: int) -> None:
    """Two records became one: what was linked or taken off by hand at the other holds for the keeper, unless it has a say of its own."""
    lock_writers(workspace_id)
    theirs = Link.objects.of(workspace_id).filter(record_kind=kind, record_id=other_id, reason=Link.Reason.BY_HAND)
    mine = Link.objects.of(workspace_id).filter(record_kind=kind, record_id=keeper_id)
    mine.exclude(reason=Link.Reason.BY_HAND).filter(event_id__in=list(theirs.values_list("event_id", flat=True))).delete()
    theirs.exclude(event_id__in=list(mine.values_list("event_id", flat=True))).update(record_id=keeper_id)
