"""Explanations say what the decisions themselves decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.rules import explain, precedence
from metwith.calendars.rules.explain import DecidedBy, SharingSettings, Speaks
from metwith.rules import show
from metwith.rules.own_identities import OwnIdentities
from tests.people import us, verified

READ = precedence.Source.READ
LATER = datetime(2026, 6, 10, 9, tzinfo=UTC)
SET = st.sampled_from(show.LEVELS)
MAYBE = st.just("") | SET


def copy(entry_id: int = 1, sequence: int | None = 0, updated: datetime | None = None, **facts: Any) -> precedence.RankedCopy:
    base = precedence.RankedCopy(entry_id, READ, "bob@lumen.example", False, sequence, updated, LATER, LATER, "UTC", False, ())
    return replace(base, **facts)


@given(st.builds(SharingSettings, MAYBE, MAYBE, MAYBE, SET), SET, st.booleans(), st.booleans())
def test_what_is_explained_is_what_is_shown(levels: SharingSettings, cap: str, own: bool, took_part: bool):
    setting, said = levels.deciding()
    facts = show.SharedCopy(1, 7 if own else 8, said, frozenset({"me@x.example"} if took_part else ()))
    viewer = show.Viewer(7, verified("me@x.example"), cap)
    found = explain.explained_level(facts, levels, viewer)
    assert found.level == show.level_for(facts, viewer)
    assert found.setting == (DecidedBy.OWN if own else DecidedBy.TOOK_PART if took_part else setting)
    assert found.capped == (found.setting is setting and found.level != said)


@given(st.builds(SharingSettings, MAYBE, MAYBE, MAYBE, SET))
def test_the_nearest_setting_decides(levels: SharingSettings):
    in_order = [levels.meeting, levels.series, levels.calendar, levels.account]
    assert levels.deciding()[1] == next(filter(None, in_order))


def test_the_reason_why_a_copy_speaks_is_the_first_in_which_it_differs():
    assert explain.times([copy()]) == (copy(), Speaks.ONLY)
    for best, reason in (
        (copy(2, 1), Speaks.SEQUENCE),
        (copy(2, 0, organized=True), Speaks.ORGANIZER),
        (copy(2, 0, LATER), Speaks.LATEST),
        (copy(2, None, LATER), Speaks.LATEST),
        (copy(0), Speaks.FIRST),
    ):
        assert explain.times([copy(), best]) == (best, reason)
    for worse, reason in (
        (copy(0, 9, LATER, source=precedence.Source.FEED), Speaks.SIGNED_IN),
        (copy(0, 9, LATER, source=precedence.Source.FROZEN), Speaks.READ),
        (copy(0, 9, LATER, organizer=""), Speaks.NAMED),
    ):
        assert explain.times([copy(), worse]) == (copy(), reason)


@given(
    st.lists(
        st.builds(
            copy,
            st.integers(1, 99),
            st.sampled_from([None, 0, 1]),
            st.sampled_from([None, LATER]),
            source=st.sampled_from(precedence.Source),
            organized=st.booleans(),
        ),
        min_size=1,
        unique_by=lambda c: c.entry_id,
    )
)
def test_it_is_the_copy_that_speaks(copies: list[precedence.RankedCopy]):
    chosen, reason = explain.times(copies)
    assert chosen == precedence.ranked(copies)[0]
    assert (reason is Speaks.ONLY) == (len(copies) == 1)


def test_a_meeting_is_kept_for_those_who_are_not_one_of_us():
    ours = OwnIdentities(us("mia@gmail.com"), us("lumen.example"))
    said = ("mia@gmail.com", "anna@acme.example", "lab@eu.lumen.example", "tom@gmail.com")
    assert explain.kept_for(said, ours) == ("anna@acme.example", "tom@gmail.com")
