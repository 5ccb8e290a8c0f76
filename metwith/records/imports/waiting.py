"""The file while it waits: sealed for its workspace, in pieces of which each is read alone, gone after an hour.

What stands in it leaves the process only so: never into a log, a job's arguments, or a file on disk.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from metwith.lib import secrets
from metwith.records.imports.models import ImportFile, ImportPiece

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from metwith.records.imports.sheets import Sheet

VALID = timedelta(hours=1)
"""So long it waits for the next step, and what could not be taken to be fetched."""
PIECE = 1000
"""Rows that are read, and stored, at once."""
EXAMPLES = 3
"""Values shown of each column."""
LONGEST_EXAMPLE = 60

type Cells = Sequence[str]
type NumberedRow = tuple[int, Cells]


@dataclass(frozen=True, slots=True)
class Head:
    """What is told of a file while its columns are chosen."""

    name: str
    headings: Sequence[str]
    examples: Sequence[Sequence[str]]
    """Of each column its first values."""
    delimiter: str
    encoding: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be taken."""

    number: int
    column: str
    """What its cell was read as; empty when it concerns the whole row."""
    message: str
    cells: Cells


def head_of(file: ImportFile) -> Head:
    """What stands at its beginning. Raises KeyWrong."""
    return Head(**json.loads(secrets.decrypt(file.workspace_id, file.head)))


def write_pieces(file: ImportFile, name: str, sheet: Sheet) -> None:
    """Seal all rows of a sheet, a piece at a time, and what is told of it. Raises Invalid (`file`) for one that ends badly."""
    examples: list[list[str]] = [[] for _ in sheet.headings]
    file.rows = 0
    for number, rows in enumerate(batched(sheet.rows, PIECE)):
        _give_examples(examples, rows)
        piece = ImportPiece(workspace_id=file.workspace_id, file=file, number=number, many=len(rows))
        piece.rows = _seal(file, rows)
        piece.save(force_insert=True)
        file.rows += len(rows)
    head = Head(name[:200], sheet.headings, examples, sheet.delimiter, sheet.encoding)
    file.head = _seal(file, asdict(head))


def _give_examples(examples: list[list[str]], rows: Iterable[NumberedRow]) -> None:
    if all(len(values) >= EXAMPLES for values in examples):
        return
    for _number, cells in rows:
        for values, cell in zip(examples, cells, strict=False):
            text = " ".join(cell.split())
            if text and len(values) < EXAMPLES and text not in values:
                values.append(text if len(text) <= LONGEST_EXAMPLE else f"{text[: LONGEST_EXAMPLE - 1]}…")


def rows_in(piece: ImportPiece) -> list[NumberedRow]:
    """The rows of a piece that wait. Raises KeyWrong."""
    return [(number, cells) for number, cells in _unseal(piece, piece.rows)]


def rejected_in(piece: ImportPiece) -> list[RejectedRow]:
    """Those of a piece that could not be taken. Raises KeyWrong."""
    return [RejectedRow(*row) for row in _unseal(piece, piece.rejected)]


def set_rejected(piece: ImportPiece, rows: Iterable[RejectedRow]) -> None:
    """Say which could not be taken. The piece is not saved."""
    told = [(row.number, row.column, row.message, row.cells) for row in sorted(rows, key=lambda row: row.number)]
    piece.rejected = _seal(piece, told) if told else ""


def rejected_rows(file: ImportFile) -> Iterator[RejectedRow]:
    """All of a file that could not be taken, in their order."""
    pieces = ImportPiece.objects.of(file.workspace_id).filter(file=file).exclude(rejected="").order_by("number")
    for piece_id in list(pieces.values_list("pk", flat=True)):
        yield from rejected_in(pieces.get(pk=piece_id))


def _seal(row: ImportFile | ImportPiece, value: Any) -> str:
    return secrets.encrypt(row.workspace_id, json.dumps(value, ensure_ascii=False))


def _unseal(row: ImportFile | ImportPiece, sealed: str) -> Any:
    return json.loads(secrets.decrypt(row.workspace_id, sealed)) if sealed else []


def drop_file(file: ImportFile) -> None:
    """Nothing of it stays."""
    ImportFile.objects.of(file.workspace_id).filter(pk=file.pk).delete()


def forget_old_files(now: datetime) -> None:
    """What nobody came back for. An import of it that stood still so long ends with what it has stored (`run.store`)."""
    for file in ImportFile.objects.across_workspaces("the clock serves all").filter(expires_at__lte=now).order_by("pk"):
        drop_file(file)
