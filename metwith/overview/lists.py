"""Lists of records by their figures. A page is read from the records' own columns; what of these does not hold is counted as it is read.

A cursor carries the moment of its first page, and later pages answer as of it: a meeting that begins meanwhile moves nobody.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core import signing
from django.db.models import Exists, F, OuterRef, Q

from metwith.lib import sql
from metwith.lib.errors import Invalid
from metwith.overview import months, recount
from metwith.overview.figures import CountedItem, Figures, KnownTo
from metwith.overview.models import Acquaintance, Outdated
from metwith.records import queries
from metwith.records.kinds import NUMBERS
from metwith.records.paging import STRANGE, check_page, page_of
from metwith.rules.link import RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from metwith.overview.asking import FigureFilter
    from metwith.overview.recount import World
    from metwith.records.models import Record
    from metwith.records.paging import Sort

LIVE = 300
"""Figures that do not hold are counted as a list is read, up to so many. Beyond that they stand last until the job has been there."""
EXACT = 10_000
"""So far a total is exact."""
ORDERS = ("last_met", "next", "meetings")
"""By figures; a `-` before it turns it round. Whoever was never met, or has nothing planned, stands last both ways, by name."""

QUIET = "quiet"
"""The order in which records went quiet (`gone_quiet.py`): the one longest overdue first, and none that did not."""

KIND_OF: Mapping[type[Record], RecordKind] = {model: NUMBERS[kind] for kind, model in queries.MODELS.items()}
SORTS: Mapping[RecordKind, Mapping[str, Sort]] = {
    RecordKind.PERSON: queries.PERSON_SORTS,
    RecordKind.COMPANY: queries.COMPANY_SORTS,
    RecordKind.OPPORTUNITY: queries.OPPORTUNITY_SORTS,
}


@dataclass(frozen=True, slots=True)
class Listed[M]:
    """A record with what its meetings come to."""

    record: M
    figures: Figures
    meetings: int
    """Of this month and the eleven before it."""


@dataclass(frozen=True, slots=True)
class FigurePage[M]:
    """A page of a list."""

    items: tuple[Listed[M], ...]
    next: str | None
    """A cursor for the next page, opaque; None on the last one."""
    total: int
    """Of the whole list; `EXACT` + 1 means more than that."""
    pending: bool
    """Many figures are being counted: those records stand last, and no figure that is asked for is said of them."""
    moment: datetime
    """As of which it answers."""


class Place(NamedTuple):
    """Where a page ends: a value, or none and a name; then the id."""

    value: Any
    name: str
    record_id: int


def read[M: Record](
    world: World,
    rows: QuerySet[M],
    *,
    order: str,
    asked: FigureFilter,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> FigurePage[M]:
    """A page of `rows` of one kind, narrowed by all that a record has of itself, in an order of `ORDERS` or of its kind's own.

    Raises Invalid (`sort`, `cursor`, `limit`).
    """
    kind = KIND_OF[rows.model]
    sorts = SORTS[kind]
    by_figures = order.removeprefix("-") in ORDERS
    check_page([*sorts, *ORDERS, *(f"-{name}" for name in ORDERS)], order, limit)
    moment, after = _begin(cursor, _salt(kind, order)) if cursor else (now, None)
    listed = RecordList(world, rows, asked, moment)
    if by_figures:
        found = listed.by_figures(order, _place(after) if after else None, limit)
        records = [row for _, row in found[:limit]]
        ahead: Any = _written(found[limit - 1][0]) if len(found) > limit else None
    else:
        page = page_of(listed.fitted(), sorts, order, after, limit)
        records, ahead = list(page.items), page.next
    return FigurePage(
        listed.shown(records),
        signing.dumps([moment.isoformat(), ahead], salt=_salt(kind, order)) if ahead else None,
        listed.fitted().order_by()[: EXACT + 1].count(),
        listed.pending and (by_figures or asked.asks),
        moment,
    )


def _salt(kind: RecordKind, order: str) -> str:
    return f"figures.{int(kind)}.{order}"


def _begin(cursor: str, salt: str) -> tuple[datetime, Any]:
    try:
        moment, after = signing.loads(cursor, salt=salt)
    except signing.BadSignature as error:
        raise Invalid("cursor", str(STRANGE)) from error
    return datetime.fromisoformat(moment), after


def _written(place: Place) -> list[Any]:
    return [place.value.isoformat() if isinstance(place.value, datetime) else place.value, *place[1:]]


def _place(after: Sequence[Any]) -> Place:
    value, name, record_id = after
    return Place(datetime.fromisoformat(value) if isinstance(value, str) else value, name, record_id)


class RecordList[M: Record]:
    """One reading of one list."""

    def __init__(self, world: World, rows: QuerySet[M], asked: FigureFilter, moment: datetime) -> None:
        self.world, self.kind, self.rows, self.moment = world, KIND_OF[rows.model], rows, moment
        self.workspace_id, self.month, self.rests = world.workspace_id, months.of(moment, world.zone), world.rests()
        off = self._off()
        self.pending = len(off) > LIVE
        self.live: Mapping[int, Figures] = {} if self.pending else recount.count(world, self.kind, off, moment)
        """Of those whose stored figures do not hold."""
        self.fitting = {pk: found for pk, found in self.live.items() if asked.fits(found, moment, world.present)}
        self.stored = asked.condition(self.workspace_id, self.kind, moment) & (~Q(pk__in=self.live) if self.live and asked.asks else Q())
        """Of all others, that they are wanted."""
        if self.pending and asked.asks:
            self.stored &= self._valid()

    def _off(self) -> set[int]:
        """The records whose stored figures are not those of the moment; more than `LIVE` of them means that there may be more."""
        table, many = recount.TABLES[self.kind], LIVE + 1
        place, marked = (self.workspace_id, self.moment, many), (self.workspace_id, int(self.kind), many)
        if self.rests:
            return {pk for (pk,) in sql.rows(OFF.format(table=table, marked=MARKED), (*place, *place, *marked))}
        return {pk for (pk,) in sql.rows(COUNTED.format(table=table, marked=MARKED), (self.workspace_id, many, *marked))}

    def _valid(self) -> Q:
        """That the stored figures hold: asked row by row, where there are too many that do not."""
        marked: Any = Outdated.objects.of(self.workspace_id).filter(record_kind=self.kind, record_id=OuterRef("pk"))
        held = (Q(figures_from=None) | Q(figures_from__lte=self.moment)) & (Q(figures_until=None) | Q(figures_until__gt=self.moment))
        return Q(~Exists(marked)) & (held if self.rests else Q(figures__isnull=True))

    # --- by figures -----------------------------------------------------------------------------------------------------------------

    def by_figures(self, order: str, after: Place | None, limit: int) -> list[tuple[Place, M]]:
        """A page's rows, and one more when there is a next page. Of those that have gone quiet no others follow."""
        found = [] if after and after.value is None else self._with_value(order, after, limit)
        if len(found) <= limit and order != QUIET:
            found += self._without(order, after if after and after.value is None else None, limit - len(found))
        return found

    def _with_value(self, order: str, after: Place | None, limit: int) -> list[tuple[Place, M]]:
        name, falls = order.removeprefix("-"), order.startswith("-")
        stored = self.rows.filter(self.stored & self._has(name)).exclude(pk__in=self.live).annotate(sort_value=self._value(name))
        if after:
            less = "lt" if falls else "gt"
            beyond = Q(**{f"sort_value__{less}": after.value}) | Q(sort_value=after.value, **{f"pk__{less}": after.record_id})
            # The first condition alone is what the index can use.
            stored = stored.filter(Q(**{f"sort_value__{less}e": after.value}) & beyond)
        way = "-" if falls else ""
        rows = stored.order_by(f"{way}sort_value", f"{way}id")[: limit + 1]
        return list(islice(self._merged(rows, name, after, falls=falls), limit + 1))

    def _merged(self, rows: Any, name: str, after: Place | None, *, falls: bool) -> Any:
        """The stored ones and those that were counted just now, in one order."""

        def key(place: Place) -> tuple[Any, int]:
            return place.value, place.record_id

        places = {pk: Place(value, "", pk) for pk, found in self.fitting.items() if (value := self._of(found, name)) is not None}
        ahead = {pk for pk, place in places.items() if after is None or (key(place) < key(after) if falls else key(place) > key(after))}
        live = [(places[row.pk], row) for row in self.rows.filter(pk__in=ahead)] if ahead else []
        return merge(
            ((Place(row.sort_value, "", row.pk), row) for row in rows),
            sorted(live, key=lambda one: key(one[0]), reverse=falls),
            key=lambda one: key(one[0]),
            reverse=falls,
        )

    def _without(self, order: str, after: Place | None, limit: int) -> list[tuple[Place, M]]:
        """The rest, by name."""
        name = order.removeprefix("-")
        none = [pk for pk, found in self.fitting.items() if self._of(found, name) is None]
        rows = self.rows.filter(
            (self.stored & ~self._has(name) & ~Q(pk__in=self.live)) | Q(pk__in=none) if self.live else self.stored & ~self._has(name)
        )
        if after:
            rows = rows.filter(Q(name_key__gte=after.name) & (Q(name_key__gt=after.name) | Q(name_key=after.name, pk__gt=after.record_id)))
        return [(Place(None, row.name_key, row.pk), row) for row in rows.order_by("name_key", "id")[: limit + 1]]

    def _has(self, name: str) -> Q:
        if name == QUIET:
            # As the index has it, then what is asked.
            there = Q(next_at__isnull=True, **{f"{self._quiet}__isnull": False, f"{self._quiet}__lte": self.moment})
            return there & self._valid() if self.pending else there
        there = Q(next_at__isnull=False) if name == "next" else Q(last_met_at__isnull=False)
        return there & self._valid() if self.pending else there

    def _value(self, name: str) -> Any:
        return F(
            {"last_met": "last_met_at", "next": "next_at", QUIET: self._quiet, "meetings": ("met_even", "met_odd")[self.month % 2]}[name]
        )

    @property
    def _quiet(self) -> str:
        return ("quiet_even_at", "quiet_odd_at")[self.month % 2]

    def _of(self, figures: Figures, name: str) -> datetime | int | None:
        if name == QUIET:
            quiet = figures.quiet_from(self.month)
            return quiet if quiet and quiet <= self.moment else None
        if name == "next":
            return figures.next.at if figures.next else None
        if figures.last is None:
            return None
        return figures.last.at if name == "last_met" else figures.meetings(self.month)

    # --- by what a record has of itself -----------------------------------------------------------------------------------------------

    def fitted(self) -> QuerySet[M]:
        """All rows that are wanted, in no order."""
        return self.rows.filter(self.stored | Q(pk__in=self.fitting)) if self.stored and self.fitting else self.rows.filter(self.stored)

    def shown(self, records: Sequence[M]) -> tuple[Listed[M], ...]:
        """With their figures, however many of these do not hold."""
        if self.pending:
            return of_records(self.world, records, self.moment)
        return _with_figures(self.workspace_id, self.kind, records, self.live, self.month)


