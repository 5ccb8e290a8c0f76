"""CSV as spreadsheets write and read it: bytes → rows by heading, and rows → RFC 4180 lines that no spreadsheet runs as formulas."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.lib.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from metwith.records.kinds import Kind

HEADERS: dict[Kind, tuple[str, ...]] = {
    "person": ("name", "email", "additional_emails", "job_title", "company_domain"),
    "company": ("name", "domains"),
    "opportunity": ("name", "company_domain", "contact_email", "stage", "amount", "currency", "close_date"),
}
TOLD: dict[Kind, tuple[str, ...]] = {"person": ("from_calendar",), "company": ("from_calendar",), "opportunity": ()}
"""What an export tells besides; an import passes over it."""
REQUIRED = "name"
LARGEST_FILE = 10_000_000
MOST_ROWS = 50_000
DELIMITERS = ",;\t|"
FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""A cell that a spreadsheet would run (OWASP, CSV injection), with the marks that already stand before it."""


def rows_of(kind: Kind, data: bytes) -> list[tuple[int, dict[str, str]]]:
    """The rows of a file, each with its number as a spreadsheet counts (the headings are row 1). Empty rows are left out.

    Understands UTF-8 and UTF-16 with or without a mark, else takes Windows' Western European (cp1252); comma, semicolon, tab or bar
    between cells. A cell beyond the headings is under `""`. Raises Invalid (`file`), naming what is wrong.
    """
    text = _decode(data)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(kind, text), strict=True)
    headings: list[str] = []
    found: list[tuple[int, dict[str, str]]] = []
    number = 0
    try:
        for number, cells in enumerate(lines, start=1):
            if not any(cell.strip() for cell in cells):
                continue
            if not headings:
                headings = _headings(kind, cells)
                continue
            found.append((number, _by_heading(headings, cells)))
            if len(found) > MOST_ROWS:
                raise Invalid("file", _("The file has more than %(most)d rows. Split it into several files.") % {"most": MOST_ROWS})
    except csv.Error as error:
        message = _("Row %(row)d cannot be read: look for a quotation mark that is missing or too many.") % {"row": number + 1}
        raise Invalid("file", message) from error
    if not headings:
        raise Invalid("file", _("The file is empty. The first row names the columns: %(columns)s.") % {"columns": ",".join(HEADERS[kind])})
    return found


def csv_line(cells: Sequence[str]) -> str:
    """One line of a file (RFC 4180: CRLF, quotation marks where needed), safe to open in a spreadsheet."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([armour(cell) for cell in cells])
    return out.getvalue()


def armour(cell: str) -> str:
    """A cell that a spreadsheet would run gets a `'` before it, which spreadsheets take as "this is text". `disarm` undoes it exactly."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def disarm(cell: str) -> str:
    """The cell as it was before `armour`."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _decode(data: bytes) -> str:
    if len(data) > LARGEST_FILE:
        most = LARGEST_FILE // 1_000_000
        raise Invalid("file", _("The file is larger than %(most)d MB. Split it into several files.") % {"most": most})
    for encoding in ("utf-16",) if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise Invalid("file", _("This is not a CSV file. In your spreadsheet, choose “Save as” and then CSV."))


def _delimiter(kind: Kind, text: str) -> str:
    """The one that makes the most known headings of the first line."""
    first = next(filter(str.strip, text.splitlines()), "")
    return max(DELIMITERS, key=lambda mark: sum(_heading(cell) in HEADERS[kind] for cell in first.split(mark)))


def _heading(cell: str) -> str:
    return "_".join(cell.strip().strip('"').casefold().split())


def _headings(kind: Kind, cells: Iterable[str]) -> list[str]:
    named = [_heading(cell) for cell in cells]
    while named and not named[-1]:
        named.pop()
    known = HEADERS[kind]
    columns = ",".join(known)
    unknown = [name for name in named if name not in (*known, *TOLD[kind])]
    if unknown:
        names = ", ".join(f"“{name}”" for name in unknown)
        message = _("These columns are not known: %(names)s. Rename or remove them. Known are: %(columns)s.")
        raise Invalid("file", message % {"names": names, "columns": columns})
    if twice := {name for name in named if named.count(name) > 1}:
        raise Invalid("file", _("These columns stand twice: %(names)s.") % {"names": ", ".join(sorted(twice))})
    if REQUIRED not in named:
        message = _("The column “%(name)s” is missing. The first row names the columns: %(columns)s.")
        raise Invalid("file", message % {"name": REQUIRED, "columns": columns})
    return named


def _by_heading(headings: list[str], cells: list[str]) -> dict[str, str]:
    row = {heading: disarm(cell).strip() for heading, cell in zip(headings, cells, strict=False)}
    beyond = " ".join(cell.strip() for cell in cells[len(headings) :]).strip()
    return row | {"": beyond} if beyond else row
