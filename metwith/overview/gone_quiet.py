"""Who has gone quiet (`quiet.py`): companies, and people without one; those with an open opportunity first, then by how far overdue.

The same for everybody who looks, as all figures are; but for what a member has put off, which is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core import signing
from django.db.models import Exists, OuterRef, Q

from metwith.lib.errors import Invalid
from metwith.overview import lists, months
from metwith.overview.asking import FigureFilter
from metwith.overview.lists import Place, RecordList
from metwith.overview.models import PutOff
from metwith.overview.quiet import usual_gap
from metwith.records import queries
from metwith.records.kinds import NAMES, NUMBERS
from metwith.records.models import Opportunity
from metwith.records.paging import LARGEST_PAGE, STRANGE, check_page
from metwith.records.queries import RecordFilter
from metwith.rules.link import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from metwith.overview.figures import Figures
    from metwith.overview.recount import World
    from metwith.records.kinds import Kind
    from metwith.records.models import Company, Person
    from metwith.workspaces.models import Member

KINDS = (RecordKind.PERSON, RecordKind.COMPANY)
PUT_OFF = timedelta(weeks=4)
SALT = "gone quiet"
NAMED = 3
"""So many open opportunities are named of each."""
FARTHEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class GoneQuiet:
    """A record that has gone quiet, with what says why."""

    kind: Kind
    record: Company | Person
    figures: Figures
    usual: timedelta
    """The gap between two meetings as it was."""
    silent: int
    """Days since the last one, in the workspace's zone."""
    overdue: int
    """Days since it has gone quiet; 0 on the first one."""
    opportunities: tuple[Opportunity, ...]
    """Those that are open, at most `NAMED`."""


@dataclass(frozen=True, slots=True)
class QuietPage:
    """Some of them."""

    items: tuple[GoneQuiet, ...]
    next: str | None
    """A cursor for the next page, opaque."""
    pending: bool
    """Figures of many records are being counted: those are left out meanwhile."""


class _At(NamedTuple):
    """Where one stands: those with an open opportunity first, by when they went quiet."""

    phase: int
    quiet: datetime
    kind: int
    record_id: int


def gone_quiet(viewer: Member, world: World, *, mine: bool, cursor: str = "", limit: int = 20, now: datetime) -> QuietPage:
    """A page of them, without what the viewer has put off; `mine`: only whom the viewer knows. Raises Invalid (`cursor`, `limit`)."""
    check_page([lists.QUIET], lists.QUIET, limit)
    moment, after = _begin(cursor) if cursor else (now, None)
    reading = _Reading(viewer, world, moment, mine=mine)
    found = list(islice(reading.after(after, limit), limit + 1))
    ahead = signing.dumps([moment.isoformat(), _written(found[limit - 1][0])], salt=SALT) if len(found) > limit else None
    return QuietPage(reading.told_of(found[:limit]), ahead, reading.pending)


class _Reading:
    """One reading, at one moment."""

    def __init__(self, viewer: Member, world: World, moment: datetime, *, mine: bool) -> None:
        self.world, self.moment, self.where = world, moment, world.workspace_id
        self.viewer, self.asked = viewer, FigureFilter(known_by=viewer.pk) if mine else FigureFilter()
        self.today = moment.astimezone(world.zone).date()
        self.month = months.of(moment, world.zone)
        self.pending = False

    def after(self, after: _At | None, limit: int) -> Iterator[tuple[_At, Any]]:
        """In their order; of each kind no more are read than could stand on the page."""
        for phase in (0, 1):
            if after is None or after.phase <= phase:
                here = after if after and after.phase == phase else None
                yield from merge(*(self._of_kind(kind, phase, here, limit) for kind in KINDS), key=lambda one: one[0])

    def _of_kind(self, kind: RecordKind, phase: int, after: _At | None, limit: int) -> list[tuple[_At, Any]]:
        listed: RecordList[Any] = RecordList(self.world, self._rows(kind, phase), self.asked, self.moment)
        self.pending |= listed.pending
        found = listed.by_figures(lists.QUIET, _of_kind(kind, after), limit)
        return [(_At(phase, place.value, int(kind), place.record_id), record) for place, record in found]

    def _rows(self, kind: RecordKind, phase: int) -> QuerySet[Any]:
        rows: QuerySet[Any]
        if kind is RecordKind.COMPANY:
            rows, column = queries.company_rows(self.where, RecordFilter()), "company_id"
        else:
            alone = Q(company=None) | Q(company__trashed_at__isnull=False)
            rows, column = queries.people_rows(self.where, RecordFilter()).filter(alone), "contact_id"
        deals: Any = _open(self.where).filter(**{column: OuterRef("pk")})
        off: Any = PutOff.objects.of(self.where).filter(
            member_id=self.viewer.pk, record_kind=kind, record_id=OuterRef("pk"), until__gt=self.today
        )
        return rows.filter(Exists(deals) if phase == 0 else ~Exists(deals), ~Exists(off))

    def told_of(self, reached: Sequence[tuple[_At, Any]]) -> tuple[GoneQuiet, ...]:
        """With what says why."""
        held = {
            (kind, listed.record.pk): listed.figures
            for kind in KINDS
            for listed in lists.of_records(self.world, [record for at, record in reached if at.kind == kind], self.moment)
        }
        deals = {kind: self._deals(kind, [at.record_id for at, _record in reached if at.kind == kind and at.phase == 0]) for kind in KINDS}
        return tuple(
            self._one(at, record, held[RecordKind(at.kind), at.record_id], deals[RecordKind(at.kind)].get(at.record_id, ()))
            for at, record in reached
        )

    def _one(self, at: _At, record: Any, figures: Figures, deals: Sequence[Opportunity]) -> GoneQuiet:
        last, quiet = self._day(figures.last.begins(self.world.zone) if figures.last else at.quiet), self._day(at.quiet)
        gap = usual_gap(last, quiet)
        return GoneQuiet(NAMES[at.kind], record, figures, gap, (self.today - last).days, (self.today - quiet).days, tuple(deals[:NAMED]))

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.world.zone).date()

    def _deals(self, kind: RecordKind, ids: Sequence[int]) -> Mapping[int, list[Opportunity]]:
        column = "company_id" if kind is RecordKind.COMPANY else "contact_id"
        found: dict[int, list[Opportunity]] = {}
        for deal in _open(self.where).filter(**{f"{column}__in": ids}).order_by("name_key", "pk") if ids else ():
            found.setdefault(getattr(deal, column), []).append(deal)
        return found


