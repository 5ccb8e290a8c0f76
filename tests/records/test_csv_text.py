from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.records.csv_text import HEADERS, armour, csv_line, disarm


@pytest.mark.parametrize("cell", ["=1+1", "+49 30", "-1", "@sum", "\tx", "\rx", "'=1", "''=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_marked_as_text(cell: str):
    assert armour(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Anna", "'Anna", "1-1", "a@b.example"])
def test_other_cells_go_out_as_they_are(cell: str):
    assert armour(cell) == cell


@given(st.text())
def test_armour_comes_off_exactly(cell: str):
    assert disarm(armour(cell)) == cell


@given(st.lists(st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"])), min_size=1))
def test_a_line_is_one_that_csv_readers_read(cells: list[str]):
    text = csv_line(cells)
    assert text.endswith("\r\n")
    assert next(csv.reader(io.StringIO(text, newline=""))) == [armour(cell) for cell in cells]


def test_the_headings_are_the_published_ones():
    assert [",".join(names) for names in HEADERS.values()] == [
        "name,email,additional_emails,job_title,company_domain",
        "name,domains",
        "name,company_domain,contact_email,stage,amount,currency,close_date",
    ]
