"""Step 9: from the addresses of events to the records that they belong to. Two queries for a page, then `rules.link` decides.

By hand beats by rule: a link that a person made or took off is never touched here.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Q

from metwith.calendars.models import Attendee, Entry, Event, Link, Newcomer
from metwith.calendars.sync.meeting import copies
from metwith.calendars.sync.meeting.copies import Linkable
from metwith.engine.locks import lock_writers
from metwith.lib import bulk
from metwith.lib.addresses import reversed_domain
from metwith.records.directory import directory
from metwith.records.models import CompanyDomain, PersonAddress
from metwith.rules.link import Directory, RecordKind, WantedLink, links_for
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from django.db.models import QuerySet

LINK = (
    "workspace_id", "event_id", "record_kind", "record_id", "member", "starts_at", "ends_at", "all_day", "cancelled", "reason", "because",
    "hidden",
)  # fmt: skip
MOVES = ("starts_at", "ends_at", "all_day", "cancelled")
EVERYBODY = 0
"""`Link.member` of what is not for somebody alone."""


type Place = tuple[int, int, int]
"""Member, kind, record: what a link of an event is known by."""


def link(workspace_id: int, events: Collection[Linkable], *, fresh: bool = False) -> None:
    """Make the links of these events what the rules want. `fresh`: they have none yet."""
    if not events:
        return
    named = (a for e in events for a in (e.addresses, *(own.addresses for own in e.own)))
    known = directory(workspace_id, frozenset().union(*named))
    held = {} if fresh else _held(workspace_id, [e.event_id for e in events])
    new: list[tuple[Any, ...]] = []
    moved: list[Link] = []
    gone: list[int] = []
    for event in events:
        mine = held.get(event.event_id, {})
        wanted = {place: _values(workspace_id, event, place, link) for place, link in _wanted(event, known, mine).items()}
        new += [row for place, row in wanted.items() if _differs(mine.get(place), row)]
        gone += [row.pk for place, row in mine.items() if place not in wanted and not is_by_hand(row)]
        moved += [_moved(row, event) for row in mine.values() if is_by_hand(row) and _stale(row, event)]
    Link.objects.of(workspace_id).filter(pk__in=gone).delete()
    Link.objects.bulk_update(moved, ["starts_at", "ends_at", "all_day"])
    if fresh:
        bulk.copy(Link, LINK, new)
        return
    Link.objects.bulk_create(
        (Link(**dict(zip(LINK, row, strict=True))) for row in new),
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["workspace", "event", "record_kind", "record_id", "member"],
        update_fields=[*MOVES, "reason", "because"],
    )


def _wanted(event: Linkable, known: Directory, held: Mapping[Place, Link]) -> Mapping[Place, WantedLink]:
    """What the rules want, for everybody and for those who have a copy that says otherwise. What was taken off by hand is off for all."""
    everybody = _by_record(links_for(event.addresses, known))
    hand = {(kind, record): row for (_, kind, record), row in held.items() if is_by_hand(row)}
    found: dict[Place, WantedLink] = {(EVERYBODY, *record): w for record, w in everybody.items() if record not in hand}
    for own in event.own:
        mine = _by_record(links_for(own.addresses, known))
        also = {k: WantedLink(RecordKind(k[0]), k[1], row.reason, row.because) for k, row in hand.items()}
        there = everybody | also
        records = there | mine if own.apart else {record: w for record, w in mine.items() if record not in there}
        found |= {(own.member_id, *record): w for record, w in records.items() if not (record in hand and hand[record].hidden)}
    return found


def _by_record(links: Iterable[WantedLink]) -> dict[tuple[int, int], WantedLink]:
    return {(int(link.kind), link.record_id): link for link in links}


def _held(workspace_id: int, event_ids: list[int]) -> dict[int, dict[Place, Link]]:
    found: dict[int, dict[Place, Link]] = defaultdict(dict)
    for row in Link.objects.of(workspace_id).filter(event_id__in=event_ids):
        found[row.event_id][row.member, row.record_kind, row.record_id] = row
    return found


def is_by_hand(row: Link) -> bool:
    """Made or taken off by a person; what follows from it for whoever has a copy is no word of its own."""
    return row.member == EVERYBODY and (row.reason == Link.Reason.BY_HAND or row.hidden)


def by_hand(workspace_id: int) -> QuerySet[Link]:
    """What people linked meetings to, or took them off: the rows of which `is_by_hand` is true."""
    return Link.objects.of(workspace_id).filter(Q(reason=Link.Reason.BY_HAND) | Q(hidden=True), member=EVERYBODY)


def _differs(row: Link | None, wanted: tuple[Any, ...]) -> bool:
    return row is None or tuple(getattr(row, column) for column in LINK) != wanted


def _stale(row: Link, event: Linkable) -> bool:
    return (row.starts_at, row.ends_at, row.all_day) != (event.starts_at, event.ends_at, event.all_day)


def _moved(row: Link, event: Linkable) -> Link:
    row.starts_at, row.ends_at, row.all_day = event.starts_at, event.ends_at, event.all_day
    return row


def _values(workspace_id: int, event: Linkable, place: Place, wanted: WantedLink) -> tuple[Any, ...]:
    """The columns of LINK."""
    member_id, kind, record_id = place
    own = next((own for own in event.own if own.member_id == member_id), None)
    said = own or event
    when = (said.starts_at, said.ends_at, said.all_day, own.cancelled if own else None)
    return workspace_id, event.event_id, int(kind), record_id, member_id, *when, str(wanted.reason), wanted.because, False


def relink(workspace_id: int, event_ids: Collection[int]) -> None:
    """Redo the links of these events."""
    addresses: dict[int, set[str]] = defaultdict(set)
    for event_id, address in Attendee.objects.of(workspace_id).filter(event_id__in=event_ids).values_list("event_id", "address"):
        addresses[event_id].add(address)
    held = copies.copies_of(workspace_id, _shared(workspace_id, event_ids), who_is_who(workspace_id))
    link(
        workspace_id,
        [
            copies.linkable(event.pk, held[event.pk], addresses[event.pk]) if event.pk in held else _plain(event, addresses[event.pk])
            for event in Event.objects.of(workspace_id).filter(pk__in=event_ids)
        ],
    )


def _shared(workspace_id: int, event_ids: Collection[int]) -> list[int]:
    """Those that have several copies: what these say apart matters to whoever has one."""
    many = Entry.objects.of(workspace_id).filter(event_id__in=event_ids).values("event_id").annotate(many=Count("pk")).filter(many__gt=1)
    return list(many.order_by().values_list("event_id", flat=True))


def _plain(event: Event, addresses: Iterable[str]) -> Linkable:
    return Linkable(event.pk, event.starts_at, event.ends_at, event.start_date is not None, frozenset(addresses))


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


def unlink_record(workspace_id: int, kind: RecordKind, record_id: int) -> None:
    """A record is gone for good: its links go, those made by hand too, and what is known of how it came."""
    Newcomer.objects.of(workspace_id).filter(record_kind=kind, record_id=record_id).delete()
    Link.objects.of(workspace_id).filter(record_kind=kind, record_id=record_id).delete()


@transaction.atomic
def hand_over_links(workspace_id: int, kind: RecordKind, keeper_id: int, other_id: int) -> None:
    """Two records became one: what was linked or taken off by hand at the other holds for the keeper, unless it has a say of its own."""
    lock_writers(workspace_id)
    # What follows from a word by hand for whoever has a copy is made anew.
    Link.objects.of(workspace_id).filter(record_kind=kind, record_id=other_id, member__gt=EVERYBODY).delete()
    theirs = by_hand(workspace_id).filter(record_kind=kind, record_id=other_id)
    mine = Link.objects.of(workspace_id).filter(record_kind=kind, record_id=keeper_id, member=EVERYBODY)
    mine.exclude(reason=Link.Reason.BY_HAND).filter(event_id__in=list(theirs.values_list("event_id", flat=True))).delete()
    theirs.exclude(event_id__in=list(mine.values_list("event_id", flat=True))).update(record_id=keeper_id)
