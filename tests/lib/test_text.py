from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import metwith
from metwith.lib.text import initials, single_line, sort_key, whole


@pytest.mark.parametrize(
    ("text", "key"),
    [("  Ägypten   AG ", "agypten ag"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("Ångström", "angstrom"), ("ﬁne", "fine"), ("", "")],
)
def test_names_sort_without_accents_letter_case_and_spare_spaces(text: str, key: str):
    assert sort_key(text) == key


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Anna Lindt", "AL"),
        ("anna.lindt@acme.example", "AL"),
        ("x@y.example", "X"),
        ("Anna Maria von Lindt", "AL"),
        ("Émile", "É"),
        ("", "?"),
        ("(?)", "?"),
    ],
)
def test_a_face_has_two_letters(name: str, letters: str):
    assert initials(name) == letters


def test_a_line_has_no_control_characters_and_no_spare_space():
    assert single_line(" Anna\0\tMaria\r\n  Lindt\x7f ") == "Anna Maria Lindt"


@given(st.text())
def test_a_line_is_a_line(text: str):
    line = single_line(text)
    assert line == single_line(line)
    assert not {"\0", "\n", "\r", "\t"} & set(line)


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("007", 7), ("", None), ("-7", None), ("7.0", None), ("³", None), ("٣", None), ("9" * 5000, None)]
)
def test_a_number_is_of_the_ten_digits_and_not_too_many_of_them(text: str, number: int | None):
    assert whole(text) == number


NUMERIC = {"isdigit", "isdecimal", "isnumeric"}
# Of what the operator or Metwith itself wrote.
TRUSTED = ("cli", "server", "practice")


def test_nothing_else_asks_what_a_digit_is():
    """Whoever asks by `isdigit` alone is told that `³` is one, and `int` refuses it: of an event, that was a defect of ours."""
    asking = set()
    root = Path(metwith.__file__).parent
    for path in root.rglob("*.py"):
        where = path.relative_to(root)
        names = {node.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)}
        if names & NUMERIC and where.parts[0] not in TRUSTED:
            asking.add(where.as_posix())
    assert asking == {"lib/text.py"}
