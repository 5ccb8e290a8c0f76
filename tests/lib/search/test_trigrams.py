from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.lib.search import trigrams
from metwith.lib.search.trigrams import Spelling

LETTERS = st.text("abcdeé", min_size=5, max_size=12)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("anna", {"ann", "nna"}),
        ("an", {"  a", " an"}),
        ("a", {"  a"}),
        ("anna@b", {"ann", "nna", "na ", "  b"}),
        ("o'brien", {"  b", " br", "bri", "rie", "ien"}),
        ("50%", {"50%"}),
        ("@", set()),
    ],
)
def test_a_word_asks_for_what_each_text_with_it_has(word: str, found: set[str]):
    assert trigrams.trigrams(word) == found


def test_a_word_that_begins_one_asks_for_its_first_letters_too():
    assert trigrams.trigrams("anna", begins=True) == {"  a", " an", "ann", "nna"}


@pytest.mark.parametrize(
    ("word", "known"), [("anna", True), ("an", False), ("a", False), ("@", False), ("-ab", True), ("株式", False), ("株式会", True)]
)
def test_only_of_three_letters_or_after_a_break_each_place_is_known(word: str, known: bool):
    assert trigrams.sure(word) is known


@pytest.mark.parametrize("word", ["lind", "12345", "a-bcde", "l" * 61, "株式会社商", "50%off", ""])
def test_short_words_numbers_and_the_like_have_no_slips(word: str):
    assert trigrams.slips(word) == ()


def edits(word: str) -> set[str]:
    """All that is one slip away, by another way of counting."""
    parts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    more = {a + c + b for a, b in parts for c in "abcdeéx" if b}
    fewer = {a + b[1:] for a, b in parts if b}
    other = {a + c + b[1:] for a, b in parts if b for c in "abcdeéx"}
    turned = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    return more | fewer | other | turned


@given(LETTERS)
def test_whatever_is_one_slip_away_is_meant(word: str):
    likes = [re.compile(re.escape(slip.like()[1:-1]).replace("_", ".")) for slip in trigrams.slips(word)]
    for meant in edits(word):
        assert any(like.match(f" {meant} ") for like in likes), meant


@given(LETTERS)
def test_a_spelling_asks_for_no_trigram_that_a_text_with_it_may_lack(word: str):
    for slip in trigrams.slips(word):
        written = f"  {slip.head}{'#' if slip.gap else ''}{slip.tail} "
        assert slip.trigrams() <= {written[i : i + 3] for i in range(len(written) - 2)}


def test_each_slip_leaves_something_to_look_for():
    assert all(slip.trigrams() for slip in trigrams.slips("lindt"))


def test_the_last_letter_may_be_wrong_but_not_stand_for_any_end():
    assert {slip.like() for slip in trigrams.slips("lindt")} >= {"% lind_ %", "% lind %", "% lin_t%"}


def test_a_like_takes_signs_by_the_letter():
    assert Spelling("5%_a\\").like() == "% 5\\%\\_a\\\\%"
