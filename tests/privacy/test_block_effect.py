"""What a block would take away is told before it is set, and is what then goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from metwith.accounts import blocks
from metwith.accounts.models import Block
from metwith.privacy.block_effect import would_go
from tests.calendars.desk import START, Desk, invited_by
from tests.calendars.worker import work

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

WHO, WORD = Block.Kind.WHO, Block.Kind.WORD


@pytest.fixture
def desk(alice: Member) -> Desk:
    made = Desk(alice, "alice")
    made.put("lunch", "anna@acme.example", title="Lunch")
    made.put("hiring", "tom@gmail.com", title="Job Interview with Tom")
    made.put("plan", "ben@eu.acme.example", "carl@shop.example", title="Plan")
    made.sync()
    return made


@pytest.mark.parametrize(
    ("kind", "text", "gone"),
    [
        (WHO, "anna@acme.example", {"lunch"}),
        (WHO, "acme.example", {"lunch", "plan"}),
        (WHO, "gmail.com, shop.example", {"hiring", "plan"}),
        (WHO, "nobody.example", set()),
        (WORD, "interview", {"hiring"}),
        (WORD, "lun", set()),
    ],
)
def test_what_is_told_beforehand_is_what_goes_and_comes_back(desk: Desk, alice: Member, kind: str, text: str, gone: set[str]) -> None:
    patterns = blocks.read_patterns(kind, text)
    told = would_go(alice, kind, patterns, everybody=False)
    blocks.add_blocks(alice, kind, patterns, everybody=False)
    work()
    assert desk.uids() == {"lunch", "hiring", "plan"} - gone
    assert told.many == len(gone) == len(told.mine)
    desk.sync()
    assert desk.uids() == {"lunch", "hiring", "plan"} - gone
    for block in Block.objects.of(alice.workspace):
        blocks.remove_block(alice, block.pk)
    work()
    desk.sync()
    assert desk.uids() == {"lunch", "hiring", "plan"}


def test_of_colleagues_calendars_only_the_number_is_told(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    other.put("secret", "eve@acme.example", title="Bob's own")
    other.sync()
    told = would_go(alice, WHO, ["acme.example"], everybody=True)
    assert told.many == 3
    assert told.mine == ((START, "Plan"), (START, "Lunch"))
    assert would_go(alice, WHO, ["acme.example"], everybody=False).many == 2
    assert would_go(bob, WHO, ["gmail.com"], everybody=False).many == 0


def test_how_many_of_colleagues_titles_hold_a_word_is_not_told(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    other.put("secret", "eve@acme.example", title="Interview with Eve")
    other.sync()
    told = would_go(alice, WORD, ["interview"], everybody=True)
    assert (told.many, len(told.mine), told.untold) == (1, 1, True)
    assert would_go(alice, WORD, ["nowhere"], everybody=True) == replace(told, many=0, mine=())


def test_of_a_meeting_that_a_colleague_has_too_ones_own_title_is_told(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    other.put("lunch", attendees=invited_by("alice@lumen.example", "anna@acme.example"), title="What Bob calls it")
    other.sync()
    told = would_go(alice, WHO, ["anna@acme.example"], everybody=True)
    assert (told.many, told.mine) == (1, ((START, "Lunch"),))


def test_a_colleagues_block_does_not_count_in_mine(desk: Desk, alice: Member, bob: Member) -> None:
    blocks.add_blocks(bob, WORD, ["plan"], everybody=False)
    work()
    assert desk.uids() == {"lunch", "hiring", "plan"}
