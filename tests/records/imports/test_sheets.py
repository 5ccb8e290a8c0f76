from __future__ import annotations

import io
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.lib.errors import Invalid
from metwith.records.csv_text import armour, csv_line
from metwith.records.imports import sheets
from metwith.records.imports.sheets import LARGEST_FILE, LONGEST_LINE, MIXED, MOST_COLUMNS, UTF_8, WINDOWS, Sheet, open_sheet

if TYPE_CHECKING:
    from metwith.records.kinds import Kind


def opened(data: bytes, kind: Kind = "person") -> Sheet:
    return open_sheet(kind, io.BytesIO(data))


def rows(data: bytes, kind: Kind = "person") -> list[tuple[int, list[str]]]:
    return list(opened(data, kind).rows)


def test_rows_are_numbered_as_a_spreadsheet_counts():
    sheet = opened(b'\nname,domains,,\n\nAcme,acme.example\n ,\n"Two\nlines",\n', "company")
    assert sheet.headings == ("name", "domains")
    assert list(sheet.rows) == [(4, ["Acme", "acme.example"]), (6, ["Two\nlines", ""])]


@pytest.mark.parametrize(
    ("data", "delimiter", "encoding"),
    [
        ("Vorname;Nachname;Firma\nJürgen;Groß;Müller, Meier\n".encode("cp1252"), ";", WINDOWS),
        ("First Name,Last Name\nJosé,Ñandú\n".encode(), ",", UTF_8),
        ("\ufeffname\temail\nJürgen\tj@x.example\n".encode(), "\t", UTF_8),
        ("name|email\nJürgen|j@x.example\n".encode("utf-16"), "|", "UTF-16"),
        ("name;email\nJürgen;j@x.example\n".encode("utf-16-le"), ";", "UTF-16LE"),
        (b"sep=;\nname;what,ever\nAnna;1,2\n", ";", UTF_8),
        ("Müller;Größe\n1;2\n".encode(), ";", UTF_8),
    ],
)
def test_what_stands_between_cells_and_how_letters_are_written_is_found_out(data: bytes, delimiter: str, encoding: str):
    sheet = opened(data)
    assert (sheet.delimiter, sheet.encoding) == (delimiter, encoding)
    assert all(len(cells) == len(sheet.headings) for _number, cells in sheet.rows)


def test_a_file_of_mixed_encodings_is_read_line_by_line():
    """As somebody gets it who pastes two exports into one."""
    sheet = opened("name,email\nJürgen,j@x.example\n".encode() + "José,jose@x.example\n".encode("cp1252"))
    assert (sheet.encoding, [cells[0] for _number, cells in sheet.rows]) == (MIXED, ["Jürgen", "José"])


def test_line_ends_may_be_those_of_old_macs():
    assert rows(b"name,email\rAnna,a@x.example\rBen,b@x.example") == [(2, ["Anna", "a@x.example"]), (3, ["Ben", "b@x.example"])]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"sep=;", "empty"),
        (b'name\nAcme\n"Bolt\n', "Row 3"),
        (b'name\n"Acme" Inc\n', "Row 2"),
        (b"PK\x03\x04\x00\x00 a spreadsheet", "not a CSV"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a CSV"),
        (b"\xff\xfea", "not a CSV"),
        (b"name\n" + b"x" * LONGEST_LINE, "not a CSV"),
        (b"name\n" + b"x" * LARGEST_FILE, "larger than 50 MB"),
        (b",".join(b"c%d" % n for n in range(10_000)), f"10000 columns; at most {MOST_COLUMNS}"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(data: bytes, words: str):
    with pytest.raises(Invalid, match=words) as caught:
        rows(data)
    assert caught.value.field == "file"


def test_of_too_many_rows_none_is_taken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    assert len(rows(b"name\n" + b"x\n" * 3)) == 3
    with pytest.raises(Invalid, match="more than 3 rows"):
        rows(b"name\n" + b"x\n" * 4)


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=5))
def test_what_was_written_is_read(table: list[list[str]]):
    """But for line ends within cells, which are as the file has them, and for the marks of cells that would be formulas."""
    lines = ["name,email\r\n", *map(csv_line, table)]
    read = rows("".join(lines).encode())
    assert len(read) == sum(any(armour(cell).strip() for cell in cells) for cells in table)


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes):
    with suppress(Invalid):
        rows(data)
