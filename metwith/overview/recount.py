"""Counts the figures of records, from what stands on them, and stores them.

Whoever writes what stands on a record marks it (`receivers.py`), in its own transaction: from then on nobody is shown what is stored, until
it was counted again. Figures also stop to hold by the clock, and when something changes that all of them rest on (`Basis`).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from metwith.lib import bulk, sql
from metwith.overview.channels import CHANNELS
from metwith.overview.figures import CountedItem, Figures, figures_of
from metwith.overview.models import Acquaintance, Basis
from metwith.records.kinds import NAMES
from metwith.records.queries import MODELS
from metwith.rules.link import RecordKind
from metwith.workspaces.addresses import who_is_who
from metwith.workspaces.models import Member

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from metwith.overview.channels import Counter

COUNTS = 3
"""Another number when figures tell more than before: what is stored is then out of date."""
BATCH = 500
"""Records that are counted in one transaction."""


class World(NamedTuple):
    """A workspace, and what its figures rest on besides its items."""

    workspace_id: int
    zone: ZoneInfo
    names: Mapping[int, str]
    """Of members, former ones too."""
    present: frozenset[int]
    """The members who have not left."""
    counters: tuple[Counter, ...]
    """One of each channel."""

    @property
    def basis(self) -> int:
        """Another number when anything changed by which items count, or who is there: what the statements are made of, records apart."""
        asked = [counter(kind, ()) for counter in self.counters for kind in RecordKind]
        said = [(one.text, [_sorted(param) for param in one.params]) for one in asked]
        digest = hashlib.blake2b(repr((COUNTS, said, self.zone.key, sorted(self.present))).encode(), digest_size=8).digest()
        return int.from_bytes(digest, signed=True)

    def rests(self) -> bool:
        """Whether it is what the stored figures were counted by."""
        return Basis.objects.of(self.workspace_id).filter(digest=self.basis).exists()


def world_of(workspace_id: int) -> World:
    """As it is now."""
    who = who_is_who(workspace_id)
    present = Member.objects.of(workspace_id).filter(left_at=None).values_list("pk", flat=True)
    counters = tuple(channel(workspace_id, who) for channel in CHANNELS)
    return World(workspace_id, ZoneInfo(who.zone), who.names, frozenset(present), counters)


def _sorted(param: object) -> object:
    """Lists come in any order, without meaning anything by it."""
    return sorted(param, key=repr) if isinstance(param, list) else param


def count(world: World, kind: RecordKind, record_ids: Collection[int], now: datetime) -> dict[int, Figures]:
    """The figures of each of these records at a moment, from what stands on them. Reads alone."""
    items: dict[int, list[CountedItem]] = {record_id: [] for record_id in record_ids}
    for counter in world.counters if items else ():
        asked = counter(kind, sorted(items))
        for record_id, item, at, all_day, members in sql.rows(asked.text, asked.params):
            items[record_id].append(CountedItem(item, at, all_day, tuple(members)))
    return {record_id: figures_of(found, now, world.zone) for record_id, found in items.items()}


# --- marks --------------------------------------------------------------------------------------------------------------------------


def mark_outdated(workspace_id: int, records: Iterable[tuple[RecordKind, int]]) -> None:
    """The figures of these records are out of date, and those of the opportunities that read their meetings. In the writer's transaction."""
    ids: dict[RecordKind, set[int]] = defaultdict(set)
    for kind, record_id in records:
        ids[kind].add(record_id)
    if not ids:
        return
    kinds, held = zip(*sorted((int(kind), record_id) for kind, found in ids.items() for record_id in found), strict=True)
    people, companies = list(ids[RecordKind.PERSON]), list(ids[RecordKind.COMPANY])
    sql.run(MARK, (workspace_id, list(kinds), list(held), workspace_id, people, workspace_id, companies))


MARK = f"""INSERT INTO overview_outdated (workspace_id, record_kind, record_id)
SELECT %s, kind, id FROM (SELECT kind, id FROM unnest(%s::smallint[], %s::bigint[]) said (kind, id)
UNION SELECT {int(RecordKind.OPPORTUNITY)}, d.id FROM records_opportunity d WHERE d.workspace_id = %s AND d.contact_id = ANY(%s)
UNION SELECT {int(RecordKind.OPPORTUNITY)}, d.id FROM records_opportunity d WHERE d.workspace_id = %s AND d.company_id = ANY(%s)) marked
ORDER BY kind, id ON CONFLICT (workspace_id, record_kind, record_id) DO UPDATE SET marks = overview_outdated.marks + 1"""  # noqa: S608  ours
"""In order, so that two writers do not wait for each other."""


def renew_basis(world: World) -> None:
    """Note on what the figures rest from now on; when it is something else than before, all of them are out of date."""
    where = world.workspace_id
    with transaction.atomic():
        if world.rests():
            return
        new = Basis(workspace_id=where, digest=world.basis)
        Basis.objects.bulk_create([new], update_conflicts=True, unique_fields=["workspace"], update_fields=["digest"])
        for kind, table in TABLES.items():
            sql.run(MARK_ALL.format(table=table), (where, int(kind), where))


