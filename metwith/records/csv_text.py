"""CSV as spreadsheets read it: rows → RFC 4180 lines that no spreadsheet runs as formulas. How files are read: imports/sheets.py."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metwith.records.kinds import Kind

HEADERS: dict[Kind, tuple[str, ...]] = {
    "person": ("name", "email", "additional_emails", "job_title", "company_domain"),
    "company": ("name", "domains"),
    "opportunity": ("name", "company_domain", "contact_email", "stage", "amount", "currency", "close_date"),
}
TOLD: dict[Kind, tuple[str, ...]] = {"person": ("from_calendar",), "company": ("from_calendar",), "opportunity": ()}
"""What an export tells besides; an import passes over it."""
DELIMITERS = ",;\t|"
FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""A cell that a spreadsheet would run (OWASP, CSV injection), with the marks that already stand before it."""


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
