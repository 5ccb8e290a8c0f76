from __future__ import annotations

import io
import json
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from metwith.privacy.scan.files import Findings, search_stream
from metwith.privacy.scan.patterns import LONGEST, OVERLAP, WINDOW, Needles, forms, pieces, telling

BLOCK = 3_000
few = st.text("aAbB\u00e4\u00c4& ", min_size=1, max_size=6)
"""So few letters that texts stand within each other, overlap, and are each other in lower case, in JSON or in an address."""
texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=30), min_size=1, max_size=8)


@given(texts, st.binary(max_size=60), st.integers(0, 20), st.booleans())
def test_a_text_is_found_wherever_it_lies_and_only_if_it_is_there(held: list[str], around: bytes, shift: int, there: bool):
    needles = Needles(held)
    data = around[:shift] + (held[0].encode() if there else b"") + around[shift:]
    naive = {number for number, text in enumerate(needles.texts) if any(form in data for form in forms(text))}
    assert {number for _, number in needles.find(data)} == naive
    assert not there or needles.texts.index(held[0]) in naive


def naively(held: list[str], data: bytes) -> list[tuple[int, int]]:
    """The same by `bytes.find`, one form of one text after another."""
    first = {
        number: min((at for form in forms(text) if (at := data.find(form)) >= 0), default=-1)
        for number, text in enumerate(sorted(set(held)))
    }
    return sorted((at, number) for number, at in first.items() if at >= 0)


@given(st.lists(few, min_size=1, max_size=12), st.lists(few, max_size=12), st.sampled_from(["utf-8", "json", "lower", "address", "utf-16"]))
def test_texts_that_overlap_are_found_where_a_naive_search_finds_them(held: list[str], lying: list[str], spelling: str):
    together = "".join(lying)
    written = {
        "utf-8": together.encode(),
        "json": json.dumps(together).encode(),
        "lower": together.lower().encode(),
        "address": quote(together).encode(),
        # In which nothing is looked for, since PostgreSQL holds none.
        "utf-16": together.encode("utf-16"),
    }
    data = written[spelling]
    assert Needles(held).find(data) == naively(held, data)


@given(
    st.lists(st.tuples(st.sampled_from([0, WINDOW, OVERLAP + WINDOW, 2 * WINDOW]), st.integers(-8, 8), few), max_size=6),
    st.lists(few, min_size=1, max_size=6),
)
def test_at_the_borders_of_windows_nothing_is_missed_and_nothing_comes_twice(lying: list[tuple[int, int, str]], held: list[str]):
    data = bytearray(3 * WINDOW)
    for border, shift, text in lying:
        at = max(border + shift, 0)
        data[at : at + len(text.encode())] = text.encode()
    held += [text for _, _, text in lying]
    assert Needles(held).find(bytes(data)) == naively(held, bytes(data))


class Pipe(io.BytesIO):
    """Gives less at once than it is asked for, as a pipe does."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(BLOCK, size or BLOCK))


@given(st.lists(st.tuples(st.integers(-8, 8), few), max_size=4), st.integers(0, 70), st.lists(few, min_size=1, max_size=4))
def test_at_the_borders_of_blocks_of_a_stream_either(lying: list[tuple[int, str]], rest: int, held: list[str]):
    data = bytearray(b"\x02" * (BLOCK + 100 + rest))
    for shift, text in lying:
        data[BLOCK + shift : BLOCK + shift + len(text.encode())] = text.encode()
    held += [text for _, text in lying]
    found = Findings()
    assert sorted(search_stream(Pipe(data), Needles(held), found)) == naively(held, bytes(data))
    assert found.searched == len(data)


def test_data_made_to_match_everywhere_gives_each_text_once():
    needles = Needles([*("1" * length for length in range(6, LONGEST)), "a secret"])
    data = b"1" * (4 * WINDOW) + b"a secret"
    assert needles.find(data) == [*((0, number) for number in range(LONGEST - 6)), (4 * WINDOW, LONGEST - 6)]


def test_of_no_texts_nothing_is_found():
    assert Needles([]).find(b"anything") == []


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
