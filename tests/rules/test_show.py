"""Who sees what: the table of product.md, section 6."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.models import Entry
from metwith.rules.show import LEVELS, SHOWN, Disclosure, SharedCopy, Viewer, best_disclosure, capped, level_for, withheld_level
from tests.people import verified

ALICE, BOB = 1, 2
COLLEAGUE = Viewer(BOB, verified("bob@lumen.example", "bob@home.example"))
OWNER = Viewer(ALICE, verified("alice@lumen.example"))
OUTSIDERS = frozenset({"alice@lumen.example", "anna@acme.example"})
DETAILS = {"description", "location", "join_url", "web_url", "attachments"}


def copy(level: str, *, attendees: frozenset[str] = OUTSIDERS, owner: int = ALICE, number: int = 7) -> SharedCopy:
    return SharedCopy(number, owner, level, attendees)


@pytest.mark.parametrize(("level", "title", "details"), [("metadata", False, False), ("subject", True, False), ("everything", True, True)])
def test_a_colleague_sees_what_the_level_names(level: str, *, title: bool, details: bool) -> None:
    seen = best_disclosure([copy(level)], COLLEAGUE)
    assert seen.may("title") is title
    assert {seen.may(field) for field in DETAILS} == {details}


@pytest.mark.parametrize("level", LEVELS)
def test_the_owner_sees_everything_of_the_own_copy(level: str) -> None:
    assert level_for(copy(level), OWNER) == "everything"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("address", ["bob@lumen.example", "bob@home.example"])
def test_a_member_who_took_part_sees_everything_of_the_copy_that_says_so(level: str, address: str) -> None:
    assert level_for(copy(level, attendees=OUTSIDERS | {address}), COLLEAGUE) == "everything"


@pytest.mark.parametrize("level", ["", "public", "all", "EVERYTHING"])
def test_a_level_that_nobody_knows_hides_like_the_default(level: str) -> None:
    assert level_for(copy(level), COLLEAGUE) == "metadata"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("field", ["notes", "attendees", "remote_id", "digest", "conference", ""])
def test_a_field_that_the_table_does_not_name_is_hidden(level: str, field: str) -> None:
    assert not Disclosure(7, level).may(field)


def test_every_text_of_a_copy_is_hidden_by_some_level() -> None:
    """A new text column of an Entry is found here: either a level names it, or it is one that nobody is shown."""
    texts = {f.name for f in Entry._meta.get_fields() if f.get_internal_type() in {"TextField", "ArrayField"}}
    assert texts == SHOWN["everything"] - {"zone", "ical_uid"}


def test_a_forged_list_in_another_copy_raises_nothing() -> None:
    hidden = copy("metadata", number=1)
    forged = copy("everything", number=2, owner=BOB, attendees=OUTSIDERS | COLLEAGUE.addresses)
    assert level_for(hidden, COLLEAGUE) == "metadata"
    assert best_disclosure([hidden, forged], COLLEAGUE) == Disclosure(2, "everything")
    # Who is neither its owner nor named in the hidden copy sees the forged one at best.
    assert best_disclosure([hidden], COLLEAGUE) == Disclosure(1, "metadata")


def test_the_best_copy_is_shown_between_equals_the_viewers_own_then_the_first() -> None:
    low, high = copy("metadata", number=1), copy("subject", number=2)
    assert best_disclosure([low, high], COLLEAGUE) == best_disclosure([high, low], COLLEAGUE) == Disclosure(2, "subject")
    shared, own = copy("everything", number=3), copy("metadata", number=4, owner=BOB)
    assert best_disclosure([shared, own], COLLEAGUE) == best_disclosure([own, shared], COLLEAGUE) == Disclosure(4, "everything")
    assert best_disclosure([high, replace(high, entry_id=9)], COLLEAGUE) == Disclosure(2, "subject")


COPIES = st.builds(
    SharedCopy,
    st.integers(1, 9),
    st.sampled_from([ALICE, BOB, 3]),
    st.sampled_from([*LEVELS, "odd"]),
    st.frozensets(st.sampled_from([*OUTSIDERS, *COLLEAGUE.addresses])),
)


@given(st.lists(COPIES, min_size=1, max_size=4, unique_by=lambda c: c.entry_id))
def test_no_copy_ever_raises_what_is_seen_of_another(copies: list[SharedCopy]) -> None:
    for order in permutations(copies):
        seen = best_disclosure(order, COLLEAGUE)
        shown = next(c for c in copies if c.entry_id == seen.entry_id)
        assert seen.level == level_for(shown, COLLEAGUE) == best_disclosure([shown], COLLEAGUE).level
        assert all(LEVELS.index(level_for(c, COLLEAGUE)) <= LEVELS.index(seen.level) for c in copies)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("cap", LEVELS)
def test_colleagues_see_no_more_than_the_cap_and_who_took_part_sees_all(level: str, cap: str) -> None:
    copy = SharedCopy(1, 7, level, frozenset({"bob@lumen.example"}))
    assert level_for(copy, Viewer(8, frozenset(), cap)) == min(level, cap, key=LEVELS.index)
    assert level_for(copy, Viewer(8, verified("bob@lumen.example"), cap)) == "everything"
    assert level_for(copy, Viewer(7, frozenset(), cap)) == "everything"


def test_a_level_that_is_none_shows_the_least() -> None:
    assert capped("all of it", "everything") == capped("everything", "") == "metadata"


# --- seen as somebody else -----------------------------------------------------------------------------------------------------------

VIEWERS = st.builds(
    Viewer,
    st.sampled_from([ALICE, BOB, 3]),
    st.frozensets(st.sampled_from([*OUTSIDERS, *COLLEAGUE.addresses])),
    st.sampled_from(LEVELS),
)
HEIGHT = {level: height for height, level in enumerate(LEVELS)}


@given(st.lists(COPIES, min_size=1, max_size=4, unique_by=lambda c: c.entry_id), VIEWERS, VIEWERS)
def test_who_looks_as_somebody_never_sees_more_than_either(copies: list[SharedCopy], colleague: Viewer, looker: Viewer) -> None:
    both = replace(colleague, impersonator=looker)
    seen = best_disclosure(copies, both)
    shown = next(c for c in copies if c.entry_id == seen.entry_id)
    for eyes in (colleague, looker):
        assert HEIGHT[seen.level] <= HEIGHT[level_for(shown, eyes)], "not of that very copy"
        assert HEIGHT[seen.level] <= HEIGHT[best_disclosure(copies, eyes).level], "not of the meeting"
        assert all(HEIGHT[level_for(c, both)] <= HEIGHT[level_for(c, eyes)] for c in copies)


@given(st.lists(COPIES, min_size=1, max_size=4, unique_by=lambda c: c.entry_id), VIEWERS, VIEWERS)
def test_that_the_other_sees_more_is_said_exactly_when_they_do(copies: list[SharedCopy], colleague: Viewer, looker: Viewer) -> None:
    both = replace(colleague, impersonator=looker)
    full = best_disclosure(copies, colleague).level
    assert withheld_level(copies, both) == (full if HEIGHT[full] > HEIGHT[best_disclosure(copies, both).level] else "")
    assert withheld_level(copies, replace(colleague, impersonator=colleague)) == "", "nobody sees more than themselves"