def of_records[M: Record](world: World, records: Sequence[M], now: datetime) -> tuple[Listed[M], ...]:
    """These records, all of one kind, with their figures."""
    if not records:
        return ()
    kind = KIND_OF[type(records[0])]
    return _with_figures(world.workspace_id, kind, records, _live(world, kind, records, now), months.of(now, world.zone))


def of_one(world: World, row: Record, now: datetime) -> Figures:
    """The figures of a record, but for whom it is known by."""
    return _live(world, KIND_OF[type(row)], [row], now).get(row.pk) or _stored(row)


def _live(world: World, kind: RecordKind, records: Sequence[Record], now: datetime) -> Mapping[int, Figures]:
    """Counted now, of those whose stored figures do not hold."""
    if not world.rests():
        return recount.count(world, kind, [row.pk for row in records], now)
    marked = Outdated.objects.of(world.workspace_id).filter(record_kind=kind, record_id__in=[row.pk for row in records])
    off = {row.pk for row in records if not Figures(since=row.figures_from, until=row.figures_until).hold(now)}
    return recount.count(world, kind, off | {*marked.values_list("record_id", flat=True)}, now)


ACQUAINTANCE = ("record_id", "member_id", "meetings", "last_met_at", "all_day")


def _with_figures[M: Record](
    workspace_id: int, kind: RecordKind, records: Sequence[M], live: Mapping[int, Figures], month: int
) -> tuple[Listed[M], ...]:
    known: dict[int, dict[int, KnownTo]] = defaultdict(dict)
    ids = [row.pk for row in records if row.pk not in live]
    theirs = Acquaintance.objects.of(workspace_id).filter(record_kind=kind, record_id__in=ids)
    # Of a busy page there are hundreds: instances would cost as much as the rest of the page.
    for record_id, member_id, meetings, at, all_day in theirs.values_list(*ACQUAINTANCE) if ids else ():
        known[record_id][member_id] = KnownTo(meetings, CountedItem(0, at, all_day))
    return tuple(_listed(row, live.get(row.pk), known[row.pk], month) for row in records)


def _listed[M: Record](row: M, live: Figures | None, known: Mapping[int, KnownTo], month: int) -> Listed[M]:
    figures = live or replace(_stored(row), known=known)
    return Listed(row, figures, figures.meetings(month))


def _stored(row: Record) -> Figures:
    met, quiet = (row.met_even, row.met_odd), (row.quiet_even_at, row.quiet_odd_at)
    return Figures.stored(row.last_met_at, row.next_at, met, quiet, row.figures)


MARKED = """(SELECT o.record_id FROM overview_outdated o WHERE o.workspace_id = %s AND o.record_kind = %s LIMIT %s)"""
OFF = """(SELECT r.id FROM {table} r WHERE r.workspace_id = %s AND r.figures_until <= %s LIMIT %s)
UNION (SELECT r.id FROM {table} r WHERE r.workspace_id = %s AND r.figures_from > %s LIMIT %s) UNION {marked}"""
COUNTED = "(SELECT r.id FROM {table} r WHERE r.workspace_id = %s AND r.figures IS NOT NULL LIMIT %s) UNION {marked}"
"""What all figures rest on has changed."""
