from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.lib.text import initials, single_line, sort_key


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
