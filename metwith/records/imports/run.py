"""A file comes in: what would happen, and then storing it, a piece at a time.

Looking stores nothing but which rows cannot be taken. Storing decides again, by the records as they are by then, one piece in a transaction
with what says what stood there before: killed anywhere and run again, it goes on with the next piece, and no row comes twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.utils import translation

from metwith.lib import sql
from metwith.records import signals
from metwith.records.acts.models import Act
from metwith.records.csv_match import SeenRows, plan_companies, plan_opportunities, plan_people
from metwith.records.csv_rows import parse
from metwith.records.imports import storing
from metwith.records.imports.cells import read_cells
from metwith.records.imports.models import ImportFile, ImportPiece
from metwith.records.imports.waiting import VALID, RejectedRow, drop_file, rejected_in, rows_in, set_rejected
from metwith.records.kinds import NAMES
from metwith.workspaces.models import Workspace
from metwith.workspaces.signals import announce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from metwith.records.csv_match import Plan
    from metwith.records.csv_rows import CompanyRow, OpportunityRow, PersonRow, Row, RowError
    from metwith.records.imports.waiting import NumberedRow
    from metwith.records.kinds import Kind

State = ImportFile.State
BACK_WITHIN = timedelta(days=1)
"""So long an act can be taken back."""


def look(workspace_id: int, file_id: int) -> None:
    """Find out what a file would do. Ends early when its columns were chosen anew meanwhile, or it is gone."""
    file = ImportFile.objects.of(workspace_id).filter(pk=file_id, state=State.LOOKING).first()
    if file is None:
        return
    mine = ImportFile.objects.of(workspace_id).filter(pk=file_id, state=State.LOOKING, attempt=file.attempt)
    counts, looked, seen = dict.fromkeys(storing.COUNTED, 0), 0, SeenRows()
    with translation.override(file.language):
        for piece in _pieces(file):
            plan, rejected = _plan_piece(file, rows_in(piece), seen)
            set_rejected(piece, rejected)
            looked += piece.many
            _add(counts, storing.count_plan(plan) | {"rejected": len(rejected)})
            with transaction.atomic():
                if not mine.update(looked=looked):
                    return
                piece.save(update_fields=["rejected"])
    mine.update(state=State.LOOKED, counts=counts | {"companies": len(seen.companies)})


def _pieces(file: ImportFile) -> Iterable[ImportPiece]:
    """One at a time: a file may have many."""
    pieces = ImportPiece.objects.of(file.workspace_id).filter(file=file).order_by("number")
    for number in list(pieces.values_list("number", flat=True)):
        yield pieces.get(number=number)


def _add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for word, many in more.items():
        counts[word] = counts.get(word, 0) + many


def store(workspace_id: int, act_id: int, clock: Callable[[], datetime], *, pieces: int | None = None) -> bool:
    """Store what was looked at, at most so many pieces of it. True when nothing is left to do, also when others did it."""
    done = 0
    while pieces is None or done < pieces:
        if _store_piece(workspace_id, act_id, clock()):
            return True
        done += 1
    return False


@transaction.atomic
def _store_piece(workspace_id: int, act_id: int, now: datetime) -> bool:
    # One import of a workspace at a time, or two of the same file would both make what neither found.
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace_id)
    file = ImportFile.objects.of(workspace_id).select_for_update(of=("self",)).filter(act_id=act_id, state=State.STORING).first()
    act = Act.objects.of(workspace_id).filter(pk=act_id).first()
    if act is None or act.state not in {Act.State.OPEN, Act.State.RUNNING}:
        return True
    if file is None:  # it waited too long, and is gone: what was stored is what there is
        _end(act, now)
        return True
    piece = ImportPiece.objects.of(workspace_id).filter(file=file).exclude(rows="").order_by("number").first()
    if piece is None:
        _end(act, now)
        _drop_but_rejected(file, now)
        return True
    with translation.override(file.language):
        counts = _store_rows(file, piece, act, now)
    _add(act.counts, counts)
    act.state, act.done = Act.State.RUNNING, act.done + piece.many
    act.save(update_fields=["state", "done", "counts"])
    piece.rows = ""
    piece.save(update_fields=["rows", "rejected"])
    file.expires_at = now + VALID
    file.save(update_fields=["expires_at"])
    # A first list fills empty tables: the next pieces are looked up in them, a hundred times slower while PostgreSQL takes them for empty.
    sql.refresh_statistics(storing.TABLES[NAMES[file.record_kind]], added=act.counts["created"])
    return False


def _store_rows(file: ImportFile, piece: ImportPiece, act: Act, now: datetime) -> dict[str, int]:
    before = rejected_in(piece)
    known = {row.number for row in before}
    plan, rejected = _plan_piece(file, [row for row in rows_in(piece) if row[0] not in known], SeenRows(), lock=True)
    set_rejected(piece, [*before, *rejected])
    storing.store_plan(plan, act, now)
    return storing.count_plan(plan) | {"companies": len(plan.new_companies), "rejected": len(before) + len(rejected)}


def _end(act: Act, now: datetime) -> None:
    act.state, act.ended_at, act.until = Act.State.DONE, now, now + BACK_WITHIN
    act.counts = dict.fromkeys(storing.COUNTED, 0) | act.counts
    act.save(update_fields=["state", "ended_at", "until", "counts"])
    announce(signals.records_imported, workspace_id=act.workspace_id)


def _drop_but_rejected(file: ImportFile, now: datetime) -> None:
    pieces = ImportPiece.objects.of(file.workspace_id).filter(file=file)
    pieces.filter(rejected="").delete()
    if pieces.exists():
        file.state, file.expires_at = State.STORED, now + VALID
        file.save(update_fields=["state", "expires_at"])
    else:
        drop_file(file)


def _plan_piece(file: ImportFile, rows: list[NumberedRow], seen: SeenRows, *, lock: bool = False) -> tuple[Plan[Any], list[RejectedRow]]:
    """What rows mean for the records that are there, and those that cannot be taken."""
    kind = NAMES[file.record_kind]
    good, errors = parse(kind, ((number, read_cells(kind, file.columns, cells)) for number, cells in rows))
    plan = _plan(kind, file.workspace_id, good, seen, lock=lock)
    cells = dict(rows)
    return plan, [_rejected(error, cells[error.row]) for error in (*errors, *plan.errors)]


def _rejected(error: RowError, cells: Iterable[str]) -> RejectedRow:
    return RejectedRow(error.row, error.column, error.message, list(cells))


def _plan(kind: Kind, where: int, rows: list[Row], seen: SeenRows, *, lock: bool) -> Plan[Any]:
    if kind == "person":
        return plan_people(where, cast("list[PersonRow]", rows), seen, lock=lock)
    if kind == "company":
        return plan_companies(where, cast("list[CompanyRow]", rows), seen, lock=lock)
    return plan_opportunities(where, cast("list[OpportunityRow]", rows), seen, lock=lock)


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row that would make or change a record."""

    number: int
    name: str
    detail: str
    """Addresses or domains."""
    record_id: int | None
    """Of the record that would change."""


@dataclass(frozen=True, slots=True)
class FirstRows:
    """What the first rows of a file would do."""

    planned: tuple[PlannedRow, ...]
    new_companies: tuple[str, ...]
    """By their names."""


def first_rows(file: ImportFile, most: int) -> FirstRows:
    """What would happen to those of the first piece, by the records as they are now."""
    piece = ImportPiece.objects.of(file.workspace_id).filter(file=file).exclude(rows="").order_by("number").first()
    if piece is None:
        return FirstRows((), ())
    bad = {row.number for row in rejected_in(piece)}
    plan, _rejected_now = _plan_piece(file, [row for row in rows_in(piece) if row[0] not in bad], SeenRows())
    differing = [change for change in plan.changes if change.differs][:most]
    planned = (PlannedRow(change.row.number, change.row.name, change.row.detail, change.record.pk) for change in differing)
    return FirstRows(tuple(planned), tuple(new.company.name for new in plan.new_companies[:most]))
