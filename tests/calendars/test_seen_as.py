"""Looking as a colleague: a record's meetings as they would see them, and never more than the looker may."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from metwith.calendars import queries
from metwith.calendars.feed import FeedFilter, PageRequest
from metwith.workspaces.actions import add_member, set_sharing_rules
from tests.calendars.desk import Desk, uid_of
from tests.people import NOW, company
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.calendars.read_models import Meeting
    from metwith.records.models import Company
    from metwith.workspaces.models import Member

LEVELS = ("metadata", "subject", "everything")
BOB = "bob@lumen.example"


@once
def acme(alice: Member) -> Company:
    return company(alice, "Acme", "acme.test")


@once
def dora(alice: Member) -> Member:
    return add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora Dietz", now=NOW)


def seen(viewer: Member, acme: Company, other: Member | None = None, q: str = "") -> dict[str, Meeting]:
    seen_as = other.pk if other else 0
    found = queries.timelines_for("company", acme.pk, viewer, [PageRequest(FeedFilter(q=q))], now=NOW, details=True, view_as=seen_as).pages[
        0
    ]
    return {uid_of(m): m for m in found.items}


@pytest.mark.parametrize(("sharing", "cap"), list(product(LEVELS, LEVELS)))
def test_no_pair_of_members_shows_more_than_either_of_them_may_see(
    alice: Member, bob: Member, dora: Member, acme: Company, *, sharing: str, cap: str
):
    hers, his = Desk(alice, f"as-{sharing}-{cap}-a", sharing=sharing), Desk(bob, f"as-{sharing}-{cap}-b")
    hers.put("hers", "anna@acme.test", description="Hers")
    hers.put("with-bob", "anna@acme.test", BOB, description="Theirs")
    his.put("his", "anna@acme.test", description="His")
    twice = hers.put("twice", "anna@acme.test", title="Twice hers", description="Hers")
    his.server.put("work", replace(twice, title="Twice his", description="His"))
    hers.sync()
    his.sync()
    set_sharing_rules(alice, cap=cap, default="metadata")
    for looker, other in product((alice, bob, dora), repeat=2):
        own, theirs, through = seen(looker, acme), seen(other, acme), seen(looker, acme, other)
        assert through.keys() == own.keys() == theirs.keys()
        for uid, meeting in through.items():
            for field in ("title", "description"):
                value = getattr(meeting, field)
                assert value is None or value == getattr(theirs[uid], field) or uid == "twice"
            # Of a meeting with two copies the one shown must be one that both may see: that is judged copy by copy in rules/show.py.
            assert LEVELS.index(meeting.level) <= min(LEVELS.index(own[uid].level), LEVELS.index(theirs[uid].level))
            more = LEVELS.index(theirs[uid].level) > LEVELS.index(meeting.level)
            assert meeting.withheld_level == (theirs[uid].level if more else "")
            assert meeting.took_part == theirs[uid].took_part
        titles = {uid for uid, meeting in through.items() if meeting.title is not None}
        hits = seen(looker, acme, other, q="about").keys() | seen(looker, acme, other, q="twice").keys()
        assert hits == titles, "a search finds exactly the titles that are shown"


def test_a_search_does_not_tell_what_stands_in_a_copy_that_only_the_other_sees(alice: Member, bob: Member, dora: Member, acme: Company):
    """Dora sees Alice's copy, Bob his own: what she searches for must not be found in his."""
    hers, his = Desk(alice, "as-search-a", sharing="subject"), Desk(bob, "as-search-b")
    event = hers.put("one", "anna@acme.test", title="Plan")
    his.server.put("work", replace(event, title="Secret plan"))
    hers.sync()
    his.sync()
    assert seen(dora, acme, bob, q="plan").keys() == {"one"}
    assert not seen(dora, acme, bob, q="secret")
    assert seen(dora, acme, bob)["one"].title == "Plan"


def test_a_calendars_name_stays_with_its_owner(alice: Member, bob: Member, acme: Company):
    desk = Desk(bob, "as-name", sharing="everything")
    desk.put("one", "anna@acme.test")
    desk.sync()
    assert [(c.mine, c.calendar) for c in seen(bob, acme)["one"].copies] == [(True, "Work")]
    assert [(c.owner, c.mine, c.calendar) for c in seen(alice, acme, bob)["one"].copies] == [("Bob Brandt", False, "")]
    assert not any(p.me for p in seen(alice, acme, bob)["one"].participants)


def test_one_meeting_in_full_obeys_it_too(alice: Member, bob: Member, acme: Company):
    desk = Desk(bob, "as-one")
    desk.put("one", "anna@acme.test", title="Secret", description="Secret")
    desk.sync()
    event_id = seen(bob, acme)["one"].id
    found = queries.meeting(alice, event_id, view_as=bob.pk)
    assert (found.title, found.description, found.level, found.withheld_level) == (None, None, "metadata", "everything")
