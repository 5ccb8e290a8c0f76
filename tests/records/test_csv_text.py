from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.lib.errors import Invalid
from metwith.records.csv_text import HEADERS, LARGEST_FILE, MOST_ROWS, armour, csv_line, disarm, rows_of


def test_rows_are_numbered_as_a_spreadsheet_counts():
    assert rows_of("company", b'name,domains\n\nAcme,acme.example\n ,\n"Two\nlines",\n') == [
        (3, {"name": "Acme", "domains": "acme.example"}),
        (5, {"name": "Two\nlines", "domains": ""}),
    ]


def test_headings_may_be_capital_quoted_spaced_and_in_any_order():
    assert rows_of("person", b'"Company Domain",NAME,,\nacme.example,Anna,,\n') == [(2, {"company_domain": "acme.example", "name": "Anna"})]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"name,phone,fax\nA,1,2\n", "“phone”, “fax”"),
        (b"domains\nacme.example\n", "“name” is missing"),
        (b"name,name\nA,B\n", "twice: name"),
        (b'name\nAcme\n"Bolt\n', "Row 3"),
        (b'name\n"Acme" Inc\n', "Row 2"),
        (b"PK\x03\x04\x00\x00 a spreadsheet", "not a CSV"),
        (b"name\n" + b"x" * LARGEST_FILE, "larger than 10 MB"),
        (b"name\n" + b"x\n" * (MOST_ROWS + 1), "more than 50000 rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(data: bytes, words: str):
    with pytest.raises(Invalid, match=words) as caught:
        rows_of("company", data)
    assert caught.value.field == "file"


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
