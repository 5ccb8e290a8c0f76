"""From the addresses of items to the records that they belong to. Two queries for a page, then `rules.link` decides.

By hand beats by rule: a link that a person made or took off is never touched here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal

from metwith.engine.locks import lock_writers
from metwith.lib import bulk
from metwith.lib.addresses import reversed_domain
from metwith.records.directory import directory
from metwith.records.models import CompanyDomain, PersonAddress
from metwith.rules.link import Directory, RecordKind, WantedLink, links_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from django.db.models import QuerySet

    from metwith.engine.models import RecordLinkBase
    from metwith.engine.tables import Tables

links_changed = Signal()
"""`workspace_id`, `records`: kind and id of each on which an item came, went, moved or was answered. Sent in the writer's transaction."""
EVERYBODY = 0
"""`RecordLinkBase.member` of what is not for somebody alone."""


@dataclass(frozen=True, slots=True)
class OwnLinkable:
    """An item for a member whose copy of it says something else than others are shown."""

    member_id: int
    carried: tuple[Any, ...]
    """As `Linkable.carried`, by this copy."""
    addresses: frozenset[str]
    apart: bool
    """It says otherwise what links carry: so it is on each of the item's records. Else only on those that this copy alone leads to."""


@dataclass(frozen=True, slots=True)
class Linkable:
    """An item, as far as linking needs it."""

    item_id: int
    carried: tuple[Any, ...]
    """The values of the link table's `CARRIES`."""
    addresses: frozenset[str]
    own: tuple[OwnLinkable, ...] = ()


type Place = tuple[int, int, int]
"""Member, kind, record: what a link of an item is known by."""


def columns(link: type[RecordLinkBase]) -> tuple[str, ...]:
    """The columns of a channel's links, in the order in which they are written."""
    return ("workspace_id", f"{link.ITEM}_id", "record_kind", "record_id", "member", *link.CARRIES, "reason", "because", "hidden")


def link(tables: Tables, workspace_id: int, items: Collection[Linkable], *, fresh: bool = False) -> None:
    """Make the links of these items what the rules want. `fresh`: they have none yet."""
    if not items:
        return
    table, names = tables.link, columns(tables.link)
    addresses = (a for item in items for a in (item.addresses, *(own.addresses for own in item.own)))
    known = directory(workspace_id, frozenset().union(*addresses))
    there = {} if fresh else _stored(tables, workspace_id, [item.item_id for item in items])
    new: list[tuple[Any, ...]] = []
    moved: list[RecordLinkBase] = []
    gone: list[int] = []
    touched: set[tuple[int, int]] = set()
    for item in items:
        mine = there.get(item.item_id, {})
        wanted = {place: _values(workspace_id, item, place, link) for place, link in _wanted(item, known, mine).items()}
        new += [row for place, row in wanted.items() if not _is(mine.get(place), names, row)]
        # What somebody did by hand is no rule's to take away: it only comes along when the item moves.
        gone += [row.pk for place, row in mine.items() if place not in wanted and not is_by_hand(row)]
        moved += [_moved(row, item) for row in mine.values() if is_by_hand(row) and not _is(row, table.CARRIES, item.carried)]
        touched |= {(kind, record_id) for _, kind, record_id in (*mine, *wanted)}
    tell(workspace_id, touched)
    table.objects.of(workspace_id).filter(pk__in=gone).delete()
    table.objects.of(workspace_id).bulk_update(moved, table.CARRIES)
    if fresh:
        bulk.copy(table, names, new)
        return
    # One that stands there already, at another time or for another reason, is written over.
    table.objects.bulk_create(
        (table(**dict(zip(names, row, strict=True))) for row in new),
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["workspace", table.ITEM, "record_kind", "record_id", "member"],
        update_fields=[*table.CARRIES, "reason", "because"],
    )


def tell(workspace_id: int, records: Collection[tuple[int, int]]) -> None:
    """Something changed on these records, kind and id of each."""
    if records:
        links_changed.send(sender=None, workspace_id=workspace_id, records=records)


def tell_of(tables: Tables, workspace_id: int, item_ids: Collection[int]) -> None:
    """The same of those that items are on which are about to go: their links go by the database's cascade."""
    if item_ids:
        links = tables.link.objects.of(workspace_id).filter(**{f"{tables.link.ITEM}__in": item_ids})
        tell(workspace_id, {*links.values_list("record_kind", "record_id")})


def _wanted(item: Linkable, known: Directory, there: Mapping[Place, RecordLinkBase]) -> Mapping[Place, WantedLink]:
    """What the rules want, for everybody and for those who have a copy that says otherwise. What was taken off by hand is off for all."""
    everybody = _by_record(links_for(item.addresses, known))
    hand = {(kind, record): row for (_, kind, record), row in there.items() if is_by_hand(row)}
    found: dict[Place, WantedLink] = {(EVERYBODY, *record): w for record, w in everybody.items() if record not in hand}
    for own in item.own:
        mine = _by_record(links_for(own.addresses, known))
        also = {k: WantedLink(RecordKind(k[0]), k[1], row.reason, row.because) for k, row in hand.items()}
        shared = everybody | also
        records = shared | mine if own.apart else {record: w for record, w in mine.items() if record not in shared}
        found |= {(own.member_id, *record): w for record, w in records.items() if not (record in hand and hand[record].hidden)}
    return found


def _by_record(links: Iterable[WantedLink]) -> dict[tuple[int, int], WantedLink]:
    return {(int(link.kind), link.record_id): link for link in links}


