"""A file of rows and columns as spreadsheets and other programs write it: bytes → headings, and rows one at a time.

Whatever its size, no more than a row of it is held at once.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.lib.errors import Invalid
from metwith.records.csv_text import DELIMITERS
from metwith.records.imports.headings import suggest_targets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from metwith.records.kinds import Kind

LARGEST_FILE = 50_000_000
"""Bytes."""
MOST_ROWS = 200_000
MOST_COLUMNS = 500
LONGEST_LINE = 1_000_000
"""Characters. Longer ones are no table, and would be held whole."""
LOOKED_AT = 100
"""Bytes by which a file's encoding is told, and pieces of which it is looked through."""
UTF_8, MIXED, WINDOWS = "UTF-8", "UTF-8, Windows-1252", "Windows-1252"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that is open."""

    headings: tuple[str, ...]
    """As they stand there; those at the end that are empty are left out."""
    delimiter: str
    encoding: str
    """By its name, which is the same in all languages; MIXED where lines differ."""
    rows: Iterator[tuple[int, list[str]]]
    """Each with its number as a spreadsheet counts (the headings are row 1), empty ones left out. Raises Invalid (`file`)."""


def open_sheet(kind: Kind, file: IO[bytes]) -> Sheet:
    """Look at the beginning of a file. Raises Invalid (`file`), naming what is wrong.

    Understands UTF-8 and UTF-16 with or without a mark, else takes Windows' Western European (cp1252), line by line where a file has both;
    comma, semicolon, tab or bar between cells, or what a first line `sep=;` says.
    """
    if file.seek(0, io.SEEK_END) > LARGEST_FILE:
        most = LARGEST_FILE // 1_000_000
        raise Invalid("file", _("The file is larger than %(most)d MB. Split it into several files.") % {"most": most})
    encoding = _encoding(file)
    lines = _lines(file, encoding)
    before, first = 0, ""
    for first in lines:
        if first.strip():
            break
        before += 1
    delimiter = _said(first)
    if delimiter:
        before, first = before + 1, next(lines, "")
    delimiter = delimiter or _delimiter(kind, first)
    rows = _numbered(csv.reader(chain([first], lines), delimiter=delimiter, strict=True), before)
    _number, headings = next(rows, (0, []))
    return Sheet(_checked(headings), delimiter, encoding, rows)


def _checked(cells: list[str]) -> tuple[str, ...]:
    headings = [cell.strip()[:200] for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise Invalid("file", _("The file is empty. The first row names the columns."))
    if len(headings) > MOST_COLUMNS:
        message = _("The file has %(many)d columns; at most %(most)d can be read. Take out those that are not needed.")
        raise Invalid("file", message % {"many": len(headings), "most": MOST_COLUMNS})
    return tuple(headings)


def _numbered(lines: Iterator[list[str]], before: int) -> Iterator[tuple[int, list[str]]]:
    number, many = before, 0
    try:
        for number, cells in enumerate(lines, start=before + 1):
            if not any(cell.strip() for cell in cells):
                continue
            if many > MOST_ROWS:
                raise Invalid("file", _("The file has more than %(most)d rows. Split it into several files.") % {"most": MOST_ROWS})
            many += 1
            yield number, cells
    except csv.Error as error:
        message = _("Row %(row)d cannot be read: look for a quotation mark that is missing or too many.") % {"row": number + 1}
        raise Invalid("file", message) from error


def _encoding(file: IO[bytes]) -> str:
    file.seek(0)
    start = file.read(LOOKED_AT)
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "UTF-16"
    pairs = len(start) // 2
    for name, zeros in (("UTF-16LE", start[1::2]), ("UTF-16BE", start[::2])):
        if pairs and zeros.count(0) > pairs // 2:
            return name
    return UTF_8 if _is_utf_8(file) else _of_lines(file)


def _is_utf_8(file: IO[bytes]) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(1_000_000):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _of_lines(file: IO[bytes]) -> str:
    """Of a file that is not all UTF-8: whether some lines of it are, beyond ASCII."""
    file.seek(0)
    return MIXED if any(not line.isascii() and _utf_8(line) is not None for line in file) else WINDOWS


def _utf_8(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None


def _windows(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    """Line by line with their ends, whichever they are (Latin-1 gives each byte as it is). Raises Invalid (`file`)."""
    file.seek(0)
    wide = encoding.startswith("UTF-16")
    text = io.TextIOWrapper(file, encoding=encoding if wide else "latin-1", newline="")
    try:
        while line := text.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE or "\0" in line:
                raise _none()
            yield (line if wide else _decoded(line.encode("latin-1"), encoding)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _none() from error
    finally:
        with contextlib.suppress(ValueError):  # closed already, by its owner, whose it is to close
            text.detach()


def _decoded(line: bytes, encoding: str) -> str:
    found = None if encoding == WINDOWS else _utf_8(line)
    return _windows(line) if found is None else found


def _none() -> Invalid:
    return Invalid("file", _("This is not a CSV file. In your spreadsheet, choose “Save as” and then CSV."))


def _said(first: str) -> str:
    """Excel's own way to say what stands between cells: a first line `sep=;`."""
    said = first.strip()
    return said[4] if len(said) == 5 and said.lower().startswith("sep=") else ""


def _delimiter(kind: Kind, first: str) -> str:
    """The one that makes the most known headings of the first line; of several the one that makes the most columns."""

    def rank(mark: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([first], delimiter=mark), [])
        except csv.Error:
            return 0, 0
        cells = cells[: MOST_COLUMNS + 1]
        return sum(map(bool, suggest_targets(kind, cells))), len(cells)

    return max(DELIMITERS, key=rank)