def _open(workspace_id: int) -> QuerySet[Opportunity]:
    return Opportunity.objects.of(workspace_id).filter(trashed_at=None, stage__in=queries.OPEN_STAGES)


def _of_kind(kind: RecordKind, after: _At | None) -> Place | None:
    """Where a page of both kinds ended, among one of them."""
    if after is None:
        return None
    if kind == after.kind:
        return Place(after.quiet, "", after.record_id)
    return Place(after.quiet, "", 0 if kind > after.kind else FARTHEST)


def _written(at: _At) -> list[Any]:
    return [at.phase, at.quiet.isoformat(), at.kind, at.record_id]


def _begin(cursor: str) -> tuple[datetime, _At]:
    try:
        moment, (phase, quiet, kind, record_id) = signing.loads(cursor, salt=SALT)
    except signing.BadSignature as error:
        raise Invalid("cursor", str(STRANGE)) from error
    return datetime.fromisoformat(moment), _At(phase, datetime.fromisoformat(quiet), kind, record_id)


# --- putting off --------------------------------------------------------------------------------------------------------------------


def put_off(member: Member, kind: Kind, record_id: int, today: date) -> date:
    """Not to be told for four weeks that a record has gone quiet: this member alone. Returns until when. Raises the model's DoesNotExist."""
    _check(member, kind, record_id)
    until = today + PUT_OFF
    row = PutOff(workspace_id=member.workspace_id, member=member, record_kind=NUMBERS[kind], record_id=record_id, until=until)
    PutOff.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["workspace", "member", "record_kind", "record_id"], update_fields=["until"]
    )
    return until


def tell_again(member: Member, kind: Kind, record_id: int) -> None:
    """Take it back. Raises the model's DoesNotExist."""
    _check(member, kind, record_id)
    PutOff.objects.of(member.workspace_id).filter(member=member, record_kind=NUMBERS[kind], record_id=record_id).delete()


def _check(member: Member, kind: Kind, record_id: int) -> None:
    queries.MODELS[kind].objects.of(member.workspace_id).only("pk").get(pk=record_id, trashed_at=None)


def all_put_off(member: Member, today: date) -> list[tuple[Kind, Company | Person, date]]:
    """What a member has put off, with the day until which, the nearest first; what is in the trash is not told. At most a page."""
    rows = PutOff.objects.of(member.workspace_id).filter(member=member, until__gt=today).order_by("until", "pk")[:LARGEST_PAGE]
    held = [(NAMES[row.record_kind], row.record_id, row.until) for row in rows]
    named: dict[tuple[Kind, int], Any] = {}
    for kind in {kind for kind, _pk, _until in held}:
        ids = [pk for name, pk, _until in held if name == kind]
        named |= {
            (kind, record.pk): record for record in queries.MODELS[kind].objects.of(member.workspace_id).filter(pk__in=ids, trashed_at=None)
        }
    return [(kind, named[kind, pk], until) for kind, pk, until in held if (kind, pk) in named]