def _stored(tables: Tables, workspace_id: int, item_ids: list[int]) -> dict[int, dict[Place, RecordLinkBase]]:
    found: dict[int, dict[Place, RecordLinkBase]] = defaultdict(dict)
    item = f"{tables.link.ITEM}_id"
    for row in tables.link.objects.of(workspace_id).filter(**{f"{item}__in": item_ids}):
        found[getattr(row, item)][row.member, row.record_kind, row.record_id] = row
    return found


def is_by_hand(row: RecordLinkBase) -> bool:
    """Made or taken off by a person; what follows from it for whoever has a copy is no word of its own."""
    return row.member == EVERYBODY and (row.reason == row.Reason.BY_HAND or row.hidden)


def by_hand[L: RecordLinkBase](table: type[L], workspace_id: int) -> QuerySet[L]:
    """What people linked items to, or took them off: the rows of which `is_by_hand` is true."""
    return table.objects.of(workspace_id).filter(Q(reason=table.Reason.BY_HAND) | Q(hidden=True), member=EVERYBODY)


def _is(row: RecordLinkBase | None, names: Iterable[str], values: tuple[Any, ...]) -> bool:
    return row is not None and tuple(getattr(row, name) for name in names) == values


def _moved(row: RecordLinkBase, item: Linkable) -> RecordLinkBase:
    for name, value in zip(row.CARRIES, item.carried, strict=True):
        setattr(row, name, value)
    return row


def _values(workspace_id: int, item: Linkable, place: Place, wanted: WantedLink) -> tuple[Any, ...]:
    """The values of `columns`."""
    member_id, kind, record_id = place
    own = next((own for own in item.own if own.member_id == member_id), None)
    carried = own.carried if own else item.carried
    return workspace_id, item.item_id, int(kind), record_id, member_id, *carried, str(wanted.reason), wanted.because, False


def concerned(tables: Tables, workspace_id: int, kind: RecordKind, record_id: int) -> set[int]:
    """The items whose links a change of this record may concern: those linked to it now, and those whose addresses lead to it now."""
    _let_writers_finish(workspace_id)
    linked = tables.link.objects.of(workspace_id).filter(record_kind=kind, record_id=record_id)
    found = set(linked.values_list(f"{tables.link.ITEM}_id", flat=True))
    participants, item = tables.participant.objects.of(workspace_id), f"{tables.participant.ITEM}_id"
    if kind is RecordKind.PERSON:
        addresses = PersonAddress.objects.of(workspace_id).filter(person_id=record_id).values("folded")
        found |= set(participants.filter(address__in=addresses).values_list(item, flat=True))
    if kind is RecordKind.COMPANY:
        people = PersonAddress.objects.of(workspace_id).filter(person__company_id=record_id).values("folded")
        found |= set(participants.filter(address__in=people).values_list(item, flat=True))
        for domain in CompanyDomain.objects.of(workspace_id).filter(company_id=record_id).values_list("domain", flat=True):
            found |= set(participants.filter(reversed_domain__startswith=reversed_domain(domain)).values_list(item, flat=True))
    return found


def _let_writers_finish(workspace_id: int) -> None:
    """A page under way may have read the records before they changed, and its items are not to be seen yet: wait for its end."""
    with transaction.atomic():
        lock_writers(workspace_id)


def relink_all(
    tables: Tables, workspace_id: int, item_ids: Collection[int] | None, relink: Callable[[int, list[int]], None], *, batch: int = 1000
) -> None:
    """Redo the links of many items (None: all), a batch in a transaction, in turn with the workspace's other writers.

    `relink` is the channel's: workspace, ids.
    """
    for some in _batches(tables, workspace_id, item_ids, batch):
        with transaction.atomic():
            lock_writers(workspace_id)
            relink(workspace_id, some)


def _batches(tables: Tables, workspace_id: int, item_ids: Collection[int] | None, size: int) -> Iterator[list[int]]:
    if item_ids is not None:
        ordered = sorted(item_ids)
        yield from (ordered[i : i + size] for i in range(0, len(ordered), size))
        return
    _let_writers_finish(workspace_id)
    last = 0
    table: Any = tables.link._meta.get_field(tables.link.ITEM).related_model
    items = table.objects.of(workspace_id).order_by("pk").values_list("pk", flat=True)
    while some := list(items.filter(pk__gt=last)[:size]):
        yield some
        last = some[-1]


def unlink_record(tables: Tables, workspace_id: int, kind: RecordKind, record_id: int) -> None:
    """A record is gone for good: its links go, those made by hand too."""
    if tables.link.objects.of(workspace_id).filter(record_kind=kind, record_id=record_id).delete()[0]:
        tell(workspace_id, {(int(kind), record_id)})


@transaction.atomic
def hand_over_links(tables: Tables, workspace_id: int, kind: RecordKind, *, keeper_id: int, other_id: int) -> None:
    """Two records became one: what was linked or taken off by hand at the other holds for the keeper, unless it has a say of its own."""
    lock_writers(workspace_id)
    tell(workspace_id, {(int(kind), keeper_id), (int(kind), other_id)})
    links, item = tables.link.objects.of(workspace_id).filter(record_kind=kind), f"{tables.link.ITEM}_id"
    # What follows from a word by hand for whoever has a copy is made anew.
    links.filter(record_id=other_id, member__gt=EVERYBODY).delete()
    theirs = by_hand(tables.link, workspace_id).filter(record_kind=kind, record_id=other_id)
    mine = links.filter(record_id=keeper_id, member=EVERYBODY)
    by_rule = mine.exclude(reason=tables.link.Reason.BY_HAND)
    by_rule.filter(**{f"{item}__in": list(theirs.values_list(item, flat=True))}).delete()
    theirs.exclude(**{f"{item}__in": list(mine.values_list(item, flat=True))}).update(record_id=keeper_id)
