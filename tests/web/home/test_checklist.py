"""The checklist after sign-up: what is done has a tick, and it goes away by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from metwith.web.home.checklist import LASTS, FirstSteps, checklist
from tests.people import NOW

NOTHING = FirstSteps(NOW, connected=False, people=False, colleagues=False, may_invite=True, sharing="")


def test_it_names_the_four_in_order():
    assert [line.name for line in checklist(NOTHING, NOW)] == ["connect", "met", "members", "accounts"]
    assert not any(line.done for line in checklist(NOTHING, NOW))


def test_who_may_not_invite_is_not_told_to():
    assert [line.name for line in checklist(replace(NOTHING, may_invite=False), NOW)] == ["connect", "met", "accounts"]


def test_an_account_says_what_colleagues_see():
    (*_, last) = checklist(replace(NOTHING, connected=True, sharing="Time and participants only", account_id=7), NOW)
    assert (last.about, last.name, last.account_id, last.done) == ("Time and participants only", "account", 7, True)


def test_it_goes_when_all_is_done():
    done = replace(NOTHING, connected=True, people=True, colleagues=True, sharing="x", account_id=7)
    assert checklist(done, NOW) == ()


def test_it_goes_after_a_fortnight():
    assert checklist(NOTHING, NOW + LASTS)
    assert checklist(NOTHING, NOW + LASTS + timedelta(seconds=1)) == ()
