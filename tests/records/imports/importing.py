"""A file that comes in, step by step as the pages do it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.records.imports import actions, run, waiting
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from metwith.records.acts.models import Act
    from metwith.records.imports.models import ImportFile
    from metwith.records.imports.run import PlannedRow
    from metwith.records.imports.waiting import RejectedRow
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member


@dataclass(frozen=True)
class Looked:
    """What looking came to."""

    file: ImportFile
    create: tuple[PlannedRow, ...]
    update: tuple[PlannedRow, ...]
    unchanged: int
    new_companies: tuple[str, ...]
    errors: tuple[RejectedRow, ...]


@dataclass(frozen=True)
class Counts:
    created: int
    updated: int
    unchanged: int
    new_companies: int
    rejected: int


def give(member: Member, kind: Kind, text: str | bytes, now: datetime = NOW) -> ImportFile:
    data = text.encode() if isinstance(text, str) else text
    return actions.give_file(member, kind, io.BytesIO(data), "records.csv", now)


def look(member: Member, kind: Kind, text: str | bytes, columns: Sequence[str] | None = None) -> Looked:
    file = give(member, kind, text)
    actions.choose_columns(member, file.pk, columns or file.columns, NOW)
    run.look(file.workspace_id, file.pk)
    file.refresh_from_db()
    first = run.first_rows(file, 1000)
    planned = first.planned
    return Looked(
        file,
        tuple(row for row in planned if row.record_id is None),
        tuple(row for row in planned if row.record_id is not None),
        file.counts["unchanged"],
        first.new_companies,
        tuple(waiting.rejected_rows(file)),
    )


def store(member: Member, looked: Looked, now: datetime = NOW) -> Act:
    act = actions.store_file(member, looked.file.pk, now)
    run.store(member.workspace_id, act.pk, lambda: now)
    act.refresh_from_db()
    return act


def counted(act: Act) -> Counts:
    return Counts(*(act.counts[word] for word in ("created", "updated", "unchanged", "companies", "rejected")))


def bring_in(member: Member, kind: Kind, text: str | bytes, now: datetime = NOW) -> Counts:
    return counted(store(member, look(member, kind, text), now))