TABLES = {kind: MODELS[NAMES[kind]]._meta.db_table for kind in RecordKind}
MARK_ALL = """INSERT INTO overview_outdated (workspace_id, record_kind, record_id)
SELECT %s, %s, r.id FROM {table} r WHERE r.workspace_id = %s AND r.figures IS NOT NULL ORDER BY r.id
ON CONFLICT (workspace_id, record_kind, record_id) DO UPDATE SET marks = overview_outdated.marks + 1"""


# --- the work -----------------------------------------------------------------------------------------------------------------------


def recount(workspace_id: int, now: datetime) -> bool:
    """Count a batch of those that are out of date, by a mark or by the clock, and store them. False: none can be left."""
    world = world_of(workspace_id)
    renew_basis(world)
    with transaction.atomic():
        records = [*(marked := _taken(workspace_id)), *_expired(workspace_id, now, BATCH - len(marked))]
        for kind in RecordKind:
            ids = sorted({record_id for held, record_id in records if held == kind})
            store(world, kind, count(world, kind, ids, now))
        _note_due(workspace_id)
        if not world_of(workspace_id).rests():
            # Something that all figures rest on changed while these were counted: they belong to neither.
            transaction.set_rollback(True)
            return True
    return len(records) == BATCH


def _taken(workspace_id: int) -> list[tuple[int, int]]:
    """Marks are taken before anything is counted: who writes meanwhile marks anew. Those of whoever is writing now wait for the next time."""
    return [(kind, record_id) for kind, record_id in sql.rows(TAKE, (workspace_id, workspace_id, BATCH))]


TAKE = """DELETE FROM overview_outdated o WHERE o.workspace_id = %s AND o.id IN (
SELECT id FROM overview_outdated WHERE workspace_id = %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING o.record_kind, o.record_id"""


def _expired(workspace_id: int, now: datetime, most: int) -> list[tuple[int, int]]:
    each = [EXPIRED.format(kind=int(kind), table=table) for kind, table in TABLES.items()]
    return [(kind, pk) for kind, pk in sql.rows(f"{' UNION ALL '.join(each)} LIMIT %s", (*(workspace_id, now, most) * len(each), most))]


EXPIRED = "(SELECT {kind}, r.id FROM {table} r WHERE r.workspace_id = %s AND r.figures_until <= %s LIMIT %s)"


def store(world: World, kind: RecordKind, counted: Mapping[int, Figures]) -> None:
    """Write figures to their records, and who knows these."""
    workspace_id = world.workspace_id
    if not counted:
        return
    rows = [_row(record_id, figures, world) for record_id, figures in sorted(counted.items())]
    sql.run(STORE.format(table=TABLES[kind]), (*map(list, zip(*rows, strict=True)), workspace_id))
    Acquaintance.objects.of(workspace_id).filter(record_kind=kind, record_id__in=counted).delete()
    bulk.copy(
        Acquaintance,
        ("workspace_id", "record_kind", "record_id", "member_id", "meetings", "last_met_at", "all_day"),
        (
            (workspace_id, int(kind), record_id, member_id, known.meetings, known.last.at, known.last.all_day)
            for record_id, figures in counted.items()
            for member_id, known in figures.known.items()
        ),
    )


def _row(record_id: int, figures: Figures, world: World) -> tuple[Any, ...]:
    return (
        record_id,
        figures.last.at if figures.last else None,
        figures.next.at if figures.next else None,
        *figures.met,
        *figures.quiet,
        not world.present.isdisjoint(figures.known),
        json.dumps(figures.as_stored()),
        figures.since,
        figures.until,
    )


STORE = """UPDATE {table} r SET last_met_at = said.last_met_at, next_at = said.next_at, met_even = said.met_even, met_odd = said.met_odd,
quiet_even_at = said.quiet_even_at, quiet_odd_at = said.quiet_odd_at, known = said.known, figures = said.figures, figures_from = said.since, figures_until = said.until
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::int[], %s::timestamptz[], %s::timestamptz[],
%s::bool[], %s::jsonb[], %s::timestamptz[], %s::timestamptz[]) said (id, last_met_at, next_at, met_even, met_odd, quiet_even_at, quiet_odd_at,
known, figures, since, until) WHERE r.workspace_id = %s AND r.id = said.id"""


def _note_due(workspace_id: int) -> None:
    sql.run(DUE, [workspace_id] * 4)


EARLIEST = ", ".join(f"(SELECT min(r.figures_until) FROM {table} r WHERE r.workspace_id = %s)" for table in TABLES.values())  # noqa: S608
DUE = f"UPDATE overview_basis b SET due_at = least({EARLIEST}) WHERE b.workspace_id = %s"  # noqa: S608  our own tables
