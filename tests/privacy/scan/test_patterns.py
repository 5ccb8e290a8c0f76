from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from metwith.privacy.scan.patterns import LONGEST, OVERLAP, WINDOW, Needles, forms, pieces, telling

texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=30), min_size=1, max_size=8)


@given(texts, st.binary(max_size=60), st.integers(0, 20), st.booleans())
def test_a_text_is_found_wherever_it_lies_and_only_if_it_is_there(held: list[str], around: bytes, shift: int, there: bool):
    needles = Needles(held)
    data = around[:shift] + (held[0].encode() if there else b"") + around[shift:]
    naive = {number for number, text in enumerate(needles.texts) if any(form in data for form in forms(text))}
    assert {number for _, number in needles.find(data)} == naive
    assert not there or needles.texts.index(held[0]) in naive


@given(st.integers(-30, 30), st.integers(6, 40))
def test_a_text_across_two_windows_is_found(shift: int, length: int):
    text = "".join(chr(0x41 + at % 50) for at in range(length))
    at = WINDOW + shift
    data = bytearray(b"\x01" * (2 * WINDOW))
    data[at : at + length] = text.encode()
    assert Needles([text]).find(bytes(data)) == [(at, 0)]


def test_every_form_of_a_text_is_found():
    text = 'Größe & "Preis" \\ 50 %'
    for written in (
        json.dumps(text),
        json.dumps(text, ensure_ascii=False),
        text.lower(),
        text.replace("&", "&amp;").replace('"', "&quot;"),
    ):
        assert Needles([text]).find(f"..{written}..".encode()), written


def test_forms_are_shorter_than_what_two_blocks_share():
    assert max(map(len, forms("\U0001f600" * LONGEST))) < OVERLAP


def test_a_text_is_looked_for_line_by_line_and_a_long_line_by_its_ends():
    long = "a" * 50 + "b" * 50
    assert pieces(f" Agenda \r\n\n{long}\tand so on") == {"Agenda", long[:LONGEST], long[-LONGEST:], "and so on"}


def test_what_says_nothing_is_not_looked_for():
    assert not any(map(telling, ("", "Lunch", "1 to 1"[:5], "Standup", "Größenwahn")))
    assert all(map(telling, ("Lunch with Tom", "anna@acme.test", "Q4 2026", "Donaudampfschiff")))
